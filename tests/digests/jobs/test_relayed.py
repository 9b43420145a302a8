"""Hints of one process of many: its own work stays here, the rest goes to the shared queue."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from digests.jobs.local import LocalJobs, RelayedJobs

SECOND = timedelta(seconds=1)


async def test_who_does_it_gets_the_hint() -> None:
    queue = LocalJobs()
    reader, gateway = RelayedJobs(queue, frozenset({"read", "edit"})), RelayedJobs(queue, frozenset())
    done: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def read(key: str) -> None:
        done.put_nowait(("read", key))

    async def edit(key: str) -> None:
        done.put_nowait(("edit", key))

    running = asyncio.create_task(reader.run({"read": read, "edit": edit}, grace=SECOND))
    await reader.hint("read", "own")
    assert await asyncio.wait_for(done.get(), 5) == ("read", "own")
    await gateway.hint("edit", "7")
    assert await asyncio.wait_for(done.get(), 5) == ("edit", "7")
    gateway.soon("read")
    assert await asyncio.wait_for(done.get(), 5) == ("read", "")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_hint_that_is_lost_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    class Away(LocalJobs):
        async def hint(self, work: str, key: str = "", *, priority: int = 10) -> None:
            raise OSError

    RelayedJobs(Away(), frozenset()).soon("deliver")
    await asyncio.sleep(0.01)
    assert "deliver" in caplog.text
