"""A sweep of the whole desk over nothing but hostile feeds, pages and bombs: its loop hardly notices."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import App
from digests.clock import utc_now
from digests.memory import settle
from digests.model import Source
from digests.watch.offload import Offload
from tests.bot.conftest import open_desk
from tests.digests.watch.measuring import measured

pytestmark = pytest.mark.slow
COUNTS = {"feed": 80, "page": 60, "bomb": 12}
MIB = 2**20


@asynccontextmanager
async def hostile_site() -> AsyncIterator[int]:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot.hostile_site", stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    try:
        yield int(await server.stdout.readline())
    finally:
        server.kill()
        await server.wait()


async def watch_all(app: App, port: int) -> None:
    """Every document is a source on a host of its own, so that none waits for its turn."""
    hosts = (f"127.0.{a}.{b}" for a in range(4) for b in range(1, 250))
    for kind, count in COUNTS.items():
        for number in range(count):
            url = f"http://{next(hosts)}:{port}/{kind}/{number}"
            await app.desk.store.sources.add(
                Source(url=url, kind="page" if kind == "page" else "feed"), utc_now()
            )


def burn(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def at(lags: list[float], quantile: float) -> float:
    return sorted(lags)[int(len(lags) * quantile)]


async def slowdown() -> float:
    """By how much this machine stretches 20 ms of work now, with a worker beside it; 1 where it does nothing else."""
    stretched = []
    async with Offload(1) as offload:
        await offload.run(burn, 0.0)
        working = asyncio.create_task(offload.run(burn, 3.0))
        for _ in range(25):
            await asyncio.sleep(0.02)
            start, own = time.perf_counter(), time.thread_time()
            while time.thread_time() - own < 0.02:
                pass
            stretched.append((time.perf_counter() - start) / 0.02)
        await working
    return max(1.0, at(stretched, 0.9))


@pytest.fixture
def settled() -> Iterator[None]:
    """The collector as a running desk has it."""
    bounds = gc.get_threshold()
    settle()
    yield
    gc.unfreeze()
    gc.set_threshold(*bounds)


@pytest.mark.usefixtures("settled")
async def test_the_loop_is_late_by_less_than_50_ms(tmp_path: Path) -> None:
    async with hostile_site() as port, open_desk(tmp_path, (), console=True) as (app, _printed):
        await watch_all(app, port)
        before = await slowdown()
        async with measured() as cost:
            await app.desk.intake.poll_due(app.desk.clock())
        stretch = max(before, await slowdown())
        states = await app.desk.store.sources.states()
    assert len(states) == sum(COUNTS.values())
    assert all(state.next_poll is not None for state in states.values())  # each has had its turn
    for lags, factor in (
        (cost.lags, 1.0),
        (cost.late, stretch),
    ):  # its own work, and by the clock on the wall
        assert at(lags, 0.99) < 0.05 * factor
        assert at(lags, 0.999) < 0.1 * factor
    assert cost.grown < 512 * MIB
