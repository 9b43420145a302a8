"""Slots that are shared: caps hold, nobody waits behind who was served more, nothing leaks."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digests import fair_slots
from digests.fair_slots import HALF, FairSlots


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def start(slots: FairSlots, name: str, log: list[str], done: asyncio.Event, most: int = 99) -> None:
    async with slots.turn((name, most)):
        log.append(name)
        await done.wait()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_one_that_wants_all_gets_its_share_and_another_gets_a_slot_at_once() -> None:
    slots, log, done = FairSlots(10), list[str](), asyncio.Event()
    tasks = [asyncio.create_task(start(slots, "greedy", log, done, 4)) for _ in range(100)]
    await settle()
    assert log == ["greedy"] * 4
    tasks.append(asyncio.create_task(start(slots, "modest", log, done, 4)))
    await settle()
    assert log[4:] == ["modest"]
    assert slots.held("greedy") == 4
    done.set()
    await asyncio.gather(*tasks)
    assert Counter(log) == {"greedy": 100, "modest": 1}
    assert slots.held("greedy") == 0


async def test_who_was_served_least_goes_first_and_it_is_forgotten_in_time() -> None:
    time = Time()
    slots, log = FairSlots(1, clock=time), list[str]()
    async with slots.turn(("long", 1)):
        time.now += 100
    async with slots.turn(("short", 1)):
        time.now += 1
    assert slots.served("long") > slots.served("short") > 0
    done = asyncio.Event()
    async with slots.turn(("holder", 1)):
        tasks = [asyncio.create_task(start(slots, n, log, done)) for n in ("long", "short", "new")]
        await settle()
        done.set()
    await asyncio.gather(*tasks)
    assert log == ["new", "short", "long"]
    before = slots.served("long")
    time.now += HALF
    assert slots.served("long") == pytest.approx(before / 2)


async def test_those_served_alike_take_turns() -> None:
    slots, log, done = FairSlots(1, clock=Time()), list[str](), asyncio.Event()
    done.set()
    async with slots.turn(("holder", 1)):
        tasks = [asyncio.create_task(start(slots, name, log, done)) for name in "aaabbbc"]
        await settle()
    await asyncio.gather(*tasks)
    assert log == list("abcabab")


async def test_a_wait_that_is_given_up_takes_nothing_with_it() -> None:
    slots, log, done = FairSlots(1), list[str](), asyncio.Event()
    done.set()
    async with slots.turn(("holder", 1)):
        waiting = [asyncio.create_task(start(slots, name, log, done)) for name in ("a", "b", "c")]
        await settle()
        waiting[1].cancel()
        await settle()
    waiting[0].cancel()  # it was given the slot, and has not run since
    await asyncio.gather(*waiting, return_exceptions=True)
    assert log == ["c"]
    async with asyncio.timeout(1), slots.turn(("after", 1)):
        pass


async def test_one_that_gives_up_at_the_moment_it_is_due_is_passed_over() -> None:
    slots, log, done = FairSlots(1), list[str](), asyncio.Event()
    done.set()
    async with slots.turn(("holder", 1)):
        waiting = [asyncio.create_task(start(slots, name, log, done)) for name in ("a", "b")]
        await settle()
        waiting[0].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert log == ["b"]


async def test_more_slots_start_what_waits_and_room_is_told_of() -> None:
    slots, log, done = FairSlots(1), list[str](), asyncio.Event()
    tasks = [asyncio.create_task(start(slots, name, log, done)) for name in "ab"]
    await settle()
    room = asyncio.create_task(slots.room())
    gave_up = asyncio.create_task(slots.room())
    await settle()
    assert (log, room.done()) == (["a"], False)
    gave_up.cancel()
    slots.total = 3
    await settle()
    assert (log, room.done(), slots.total) == (["a", "b"], True, 3)
    done.set()
    await asyncio.gather(*tasks)


async def test_whose_service_is_remembered_is_bounded_and_the_most_served_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fair_slots, "_KNOWN", 10)
    time = Time()
    slots = FairSlots(1, clock=time)
    for seconds in range(12):
        async with slots.turn((f"k{seconds}", 1)):
            time.now += 12 - seconds
    assert slots.served("k0") > 0
    assert slots.served("k9") == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 3), st.booleans()), max_size=40))
def test_no_cap_is_ever_broken_and_all_are_served(asked: list[tuple[str, int, bool]]) -> None:
    async def run() -> None:
        slots, running = FairSlots(3), Counter[str]()

        async def one(key: str, cap: int) -> None:
            async with slots.turn((key, cap), ("all", 2)):
                running[key] += 1
                running["all"] += 1
                assert running[key] <= cap
                assert running["all"] <= 2
                try:
                    await asyncio.sleep(0)
                finally:
                    running[key] -= 1
                    running["all"] -= 1

        tasks = [asyncio.create_task(one(key, cap)) for key, cap, _ in asked]
        await asyncio.sleep(0)
        for task, (_, _, cancelled) in zip(tasks, asked, strict=True):
            if cancelled:
                task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(f is None or isinstance(f, asyncio.CancelledError) for f in found)
        assert not slots._held
        assert not slots._waiting

    asyncio.run(run())
