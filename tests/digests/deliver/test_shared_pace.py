"""A place among what all workers send: asked for together, and given back after long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from stepped import Naps

from digests.deliver.pacing import Limit, Pace, SharedPace, spacings
from digests.model import Chat, Spacing
from digests.ports import Slot

SECOND = timedelta(seconds=1)
CHAT = Chat(platform="telegram", address="1", thread="2")
GROUP = replace(CHAT, address="-1", kind="group")
DISCORD = replace(CHAT, platform="discord")
LIMITS = {
    "telegram": Pace(overall=(Limit(30),), chat=(Limit(1),), kinds={"group": (Limit(20, 60 * SECOND),)}),
    "discord": Pace(chat=(Limit(5, 5 * SECOND),), by_thread=True),
}
OWN = spacings((Limit(1),))


class Places:
    """``Paces`` that answers as told: how long from now, and whether it is taken."""

    def __init__(self, *answers: tuple[timedelta, bool] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[Any, ...]] = []

    async def take(
        self,
        platform: str,
        whole: Sequence[Spacing],
        wants: Sequence[tuple[str, Sequence[Spacing]]],
        now: datetime,
        until: datetime,
    ) -> list[Slot]:
        self.asked.append((platform, whole, list(wants), until - now))
        answer = self.answers.pop(0) if self.answers else (timedelta(), True)
        if isinstance(answer, Exception):
            raise answer
        return [Slot(now + answer[0], answer[1]) for _ in wants]

    async def forget(self, now: datetime) -> None: ...


def shared(places: Places, naps: Naps) -> SharedPace:
    return SharedPace(places, naps.clock, LIMITS)


async def test_those_who_ask_in_the_same_moment_ask_together(naps: Naps) -> None:
    places = Places()
    pace = shared(places, naps)
    assert await asyncio.gather(*(pace.place(chat) for chat in (CHAT, GROUP, DISCORD))) == [True] * 3
    half = timedelta(seconds=0.5)
    group = (*OWN, *spacings((Limit(20, 60 * SECOND),)))
    assert places.asked == [
        ("telegram", spacings((Limit(30),)), [("1", OWN), ("-1", group)], half),
        ("discord", (), [("1/2", spacings((Limit(5, 5 * SECOND),)))], half),
    ]
    assert naps.taken[:2] == [0.02, 0.02]
    assert await pace.place(replace(DISCORD, thread=None))
    assert places.asked[2][2][0][0] == "1"


async def test_each_gets_its_own_answer(naps: Naps) -> None:
    class Apart(Places):
        async def take(self, *args: Any) -> list[Slot]:
            await super().take(*args)
            return [Slot(args[3] + number * SECOND, True) for number, _ in enumerate(args[2])]

    ends: list[tuple[str, datetime]] = []

    async def one(chat: Chat) -> None:
        assert await pace.place(chat)
        ends.append((chat.address, naps.clock()))

    pace, began = shared(Apart(), naps), naps.clock()
    await asyncio.gather(one(CHAT), one(GROUP))
    assert naps.taken == [0.02, 0, 1]
    assert [address for address, _ in ends] == ["1", "-1"]
    assert naps.clock() - began == timedelta(seconds=1.02)


async def test_a_place_is_asked_for_again_shortly_before_it_comes(naps: Naps) -> None:
    places = Places((SECOND, False), (0.1 * SECOND, False), (0.3 * SECOND, True))
    assert await shared(places, naps).place(CHAT)
    assert naps.taken == [0.02, 0.75, 0.02, 0.02, 0.02, 0.3]


async def test_what_takes_too_long_is_given_back(naps: Naps) -> None:
    """Twenty seconds for a delivery, and what is said for anything else."""
    just, beyond = 20 * SECOND - timedelta(seconds=0.02), timedelta(microseconds=1)
    assert await shared(Places((just, False)), naps).place(CHAT)
    assert not await shared(Places((just + beyond, False)), naps).place(CHAT)
    assert await shared(Places((SECOND, False)), naps).place(CHAT, SECOND / 2) is False


async def test_who_no_limit_is_known_of_goes_at_once(naps: Naps) -> None:
    places = Places()
    assert await shared(places, naps).place(replace(CHAT, platform="console"))
    assert (places.asked, naps.taken) == ([], [])


async def test_all_hear_what_went_wrong_and_the_next_asks_anew(naps: Naps) -> None:
    pace = shared(Places(ZeroDivisionError()), naps)
    heard = await asyncio.gather(pace.place(CHAT), pace.place(GROUP), return_exceptions=True)
    assert [type(one) for one in heard] == [ZeroDivisionError] * 2
    assert await pace.place(CHAT)


@pytest.mark.parametrize("answers", [(), (ZeroDivisionError(),)])
async def test_one_that_gives_up_takes_nothing_from_the_others(
    naps: Naps, answers: tuple[Exception, ...]
) -> None:
    pace = shared(Places(*answers), naps)
    given_up, other = [asyncio.create_task(pace.place(chat)) for chat in (CHAT, GROUP)]
    await asyncio.wait([given_up], timeout=0)
    given_up.cancel()
    if answers:
        with pytest.raises(ZeroDivisionError):
            await other
    else:
        assert await other


def test_a_process_keeps_a_chats_limits_by_itself() -> None:
    own = SharedPace(Places(), Naps, LIMITS).own()  # type: ignore[arg-type]
    assert own == {name: replace(pace, overall=()) for name, pace in LIMITS.items()}
