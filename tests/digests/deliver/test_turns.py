"""Turns of answers: at once where there is room, next where there is not, never after long."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from stepped import Naps

from digests.deliver.pacing import NEVER, Limit, Pace, Pacer, SendQueue, SharedPace
from digests.errors import StoreError
from digests.model import Chat

CHAT = Chat(platform="p", address="1")
MS = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)


def pacer(per: timedelta) -> Pacer:
    return Pacer({"p": Pace(chat=(Limit(1, per),))})


async def waited(turns: SendQueue, naps: Naps) -> list[float]:
    """The naps until the answer might be written."""
    naps.taken.clear()
    async with turns.turn(CHAT):
        return naps.taken[:]


async def test_with_room_it_comes_at_once_and_counts(naps: Naps) -> None:
    pace = pacer(300 * MS)
    assert await waited(SendQueue(pace, naps.clock), naps) == [0]
    assert pace.ready(CHAT, naps.clock()) == naps.clock() + 300 * MS


async def test_its_place_is_taken_before_it_writes(naps: Naps) -> None:
    pace = pacer(HOUR)
    async with SendQueue(pace, naps.clock).turn(CHAT):
        assert pace.ready(CHAT, naps.clock()) == NEVER


async def test_an_answer_that_fails_gives_its_place_back(naps: Naps) -> None:
    pace = pacer(HOUR)
    with pytest.raises(ZeroDivisionError):
        async with SendQueue(pace, naps.clock).turn(CHAT):
            raise ZeroDivisionError
    assert pace.ready(CHAT, naps.clock()) == naps.clock() + HOUR


async def test_it_waits_for_the_next_place(naps: Naps) -> None:
    turns = SendQueue(pacer(300 * MS), naps.clock)
    await waited(turns, naps)
    assert await waited(turns, naps) == [0.3]


async def test_it_waits_no_longer_than_a_person_would(naps: Naps) -> None:
    turns = SendQueue(pacer(HOUR), naps.clock)
    await waited(turns, naps)
    assert await waited(turns, naps) == [2]


async def test_it_follows_a_send_that_ends(naps: Naps, monkeypatch: pytest.MonkeyPatch) -> None:
    pace = pacer(MS)
    pace.begin(CHAT, naps.clock())
    advance = naps.clock.advance

    def third(by: timedelta) -> object:
        now = advance(by)
        if len(naps.taken) == 3:
            pace.end(CHAT, now)
        return now

    monkeypatch.setattr(naps.clock, "advance", third)
    assert await waited(SendQueue(pace, naps.clock), naps) == [0.01, 0.01, 0.01, 0.001]


async def test_it_goes_beside_a_send_that_takes_too_long(naps: Naps) -> None:
    pace = pacer(MS)
    pace.begin(CHAT, naps.clock())
    assert await waited(SendQueue(pace, naps.clock), naps) == [0.01] * 200 + [0]


async def test_a_wait_the_platform_asks_for_is_kept_by_all(naps: Naps) -> None:
    pace = Pacer({})
    async with SendQueue(pace, naps.clock).turn(CHAT) as told_to_wait:
        told_to_wait(timedelta(seconds=40))
    assert pace.ready(CHAT, naps.clock()) == naps.clock() + timedelta(seconds=40)


async def test_among_workers_it_waits_for_a_place_as_long_as_a_person_would(naps: Naps) -> None:
    class Noting(SharedPace):
        async def place(self, chat: Chat, longest: timedelta = SharedPace.LONGEST) -> bool:
            asked.append((chat, longest, naps.taken[:]))
            return False

    asked: list[tuple[Chat, timedelta, list[float]]] = []
    shared = Noting(None, naps.clock, {})  # type: ignore[arg-type]
    turns = SendQueue(pacer(300 * MS), naps.clock, shared)
    await waited(turns, naps)
    await waited(turns, naps)
    assert asked == [(CHAT, timedelta(seconds=2), [0]), (CHAT, timedelta(seconds=2), [0.3])]


@pytest.mark.parametrize("hangs", [True, False])
async def test_a_database_that_is_away_keeps_no_answer_back(
    naps: Naps, monkeypatch: pytest.MonkeyPatch, hangs: bool
) -> None:
    class Away(SharedPace):
        async def place(self, chat: Chat, longest: timedelta = SharedPace.LONGEST) -> bool:
            if hangs:
                await asyncio.Event().wait()
            raise StoreError("the database does not answer")

    monkeypatch.setattr(SendQueue, "LONGEST", 20 * MS)
    monkeypatch.setattr(SendQueue, "_SLACK", 20 * MS)
    pace = pacer(300 * MS)
    async with SendQueue(pace, naps.clock, Away(None, naps.clock, {})).turn(CHAT):  # type: ignore[arg-type]
        assert pace.ready(CHAT, naps.clock()) == NEVER
    assert pace.ready(CHAT, naps.clock()) != NEVER
