"""Many waits, one timer: each ends at its own time, and an outside cancellation stays one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from digests.watch.http import Deadlines

SECONDS = 0.08


async def wait(deadlines: Deadlines, seconds: float) -> float:
    """How long it went on, when it was too long; else 0."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    try:
        with deadlines.one():
            await asyncio.sleep(seconds)
    except TimeoutError:
        return loop.time() - start
    return 0.0


async def test_each_wait_ends_at_its_own_deadline_or_before_by_itself() -> None:
    deadlines = Deadlines(SECONDS)
    waits = []
    for seconds in (0.0, 9.0, 0.01, 9.0):
        waits.append(asyncio.create_task(wait(deadlines, seconds)))
        await asyncio.sleep(SECONDS / 4)
    took = await asyncio.gather(*waits)
    assert [bool(seconds) for seconds in took] == [False, True, False, True]
    assert all(SECONDS * 0.95 <= seconds < SECONDS * 2 for seconds in took if seconds)
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]


async def test_there_is_one_timer_for_all_and_none_when_nothing_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    deadlines, call_at, timers = Deadlines(SECONDS), loop.call_at, 0

    def counted(when: float, callback: Any, *args: Any, **context: Any) -> asyncio.TimerHandle:
        nonlocal timers
        timers += getattr(callback, "__self__", None) is deadlines
        return call_at(when, callback, *args, **context)

    monkeypatch.setattr(loop, "call_at", counted)
    for _ in range(50):
        with deadlines.one():
            pass
    assert timers == 1
    await asyncio.sleep(SECONDS * 3)
    assert timers == 1
    with deadlines.one():
        pass
    assert timers == 2


async def test_a_wait_that_takes_its_time_to_end_is_ended_once() -> None:
    deadlines, cleared = Deadlines(SECONDS), False

    async def slow() -> None:
        nonlocal cleared
        with deadlines.one():
            try:
                await asyncio.sleep(9)
            finally:
                await asyncio.sleep(SECONDS * 1.5)
                cleared = True

    ending = asyncio.create_task(slow())
    await asyncio.sleep(SECONDS / 2)
    assert await wait(deadlines, 9.0)  # the timer comes again meanwhile
    with pytest.raises(TimeoutError):
        await ending
    assert cleared


async def test_a_cancellation_from_outside_is_not_taken_for_a_deadline() -> None:
    deadlines = Deadlines(SECONDS)
    waiting = asyncio.create_task(wait(deadlines, 9.0))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    async def stubborn() -> None:
        with deadlines.one():
            await asyncio.sleep(9)

    both = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    for one in deadlines._running:
        one.up()
    both.cancel()
    with pytest.raises(asyncio.CancelledError):
        await both


async def test_a_task_that_goes_on_after_its_deadline_is_not_left_cancelled() -> None:
    deadlines = Deadlines(SECONDS)
    with deadlines.one(), suppress(asyncio.CancelledError):
        await asyncio.sleep(9)
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]


def test_what_was_closed_serves_another_event_loop() -> None:
    deadlines = Deadlines(SECONDS)

    async def once(seconds: float) -> float:
        try:
            return await wait(deadlines, seconds)
        finally:
            deadlines.close()

    assert asyncio.run(once(0.0)) == 0.0
    assert asyncio.run(once(2.0)) >= SECONDS * 0.95
