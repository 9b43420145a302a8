"""Summaries that were made, kept so that a button can ask about one without fetching anything again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from bot.commands.service import Service
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


async def keep(service: Service, chat: Chat, summary: Summary, wish: BriefRequest) -> str:
    """Keep it; the token it is found by, in this chat alone."""
    token = secrets.token_urlsafe(9)
    kept = Kept(summary.article, summary.brief, replace(wish, articles=()))
    await service.store.answers.save(_key(chat, token), _JSON.dump_json(kept).decode(), service.clock())
    return token


async def find(service: Service, chat: Chat, token: str) -> Kept | None:
    """What was kept, None when that was too long ago or elsewhere."""
    found = await service.store.answers.get(_key(chat, token))
    return None if found is None else _JSON.validate_json(found)


def _key(chat: Chat, token: str) -> str:
    return f"summary:{chat.platform}:{chat.address}:{chat.thread or ''}:{token}"
