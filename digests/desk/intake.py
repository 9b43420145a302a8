"""From sources to stories: polls what is due, reads what is new, groups what was read."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digests.group.stories import StoryIndex, report_of
from digests.model import Article, Entry, Failure, FailureKind, Page, PollState, Source
from digests.ports import Fetcher, Polled, SourceReader, Store
from digests.watch.cadence import Bounds, after_poll
from digests.watch.http import ARTICLE_LIMIT
from digests.watch.identity import all_keys, news

log = logging.getLogger(__name__)

Extract = Callable[[Entry, Page | None], Awaitable[Article | Failure]]
"""Reads a page off the event loop."""

Tell = Callable[[Source, str], Awaitable[None]]
"""Tells the admins something about a source."""

READ_AGAIN = timedelta(minutes=10)
"""An entry whose page failed is tried again after this, and given its feed's text meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one poll brought."""

    failure: Failure | None = None
    new: int = 0
    updated: int = 0


class Intake:
    """Polls, reads and groups. ``together`` bounds how many sources or pages are asked at once."""

    def __init__(
        self,
        store: Store,
        readers: Mapping[str, SourceReader],
        fetcher: Fetcher,
        extract: Extract,
        bounds: Bounds,
        *,
        together: int = 50,
        window: timedelta = timedelta(days=7),
        tell: Tell | None = None,
        random_state: random.Random | None = None,
    ) -> None:
        self._store = store
        self._readers = readers
        self._fetcher = fetcher
        self._extract = extract
        self._bounds = bounds
        self._together = together
        self._window = window
        self._tell = tell
        self._random = random_state or random.Random()
        self._index = StoryIndex(window)
        self._restored = False
        self._polling: set[int] = set()
        self._grouping = asyncio.Lock()

    async def poll_due(self, now: datetime) -> int:
        """Poll every source whose time has come; how many entries were new."""
        due = await self._store.sources.due(now, self._together * 10)
        gate = asyncio.Semaphore(self._together)
        states: dict[int, PollState] = {}

        async def one(source: Source, state: PollState) -> int:
            async with gate:
                try:
                    taken, states[source.id] = await self._poll(source, state, now)
                except Exception:
                    # a bug met in one source's data must not keep the others from being read
                    log.exception("Source %s could not be polled", source.url)
                    failure = Failure(FailureKind.UNREADABLE, "The desk met an error of its own; see its log")
                    states[source.id] = after_poll(state, failure, now, self._bounds, self._random)
                    return 0
                return taken.new

        ready = [(source, state) for source, state in due if source.id not in self._polling]
        self._polling.update(source.id for source, _ in ready)
        try:
            counts = await asyncio.gather(*(one(source, state) for source, state in ready))
        finally:
            self._polling.difference_update(source.id for source, _ in ready)
            if states:
                await self._store.sources.polled(states)
        return sum(counts)

    async def poll(self, source: Source, now: datetime) -> Taken:
        """Poll one source now, whether due or not."""
        taken, state = await self._poll(source, await self._store.sources.state(source.id), now)
        await self._store.sources.polled({source.id: state})
        return taken

    async def _poll(self, source: Source, state: PollState, now: datetime) -> tuple[Taken, PollState]:
        reader = self._readers.get(source.kind)
        result: Polled | Failure
        if reader is None:
            result = Failure(FailureKind.UNSUPPORTED, f"No reader for sources of kind “{source.kind}”")
        else:
            result = await reader.read(source, state, now)
        after = after_poll(state, result, now, self._bounds, self._random)
        after = await self._told(source, state, after)
        if isinstance(result, Failure):
            log.info("Source %s failed: %s", source.url, result.reason)
            return Taken(failure=result), after
        if result.feed is None:
            return Taken(), after
        entries = result.feed.entries
        known = await self._store.entries.known(source.id, all_keys(entries))
        decided = news(entries, known, now)
        if decided.new:
            await self._store.entries.add(
                [(replace(e, source_id=source.id), keys) for e, keys in decided.new], now
            )
        for entry, keys in decided.updated:
            await self._store.entries.update(replace(entry, source_id=source.id), keys)
        return Taken(new=len(decided.new), updated=len(decided.updated)), after

    async def _told(self, source: Source, before: PollState, after: PollState) -> PollState:
        """Tell the admins once when a source goes bad and once when it is back."""
        if self._tell is None or before.told_bad == after.told_bad:
            return after
        if after.told_bad and after.failure:
            await self._tell(source, f"has failed {after.failures} times in a row: {after.failure.reason}")
        else:
            await self._tell(source, "works again")
        return after

    async def read_new(self, now: datetime, limit: int = 200) -> int:
        """Read the pages of entries that wait for it; how many articles came of it."""
        gate = asyncio.Semaphore(self._together)

        async def one(entry: Entry) -> bool:
            async with gate:
                try:
                    return await self.read(entry, now) is not None
                except Exception:
                    log.exception("Entry %s could not be read", entry.url)
                    failure = Failure(FailureKind.UNREADABLE, "The desk met an error of its own; see its log")
                    await self._store.entries.read_failed(entry.id, failure, None)
                    return False

        entries = await self._store.entries.unread(now, limit)
        return sum(await asyncio.gather(*(one(entry) for entry in entries)))

    async def read(self, entry: Entry, now: datetime) -> Article | None:
        """Read one entry: its page, or where that fails the feed's own text. None: no text at all."""
        page = await self._fetcher.get(entry.url, limit=ARTICLE_LIMIT) if entry.url else None
        article = await self._extract(entry, None if isinstance(page, Failure) else page)
        if isinstance(article, Failure):
            reason = page if isinstance(page, Failure) else article
            passing = reason.kind in {FailureKind.TIMEOUT, FailureKind.CONNECT, FailureKind.DNS}
            first = entry.found is None or now - entry.found < READ_AGAIN
            again = now + (reason.retry_after or READ_AGAIN) if passing and first else None
            await self._store.entries.read_failed(entry.id, reason, again)
            return None
        return await self._store.articles.add(article, now)

    async def group_new(self, now: datetime) -> int:
        """Give every article read its story; how many were placed."""
        async with self._grouping:
            await self._restore(now)
            placed = 0
            while articles := await self._store.articles.ungrouped(500):
                # told in the order of events, whichever page was read first
                for article in sorted(articles, key=lambda a: a.published or now):
                    report = report_of(article, now)
                    placement = self._index.place(report, now)
                    story_id = await self._store.stories.place(
                        article.id, placement.story_id, develops=placement.kind == "development", now=now
                    )
                    self._index.record(report, story_id)
                    placed += 1
            self._index.forget(now - self._window)
            return placed

    async def _restore(self, now: datetime) -> None:
        """After a start the index is empty: bring back what the window holds."""
        if not self._restored:
            for article, story_id in await self._store.articles.recent(now - self._window):
                self._index.record(report_of(article, now), story_id)
            self._restored = True
