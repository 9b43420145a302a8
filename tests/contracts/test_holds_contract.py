"""What is given out to one worker is not given to another, until it is done or its time is over."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from desk_values import Desk

from digests.model import Entry, PollState, Source

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
