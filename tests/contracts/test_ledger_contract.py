"""Contract of Ledger: the one that forgets and the one that does not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digests.brief.llm.budget import MemoryLedger
from digests.model import AheadBrief, Hold, Limit, ModelBatch, Spend, Usage
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


async def test_two_desks_on_one_database_share_their_caps(url: str) -> None:
    limits = (Limit(None, "2026-11", 5000), Limit(7, DAY, 1250))
    async with open_store(url) as one, open_store(url) as two:
        ledgers = [one.spend, two.spend] * 25
        answers = await asyncio.gather(*(ledger.reserve(CALL, limits) for ledger in ledgers))
        holds = [answer for answer in answers if isinstance(answer, Hold)]
        assert len(holds) == 12
        assert await one.spend.used(limits[1]) == await two.spend.used(limits[1]) == 1200
        # what one holds, the other may settle, once
        await asyncio.gather(*(ledger.settle(holds[0], 40, Usage(4, 0)) for ledger in ledgers[:2]))
        assert await two.spend.used(limits[0]) == 1140
        exact = replace(CALL, amount=110)
        assert isinstance(await two.spend.reserve(exact, limits), Hold)  # to the last millionth
        assert await one.spend.reserve(replace(CALL, amount=1), limits) == limits[1]
        warned = await asyncio.gather(*(ledger.first_warning(limits[0]) for ledger in ledgers))
        assert sum(warned) == 1


async def test_a_write_that_is_given_up_locks_nobody_out(url: str) -> None:
    """A digest's deadline may cut any step of a reservation short."""
    async with open_store(url) as store:
        for step in range(24):
            giving_up = asyncio.create_task(store.spend.reserve(CALL, ()))
            await asyncio.sleep(step * 0.0005)
            giving_up.cancel()
            await asyncio.gather(giving_up, return_exceptions=True)
            async with asyncio.timeout(5):
                assert isinstance(await store.spend.reserve(CALL, ()), Hold)
        assert await store.spend.used(Limit(None, DAY, 0)) >= 2400


async def test_a_call_over_midnight_counts_for_the_day_it_began(ledger: Ledger) -> None:
    hold = await held(ledger)
    tomorrow = Limit(None, "2026-11-25", 100)
    assert isinstance(await ledger.reserve(replace(CALL, day="2026-11-25"), (tomorrow,)), Hold)
    await ledger.settle(hold, 90, Usage(80, 10))
    assert await ledger.used(tomorrow) == 100
    assert await ledger.used(Limit(None, DAY, 100)) == 90
    assert await ledger.used(Limit(7, "2026-11", 100)) == 190


async def test_a_limit_is_warned_of_once(ledger: Ledger) -> None:
    limit = Limit(None, DAY, 1000)
    assert [await ledger.first_warning(limit) for _ in range(3)] == [True, False, False]
    others = (Limit(1, DAY, 1000), Limit(7, DAY, 1000), Limit(None, "2026-11", 1000), Limit(None, DAY, 2000))
    for other in others:
        assert await ledger.first_warning(other)
    assert sum(await asyncio.gather(*(ledger.first_warning(Limit(9, DAY, 5)) for _ in range(20)))) == 1


async def test_a_restart_remembers_who_was_warned(url: str) -> None:
    limit = Limit(7, DAY, 1000)
    async with open_store(url) as store:
        assert await store.spend.first_warning(limit)
    async with open_store(url) as store:
        assert not await store.spend.first_warning(limit)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
async def test_fifty_calls_at_once_in_any_order_spend_nothing_over(ledger: Ledger, seed: int) -> None:
    """Random sizes, ends and pauses under random caps; what is charged never passes one."""
    rnd = random.Random(seed)
    every = Limit(None, DAY, rnd.randint(0, 40_000))
    limits = {chat: (every, Limit(chat, DAY, rnd.randint(0, 15_000))) for chat in (1, 2, 3)}
    charged: dict[int, int] = {}

    async def call(chat: int, most: int, used: int, pause: int) -> None:
        for _ in range(pause):
            await asyncio.sleep(0)
        hold = await ledger.reserve(replace(CALL, chat_id=chat, amount=most), limits[chat])
        if isinstance(hold, Hold):
            await asyncio.sleep(0)
            await ledger.settle(hold, used, Usage(used, 0))
            charged[chat] = charged.get(chat, 0) + used

    def plan() -> tuple[int, int, int, int]:
        most = rnd.randint(1, 3000)
        return rnd.randint(1, 3), most, rnd.choice([most, 0, rnd.randint(0, most)]), rnd.randint(0, 3)

    await asyncio.gather(*(call(*plan()) for _ in range(50)))
    for chat, spent in charged.items():
        assert spent <= limits[chat][1].cap
    assert sum(charged.values()) <= every.cap


async def test_batches_outlive_a_restart(url: str) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    asked = AheadBrief(key="k1", story_id=3, chat_id=7, sentences=2, hold=replace(CALL, id=5))
    async with open_store(url) as store:
        first = await store.batches.add(
            ModelBatch(writer="openai", name="batch-1", submitted=now, briefs=(asked,))
        )
        second = await store.batches.add(
            replace(first, id=0, name="batch-2", briefs=(replace(asked, key="k2"),))
        )
        await store.batches.end(first.id)
    async with open_store(url) as store:
        assert await store.batches.open() == [second]
        assert await store.batches.asked(now) == {"k1", "k2"}
        assert await store.batches.asked(now + timedelta(seconds=1)) == set()
