"""Has stories briefed: what is unchanged is written, and paid, once; nobody waits past the deadline."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from pydantic import TypeAdapter

from digests.brief.llm.batch import BatchWriter, Collected
from digests.clock import Clock
from digests.desk.live import DeskSettings
from digests.model import (
    AheadBrief,
    Article,
    Brief,
    BriefRequest,
    Chat,
    Failure,
    FailureKind,
    ModelBatch,
    Usage,
)
from digests.ports import Store

if TYPE_CHECKING:  # the editor has its briefs from here
    from digests.desk.editor import Editor

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


# ------------ Has the briefs of scheduled digests written ahead, through a server's batch API.
#
# A brief that comes in time lies in the store when its digest is edited, which then costs no call.
# One that does not is asked for as usual; nothing waits for a batch.


SPACING = timedelta(minutes=30)
"""Between two batches for one chat: what comes in meanwhile goes together."""

TOO_LATE = timedelta(minutes=10)
"""So near to its digest a batch is not begun."""

_LONGEST = timedelta(hours=25)  # a batch's window, and an hour


class Ahead:
    """Submits what digests within ``batch_lead`` will need, and takes in what has been written. Without a
    writer of batches it rests."""

    def __init__(self, store: Store, editor: Editor, live: DeskSettings) -> None:
        self._store = store
        self._editor = editor
        self._live = live
        self._last: dict[int, datetime] = {}
        self._cancelled: set[int] = set()

    async def run(self, now: datetime) -> int:
        """Take in what is there, then submit what is missing; how many briefs were taken in."""
        writer = self._live.batches
        if writer is None:
            return 0
        taken = await self._collect(writer, now)
        await self._submit(writer, now)
        return taken

    async def _submit(self, writer: BatchWriter, now: datetime) -> None:
        asked = await self._store.batches.asked(now - self._live.batch_lead - SPACING)
        for chat in await self._store.chats.all():
            if not self._is_time(chat, now):
                continue
            self._last[chat.id] = now
            missing = [one for one in await self._editor.missing(chat, now) if one.key not in asked]
            if not missing:
                continue
            done = await writer.submit([(one.key, one.request) for one in missing])
            if isinstance(done, Failure):
                log.warning("Chat %s: no briefs were asked for ahead: %s", chat.id, done.reason)
                continue
            briefs = tuple(
                AheadBrief(
                    key=one.key,
                    story_id=one.story_id,
                    chat_id=chat.id,
                    sentences=one.request.sentences,
                    hold=done.holds[one.key],
                )
                for one in missing
                if one.key in done.holds
            )
            asked |= set(done.holds)
            await self._store.batches.add(
                ModelBatch(writer=writer.name, name=done.name, submitted=now, briefs=briefs)
            )

    def _is_time(self, chat: Chat, now: datetime) -> bool:
        if chat.paused or chat.next_digest is None or chat.settings.cadence in {"instant", "hourly"}:
            return False
        last = self._last.get(chat.id)
        return TOO_LATE < chat.next_digest - now <= self._live.batch_lead and (
            last is None or now - last >= SPACING
        )

    async def _collect(self, writer: BatchWriter, now: datetime) -> int:
        taken = 0
        for batch in await self._store.batches.open():
            if batch.writer != writer.name:
                continue
            age = now - batch.submitted
            found = await writer.collect(batch.name)
            if isinstance(found, Failure) and age < _LONGEST:
                log.info("The batch %s can't be asked about now: %s", batch.name, found.reason)
                continue
            if found is None and age < _LONGEST:
                if age > self._live.batch_lead and batch.id not in self._cancelled:
                    self._cancelled.add(batch.id)
                    await writer.cancel(batch.name)
                continue
            # one that never ends, or that the server forgot, is paid in full: it may have been written
            lost = Collected(Failure(FailureKind.TIMEOUT, "The batch did not end."), None)
            missing = Collected(Failure(FailureKind.EMPTY, "It is not in the answer."), Usage(0, 0))
            for brief in batch.briefs:
                answer = found.get(brief.key, missing) if isinstance(found, dict) else lost
                taken += await self._take(writer, brief, answer, now)
            await self._store.batches.end(batch.id)
        return taken

    async def _take(self, writer: BatchWriter, asked: AheadBrief, answer: Collected, now: datetime) -> bool:
        """Pay for an answer and remember its brief, if the story is still the one it was asked for."""
        await writer.budget.settle(asked.hold, answer.usage)
        story = await self._store.stories.get(asked.story_id, asked.chat_id)
        chat = await self._store.chats.get(asked.chat_id)
        if isinstance(answer.text, Failure) or story is None or chat is None:
            return False
        wanted = self._editor.wanted(story, chat, asked.sentences)
        if wanted.key != asked.key:
            return False
        brief = writer.read(answer.text, wanted.request)
        if not isinstance(brief, Brief):
            log.info("Story %s: what came of a batch was not used: %s", story.id, brief.reason)
            return False
        await self._store.stories.save_brief(asked.key, story.id, brief, now)
        return True
