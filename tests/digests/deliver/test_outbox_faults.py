"""Every call to the store failing once, before or after it took effect."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from desk_values import Desk

from digests.deliver.outbox import Outbox, OutboxOptions
from digests.deliver.pacing import Pacer
from digests.errors import StoreError
from digests.ports import Gone, Moved, Refused, Wait
from digests.store import SqlStore, open_store
from digests.testing import FakeChannel, FakeClock

OPTIONS = OutboxOptions(settle_after=timedelta(), idle=timedelta(milliseconds=20))


class Faulty:
    """The part of a store named, whose ``fail``-th call raises, having done its work or not."""

    def __init__(self, inner: Any, faults: Faults) -> None:
        self._inner, self._faults = inner, faults

    def __getattr__(self, name: str) -> Any:
        call: Callable[..., Awaitable[Any]] = getattr(self._inner, name)

        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            self._faults.calls += 1
            now = self._faults.calls == self._faults.fail
            if now and not self._faults.done_first:
                raise StoreError("the disk is full")
            result = await call(*args, **kwargs)
            if now:
                raise StoreError("the connection was lost")
            return result

        return wrapped


class Faults:
    def __init__(self, store: SqlStore, fail: int, *, done_first: bool) -> None:
        self.calls, self.fail, self.done_first = 0, fail, done_first
        self.deliveries, self.chats = Faulty(store.deliveries, self), Faulty(store.chats, self)


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    async with open_store(database) as store:
        yield Desk(store, FakeClock().now)


@pytest.mark.slow
@pytest.mark.parametrize("done_first", [False, True])
async def test_any_call_may_fail_once(desk: Desk, done_first: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails, every part arrives once and in order, through waits, refusals and moves."""
    caplog.set_level(logging.CRITICAL)
    clock = FakeClock(desk.now)
    most = 0
    for fail in range(1, 40):
        chat = await desk.chat(kind="group")
        await desk.compose(chat, parts=3)
        channel = FakeChannel("telegram")
        channel.will(
            Wait(timedelta(minutes=1)), Refused("markup"), Moved(f"-1{chat.address}"), Gone("kicked")
        )
        faults = Faults(desk.store, fail, done_first=done_first)
        for _ in range(12):
            outbox = Outbox(faults, {"telegram": channel}, clock, pacer=Pacer({}), options=OPTIONS)  # type: ignore[arg-type]
            try:
                await outbox.recover(clock.advance(timedelta(minutes=10)))
                await outbox.deliver_due()
            except StoreError:
                continue
            await desk.store.chats.set_paused(chat.id, None)
            counts = await desk.store.deliveries.counts()
            if not counts["pending"] + counts["sending"]:
                break
        texts = [message.text for message in channel.posted]
        first = (f"{chat.address}.0", f"<b>{chat.address}.0</b>")
        assert texts[0] in first, fail
        assert texts[1:] == [f"<b>{chat.address}.1</b>", f"<b>{chat.address}.2</b>"], fail
        most = max(most, faults.calls)
        if faults.calls < fail:
            break
    else:
        pytest.fail("there are more calls than were made to fail")
    assert most > 15


async def test_an_outcome_is_recorded_once_the_store_is_back(desk: Desk) -> None:
    """A message accepted while the disk is full is not sent again: its id waits in memory."""
    chat = await desk.chat()
    await desk.compose(chat)
    channel, clock = FakeChannel("telegram"), FakeClock(desk.now)
    faults = Faults(desk.store, 3, done_first=False)  # due, sending, sent
    outbox = Outbox(faults, {"telegram": channel}, clock, pacer=Pacer({}), options=OPTIONS)  # type: ignore[arg-type]
    assert await outbox.deliver_due() == 1
    assert (len(channel.posted), faults.calls) == (1, 5)
    assert (await desk.store.deliveries.counts())["sent"] == 1


async def test_the_loop_outlives_its_store(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    chat = await desk.chat()
    await desk.compose(chat)
    channel, clock, stop = FakeChannel("telegram"), FakeClock(desk.now), asyncio.Event()
    faults = Faults(desk.store, 1, done_first=False)
    outbox = Outbox(faults, {"telegram": channel}, clock, pacer=Pacer({}), options=OPTIONS)  # type: ignore[arg-type]
    running = asyncio.create_task(outbox.run(stop))
    async with asyncio.timeout(5):
        while not channel.posted:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    stop.set()
    await running
    assert (await desk.store.deliveries.counts())["sent"] == 1
    assert "the outbox can't reach its store" in caplog.text


async def test_a_stop_while_the_store_is_away_leaves_a_doubt_not_a_hang(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    chat = await desk.chat()
    await desk.compose(chat)
    channel, clock, stop = FakeChannel("telegram"), FakeClock(desk.now), asyncio.Event()
    faults = Faults(desk.store, 0, done_first=False)

    async def away(*_: object) -> None:
        raise StoreError("the disk is full")

    faults.deliveries.sent = away  # type: ignore[attr-defined]
    outbox = Outbox(faults, {"telegram": channel}, clock, pacer=Pacer({}), options=OPTIONS)  # type: ignore[arg-type]
    running = asyncio.create_task(outbox.run(stop))
    async with asyncio.timeout(5):
        while not channel.posted:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert (await desk.store.deliveries.counts())["sending"] == 1
    assert "broke off" in caplog.text


async def test_a_delivery_another_process_took_is_left_to_it(desk: Desk) -> None:
    chat = await desk.chat()
    digest = await desk.compose(chat)
    (delivery,) = await desk.store.deliveries.of_digest(digest.id)
    channel, clock = FakeChannel("telegram"), FakeClock(desk.now)
    faults = Faults(desk.store, 0, done_first=False)

    async def late_due(now: object, limit: int, platform: str, hold: object) -> object:
        rows = await desk.store.deliveries.due(clock(), limit, platform)
        await desk.store.deliveries.sending(delivery.id, clock())
        return rows

    faults.deliveries.due = late_due  # type: ignore[attr-defined]
    outbox = Outbox(faults, {"telegram": channel}, clock, pacer=Pacer({}), options=OPTIONS)  # type: ignore[arg-type]
    assert await outbox.deliver_due() == 0
    assert channel.attempts == []
