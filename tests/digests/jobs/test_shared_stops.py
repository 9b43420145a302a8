"""The shared queue ends when it is told to, whatever its database says to that."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.testing import InMemoryConnector

from digests.jobs.shared import SharedJobs


async def test_a_queue_that_can_t_say_goodbye_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App(connector=InMemoryConnector())
    began = asyncio.Event()

    async def worker(**_: Any) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectorException("it could not be unregistered") from None

    monkeypatch.setattr(app, "run_worker_async", worker)
    running = asyncio.create_task(SharedJobs(app).run({}, grace=timedelta(seconds=1)))
    await began.wait()
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=0.5)
    still = not done
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not still
    assert running.cancelled()
