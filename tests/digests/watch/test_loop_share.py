"""Small work on the event loop is done in portions."""

from __future__ import annotations

import asyncio
import time

import pytest

from digests.watch.feeds import LoopShare


def work(milliseconds: int) -> int:
    end = time.perf_counter() + milliseconds / 1000
    while time.perf_counter() < end:
        pass
    return milliseconds


async def turns_of(share: LoopShare, calls: int, milliseconds: int) -> list[int]:
    """In which turn of the loop each of the calls, all ready at once, was made."""
    turn, made = 0, []

    async def count() -> None:
        nonlocal turn
        while True:
            await asyncio.sleep(0)
            turn += 1

    def call() -> None:
        work(milliseconds)
        made.append(turn)

    counting = asyncio.create_task(count())
    await asyncio.sleep(0)
    await asyncio.gather(*(share.run(call) for _ in range(calls)))
    counting.cancel()
    return made


async def test_what_takes_long_is_spread_over_turns() -> None:
    made = await turns_of(LoopShare(0.003), 12, 2)
    assert len(made) == 12
    assert max(made.count(turn) for turn in made) <= 2


async def test_what_takes_no_time_is_done_at_once() -> None:
    assert len(set(await turns_of(LoopShare(10), 50, 0))) == 1


async def test_the_result_is_the_functions_and_so_is_what_it_raises() -> None:
    share = LoopShare()
    assert await share.run(work, 1) == 1
    with pytest.raises(ZeroDivisionError):
        await share.run(divmod, 1, 0)
    assert await share.run(work, 1) == 1
