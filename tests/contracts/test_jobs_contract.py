"""Contract of Jobs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
from postgres import postgres_schema

from digests.errors import StoreError
from digests.jobs import shared
from digests.jobs.local import LocalJobs
from digests.jobs.shared import open_shared_jobs
from digests.ports import Jobs

SECOND = timedelta(seconds=1)


@pytest.fixture(params=["local", "shared"])
async def jobs(request: pytest.FixtureRequest) -> AsyncIterator[Jobs]:
    if request.param == "local":
        yield LocalJobs(workers=1)
        return
    async with postgres_schema() as url, open_shared_jobs(url, workers=1) as shared:
        yield shared


async def run_until(jobs: Jobs, handlers: dict[str, Callable[[str], object]], done: asyncio.Event) -> None:
    running = asyncio.create_task(jobs.run(handlers, grace=SECOND))  # type: ignore[arg-type]
    async with asyncio.timeout(5):
        await done.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_the_same_job_waits_once_and_urgent_ones_go_first(jobs: Jobs) -> None:
    ran: list[str] = []
    done = asyncio.Event()

    async def work(key: str) -> None:
        ran.append(key)
        if key == "last":
            done.set()

    for key, priority in (("b", 10), ("b", 10), ("a", 5), ("last", 20), ("c", 10), ("b", 15)):
        await jobs.hint("work", key, priority=priority)
    await run_until(jobs, {"work": work}, done)
    assert ran == ["a", "b", "c", "last"]


async def test_a_repeated_hint_may_make_a_job_more_urgent(jobs: Jobs) -> None:
    ran: list[str] = []
    done = asyncio.Event()

    async def work(key: str) -> None:
        ran.append(key)
        if len(ran) == 2:
            await jobs.hint("work", "end")
        elif len(ran) == 3:
            done.set()

    await jobs.hint("work", "slow", priority=10)
    await jobs.hint("work", "urgent", priority=30)
    await jobs.hint("work", "urgent", priority=1)
    await run_until(jobs, {"work": work}, done)
    assert ran == ["urgent", "slow", "end"]


async def test_a_handler_that_raises_stops_nothing(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    done = asyncio.Event()

    async def broken(key: str) -> None:
        raise RuntimeError("a bug")

    async def work(key: str) -> None:
        done.set()

    await jobs.hint("broken", "7", priority=1)
    await jobs.hint("work")
    await run_until(jobs, {"broken": broken, "work": work}, done)
    assert "broken 7 broke off" in caplog.text


async def test_a_hint_while_its_job_runs_runs_it_once_more_after(jobs: Jobs) -> None:
    """Never twice at once; and what changed during the first run is seen by the second."""
    busy = most = runs = 0
    done = asyncio.Event()

    async def work(key: str) -> None:
        nonlocal busy, most, runs
        busy, runs = busy + 1, runs + 1
        most = max(most, busy)
        if runs == 1:
            await jobs.hint("work")
            await jobs.hint("work")
            await asyncio.sleep(0.01)
        else:
            await jobs.hint("end")
        busy -= 1

    async def end(key: str) -> None:
        done.set()

    await jobs.hint("work")
    await run_until(jobs, {"work": work, "end": end}, done)
    assert (runs, most) == (2, 1)


async def test_a_stop_lets_what_runs_finish_within_its_grace(jobs: Jobs) -> None:
    ended: list[str] = []
    started = asyncio.Event()

    async def work(key: str) -> None:
        started.set()
        try:
            await asyncio.sleep(float(key))
            ended.append("finished")
        except asyncio.CancelledError:
            ended.append("cut off")
            raise

    for seconds in ("0.05", "60"):
        started.clear()
        await jobs.hint("work", seconds)
        running = asyncio.create_task(jobs.run({"work": work}, grace=timedelta(seconds=0.3)))
        await started.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert ended == ["finished", "cut off"]


async def test_local_work_that_nobody_does_is_said(caplog: pytest.LogCaptureFixture) -> None:
    jobs = LocalJobs(workers=1)
    done = asyncio.Event()

    async def work(key: str) -> None:
        done.set()

    await jobs.hint("unknown", priority=1)
    await jobs.hint("work")
    await run_until(jobs, {"work": work}, done)
    assert "no one here does “unknown”" in caplog.text


async def test_local_jobs_run_side_by_side_up_to_their_workers() -> None:
    jobs = LocalJobs(workers=3)
    busy = most = done = 0
    all_done = asyncio.Event()

    async def work(key: str) -> None:
        nonlocal busy, most, done
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.01)
        busy, done = busy - 1, done + 1
        if done == 9:
            all_done.set()

    for number in range(9):
        await jobs.hint("work", str(number))
    await run_until(jobs, {"work": work}, all_done)
    assert most == 3


async def test_a_running_job_does_not_keep_others_from_free_workers() -> None:
    """Its own repeat waits for it; what comes behind that repeat does not."""
    jobs = LocalJobs(workers=2)
    free = asyncio.Event()

    async def slow(key: str) -> None:
        await jobs.hint("slow")
        await jobs.hint("quick")
        await free.wait()

    async def quick(key: str) -> None:
        free.set()

    await jobs.hint("slow")
    await run_until(jobs, {"slow": slow, "quick": quick}, free)


def test_at_least_one_worker() -> None:
    with pytest.raises(ValueError, match="at least one"):
        LocalJobs(workers=0)


_VICTIM = """
import asyncio, sys
from datetime import timedelta
from digests.jobs import shared

async def work(key):
    print("started", flush=True)
    await asyncio.sleep(600)

async def main():
    shared.HEARTBEAT = 0.2
    async with shared.open_shared_jobs(sys.argv[1]) as jobs:
        await jobs.run({"work": work}, grace=timedelta(seconds=1))

asyncio.run(main())
"""


@pytest.mark.slow
async def test_what_a_killed_worker_was_doing_is_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "STALLED", 1.0)
    monkeypatch.setattr(shared, "LOOK", 0.2)
    done = asyncio.Event()

    async def work(key: str) -> None:
        assert key == "7"
        done.set()

    async with postgres_schema() as url, open_shared_jobs(url) as jobs:
        await jobs.hint("work", "7")
        victim = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _VICTIM, url, stdout=asyncio.subprocess.PIPE
        )
        assert victim.stdout is not None
        assert await asyncio.wait_for(victim.stdout.readline(), 10) == b"started\n"
        victim.kill()
        await victim.wait()
        await jobs.hint("work", "7")  # the same was hinted at meanwhile
        await run_until(jobs, {"work": work}, done)


async def test_shared_jobs_need_postgresql() -> None:
    with pytest.raises(StoreError, match="need PostgreSQL"):
        async with open_shared_jobs("newsdesk.sqlite3"):
            pass
