"""How much a stretch of work took: memory of this process and its workers, and how long the loop stood."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psutil

TICK = 0.002


@dataclass
class Measured:
    """``lags``: seconds the loop's own thread worked between two ticks, which is how late a tick is
    on a machine that does nothing else; ``late``: by the clock on the wall, other programs' work
    included. ``peak``: bytes, workers included."""

    lags: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    start: int = 0
    peak: int = 0

    @property
    def lag_p99(self) -> float:
        return sorted(self.lags)[int(len(self.lags) * 0.99)]

    @property
    def grown(self) -> int:
        return self.peak - self.start


def resident() -> int:
    """Bytes of this process and all it started."""
    own = psutil.Process()
    total = 0
    for process in (own, *own.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def worked() -> float:
    """Seconds of a processor this process and all it started took: other programs' work is not in it."""
    own = psutil.Process()
    total = 0.0
    for process in (own, *own.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


@asynccontextmanager
async def measured() -> AsyncIterator[Measured]:
    found = Measured(start=resident())

    async def tick() -> None:
        number = 0
        while True:
            before, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK)
            found.lags.append(time.thread_time() - worked)
            found.late.append(max(0.0, time.perf_counter() - before - TICK))
            number += 1
            if number % 20 == 0:
                found.peak = max(found.peak, await asyncio.to_thread(resident))

    task = asyncio.create_task(tick())
    await asyncio.sleep(0)
    try:
        yield found
    finally:
        found.peak = max(found.peak, resident())
        task.cancel()
