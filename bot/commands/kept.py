"""Summaries that were made, kept so that a button can ask about one without fetching anything again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from pydantic import TypeAdapter

from bot.commands.service import Service
from digests.brief.chain import with_sources_within
from digests.desk import Summary
from digests.model import Article, Brief, BriefRequest, Chat


@dataclass(frozen=True, slots=True)
class Kept:
    """A summary with what was wished for; ``wish.articles`` is empty."""

    article: Article
    brief: Brief
    wish: BriefRequest

    @property
    def summary(self) -> Summary:
        return Summary(self.article, self.brief)


_JSON: TypeAdapter[Kept] = TypeAdapter(Kept)
_MOST: Final = 40_000
"""Characters that are kept of an article, and of what its brief could rest on."""


async def keep(service: Service, chat: Chat, summary: Summary, wish: BriefRequest) -> str:
    """Keep it; the token it is found by, in this chat alone."""
    token = secrets.token_urlsafe(9)
    brief = with_sources_within(summary.brief, _MOST)
    kept = Kept(_beginning(summary.article), brief, replace(wish, articles=()))
    await service.store.answers.save(_key(chat, token), _JSON.dump_json(kept).decode(), service.clock())
    return token


async def find(service: Service, chat: Chat, token: str) -> Kept | None:
    """What was kept, None when that was too long ago or elsewhere."""
    found = await service.store.answers.get(_key(chat, token))
    return None if found is None else _JSON.validate_json(found)


def _beginning(article: Article) -> Article:
    return replace(article, paragraphs=_within(article.paragraphs), sentences=_within(article.sentences))


def _within(texts: tuple[str, ...]) -> tuple[str, ...]:
    """As many of the texts as have room, and the beginning of the one that has not."""
    lengths = accumulate(map(len, texts), initial=0)
    return tuple(
        text[: _MOST - before] for text, before in zip(texts, lengths, strict=False) if before < _MOST
    )


def _key(chat: Chat, token: str) -> str:
    return f"summary:{chat.platform}:{chat.address}:{chat.thread or ''}:{token}"
