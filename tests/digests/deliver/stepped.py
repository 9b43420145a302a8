"""Time that passes only where somebody waits for it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from digests.deliver.outbox import Outbox
from digests.testing import FakeClock


class Naps:
    """Sleeps that pass no time: the clock moves instead."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.taken: list[float] = []  # seconds
        self._sleep = asyncio.sleep

    async def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        await self._sleep(0)
        self.clock.advance(max(timedelta(seconds=seconds), timedelta()))


class Stepped(Outbox):
    """Waits for no moment: where it would rest, its clock goes on. ``stuck``: how many of the
    sends under way do not end for now."""

    stuck = 0
    _until: datetime | None = None

    async def run_for(self, time: timedelta) -> None:
        """Run until so much time has gone by."""
        self._until, self._stop = self._clock() + time, asyncio.Event()
        await self.run(self._stop)

    async def _rest(self, pause: timedelta) -> None:
        if len(self._under_way) > self.stuck:
            await self._changed.wait()
        elif not self._changed.is_set():
            assert isinstance(self._clock, FakeClock)
            self._clock.advance(max(pause, timedelta()))
        if self._until is not None and self._clock() >= self._until:
            self._stop.set()
