"""Contract of Turns: one at a time, among tasks and among processes."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator

import pytest
from postgres import postgres_schema
from sqlalchemy import text

from digests.ports import Turns
from digests.store import open_store, sharing


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


async def test_who_leads_ends_when_the_work_does(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "SETTLED", 0.01)
    monkeypatch.setattr(sharing, "ELECTION", 0.01)
    busy = most = 0

    async def work() -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.02)
        busy -= 1

    await asyncio.gather(*(turns.lead("one", work) for _ in range(3)))
    assert (busy, most) == (0, 1)


async def test_a_leader_that_loses_the_database_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its work is cancelled, and begun anew when it is elected again."""
    monkeypatch.setattr(sharing, "SETTLED", 0.1)
    monkeypatch.setattr(sharing, "ELECTION", 0.05)
    monkeypatch.setattr(sharing, "HEARTBEAT", 0.05)
    async with (
        postgres_schema() as plain,
        open_store(url := f"{plain}&application_name={uuid.uuid4().hex}") as store,
        open_store(url) as other,
    ):
        begun: asyncio.Queue[str] = asyncio.Queue()
        ended: list[str] = []

        async def work(name: str) -> None:
            begun.put_nowait(name)
            try:
                await asyncio.sleep(600)
            finally:
                ended.append(name)

        first = asyncio.create_task(store.turns.lead("one", lambda: work("first")))
        assert await asyncio.wait_for(begun.get(), 10) == "first"
        second = asyncio.create_task(other.turns.lead("one", lambda: work("second")))
        await asyncio.sleep(0.3)
        assert begun.empty()
        async with other.database.write() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) "
                    "WHERE locktype = 'advisory' AND pid <> pg_backend_pid() "
                    "AND application_name = current_setting('application_name')"  # no other test's
                )
            )
        assert await asyncio.wait_for(begun.get(), 10) in {"first", "second"}
        assert ended == ["first"]
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
