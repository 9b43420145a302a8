"""Contract of Ledger: the one that forgets and the one that does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from digests.brief.budget import MemoryLedger
from digests.model import Hold, Limit, Spend, Usage
from digests.ports import Ledger
from digests.store import open_store

DAY = "2026-11-24"
CALL = Hold(model="small", chat_id=7, source_id=3, amount=100, day=DAY)


@pytest.fixture(params=["memory", "sql"])
async def ledger(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Ledger]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    async with open_store(url) as store:
        yield store.spend


async def held(ledger: Ledger, hold: Hold = CALL) -> Hold:
    answer = await ledger.reserve(hold, ())
    assert isinstance(answer, Hold)
    return answer


async def test_fifty_parallel_reserves_never_pass_a_cap(ledger: Ledger) -> None:
    limits = (Limit(None, "2026-11", 5000), Limit(7, DAY, 1250))
    answers = await asyncio.gather(*(ledger.reserve(CALL, limits) for _ in range(50)))
    holds = [answer for answer in answers if isinstance(answer, Hold)]
    assert len({hold.id for hold in holds}) == len(holds) == 12
    assert [answer for answer in answers if isinstance(answer, Limit)] == [limits[1]] * 38
    assert await ledger.used(limits[1]) == 1200


async def test_a_limit_counts_its_own_chat_and_period(ledger: Ledger) -> None:
    await held(ledger)
    await held(ledger, replace(CALL, chat_id=None))
    await held(ledger, replace(CALL, chat_id=8, day="2026-11-30"))
    await held(ledger, replace(CALL, day="2026-12-01"))
    for limit, used in (((None, DAY), 200), ((None, "2026-11"), 300), ((7, "2026-11"), 100), ((9, DAY), 0)):
        assert await ledger.used(Limit(*limit, 0)) == used


async def test_settling_gives_the_rest_back_and_twice_changes_nothing(ledger: Ledger) -> None:
    hold = await held(ledger)
    await ledger.settle(hold, 40, Usage(9, 5))
    await ledger.settle(hold, 90, Usage(1, 1))
    lost = await held(ledger)
    await ledger.settle(lost, 100, None)
    other = await held(ledger, replace(CALL, source_id=4))
    assert await ledger.used(Limit(7, DAY, 0)) == 240
    common = {"day": DAY, "model": "small", "chat_id": 7}
    assert await ledger.spends("2026-11") == [
        Spend(**common, source_id=3, calls=2, input_tokens=9, output_tokens=5, cost=140),
        Spend(**common, source_id=4, held=other.amount),
    ]
    assert await ledger.spends("2026-11-25") == []


async def test_a_restart_keeps_what_is_spent_and_what_is_held(url: str) -> None:
    async with open_store(url) as store:
        await store.spend.settle(await held(store.spend), 60, Usage(1, 1))
        await held(store.spend)
    async with open_store(url) as store:
        limit = Limit(None, "2026-11", 200)
        assert await store.spend.used(limit) == 160
        assert await store.spend.reserve(CALL, (limit,)) == limit
