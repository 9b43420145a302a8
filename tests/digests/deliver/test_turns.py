"""Turns of answers: at once where there is room, next where there is not, never after long."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from digests.deliver.pacing import NEVER, Limit, Pace, Pacer
from digests.deliver.turns import Turns
from digests.model import Chat

CHAT = Chat(platform="p", address="1")
MS = timedelta(milliseconds=1)


def now() -> datetime:
    return datetime.now(UTC)


def pacer(count: int, per: timedelta) -> Pacer:
    return Pacer({"p": Pace(chat=(Limit(count, per),))})


async def waited(turns: Turns) -> timedelta:
    asked = now()
    async with turns.turn(CHAT):
        return now() - asked


async def test_with_room_it_comes_at_once_and_counts() -> None:
    pace = pacer(1, 300 * MS)
    turns = Turns(pace, now)
    assert await waited(turns) < 200 * MS
    assert pace.ready(CHAT, moment := now()) > moment


async def test_its_place_is_taken_before_it_writes() -> None:
    pace = pacer(1, timedelta(hours=1))
    async with Turns(pace, now).turn(CHAT):
        assert pace.ready(CHAT, now()) == NEVER


async def test_it_waits_for_the_next_place() -> None:
    turns = Turns(pacer(1, 300 * MS), now)
    await waited(turns)
    assert 200 * MS < await waited(turns) < 2_000 * MS


async def test_it_waits_no_longer_than_a_person_would() -> None:
    turns = Turns(pacer(1, timedelta(hours=1)), now)
    turns.LONGEST = 200 * MS  # type: ignore[misc]
    await waited(turns)
    assert 150 * MS < await waited(turns) < 2_000 * MS


async def test_it_follows_a_send_that_ends() -> None:
    """Or goes beside it, where that takes too long."""
    pace = pacer(1, 1 * MS)
    turns = Turns(pace, now)
    pace.begin(CHAT, now())
    asyncio.get_running_loop().call_later(0.1, lambda: pace.end(CHAT, now()))
    assert 90 * MS < await waited(turns) < 1_500 * MS
    turns.LONGEST = 100 * MS  # type: ignore[misc]
    pace.begin(CHAT, now())
    assert 90 * MS < await waited(turns) < 1_500 * MS


async def test_a_wait_the_platform_asks_for_is_kept_by_all() -> None:
    pace = Pacer({})
    async with Turns(pace, now).turn(CHAT) as told_to_wait:
        told_to_wait(timedelta(seconds=40))
    assert timedelta(seconds=30) < pace.ready(CHAT, now()) - now() <= timedelta(seconds=40)
