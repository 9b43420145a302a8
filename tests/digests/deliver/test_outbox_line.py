"""The line a platform's deliveries wait in, while it is busy or others are at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from desk_values import Desk

from digests.clock import utc_now
from digests.deliver.outbox import Outbox
from digests.deliver.pacing import Limit, Pace, Pacer, SharedPace
from digests.model import Chat, Delivery
from digests.ports import Absent, Found, Unknown
from digests.store import open_store
from digests.testing import FakeChannel

MS = timedelta(milliseconds=1)


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    async with open_store(database) as store:
        yield Desk(store, utc_now())


async def test_a_platform_takes_one_after_another(desk: Desk) -> None:
    for _ in range(3):
        await desk.compose(await desk.chat())
    channel = FakeChannel("telegram")
    pacer = Pacer({"telegram": Pace(overall=(Limit(1, 200 * MS),))})
    began = utc_now()
    assert await Outbox(desk.store, {"telegram": channel}, utc_now, pacer=pacer).deliver_due() == 3
    assert utc_now() - began >= 400 * MS


async def test_what_is_looked_for_is_not_sent_from_the_line(desk: Desk) -> None:
    """Another process claimed what waited here for its chat's pace, posted it, and died."""
    asked = asyncio.Event()

    class Looking(FakeChannel):
        async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
            asked.set()
            await asyncio.sleep(0.1)
            return Found("m2")

    channel = Looking("telegram")
    pacer = Pacer({"telegram": Pace(chat=(Limit(1, 200 * MS),))})
    outbox = Outbox(desk.store, {"telegram": channel}, utc_now, pacer=pacer)
    digest = await desk.compose(await desk.chat(), parts=2)
    _, second = await desk.store.deliveries.of_digest(digest.id)
    stop = asyncio.Event()
    running = asyncio.create_task(outbox.run(stop))
    async with asyncio.timeout(5):
        while not await desk.store.deliveries.sending(second.id, utc_now()):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        await outbox.recover(utc_now() + timedelta(seconds=1))
        await asked.wait()
        while (await desk.store.deliveries.counts())["sent"] < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert len(channel.posted) == 1


async def test_without_a_place_among_all_workers_it_stays_for_the_next_time(desk: Desk) -> None:
    class Seldom(SharedPace):
        asked = 0

        async def place(self, chat: Chat, longest: timedelta = SharedPace.LONGEST) -> bool:
            self.asked += 1
            return self.asked > 2

    shared = Seldom(desk.store.paces, utc_now, {})
    channel = FakeChannel("telegram")
    await desk.compose(await desk.chat())
    outbox = Outbox(desk.store, {"telegram": channel}, utc_now, shared=shared)
    assert await outbox.deliver_due() == 1
    assert (shared.asked, len(channel.posted)) == (3, 1)
