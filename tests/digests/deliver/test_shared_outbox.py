"""Several outboxes over one store: each delivery goes out once, and all keep one pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from desk_values import Desk

from digests.clock import utc_now
from digests.deliver.outbox import SHARED, Outbox
from digests.deliver.pacing import Limit, Pace, Pacer, SharedPace
from digests.model import Chat, DeliveryState
from digests.store import open_store
from digests.testing import FakeChannel, FakeClock

FAST = {"telegram": Pace(overall=(Limit(30, timedelta(milliseconds=100)),))}
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    async with open_store(database) as store:
        yield Desk(store, utc_now())


@pytest.mark.slow
async def test_four_outboxes_send_each_once_at_one_pace(desk: Desk) -> None:
    for _ in range(40):
        await desk.compose(await desk.chat(), parts=2)
    channel = FakeChannel("telegram")
    began: list[datetime] = []

    class Noting(FakeChannel):
        async def send(self, chat: Chat, delivery: object) -> object:  # type: ignore[override]
            began.append(utc_now())
            return await channel.send(chat, delivery)  # type: ignore[arg-type]

    def outbox() -> Outbox:
        pace = SharedPace(desk.store.paces, utc_now, FAST)
        return Outbox(desk.store, {"telegram": Noting("telegram")}, utc_now, shared=pace, options=SHARED)

    stop = asyncio.Event()
    running = [asyncio.create_task(outbox().run(stop)) for _ in range(4)]
    async with asyncio.timeout(20):
        while (await desk.store.deliveries.counts())["sent"] < 80:  # noqa: ASYNC110 - a look now and then
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.gather(*running)
    assert len(channel.posted) == len({message.nonce for message in channel.posted}) == 80
    assert channel.busiest == 1
    # a busy machine starts the first ones late; four at a pace each would take a quarter
    assert (max(began) - min(began)).total_seconds() > 80 / 29 * 0.1 * 0.5


async def test_only_what_a_dead_one_left_is_looked_for(desk: Desk) -> None:
    """A send that another process may still be at is left alone for the lease."""
    clock, channel = FakeClock(desk.now), FakeChannel("telegram")
    digest = await desk.compose(await desk.chat())
    (delivery,) = await desk.store.deliveries.of_digest(digest.id)
    assert await desk.store.deliveries.sending(delivery.id, clock())
    outbox = Outbox(desk.store, {"telegram": channel}, clock, pacer=Pacer({}), options=SHARED)
    clock.advance(timedelta(seconds=40))
    await outbox.recover(clock())
    assert await outbox.deliver_due() == 0
    clock.advance(timedelta(seconds=10))
    await outbox.recover(clock())
    assert await outbox.deliver_due() == 1
    assert len(channel.posted) == 1


async def test_one_of_two_looks(desk: Desk) -> None:
    clock, channel = FakeClock(desk.now), FakeChannel("telegram")
    digest = await desk.compose(await desk.chat())
    (delivery,) = await desk.store.deliveries.of_digest(digest.id)
    assert await desk.store.deliveries.sending(delivery.id, clock())
    clock.advance(MINUTE)
    two = [
        Outbox(desk.store, {"telegram": channel}, clock, pacer=Pacer({}), options=SHARED) for _ in range(2)
    ]
    for outbox in two:
        await outbox.recover(clock())
    await asyncio.gather(*(outbox.deliver_due() for outbox in two))
    assert len(channel.posted) == 1


async def test_a_send_that_takes_too_long_is_in_doubt(desk: Desk) -> None:
    channel = FakeChannel("telegram", delay=0.2, can_look=False)
    digest = await desk.compose(await desk.chat(kind="channel"))
    options = replace(SHARED, send_timeout=timedelta(seconds=0.02), settle_after=timedelta())
    outbox = Outbox(desk.store, {"telegram": channel}, utc_now, pacer=Pacer({}), options=options)
    await outbox.deliver_due()
    (delivery,) = await desk.store.deliveries.of_digest(digest.id)
    assert delivery.state is DeliveryState.HELD


async def test_a_claim_that_took_too_long_is_not_sent(desk: Desk) -> None:
    """By then another process may have taken it for lost."""
    clock, channel = FakeClock(desk.now), FakeChannel("telegram")
    digest = await desk.compose(await desk.chat())
    sending = desk.store.deliveries.sending

    async def slow(delivery_id: int, now: datetime) -> bool:
        done = await sending(delivery_id, now)
        clock.advance(timedelta(seconds=6))
        return done

    desk.store.deliveries.sending = slow  # type: ignore[method-assign]
    outbox = Outbox(desk.store, {"telegram": channel}, clock, pacer=Pacer({}), options=SHARED)
    await outbox.deliver_due()
    (delivery,) = await desk.store.deliveries.of_digest(digest.id)
    assert (delivery.state, channel.attempts) == (DeliveryState.SENDING, [])
