"""Contract of Turns: one at a time, among tasks and among processes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest
from postgres import postgres_schema

from digests.ports import Turns
from digests.store import open_store


@pytest.fixture
async def turns(url: str) -> AsyncIterator[Turns]:
    async with open_store(url) as store:
        yield store.turns


async def test_one_at_a_time(turns: Turns) -> None:
    busy = most = 0

    async def work() -> None:
        nonlocal busy, most
        async with turns.turn("one") as mine:
            assert mine
            busy += 1
            most = max(most, busy)
            await asyncio.sleep(0.01)
            busy -= 1

    await asyncio.gather(*(work() for _ in range(5)))
    assert most == 1


async def test_who_does_not_wait_is_told(turns: Turns) -> None:
    async with turns.turn("one"):
        async with turns.turn("one", wait=False) as mine:
            assert not mine
        async with turns.turn("other", wait=False) as mine:
            assert mine
    async with turns.turn("one", wait=False) as mine:
        assert mine


async def test_what_raises_gives_its_turn_back(turns: Turns) -> None:
    with pytest.raises(ZeroDivisionError):
        async with turns.turn("one"):
            raise ZeroDivisionError
    async with turns.turn("one", wait=False) as mine:
        assert mine


_HOLDER = """
import asyncio, sys
from digests.store import open_store

async def main():
    async with open_store(sys.argv[1]) as store, store.turns.turn("one"):
        print("held", flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.slow
async def test_a_killed_process_gives_its_turn_back() -> None:
    async with postgres_schema() as url, open_store(url) as store:
        holder = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _HOLDER, url, stdout=asyncio.subprocess.PIPE
        )
        assert holder.stdout is not None
        assert await asyncio.wait_for(holder.stdout.readline(), 20) == b"held\n"
        async with store.turns.turn("one", wait=False) as mine:
            assert not mine
        holder.kill()
        await holder.wait()
        async with asyncio.timeout(5), store.turns.turn("one") as mine:
            assert mine
