"""Slots that many share: however much one of them wants, the others get their turns.

What asks for a slot names its claims: the host, the source, the person or the chat it is for, and how
many slots each of these may hold at once. The first claim is the one that is served: of those that
wait and may start, the one goes first that was served least of late, measured in seconds of holding a
slot. So whoever holds slots for long, or asks often, waits behind whoever does not.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

Claim = tuple[str, int]
"""For whom, and how many slots that may hold at once."""

served_for: ContextVar[str] = ContextVar("served_for", default="")
"""For which source, person or chat this task works: what is deeper down is shared by that."""

HALF: Final = 60.0
"""Seconds after which half of what one was served is forgotten."""

_KNOWN: Final = 4096  # whose service is remembered


@dataclass(slots=True, eq=False)
class _Wait:
    claims: tuple[Claim, ...]
    ready: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class FairSlots:
    """``total`` slots, which may be changed at any time. ``clock`` gives seconds."""

    def __init__(self, total: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._clock = clock
        self._held: Counter[str] = Counter()
        self._used = 0
        self._waiting: dict[str, deque[_Wait]] = {}
        self._served: dict[str, tuple[float, float]] = {}  # seconds, as of when
        self._free = asyncio.Event()

    @property
    def total(self) -> int:
        return self._total

    @total.setter
    def total(self, total: int) -> None:
        self._total = total
        self._admit()

    def held(self, key: str) -> int:
        """How many slots it holds now."""
        return self._held[key]

    @asynccontextmanager
    async def turn(self, *claims: Claim) -> AsyncIterator[None]:
        """Wait for a slot and hold it. There is at least one claim."""
        if not self._waiting and self._fits(claims):
            self._take(claims)
        else:
            await self._wait(claims)
        began = self._clock()
        try:
            yield
        finally:
            self._serve(claims[0][0], self._clock() - began)
            self._give_back(claims)

    async def room(self) -> None:
        """Wait until a slot is free: for whoever should begin no more than can be done."""
        while self._used >= self._total:
            self._free.clear()
            await self._free.wait()

    async def _wait(self, claims: tuple[Claim, ...]) -> None:
        wait = _Wait(claims)
        queue = self._waiting.setdefault(claims[0][0], deque())
        queue.append(wait)
        self._admit()  # it may be the only one that fits
        try:
            await wait.ready
        except asyncio.CancelledError:
            if wait in queue:
                self._leave(claims[0][0], wait)
            elif not wait.ready.cancelled():  # it was given its slot before it could give up
                self._give_back(claims)
            raise

    def _leave(self, key: str, wait: _Wait) -> None:
        queue = self._waiting[key]
        queue.remove(wait)
        if not queue:
            del self._waiting[key]

    def _fits(self, claims: tuple[Claim, ...]) -> bool:
        return self._used < self._total and all(self._held[key] < most for key, most in claims)

    def _take(self, claims: tuple[Claim, ...]) -> None:
        self._used += 1
        for key, _ in claims:
            self._held[key] += 1

    def _give_back(self, claims: tuple[Claim, ...]) -> None:
        self._used -= 1
        for key, _ in claims:
            self._held[key] -= 1
            if not self._held[key]:
                del self._held[key]
        self._admit()

    def _admit(self) -> None:
        while self._used < self._total:
            fit = [key for key, queue in self._waiting.items() if self._fits(queue[0].claims)]
            if not fit:
                break
            key = min(fit, key=self.served)  # the first of those that were served alike
            wait = self._waiting[key][0]
            self._leave(key, wait)
            if not wait.ready.cancelled():
                self._take(wait.claims)
                wait.ready.set_result(None)
            if key in self._waiting:  # to the end, behind those that wait for their first
                self._waiting[key] = self._waiting.pop(key)
        if self._used < self._total:
            self._free.set()

    def served(self, key: str) -> float:
        """Seconds of slots it held of late."""
        seconds, at = self._served.get(key, (0.0, 0.0))
        return seconds * 0.5 ** ((self._clock() - at) / HALF) if seconds else 0.0

    def _serve(self, key: str, seconds: float) -> None:
        self._served[key] = (self.served(key) + seconds, self._clock())
        if len(self._served) > _KNOWN:
            most = sorted(self._served, key=self.served, reverse=True)[: _KNOWN // 2]
            self._served = {one: self._served[one] for one in most}
