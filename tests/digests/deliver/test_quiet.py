"""What is delayed into a chat's quiet hours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk_values import Desk

from digests.deliver.outbox import Outbox
from digests.deliver.pacing import Pacer
from digests.edit.schedule import quiet_end
from digests.model import Chat, DeliveryState
from digests.ports import Wait
from digests.store import open_store
from digests.testing import FakeChannel, FakeClock

EVENING = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 23, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 7, tzinfo=UTC)


class Evening:
    """A desk whose chat wants quiet from ten to seven, at half past nine."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.clock = FakeClock(EVENING)
        self.channel = FakeChannel("telegram")
        self.outbox = Outbox(
            desk.store, {"telegram": self.channel}, self.clock, pacer=Pacer({}), quiet_end=quiet_end
        )

    async def chat(self, quiet: str = "22:00-07:00") -> Chat:
        chat: Chat = await self.desk.chat()
        settings = replace(chat.settings, quiet=quiet, zone="UTC")
        await self.desk.store.chats.set_settings(chat.id, settings)
        return replace(chat, settings=settings)

    async def compose(self, chat: Chat, parts: int = 1) -> None:
        self.desk.now = self.clock.now
        await self.desk.compose(chat, parts=parts)

    async def deliver(self, at: datetime) -> int:
        self.clock.now = at
        return await self.outbox.deliver_due()


@pytest.fixture
async def e(database: str) -> AsyncIterator[Evening]:
    async with open_store(database) as store:
        yield Evening(Desk(store, EVENING))


async def test_what_was_delayed_waits_for_their_end(e: Evening) -> None:
    """After an outage, or behind a flood wait; a chat without quiet hours is not kept waiting."""
    chat, other = await e.chat(), await e.chat(quiet="")
    await e.compose(chat, parts=2)
    await e.compose(other)
    e.channel.will(Wait(timedelta(hours=1)), address=chat.address)
    assert await e.deliver(EVENING) == 1
    assert await e.deliver(NIGHT) == 0
    first, second = [one for one in await e.desk.store.deliveries.of_digest(1) if one.chat_id == chat.id]
    assert (first.not_before, first.reason, second.not_before) == (MORNING, "the chat's quiet hours", None)
    assert await e.deliver(MORNING - timedelta(seconds=1)) == 0
    assert await e.deliver(MORNING) == 2
    assert [message.address for message in e.channel.posted] == [other.address] + 2 * [chat.address]
    assert len(e.channel.attempts) == 4


async def test_what_is_asked_for_in_them_comes_at_once(e: Evening) -> None:
    chat = await e.chat()
    e.clock.now = NIGHT
    await e.compose(chat)
    assert await e.deliver(NIGHT + timedelta(minutes=1)) == 1


async def test_what_was_asked_for_in_them_and_lost_its_night_waits_for_the_next_morning(e: Evening) -> None:
    chat = await e.chat()
    e.clock.now = NIGHT
    await e.compose(chat)
    assert await e.deliver(NIGHT + timedelta(days=1)) == 0
    assert await e.deliver(MORNING + timedelta(days=1)) == 1


async def test_what_another_process_is_sending_is_not_put_off(e: Evening) -> None:
    """Or it would go out again in the morning."""
    chat = await e.chat()
    await e.compose(chat)
    ((delivery, _),) = await e.desk.store.deliveries.due(EVENING, 1)
    assert await e.desk.store.deliveries.sending(delivery.id, EVENING)
    await e.desk.store.deliveries.put_off(delivery.id, MORNING, "quiet")
    after = await e.desk.store.deliveries.get(delivery.id)
    assert after is not None
    assert (after.state, after.not_before) == (DeliveryState.SENDING, None)
