"""Money: reserved before, settled after, never over a cap."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from digests.brief.llm.budget import Budget, Caps, Hold, Limit, MemoryLedger, Price, Usage
from digests.model import Failure, FailureKind
from tests.examples import examples

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PRICES = {"small": Price(Decimal("0.25"), Decimal(2)), "free": Price(Decimal(0), Decimal(0))}


class Watch:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def budget(caps: Caps, watch: Watch | None = None) -> Budget:
    return Budget(PRICES, caps, MemoryLedger(), watch or Watch())


async def held(desk: Budget, tokens: int = 1000, chat: int | None = None) -> Hold:
    hold = await desk.reserve("small", Usage(0, tokens), chat_id=chat)
    assert isinstance(hold, Hold)
    return hold


def test_a_cost_is_rounded_up() -> None:
    assert PRICES["small"].cost(Usage(1, 0)) == 1
    assert PRICES["small"].cost(Usage(4, 1)) == 3
    assert PRICES["free"].cost(Usage(10**9, 10**9)) == 0


async def test_an_unknown_price_is_not_free() -> None:
    failure = await budget(Caps()).reserve("other", Usage(1, 1))
    assert failure == Failure(FailureKind.BUDGET, "The model other has no price in the configuration.")


async def test_without_caps_everything_goes() -> None:
    desk = budget(Caps())
    await held(desk, 10**9)
    assert await desk.near() == []


@pytest.mark.parametrize(
    ("caps", "text"),
    [
        (Caps(daily=3999), "daily cap of all chats"),
        (Caps(monthly=3999), "monthly cap of all chats"),
        (Caps(chat_daily=3999), "daily cap of this chat"),
        (Caps(chat_monthly=3999), "monthly cap of this chat"),
    ],
)
async def test_what_is_held_counts_at_once(caps: Caps, text: str) -> None:
    desk = budget(caps)
    await held(desk, chat=7)
    refused = await desk.reserve("small", Usage(0, 1000), chat_id=7)
    assert isinstance(refused, Failure)
    assert refused.kind is FailureKind.BUDGET
    assert text in refused.reason


async def test_a_cap_can_be_used_to_the_last_millionth() -> None:
    desk = budget(Caps(daily=4000))
    await held(desk)
    await held(desk)
    assert isinstance(await desk.reserve("small", Usage(1, 0)), Failure)


async def test_another_chats_money_is_its_own() -> None:
    desk = budget(Caps(chat_daily=2000))
    await held(desk, chat=1)
    await held(desk, chat=2)
    await held(desk, chat=None)
    assert isinstance(await desk.reserve("small", Usage(0, 1), chat_id=1), Failure)


async def test_settling_gives_back_what_was_not_used() -> None:
    desk = budget(Caps(daily=2000))
    hold = await held(desk)
    assert await desk.settle(hold, Usage(0, 400)) == 800
    assert isinstance(await desk.reserve("small", Usage(0, 601)), Failure)
    await held(desk, 600)


async def test_a_lost_answer_costs_all_that_was_held() -> None:
    desk = budget(Caps(daily=2000))
    assert await desk.settle(await held(desk), None) == 2000
    assert isinstance(await desk.reserve("small", Usage(1, 0)), Failure)


async def test_settling_twice_changes_nothing() -> None:
    desk = budget(Caps(daily=2000))
    hold = await held(desk)
    await desk.release(hold)
    await desk.settle(hold, Usage(0, 1000))
    assert await desk.ledger.used(Limit(None, "2026-11-24", 2000)) == 0


async def test_a_new_day_and_a_new_month_begin_anew() -> None:
    watch = Watch()
    desk = budget(Caps(daily=2000, monthly=4000), watch)
    await held(desk)
    watch.now += timedelta(days=1)
    await held(desk)
    watch.now += timedelta(days=1)
    refused = await desk.reserve("small", Usage(0, 1000))
    assert isinstance(refused, Failure)
    assert "monthly" in refused.reason
    watch.now = datetime(2026, 12, 1, tzinfo=UTC)
    await held(desk)


async def test_a_call_counts_for_the_day_it_began() -> None:
    watch = Watch()
    desk = budget(Caps(daily=2000), watch)
    hold = await held(desk)
    watch.now += timedelta(days=1)
    await desk.settle(hold, Usage(0, 1000))
    await held(desk)


async def test_four_fifths_of_a_cap_are_a_warning() -> None:
    desk = budget(Caps(daily=10_000, chat_daily=100_000))
    await desk.settle(await held(desk, 3999, chat=1), Usage(0, 3999))
    assert await desk.near(1) == []
    await held(desk, 1, chat=1)
    assert await desk.near(1) == [(Limit(None, "2026-11-24", 10_000), 8000)]


async def test_spending_is_told_by_day_model_chat_and_source() -> None:
    desk = budget(Caps())
    for source in (1, 1, 2):
        hold = await desk.reserve("small", Usage(100, 100), chat_id=5, source_id=source)
        assert isinstance(hold, Hold)
        await desk.settle(hold, Usage(40, 10))
    await held(desk, 100, chat=6)
    spends = await desk.ledger.spends("2026-11")
    assert [(s.source_id, s.calls, s.input_tokens, s.output_tokens, s.cost, s.held) for s in spends] == [
        (1, 2, 80, 20, 60, 0),
        (2, 1, 40, 10, 30, 0),
        (0, 0, 0, 0, 0, 200),
    ]
    last = spends[-1]
    assert (last.day, last.model, last.chat_id) == ("2026-11-24", "small", 6)
    assert [(s.day, s.model, s.chat_id) for s in spends[:2]] == [("2026-11-24", "small", 5)] * 2
    assert await desk.ledger.spends("2026-12") == []


async def _schedule(seed: int, calls: int) -> tuple[int, dict[int, int], int]:
    """Many calls at once with random sizes, pauses and ends; what was really charged."""
    rnd = random.Random(seed)
    caps = Caps(daily=rnd.randint(0, 40_000), chat_daily=rnd.randint(0, 15_000))
    desk = budget(caps)
    charged: dict[int, int] = {}
    refused = 0

    async def call(chat: int, most: int, used: int, end: str, pauses: tuple[int, int]) -> None:
        nonlocal refused
        for _ in range(pauses[0]):
            await asyncio.sleep(0)
        hold = await desk.reserve("small", Usage(most, most), chat_id=chat)
        if isinstance(hold, Failure):
            refused += 1
            return
        for _ in range(pauses[1]):
            await asyncio.sleep(0)
        if end == "refused":
            await desk.release(hold)
        else:
            cost = await desk.settle(hold, Usage(used, used) if end == "answered" else None)
            charged[chat] = charged.get(chat, 0) + cost

    def plan() -> tuple[int, int, int, str, tuple[int, int]]:
        most = rnd.randint(1, 2000)
        end = rnd.choice(["answered", "answered", "lost", "refused"])
        return rnd.randint(1, 3), most, rnd.randint(0, most), end, (rnd.randint(0, 3), rnd.randint(0, 3))

    await asyncio.gather(*(call(*plan()) for _ in range(calls)))
    assert caps.daily is not None
    assert caps.chat_daily is not None
    over = max(0, sum(charged.values()) - caps.daily)
    return over + sum(max(0, spent - caps.chat_daily) for spent in charged.values()), charged, refused


@pytest.mark.slow
async def test_parallel_calls_never_spend_over_a_cap() -> None:
    results = [await _schedule(seed, 50) for seed in range(100)]
    assert sum(over for over, _, _ in results) == 0
    assert any(charged for _, charged, _ in results)
    assert any(refused for _, _, refused in results)


@pytest.mark.slow
async def test_thousands_of_schedules_of_fifty_parallel_calls_overspend_nothing() -> None:
    assert sum([(await _schedule(seed, 50))[0] for seed in range(examples(10_000))]) == 0


class Told:
    def __init__(self) -> None:
        self.said: list[tuple[Limit, int]] = []

    async def __call__(self, limit: Limit, used: int) -> None:
        self.said.append((limit, used))


async def test_the_people_in_charge_are_warned_once_for_each_limit_and_period() -> None:
    told, watch = Told(), Watch()
    desk = Budget(PRICES, Caps(daily=10_000, chat_daily=4_000), MemoryLedger(), watch, told)
    await desk.settle(await held(desk, 1599, chat=1), Usage(0, 1599))
    assert told.said == []
    await desk.settle(await held(desk, 1, chat=1), Usage(0, 1))
    chat = Limit(1, "2026-11-24", 4_000)
    assert told.said == [(chat, 3200)]
    await desk.settle(await held(desk, 1, chat=1), Usage(0, 1))
    assert told.said == [(chat, 3200)]
    for number, tokens in ((2, 1599), (3, 801)):
        await desk.settle(await held(desk, tokens, chat=number), Usage(0, tokens))
    assert told.said[1:] == [(Limit(None, "2026-11-24", 10_000), 8002)]
    watch.now += timedelta(days=1)
    await desk.settle(await held(desk, 1600, chat=1), Usage(0, 1600))
    assert told.said[-1] == (Limit(1, "2026-11-25", 4_000), 3200)


async def test_a_call_that_does_not_fit_is_told_of_too() -> None:
    told = Told()
    desk = Budget(PRICES, Caps(monthly=3_000), MemoryLedger(), Watch(), told)
    await held(desk, 1000)
    for _ in range(2):
        assert isinstance(await desk.reserve("small", Usage(0, 1000)), Failure)
    assert told.said == [(Limit(None, "2026-11", 3_000), 2000)]


async def test_a_release_costs_nothing_and_counts_as_no_tokens() -> None:
    desk = budget(Caps(daily=2000))
    hold = await desk.reserve("small", Usage(0, 1000), chat_id=3, source_id=9)
    assert isinstance(hold, Hold)
    assert (hold.model, hold.chat_id, hold.source_id, hold.amount, hold.day) == (
        "small",
        3,
        9,
        2000,
        "2026-11-24",
    )
    await desk.release(hold)
    (spend,) = await desk.ledger.spends("2026-11-24")
    assert (spend.calls, spend.input_tokens, spend.output_tokens, spend.cost, spend.held) == (1, 0, 0, 0, 0)
    assert (spend.model, spend.chat_id, spend.source_id, spend.day) == ("small", 3, 9, "2026-11-24")
    assert len({(await held(desk, 1)).id for _ in range(3)}) == 3


async def test_a_lost_answer_counts_no_tokens() -> None:
    desk = budget(Caps())
    hold = await desk.reserve("small", Usage(7, 1000))
    assert isinstance(hold, Hold)
    assert hold.source_id == 0
    await desk.settle(hold, None)
    (spend,) = await desk.ledger.spends("2026")
    assert (spend.input_tokens, spend.output_tokens, spend.cost) == (0, 0, 2002)
