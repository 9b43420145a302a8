"""From sources to stories: polls what is due, reads what is new, groups what was read."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from digests.desk.live import DeskSettings
from digests.desk.sweep import Due, DueSources, Reading, Unsaved
from digests.errors import StoreError
from digests.fair_slots import Claim, FairSlots, served_for
from digests.group.stories import StoryIndex, report_of
from digests.model import Article, Demand, Entry, Failure, FailureKind, Feed, Page, PollState, Source
from digests.ports import Fetcher, Meter, NoMeter, Polled, SourceReader, Store
from digests.read.headline import headline_alone
from digests.read.repetition import KnownLines
from digests.text.links import host
from digests.watch.cadence import Allowance, after_poll
from digests.watch.http import ARTICLE_LIMIT
from digests.watch.identity import Decided, Keyed, all_keys, doubtful, keyed, keys_of, news

Renew = Callable[[Sequence[int], datetime, datetime], Awaitable[None]]
"""What is held until the first moment still is held until the second."""


@asynccontextmanager
async def held(
    renew: Renew, ids: Sequence[int], now: datetime, hold: timedelta | None
) -> AsyncIterator[None]:
    """Renew what was given out at ``now``, thrice in each hold, while the block works on it.

    What is done by then is left alone. Without ``hold`` there is nothing to renew.
    """
    if hold is None or not ids:
        yield
        return
    renewing = asyncio.create_task(_renew(renew, ids, now, hold), name="hold")
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


async def _renew(renew: Renew, ids: Sequence[int], now: datetime, hold: timedelta) -> None:
    loop = asyncio.get_running_loop()
    began, until = loop.time(), now + hold
    while True:
        await asyncio.sleep(hold.total_seconds() / 3)
        later = now + timedelta(seconds=loop.time() - began) + hold
        try:
            await renew(ids, until, later)
        except StoreError as error:
            log.warning("What is being worked on may be given to others too: %s", error)
        else:
            until = later


log = logging.getLogger(__name__)

NOBODY = Demand()

Result = TypeVar("Result")

Extract = Callable[[Entry, Page | None], Awaitable[Article | Failure]]
"""Reads a page off the event loop."""

Tell = Callable[[Source, PollState], Awaitable[None]]
"""Tells the admins how a source does: it fails for good, or works again where ``failure`` is None."""

Saw = Callable[[Source, Feed], Awaitable[None]]
"""Hears of every feed that was read."""

READ_AGAIN = timedelta(minutes=10)
"""An entry whose page failed is tried again after this, and given its feed's text meanwhile."""

GATHER = 0.05
"""Seconds for which a sweep gathers readings before it stores them together."""

PER_HOST = 4
"""Sources or pages of one host that are worked on at once: a host that is slow delays its own."""

EACH = 8
"""Pages of one source that wait at once; what it brings beyond that comes behind the others'."""

SLOW = 3.0
"""Seconds from which on a source counts as slow: at most a fifth of the slots are for those, and at
most four fifths for them and for those that were never read well."""

FIRST = 4
"""Sources looked up at first, for each that is asked at once: few, so that the sweep soon begins, and
that there are some for each process where they are given out to one of many."""

DUE = 20
"""The same of each further look, which goes on while the sources before are asked."""


async def _keyed(entries: Sequence[Entry]) -> list[Keyed]:
    """Each entry with its identities; long ones by turns with what else the loop has to do."""
    found: list[Keyed] = []
    began = time.monotonic()
    for entry in entries:
        found += keyed((entry,))
        if time.monotonic() - began > AT_ONCE:
            await asyncio.sleep(0)
            began = time.monotonic()
    return found


def _place(url: str) -> str:
    """Where an address leads: its host, and port."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return url


async def read_entry(fetcher: Fetcher, extract: Extract, entry: Entry) -> Article | Failure:
    """Read an entry: its page, or where that fails the feed's own text.

    Where there is no text at all, why the page could not be had says more than that.
    """
    page = await fetcher.get(entry.url, limit=ARTICLE_LIMIT) if entry.url else None
    article = await extract(entry, None if isinstance(page, Failure) else page)
    return page if isinstance(article, Failure) and isinstance(page, Failure) else article


AT_ONCE = 0.005
"""Seconds of one feed's entries in a turn of the loop."""

MOST_WAITING = 2_000
"""Sources that are being polled, or wait in memory for it, at most."""

MOST_READ = 1_000
"""Entries that are being read, or wait in memory for it, at most."""

_LOOKS, _PAUSE = 20, 0.25  # whether another process has grouped what was read; seconds in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one poll brought."""

    failure: Failure | None = None
    new: int = 0
    updated: int = 0


class Intake:
    """Polls, reads and groups."""

    def __init__(
        self,
        store: Store,
        readers: Mapping[str, SourceReader],
        fetcher: Fetcher,
        extract: Extract,
        live: DeskSettings,
        *,
        per_host: int = PER_HOST,
        window: timedelta = timedelta(days=7),
        tell: Tell | None = None,
        hold: timedelta | None = None,
        random_state: random.Random | None = None,
        meter: Meter | None = None,
    ) -> None:
        self._store = store
        self._meter = meter or NoMeter()
        self._readers = readers
        self._fetcher = fetcher
        self._extract = extract
        self._known_lines = KnownLines()
        self._live = live
        self._allowance = Allowance(live.bounds)
        self._per_host = per_host
        self._slots = FairSlots(live.together)
        self._pages = FairSlots(live.together)
        self._slow: set[int] = set()  # sources
        self._reading: dict[int, Entry] = {}
        self._window = window
        self._tell = tell
        self._random = random_state or random.Random()
        self._index = StoryIndex(window)
        self._restored = False
        self._polling: set[int] = set()
        self._giving_out: DueSources | None = None
        self.leases: Mapping[int, datetime] = {}  # sources whose hub pushes, and until when
        self.saw: Saw | None = None
        self.more = False  # whether the last poll left sources that were due
        self._grouping = asyncio.Lock()
        self._hold = hold  # for how long work is given out to this process alone; None: it is the only one
        self._grouper = hold is None

    @property
    def longest_wait(self) -> timedelta:
        """The longest that a source may wait for its next poll."""
        bounds = self._live.bounds
        longest = max(
            bounds.longest, bounds.longest_backoff, bounds.pushed, bounds.shortest, bounds.unfollowed
        )
        return longest * 1.2 + timedelta(days=1)  # with jitter, and hours that a feed wants skipped

    def remember_anew(self) -> None:
        """Take what is grouped with from the store again before the next."""
        self._restored = False

    async def poll_due(self, now: datetime) -> int:
        """Poll every source whose time has come; how many entries were new.

        What has been read is stored together every ``GATHER`` seconds, so that many sources
        share a transaction and none waits for the slowest. While an earlier call still gives out
        what is due, there is nothing to do beside it.
        """
        if self._giving_out is not None:
            return 0

        def look(after: Due | None, most: int) -> Awaitable[list[Due]]:
            return self._store.sources.due(now, most, self._hold, after)

        self._slots.total = together = self._live.together
        page = together * DUE if self._hold is None else 0
        due = DueSources(look, together * FIRST, page, self._polling)
        unsaved = Unsaved()

        async def one(source: Source, state: PollState) -> None:
            async with self._slots.turn(*self._claims(source.id, source.url, state.last_ok is None)):
                await unsaved.room.wait()
                unsaved.add(await self._timed(source.id, self._read_safely(source, state, now)))

        polls: set[asyncio.Task[None]] = set()

        def given_out() -> None:
            if self._giving_out is due:
                self._giving_out = None

        async def give_out() -> None:
            try:
                while True:
                    await unsaved.room.wait()
                    await self._slots.room()
                    next_ = await due.next()
                    if next_ is None:
                        break
                    poll = asyncio.create_task(one(*next_))
                    polls.add(poll)
                    poll.add_done_callback(polls.discard)
                    if len(polls) >= MOST_WAITING:
                        await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
            finally:
                given_out()
            await asyncio.gather(*polls)

        new = 0
        done: set[int] = set()
        working: asyncio.Task[None] | None = None
        try:
            self._giving_out = due
            await due.turn()
            working = asyncio.create_task(give_out())
            working.add_done_callback(lambda _: unsaved.enough.set())
            async with held(self._store.sources.renew, due.ids, now, self._hold):
                while unsaved or not working.done():
                    if not working.done():
                        with suppress(TimeoutError):
                            await asyncio.wait_for(unsaved.enough.wait(), GATHER)
                    taken = unsaved.take()
                    new += sum(one.new for one in await self._save_safely(taken, now))
                    ids = [reading.source.id for reading in taken]
                    done.update(ids)
                    self._polling.difference_update(ids)  # they may be due again before the slow ones end
                await working
        finally:
            left = [*polls, *([] if working is None else [working])]
            for task in left:
                task.cancel()
            await asyncio.gather(due.close(), *left, return_exceptions=True)
            given_out()
            self._polling.difference_update(set(due.ids) - done)
            self.more = due.more
        return new

    def _claims(self, source_id: int, url: str, unproven: bool = False) -> tuple[Claim, ...]:
        """What a source's poll or page takes of the slots: its host's share, and that of its kind."""
        host = _place(url)
        slow, little = source_id in self._slow, max(1, self._live.together // 5)
        kind = "slow" if slow else "new" if unproven else "good"
        claims = [(f"{kind} {host}", self._per_host), (host, self._per_host)]
        if slow:
            claims.append(("slow", little))
        if slow or unproven:
            claims.append(("doubtful", max(1, self._live.together - little)))
        return tuple(claims)

    async def _timed(self, source_id: int, work: Coroutine[Any, Any, Result]) -> Result:
        """Do it for its source, and remember whether that is a slow one."""
        served_for.set(f"source {source_id}")  # in this task alone
        began = time.monotonic()
        try:
            return await work
        finally:
            if time.monotonic() - began >= SLOW:
                self._slow.add(source_id)
            else:
                self._slow.discard(source_id)

    async def poll(self, source: Source, now: datetime) -> Taken:
        """Poll one source now, whether due or not."""
        reading = await self._read(source, await self._store.sources.state(source.id), now)
        (taken,) = await self._save([reading], now)
        return taken

    async def _read_safely(self, source: Source, state: PollState, now: datetime) -> Reading:
        try:
            return await self._read(source, state, now)
        except Exception:
            # a bug met in one source's data must not keep the others from being read
            return self._broken(source, state)

    def _broken(self, source: Source, state: PollState) -> Reading:
        log.exception("Source %s could not be polled", source.url)
        reason = "The desk met an error of its own; see its log"
        return Reading(source, state, Failure(FailureKind.UNREADABLE, reason))

    async def _read(self, source: Source, state: PollState, now: datetime) -> Reading:
        lease = self.leases.get(source.id)
        state = state if state.pushed_until == lease else replace(state, pushed_until=lease)
        reader = self._readers.get(source.kind)
        if reader is None:
            reason = f"No reader for sources of kind “{source.kind}”"
            return Reading(source, state, Failure(FailureKind.UNSUPPORTED, reason))
        result = await reader.read(source, state, now)
        if isinstance(result, Failure) or result.feed is None:
            return Reading(source, state, result)
        if self.saw is not None:
            await self.saw(source, result.feed)
        return Reading(source, state, result, await _keyed(result.feed.entries), result.whole)

    async def _save_safely(self, readings: Sequence[Reading], now: datetime) -> list[Taken]:
        try:
            return await self._save(readings, now)
        except Exception:
            if len(readings) == 1:
                (bad,) = readings
                return await self._save([self._broken(bad.source, bad.before)], now)
        log.warning("%d sources could not be stored together; each is stored alone", len(readings))
        return [taken for one in readings for taken in await self._save_safely([one], now)]

    async def _save(self, readings: Sequence[Reading], now: datetime) -> list[Taken]:
        """Store what was read; the poll states last, so that nothing is lost on the way there."""
        readings, known = await self._with_known(readings)
        takens: list[Taken] = []
        new: list[Keyed] = []
        updated: list[Keyed] = []
        learned: dict[int, tuple[str, ...]] = {}
        takes: set[tuple[int, str]] = set()
        looked_at = await self._doubtful(readings, known)
        for reading in readings:
            id_ = reading.source.id
            seen = known.get(id_, {})
            decided = Decided()
            if any(key not in seen for _, keys in reading.entries for key in keys):
                await asyncio.sleep(0)  # many feeds in a row would hold the loop
                decided = news(reading.entries, seen, now, id_, looked_at)
            new += decided.new
            updated += decided.updated
            learned.update(decided.learned)
            takes.update((id_, key) for key in decided.takes)
            failure = reading.result if isinstance(reading.result, Failure) else None
            takens.append(Taken(failure=failure, new=len(decided.new), updated=len(decided.updated)))
        if new:
            added = await self._store.entries.add(new, now)
            if takes:
                passed = [(e.source_id, key, e.id) for e in added for key in keys_of(e)]
                await self._store.entries.take([one for one in passed if one[:2] in takes])
            self._meter.found(len(new))
        for entry, own in updated:
            await self._store.entries.update(entry, own)
        if learned:
            await self._store.entries.learn(learned)
        # all at once, which takes a third of the time it would between two requests
        states: dict[int, PollState] = {}
        asked = [reading.source.id for reading in readings if reading.asked]
        demands = await self._store.sources.demands(asked, now) if asked else {}
        for reading in readings:
            await self._follow(reading)
            if reading.asked:
                demand = demands.get(reading.source.id, NOBODY)
                states[reading.source.id] = await self._after(reading, now, demand)
        await self._store.sources.polled(states)
        return takens

    async def _after(self, reading: Reading, now: datetime, demand: Demand) -> PollState:
        """What to remember of a poll."""
        source, before, result = reading.source, reading.before, reading.result
        outcome = result.kind.value if isinstance(result, Failure) else "ok"
        self._meter.polled(outcome, now - (before.next_poll or now))
        if self._allowance.bounds is not self._live.bounds:
            self._allowance = replace(self._allowance, bounds=self._live.bounds)
        price = self._allowance.price
        after = after_poll(before, result, now, self._live.bounds, self._random, demand, price)
        if after.next_poll is not None:
            self._allowance = self._allowance.spent(after.next_poll - now, now)
        if before.told_bad != after.told_bad:
            after = await self._told(source, before, after)
        if isinstance(result, Failure):
            log.info("Source %s failed: %s", source.url, result.reason)
        elif result.page.moved_to and source.origin == "config":
            after = replace(after, moved=result.page.moved_to)  # the file's address itself stays
        return after

    async def take(self, source: Source, feed: Feed, now: datetime) -> Taken:
        """Store what came without being asked for; when the source is polled stays as it was."""
        state = await self._store.sources.state(source.id)
        page = Page(url=source.url, status=200, body=b"")
        came = Reading(source, state, Polled(feed=feed, page=page), await _keyed(feed.entries), asked=False)
        (taken,) = await self._save([came], now)
        return taken

    async def _with_known(
        self, readings: Sequence[Reading]
    ) -> tuple[Sequence[Reading], dict[int, dict[str, int]]]:
        """The readings and the ids of those of their keys that the store knows.

        A reading that left entries out, none of whose others has a known key, brings only new
        ones. Where one has, it takes the whole feed to tell an edit from a shared address.
        """
        known = await self._known(readings)
        doubtful = [one for one in readings if one.whole is not None and one.source.id in known]
        if not doubtful:
            return readings, known
        whole = {one.source.id: await self._completed(one) for one in doubtful}
        return (
            [whole.get(one.source.id, one) for one in readings],
            known | await self._known(list(whole.values())),
        )

    async def _known(self, readings: Sequence[Reading]) -> dict[int, dict[str, int]]:
        keys = {reading.source.id: all_keys(reading.entries) for reading in readings if reading.entries}
        return await self._store.entries.known_many(keys) if keys else {}

    async def _doubtful(
        self, readings: Sequence[Reading], known: Mapping[int, Mapping[str, int]]
    ) -> Mapping[int, Entry]:
        """The known entries that have to be looked at to tell an edit from another item."""
        ids: set[int] = set()
        for reading in readings:
            seen = known.get(reading.source.id)
            if seen and any(key not in seen for _, keys in reading.entries for key in keys):
                ids |= doubtful(reading.entries, seen)
        return await self._store.entries.some(sorted(ids)) if ids else {}

    async def _completed(self, reading: Reading) -> Reading:
        feed = await reading.whole() if reading.whole else None
        if isinstance(feed, Failure):
            return Reading(reading.source, reading.before, feed)
        return replace(reading, entries=await _keyed(feed.entries) if feed else (), whole=None)

    async def _follow(self, reading: Reading) -> None:
        """Remember where a source moved for good, on its own host; the file keeps the addresses it gave.

        To another host it is followed at each poll: a source that somebody brought must not come to
        stand, with what it published, where another's is.
        """
        source, result = reading.source, reading.result
        if isinstance(result, Failure) or source.origin == "config":
            return
        url = result.page.moved_to
        if source.origin == "chat" and url and host(url) != host(source.url):
            return
        if url and url != source.url and await self._store.sources.moved(source.id, url):
            log.info("Source %s moved for good to %s", source.url, url)

    async def _told(self, source: Source, before: PollState, after: PollState) -> PollState:
        """Tell the admins once when a source goes bad and once when it is back."""
        if self._tell is None:
            return after
        try:
            await self._tell(
                source,
                after if after.told_bad and after.failure else replace(after, failure=None, failures=0),
            )
        except Exception:
            log.exception("Of source %s the admins could not be told; the next poll tries again", source.url)
            return replace(after, told_bad=before.told_bad)
        return after

    async def read_new(self, now: datetime, limit: int = 200) -> int:
        """Read the pages of entries that wait for it; how many articles came of it."""
        return await self.read_pages(await self.unread(now, limit), now)

    async def unread(self, now: datetime, limit: int = 200) -> list[Entry]:
        """Entries that wait to be read and are not being read: of each source a few, whatever others
        have. Whoever takes them gives them to ``read_pages``."""
        shares = Counter(entry.source_id for entry in self._reading.values())
        full = [source_id for source_id, count in shares.items() if count >= EACH]
        self._pages.total = self._live.together
        if self._pages.held("slow") >= max(1, self._live.together // 5):
            full = [*{*full, *self._slow}]
        left = min(limit, MOST_READ - len(self._reading))
        if left <= 0:
            return []
        found = await self._store.entries.unread(
            now, left, self._hold, each=EACH, busy=list(self._reading), full=full
        )
        self._reading.update((entry.id, entry) for entry in found)
        return found

    async def read_pages(self, entries: Sequence[Entry], now: datetime) -> int:
        """Read these entries' pages; how many articles came of it."""

        async def one(entry: Entry) -> bool:
            async with self._pages.turn(*self._claims(entry.source_id, entry.url)):
                try:
                    return await self._timed(entry.source_id, self.read(entry, now)) is not None
                except Exception:
                    log.exception("Entry %s could not be read", entry.url)
                    failure = Failure(FailureKind.UNREADABLE, "The desk met an error of its own; see its log")
                    await self._store.entries.read_failed(entry.id, failure, None)
                    return False
                finally:
                    self._reading.pop(entry.id, None)

        ids = [entry.id for entry in entries]
        try:
            async with held(self._store.entries.renew, ids, now, self._hold):
                return sum(await asyncio.gather(*(one(entry) for entry in entries)))
        finally:
            for id_ in ids:  # those that were cut off while they waited
                self._reading.pop(id_, None)

    async def read(self, entry: Entry, now: datetime) -> Article | None:
        """Read one entry: its page, or where that fails the feed's own text, or its headline alone.

        None: it is tried again, or there is nothing at all to tell.
        """
        article = await read_entry(self._fetcher, self._extract, entry)
        self._meter.read(article.kind.value if isinstance(article, Failure) else "ok")
        if isinstance(article, Failure):
            passing = article.kind in {FailureKind.TIMEOUT, FailureKind.CONNECT, FailureKind.DNS}
            first = entry.found is None or now - entry.found < READ_AGAIN
            again = now + (article.retry_after or READ_AGAIN) if passing and first else None
            await self._store.entries.read_failed(entry.id, article, again)
            alone = headline_alone(entry) if again is None else None
            if alone is None:
                return None
            article = alone
        return await self._store.articles.add(self._known_lines.without_repeated(article), now)

    async def group_new(self, now: datetime) -> int:
        """Give every article of the desk's own sources its story, and leave the others to the chats that
        follow them; how many there were. Where another process does that, it is waited for a moment."""
        if not self._grouper:
            return await self._until_grouped()
        async with self._grouping:
            await self._restore(now)
            placed = 0
            while articles := await self._store.articles.ungrouped(500):
                own = await self._store.sources.own_among({article.source_id for article in articles})
                # what people added is grouped for each chat that follows it, when that is told
                left = [article.id for article in articles if article.source_id not in own]
                await self._store.stories.leave(left, now)
                placed += len(left)
                mine = [article for article in articles if article.source_id in own]
                # told in the order of events, whichever page was read first
                for article in sorted(mine, key=lambda a: a.published or now):
                    report = report_of(article, now)
                    placement = self._index.place(report, now)
                    story_id = await self._store.stories.place(
                        article.id, placement.story_id, develops=placement.kind == "development", now=now
                    )
                    self._index.record(report, story_id)
                    placed += 1
            self._index.forget(now - self._window)
            return placed

    def elect(self) -> None:
        """From now on this process groups: it starts from what the store holds."""
        self._index, self._restored, self._grouper = StoryIndex(self._window), False, True

    def resign(self) -> None:
        """From now on another process groups."""
        self._index, self._grouper = StoryIndex(self._window), False

    async def _until_grouped(self) -> int:
        for _ in range(_LOOKS):
            if not await self._store.articles.ungrouped(1):
                break
            await asyncio.sleep(_PAUSE)
        return 0

    async def _restore(self, now: datetime) -> None:
        """After a start the index is empty: bring back what the window holds."""
        if not self._restored:
            self._index = StoryIndex(self._window)
            recent = await self._store.articles.recent(now - self._window)
            own = await self._store.sources.own_among({article.source_id for article, _ in recent})
            for article, story_id in recent:
                if article.source_id in own:
                    self._index.record(report_of(article, now), story_id)
            self._restored = True
