"""A platform that takes nothing is asked rarely, and all goes out once it takes messages again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from desk_values import Desk
from stepped import Stepped

from digests.deliver.outbox import Outbox, OutboxOptions
from digests.deliver.pacing import Pacer
from digests.model import DeliveryState
from digests.ports import Wait
from digests.store import open_store
from digests.testing import FakeChannel, FakeClock

MINUTE = timedelta(minutes=1)
FEW_AT_ONCE = OutboxOptions(concurrency=4)


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    async with open_store(database) as store:
        yield Desk(store, FakeClock().now)


@pytest.mark.slow
async def test_chats_told_to_wait_one_after_another_are_an_outage(desk: Desk) -> None:
    """Fifteen chats, each told to wait a minute whenever it is tried: not fifteen tries a minute."""
    for _ in range(15):
        await desk.compose(await desk.chat())
    flooded, clock = FakeChannel("telegram"), FakeClock(desk.now)
    flooded.will(*[Wait(MINUTE)] * 10_000)
    channels = {"telegram": flooded}
    outbox = Stepped(desk.store, channels, clock, pacer=Pacer({}), options=FEW_AT_ONCE)
    for _ in range(30):
        await outbox.deliver_due()
        clock.advance(MINUTE)
    assert 10 <= len(flooded.attempts) < 25
    channels["telegram"] = calm = FakeChannel("telegram")
    for _ in range(6):  # minutes: the longest time between two tries
        await outbox.deliver_due()
        clock.advance(MINUTE)
    assert len(calm.posted) == 15


async def test_what_was_claimed_before_a_wait_was_told_does_not_go_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [await desk.compose(await desk.chat()) for _ in range(2)]
    (late,) = await desk.store.deliveries.of_digest(second.id)
    channel, clock = FakeChannel("telegram"), FakeClock(desk.now)
    channel.will(Wait(timedelta(hours=1), whole_platform=True))
    outbox = Outbox(desk.store, {"telegram": channel}, clock, pacer=Pacer({}))
    claim = desk.store.deliveries.sending

    async def slow(delivery_id: int, now: datetime) -> bool:
        claimed = await claim(delivery_id, now)
        if delivery_id == late.id:
            await asyncio.sleep(0.05)
        return claimed

    monkeypatch.setattr(desk.store.deliveries, "sending", slow)
    await outbox.deliver_due()
    assert [attempt.digest_id for attempt in channel.attempts] == [first.id]
    stored = await desk.store.deliveries.get(late.id)
    assert stored is not None
    assert (stored.state, stored.not_before) == (DeliveryState.PENDING, clock() + timedelta(hours=1))
    clock.advance(timedelta(hours=1))
    assert await outbox.deliver_due() == 2


@pytest.mark.slow
async def test_a_platform_that_says_wait_again_and_again_is_asked_ever_more_rarely(desk: Desk) -> None:
    for _ in range(15):
        await desk.compose(await desk.chat())
    flooded, clock = FakeChannel("telegram"), FakeClock(desk.now)
    flooded.will(*[Wait(MINUTE, whole_platform=True)] * 10_000)
    outbox = Stepped(desk.store, {"telegram": flooded}, clock, pacer=Pacer({}), options=FEW_AT_ONCE)
    for _ in range(30):
        await outbox.deliver_due()
        clock.advance(MINUTE)
    assert 7 <= len(flooded.attempts) < 15
