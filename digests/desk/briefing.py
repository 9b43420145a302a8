"""Has stories briefed: what is unchanged is written, and paid, once; nobody waits past the deadline."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from pydantic import TypeAdapter

from digests.clock import Clock
from digests.desk.live import DeskSettings
from digests.model import Article, Brief, BriefRequest, Chat, Failure, FailureKind
from digests.ports import Store

log = logging.getLogger(__name__)

STANDS_IN = timedelta(hours=3)
"""How long a model is not asked again for a brief after answers that were no good, each of them paid."""
_GARBAGE = frozenset({FailureKind.MODEL, FailureKind.UNSUPPORTED, FailureKind.TOO_LARGE})

LAST_MOMENT = timedelta(seconds=3)
"""What a brief still gets when its digest's time is up: enough for a summarizer without a model."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A brief that is needed: of which story, what it is remembered by, and what to ask for."""

    story_id: int
    key: str
    request: BriefRequest


@dataclass(frozen=True, slots=True)
class _StandIn:
    brief: Brief
    made: datetime


_STAND_IN = TypeAdapter(_StandIn)


class Briefing:
    """Briefs from the store, or else from the summarizer."""

    def __init__(self, store: Store, live: DeskSettings, clock: Clock) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self._writing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def until(self) -> datetime:
        """When a digest begun now no longer waits."""
        return self._clock() + self._live.deadline

    def wanted(self, story_id: int, articles: tuple[Article, ...], chat: Chat, sentences: int) -> Wanted:
        """A brief of these articles as long as the chat wants it, in the articles' own language."""
        request = BriefRequest(
            articles=articles,
            sentences=sentences,
            words=chat.settings.words,
            characters=chat.settings.characters,
            chat_id=chat.id,
        )
        return Wanted(story_id, brief_key(request, self._live.summarizer.cache_key), request)

    async def brief(self, wanted: Wanted, now: datetime, until: datetime) -> Brief | Failure:
        """The brief; never later than ``until``, or a moment after it where that is past.

        One that stands in for a model's is not kept: the model may be there next time. Where the model
        was there and what it wrote was no good, it is remembered for some hours.
        """
        lock = self._writing.setdefault(wanted.key, asyncio.Lock())
        async with lock:  # another chat may be having the same brief written
            known = await self._store.stories.brief(wanted.key)
            if known is not None:
                return known
            stand_in = await self._store.answers.get(_stands_in(wanted.key))
            if stand_in is not None:
                found = _STAND_IN.validate_json(stand_in)
                if now < found.made + STANDS_IN:
                    return found.brief
            brief = await self._live.summarizer.brief(wanted.request, max(until, self._clock() + LAST_MOMENT))
            if isinstance(brief, Failure):
                url = wanted.request.articles[0].url
                log.warning("Story %s (%s) could not be briefed: %s", wanted.story_id, url, brief.reason)
            elif brief.instead is None:
                await self._store.stories.save_brief(wanted.key, wanted.story_id, brief, now)
            elif brief.instead in _GARBAGE:
                said = _STAND_IN.dump_json(_StandIn(brief, now)).decode()
                await self._store.answers.save(_stands_in(wanted.key), said, now)
        return brief


def _stands_in(key: str) -> str:
    """What the stand-in for a brief is remembered by."""
    return f"{key}/stand-in"


def brief_key(request: BriefRequest, summarizer: str) -> str:
    """Names a brief by what it depends on: the texts, the wished length and language, the writer."""
    digest = hashlib.sha256()
    for article in request.articles:
        digest.update(f"{article.url}\0{article.title}\0{article.text}\0".encode("utf-8", "replace"))
    wish = f"{request.sentences}/{request.words}/{request.characters}/{request.language}/{summarizer}"
    digest.update(wish.encode())
    return digest.hexdigest()
