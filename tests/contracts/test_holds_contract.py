"""What is given out to one worker is not given to another, until it is done or its time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from desk_values import Desk

from digests.desk import runner
from digests.desk.intake import held
from digests.errors import StoreError
from digests.model import Entry, Failure, FailureKind, PollState, Source

HOLD = timedelta(minutes=2)


async def test_a_source_is_polled_by_one_worker(desk: Desk, now: datetime) -> None:
    for n in range(20):
        await desk.store.sources.add(Source(url=f"https://{n}.example/"), now)
    given = await asyncio.gather(*(desk.store.sources.due(now, 7, HOLD) for _ in range(4)))
    ids = [source.id for batch in given for source, _ in batch]
    assert len(ids) == len(set(ids))
    ids += [source.id for source, _ in await desk.store.sources.due(now, 20, HOLD)]
    assert sorted(ids) == list(range(1, 21))
    assert await desk.store.sources.due(now, 20, HOLD) == []
    await desk.store.sources.polled({1: PollState(next_poll=now + timedelta(minutes=1))})
    assert [s.id for s, _ in await desk.store.sources.due(now + timedelta(minutes=1), 20, HOLD)] == [1]
    # the one that held the others died
    assert len(await desk.store.sources.due(now + HOLD, 20)) == 19


async def test_an_entry_is_read_by_one_worker(desk: Desk, now: datetime) -> None:
    source = await desk.store.sources.add(Source(url="https://a.example/"), now)
    fresh = [(Entry(source_id=source.id, guid=str(n)), [str(n)]) for n in range(10)]
    await desk.store.entries.add(fresh, now)
    given = await asyncio.gather(*(desk.store.entries.unread(now, 4, HOLD) for _ in range(3)))
    ids = [entry.id for batch in given for entry in batch]
    assert len(ids) == len(set(ids))
    ids += [entry.id for entry in await desk.store.entries.unread(now, 10, HOLD)]
    assert sorted(ids) == list(range(1, 11))
    assert await desk.store.entries.unread(now, 10) == []
    assert len(await desk.store.entries.unread(now + HOLD, 20)) == 10


async def test_a_delivery_is_given_to_one_worker(desk: Desk, now: datetime) -> None:
    for _ in range(10):
        await desk.compose(await desk.chat())
    given = await asyncio.gather(*(desk.store.deliveries.due(now, 4, "telegram", HOLD) for _ in range(3)))
    ids = [delivery.id for batch in given for delivery, _ in batch]
    assert len(ids) == len(set(ids))
    ids += [delivery.id for delivery, _ in await desk.store.deliveries.due(now, 10, "telegram", HOLD)]
    assert sorted(ids) == list(range(1, 11))
    assert await desk.store.deliveries.due(now, 10) == []
    assert await desk.store.deliveries.sending(1, now)
    await desk.store.deliveries.again(1, now, "not sent")
    assert [delivery.id for delivery, _ in await desk.store.deliveries.due(now, 10)] == [1]
    assert len(await desk.store.deliveries.due(now + HOLD, 20)) == 10


async def test_a_doubtful_delivery_is_taken_over_once(desk: Desk, now: datetime) -> None:
    await desk.compose(await desk.chat())
    assert await desk.store.deliveries.sending(1, now)
    later = now + HOLD
    ((doubtful, _),) = await desk.store.deliveries.doubtful(later)
    took = await asyncio.gather(*(desk.store.deliveries.adopt(doubtful, later) for _ in range(3)))
    assert sorted(took) == [False, False, True]
    assert await desk.store.deliveries.doubtful(later) == []
    await desk.store.deliveries.sent(1, "m", later)
    assert not await desk.store.deliveries.adopt(doubtful, later + HOLD)


async def test_what_is_being_worked_on_is_held_on(desk: Desk, now: datetime) -> None:
    """A hold is renewed while its worker lives, and not for what is done."""
    for n in range(3):
        await desk.store.sources.add(Source(url=f"https://{n}.example/"), now)
    fresh = [(Entry(source_id=1, guid=str(n)), [str(n)]) for n in range(3)]
    await desk.store.entries.add(fresh, now)
    hold = timedelta(seconds=0.3)
    due = [source.id for source, _ in await desk.store.sources.due(now, 9, hold)]
    unread = [entry.id for entry in await desk.store.entries.unread(now, 9, hold)]
    async with (
        held(desk.store.sources.renew, due, now, hold),
        held(desk.store.entries.renew, unread, now, hold),
    ):
        await desk.store.sources.polled({1: PollState(next_poll=now + HOLD)})
        await desk.store.entries.read_failed(unread[0], Failure(FailureKind.TIMEOUT, "late"), None)
        await asyncio.sleep(0.45)
        later = now + timedelta(seconds=0.4)
        assert await desk.store.sources.due(later, 9, hold) == []
        assert await desk.store.entries.unread(later, 9, hold) == []
    later = now + timedelta(seconds=2)  # the worker is gone
    assert [source.id for source, _ in await desk.store.sources.due(later, 9, hold)] == due[1:]
    assert [entry.id for entry in await desk.store.entries.unread(later, 9, hold)] == unread[1:]


async def test_a_hold_that_could_not_be_renewed_is_tried_again(now: datetime) -> None:
    asked: list[datetime] = []

    async def renew(_: Sequence[int], until: datetime, later: datetime) -> None:
        asked.append(until)
        if len(asked) == 1:
            raise StoreError("gone for a moment")

    hold = timedelta(seconds=0.06)
    async with held(renew, [1], now, hold):
        await asyncio.sleep(0.15)
    assert asked[:2] == [now + hold, now + hold]
    assert asked[2] > now + hold


def test_a_dead_worker_s_work_is_free_within_a_minute() -> None:
    longest = runner.HOLD + runner.SWEEP * 1.3
    assert longest <= timedelta(minutes=1)
