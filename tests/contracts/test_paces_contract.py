"""Contract of Paces: all who send to a platform together keep its limits."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from desk_values import Desk

from bot.platforms.telegram import TELEGRAM as PLATFORM
from digests.deliver.pacing import spacings
from digests.model import Spacing
from digests.ports import Slot

TELEGRAM = PLATFORM.pace

SECOND = timedelta(seconds=1)
WHOLE = spacings(TELEGRAM.overall)
CHAT = spacings(TELEGRAM.chat)
GROUP = (*CHAT, *spacings(TELEGRAM.kinds["group"]))


def most_within(moments: list[datetime], per: timedelta) -> int:
    """How many lie in the fullest stretch of that length."""
    moments = sorted(moments)
    return max(sum(start <= moment < start + per for moment in moments) for start in moments)


@pytest.mark.slow
async def test_four_together_keep_to_one_budget(desk: Desk, now: datetime) -> None:
    """Each takes as fast as it can, for chats of their own and for a group they share."""
    taken: dict[str, list[datetime]] = defaultdict(list)

    async def worker(number: int, clock: datetime) -> None:
        wants = [("group", GROUP)] + [(f"{number} {chat}", CHAT) for chat in range(12)]
        until = clock + SECOND / 2
        places = await desk.store.paces.take("telegram", WHOLE, wants, clock, until)
        for (address, _), place in zip(wants, places, strict=True):
            assert place.at >= clock
            if place.taken:
                assert place.at <= until
                taken[address].append(place.at)

    for step in range(124):
        await asyncio.gather(*(worker(number, now + step * SECOND / 2) for number in range(4)))
    everything = [moment for moments in taken.values() for moment in moments]
    assert most_within(everything, SECOND) <= 30
    assert most_within(taken["group"], 60 * SECOND) <= 20
    assert all(most_within(moments, SECOND) == 1 for moments in taken.values())
    # and nobody waits for more than the limits ask for
    assert len(everything) >= 26 * 60
    assert len(taken["group"]) >= 14


async def test_a_later_moment_is_not_taken(desk: Desk, now: datetime) -> None:
    slow = (Spacing(10 * SECOND),)
    first, second, other = await desk.store.paces.take(
        "telegram", (), [("1", slow), ("1", slow), ("2", slow)], now, now + SECOND
    )
    assert (first, other) == (Slot(now, True), Slot(now, True))
    assert second == Slot(now + 10 * SECOND, False)
    later = now + 5 * SECOND
    (again,) = await desk.store.paces.take("telegram", (), [("1", slow)], later, later + SECOND)
    assert again == second
    assert await desk.store.paces.take("discord", (), [("1", slow)], now, now) == [Slot(now, True)]


async def test_a_burst_is_paid_back(desk: Desk, now: datetime) -> None:
    spacing = (Spacing(4 * SECOND, burst=3),)
    places = [
        (await desk.store.paces.take("t", (), [("1", spacing)], now, now + 60 * SECOND))[0] for _ in range(5)
    ]
    assert [(place.at - now) / SECOND for place in places] == [0, 0, 0, 4, 8]


async def test_what_is_past_is_forgotten(desk: Desk, now: datetime) -> None:
    await desk.store.paces.take("t", (), [("1", (Spacing(SECOND),))], now, now)
    await desk.store.paces.forget(now + 2 * SECOND)
    assert await desk.store.paces.take("t", (), [("1", (Spacing(SECOND),))], now, now) == [Slot(now, True)]
