"""Sources as they were read, on their way to the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from digests.model import Failure, Feed, PollState, Source
from digests.ports import Polled
from digests.watch.identity import Keyed

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
