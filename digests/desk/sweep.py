"""The pages and batches of a sweep. This file is there for throughput alone: some thousand sources a second.

A simple desk would look all due sources up, poll each and store it. Here the next page of sources is looked up
while one is polled (``DueSources``), and readings are stored many in a transaction (``Unsaved``).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from digests.model import Failure, Feed, PollState, Source
from digests.ports import Polled
from digests.watch.identity import Keyed

Due = tuple[Source, PollState]
"""A source whose time has come, and what is remembered about polling it."""

Look = Callable[[Due | None, int], Awaitable[list[Due]]]
"""The page that follows this one, the first for None; of so many at most."""

SPELL: Final = 20.0
"""Seconds after which a sweep turns no further page, so that what it found is read meanwhile."""


class DueSources:
    """Gives each source to whoever asks ``next``, after a first ``turn``.

    ``first`` is how many the first look brings at most and ``page`` how many each other one does; a
    shorter page is the last, as is the first where ``page`` is 0. ``busy`` has the ids of those that
    are being polled: they are left out, and those that come are added. A page may be all theirs and
    have others behind it: many that are slow must not hide those that are not.
    """

    def __init__(self, look: Look, first: int, page: int, busy: set[int]) -> None:
        self._look = look
        self._first = first
        self._page = page
        self._busy = busy
        self._until = asyncio.get_running_loop().time() + SPELL
        self._waiting: deque[Due] = deque()
        self._last: Due | None = None
        self._turning: asyncio.Task[None] | None = None
        self.ids: list[int] = []
        """All that came."""
        self.more = True
        """Whether there may be some that did not come."""

    def __len__(self) -> int:
        return len(self._waiting)

    async def turn(self) -> None:
        """Look the next page up."""
        self.more = False  # should it fail
        most = self._first if self._last is None else self._page
        page = await self._look(self._last, most)
        fresh = [due for due in page if due[0].id not in self._busy]
        ids = [source.id for source, _ in fresh]
        self._busy.update(ids)
        self.ids += ids
        self._waiting.extend(fresh)
        if len(page) == most and (fresh or self._page):
            self._last, self.more = page[-1], True

    async def next(self) -> Due | None:
        """The next one, None when none is left. What a look raises is raised once."""
        while True:
            turning = self._turning
            if turning is not None and turning.done():
                self._turning = None
                turning.result()
            elif turning is None and len(self._waiting) <= self._page // 2 and self._may_turn():
                self._turning = asyncio.create_task(self.turn(), name="due")
            if self._waiting:
                return self._waiting.popleft()
            if self._turning is None:
                return None
            await asyncio.wait({self._turning})

    def _may_turn(self) -> bool:
        return self.more and self._page > 0 and asyncio.get_running_loop().time() < self._until

    async def close(self) -> None:
        """Give up a look that is under way."""
        if self._turning is not None:
            self._turning.cancel()
            await asyncio.gather(self._turning, return_exceptions=True)


# ------------ Sources as they were read, on their way to the store.

BATCH: Final = 2_000
"""Readings that are stored together at most. They are many because each transaction waits for the
disk, and for an interpreter that is busy polling."""

ENTRIES: Final = 2_000
"""The same of the entries they bring, which take memory."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One source as it was read, not stored yet."""

    source: Source
    before: PollState
    result: Polled | Failure
    entries: Sequence[Keyed] = ()
    whole: Callable[[], Awaitable[Feed | Failure]] | None = None
    asked: bool = True
    """False: it came by itself, and when the source is polled stays as it was."""


class Unsaved:
    """Readings that wait to be stored together; ``enough`` is set once as many wait as are, and
    ``room`` while fewer do: nothing should be read without it."""

    def __init__(self) -> None:
        self._waiting: list[Reading] = []
        self._entries = 0
        self.enough = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, reading: Reading) -> None:
        self._waiting.append(reading)
        self._entries += len(reading.entries)
        self._tell()

    def take(self) -> list[Reading]:
        """The first ones within the bounds; one that goes beyond them comes alone."""
        count = entries = 0
        for reading in self._waiting[:BATCH]:
            if count and entries + len(reading.entries) > ENTRIES:
                break
            count += 1
            entries += len(reading.entries)
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        self._entries -= entries
        self._tell()
        return taken

    def _tell(self) -> None:
        if len(self._waiting) >= BATCH or self._entries >= ENTRIES:
            self.enough.set()
            self.room.clear()
        else:
            self.enough.clear()
            self.room.set()
