"""Places at a server that takes so many calls at once: who comes first is served first."""

from __future__ import annotations

import asyncio
import heapq


class Slots:
    """Like a semaphore whose waiters have a rank: among those that wait the lowest goes first."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._came = 0

    async def take(self, rank: int = 0) -> None:
        """Wait for a place. Whoever took it gives it back."""
        if self._free > 0:
            self._free -= 1
            return
        self._came += 1
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, self._came, mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # it was given, and nobody is there to use it
                self.give()
            raise

    def give(self) -> None:
        """Give a place back, to the first who still waits for it."""
        while self._waiting:
            _, _, first = heapq.heappop(self._waiting)
            if not first.done():
                first.set_result(None)
                return
        self._free += 1
