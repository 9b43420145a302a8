"""The outbox against a real store and a platform that misbehaves on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from desk_values import Desk

from digests.clock import utc_now
from digests.deliver.outbox import Outbox, OutboxOptions
from digests.deliver.pacing import Limit, Pace, Pacer
from digests.model import Chat, Delivery, DeliveryState
from digests.ports import Doubt, Gone, Moved, NotSent, Redrawn, Refused, Uneditable, Unknown, Wait
from digests.store import open_store
from digests.testing import FakeChannel, FakeClock

AT_ONCE = OutboxOptions(settle_after=timedelta(), idle=timedelta(milliseconds=50))
HOUR = timedelta(hours=1)


class Delivering:
    """A desk with one fake platform, and what the admins were told."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.store = desk.store
        self.clock = FakeClock(desk.now)
        self.channel = FakeChannel("telegram")
        self.reports: list[str] = []
        self.lost: list[tuple[int, str]] = []
        self.outbox = self.restart()

    def restart(self, options: OutboxOptions = AT_ONCE, pacer: Pacer | None = None) -> Outbox:
        async def report(text: str) -> None:
            self.reports.append(text)

        async def lost(chat: Chat, reason: str) -> None:
            self.lost.append((chat.id, reason))

        self.outbox = Outbox(
            self.store,
            {"telegram": self.channel},
            self.clock,
            pacer=pacer or Pacer({}),
            options=options,
            report=report,
            lost=lost,
        )
        return self.outbox

    async def states(self) -> dict[str, int]:
        return {state: count for state, count in (await self.store.deliveries.counts()).items() if count}

    async def one(self, **wanted: str) -> tuple[Chat, Delivery]:
        """A chat with a digest of one part."""
        chat = await self.desk.chat(**wanted)
        digest = await self.desk.compose(chat)
        return chat, (await self.store.deliveries.of_digest(digest.id))[0]

    async def after(self, delivery: Delivery) -> Delivery:
        found: Delivery | None = await self.store.deliveries.get(delivery.id)
        assert found is not None
        return found


@pytest.fixture
async def d(database: str) -> AsyncIterator[Delivering]:
    clock = FakeClock()
    async with open_store(database) as store:
        yield Delivering(Desk(store, clock.now))


async def until(true: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait, five seconds at most, until something is so."""
    async with asyncio.timeout(5):
        while True:
            answer = true()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.005)


@pytest.mark.slow
async def test_every_chat_gets_its_parts_in_order_one_at_a_time(d: Delivering) -> None:
    chats = [await d.desk.chat() for _ in range(4)]
    for chat in chats * 2:
        await d.desk.compose(chat, parts=3)
    d.channel.delay = 0.001
    assert await d.outbox.deliver_due() == 24
    for chat in chats:
        assert d.channel.texts(chat.address) == [f"<b>{chat.address}.{n}</b>" for n in (0, 1, 2, 0, 1, 2)]
    assert d.channel.busiest == 1
    assert await d.states() == {"sent": 24}
    assert await d.outbox.deliver_due() == 0


async def test_a_flood_wait_stops_its_chat_only_and_outlives_a_restart(d: Delivering) -> None:
    flooded = await d.desk.chat()
    await d.desk.compose(flooded, parts=2)
    others = [(await d.one())[0] for _ in range(3)]
    d.channel.will(Wait(5 * HOUR), address=flooded.address)
    await d.outbox.deliver_due()
    assert d.channel.texts(flooded.address) == []
    assert all(d.channel.texts(chat.address) for chat in others)
    d.clock.advance(5 * HOUR - timedelta(seconds=1))
    assert await d.restart().deliver_due() == 0
    d.clock.advance(timedelta(seconds=1))
    assert await d.outbox.deliver_due() == 2
    assert d.reports == []


@pytest.mark.slow
async def test_a_flood_wait_of_the_platform_stops_all_that_was_queued(d: Delivering) -> None:
    for _ in range(20):
        await d.one()
    d.channel.will(Wait(HOUR, whole_platform=True))
    d.restart(OutboxOptions(concurrency=1))
    assert await d.outbox.deliver_due() == 0
    assert len(d.channel.attempts) == 1
    d.clock.advance(HOUR)
    assert await d.outbox.deliver_due() == 20


@pytest.mark.slow
async def test_a_backlog_delays_no_one(d: Delivering) -> None:
    """Fifty parts for one chat, one for each of thirty others: they go out side by side."""
    busy = await d.desk.chat()
    await d.desk.compose(busy, parts=50)
    for _ in range(30):
        await d.one()
    d.restart(OutboxOptions(concurrency=2))
    assert await d.outbox.deliver_due() == 80
    last_other = max(n for n, message in enumerate(d.channel.posted) if message.address != busy.address)
    assert last_other < 62


@pytest.mark.slow
async def test_chats_that_wait_for_their_pace_do_not_hide_the_others(d: Delivering) -> None:
    """More chats than one look at the store brings have had their share; one has not."""
    for _ in range(130):
        await d.desk.compose(await d.desk.chat(kind="group"), parts=2)
    late, _ = await d.one()
    d.clock = FakeClock()
    pacer = Pacer({"telegram": Pace(kinds={"group": (Limit(1, HOUR),)})})
    outbox = d.restart(pacer=pacer)
    for chat in await d.store.chats.all():
        if chat.kind == "group":
            pacer.begin(chat, d.clock())
            pacer.end(chat, d.clock())
    stop = asyncio.Event()
    running = asyncio.create_task(outbox.run(stop))

    def arrived() -> bool:
        d.clock.advance(timedelta(milliseconds=50))
        return bool(d.channel.texts(late.address))

    await until(arrived)
    stop.set()
    await running
    assert len(d.channel.posted) == 1


async def test_what_is_refused_goes_as_plain_text_and_then_not_at_all(d: Delivering) -> None:
    chat = await d.desk.chat()
    await d.desk.compose(chat, parts=3)
    d.channel.will(Refused("can't parse entities"), Refused("can't parse"), Refused("empty"))
    assert await d.outbox.deliver_due() == 2
    assert [message.plain for message in d.channel.posted] == [True, False]
    assert d.reports == [f"Part 1 of digest 1 for {chat.title} was refused, as plain text too: can't parse"]
    assert await d.states() == {"sent": 2, "failed": 1}


async def test_one_refusal_is_followed_by_plain_text(d: Delivering) -> None:
    chat, delivery = await d.one()
    d.channel.will(Refused("can't parse entities"))
    assert await d.outbox.deliver_due() == 1
    assert d.channel.texts(chat.address) == [f"{chat.address}.0"]
    assert (await d.after(delivery)).plain
    assert d.reports == []


async def test_a_chat_that_is_gone_is_paused_and_goes_on_when_it_is_back(d: Delivering) -> None:
    chat, _ = await d.one()
    d.channel.will(Gone("the bot was kicked"))
    assert await d.outbox.deliver_due() == 0
    paused = await d.store.chats.get(chat.id)
    assert paused is not None
    assert paused.paused == "the bot was kicked"
    assert d.lost == [(chat.id, "the bot was kicked")]
    assert await d.states() == {"pending": 1}
    await d.store.chats.set_paused(chat.id, None)
    assert await d.outbox.deliver_due() == 1


async def test_a_chat_that_moved_gets_it_at_its_new_address(d: Delivering) -> None:
    chat, _ = await d.one(kind="group")
    d.channel.will(Moved("-100999"))
    assert await d.outbox.deliver_due() == 1
    assert d.channel.texts("-100999") == [f"<b>{chat.address}.0</b>"]
    assert await d.store.chats.find("telegram", "-100999") is not None


async def test_what_was_not_sent_is_tried_later(d: Delivering) -> None:
    _, delivery = await d.one()
    d.channel.will(NotSent("no such host"), NotSent("no such host"))
    assert await d.outbox.deliver_due() == 0
    d.clock.advance(timedelta(seconds=4))
    assert await d.outbox.deliver_due() == 0
    d.clock.advance(timedelta(seconds=4))
    assert await d.outbox.deliver_due() == 0
    d.clock.advance(timedelta(seconds=13))
    assert await d.outbox.deliver_due() == 1
    assert (await d.after(delivery)).attempts == 3


@pytest.mark.parametrize("posted", [True, False])
async def test_a_doubt_is_settled_by_looking(d: Delivering, posted: bool) -> None:
    """Whether or not it had arrived, it stands there once."""
    chat, delivery = await d.one(kind="group")
    d.channel.will(Doubt("cut off"), posted=posted)
    assert await d.outbox.deliver_due() == 1
    assert d.channel.texts(chat.address) == [f"<b>{chat.address}.0</b>"]
    assert (await d.after(delivery)).state is DeliveryState.SENT
    assert len(d.channel.attempts) == (1 if posted else 2)
    assert d.reports == []


async def test_a_doubt_no_look_can_settle_is_held_in_a_group_and_resent_in_private(d: Delivering) -> None:
    """Both are reported; what comes after a held part goes on."""
    d.channel.can_look = False
    group = await d.desk.chat(kind="group")
    await d.desk.compose(group, parts=2)
    private, _ = await d.one()
    for chat in (group, private):
        d.channel.will(Doubt("cut off"), address=chat.address)
    await d.outbox.deliver_due()
    d.clock.advance(HOUR)
    await d.outbox.deliver_due()
    assert d.channel.texts(group.address) == [f"<b>{group.address}.1</b>"]
    assert d.channel.texts(private.address) == [f"<b>{private.address}.0</b>"]
    assert await d.states() == {"sent": 2, "held": 1}
    assert len(d.reports) == 2
    assert all("may or may not have been posted" in text for text in d.reports)


async def test_a_look_that_gets_no_answer_leaves_the_doubt_for_the_next_sweep(
    d: Delivering, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_chat: Chat, _delivery: Delivery) -> Unknown:
        return Unknown("Discord is out of reach", later=True)

    chat, delivery = await d.one(kind="group")
    d.channel.will(Doubt("cut off"), posted=True)
    with monkeypatch.context() as patched:
        patched.setattr(d.channel, "find", away)
        assert await d.outbox.deliver_due() == 0
    assert (await d.after(delivery)).state is DeliveryState.SENDING
    d.clock.advance(HOUR)
    await d.outbox.recover(d.clock())
    await d.outbox.deliver_due()
    assert (await d.after(delivery)).state is DeliveryState.SENT
    assert len(d.channel.texts(chat.address)) == 1


async def test_a_channel_that_raises_leaves_a_doubt_not_a_loss(d: Delivering) -> None:
    chat, _ = await d.one()
    d.channel.will(RuntimeError("a bug"), posted=True)
    assert await d.outbox.deliver_due() == 1
    assert len(d.channel.texts(chat.address)) == 1


async def test_a_look_that_raises_is_decided_by_the_policy_at_once(
    d: Delivering, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_chat: Chat, _delivery: Delivery) -> Unknown:
        raise RuntimeError("a bug")

    _, delivery = await d.one(kind="group")
    d.channel.will(Doubt("cut off"), posted=True)
    monkeypatch.setattr(d.channel, "find", broken)
    assert await d.outbox.deliver_due() == 0
    assert (await d.after(delivery)).state is DeliveryState.HELD
    assert "RuntimeError" in d.reports[0]


@pytest.mark.slow
async def test_a_few_doubts_are_looked_for_at_once_and_all_in_the_end(
    d: Delivering, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking, most = 0, 0
    find = d.channel.find

    async def slow(chat: Chat, delivery: Delivery) -> object:
        nonlocal looking, most
        looking += 1
        most = max(most, looking)
        await asyncio.sleep(0.002)
        looking -= 1
        return await find(chat, delivery)

    monkeypatch.setattr(d.channel, "find", slow)
    for _ in range(20):
        _, delivery = await d.one()
        await d.store.deliveries.sending(delivery.id, d.clock())
    d.clock.advance(HOUR)
    await d.outbox.recover(d.clock())
    assert await d.outbox.deliver_due() == 20
    assert most == OutboxOptions().looks
    assert await d.states() == {"sent": 20}


async def test_an_edit_that_can_not_be_made_is_posted_as_an_answer(d: Delivering) -> None:
    chat, delivery = await d.one()
    await d.outbox.deliver_due()
    message = (await d.after(delivery)).message_id
    digest = await d.desk.compose(chat)
    (edit,) = await d.store.deliveries.of_digest(digest.id)
    async with d.store.database.write() as connection:
        from sqlalchemy import text

        await connection.execute(
            text("UPDATE deliveries SET edits = :m WHERE id = :i"), {"m": message, "i": edit.id}
        )
    d.channel.will(Uneditable("too old"))
    assert await d.outbox.deliver_due() == 1
    after = await d.after(edit)
    assert (after.edits, after.reply_to) == (None, message)
    assert len(d.channel.texts(chat.address)) == 2


async def test_a_doubtful_edit_is_made_again(d: Delivering) -> None:
    chat, delivery = await d.one()
    await d.outbox.deliver_due()
    message = (await d.after(delivery)).message_id
    digest = await d.desk.compose(chat)
    (edit,) = await d.store.deliveries.of_digest(digest.id)
    async with d.store.database.write() as connection:
        from sqlalchemy import text

        await connection.execute(
            text("UPDATE deliveries SET edits = :m WHERE id = :i"), {"m": message, "i": edit.id}
        )
    d.channel.will(Doubt("cut off"), posted=True)
    await d.outbox.deliver_due()
    await d.store.deliveries.sending(edit.id, d.clock())  # as if the process died before its answer
    d.clock.advance(HOUR)
    await d.outbox.recover(d.clock())
    assert await d.outbox.deliver_due() == 1
    assert len(d.channel.texts(chat.address)) == 1
    assert (await d.after(edit)).message_id == message


@pytest.mark.parametrize("posted", [True, False])
async def test_what_a_crash_left_is_settled_at_the_start(d: Delivering, posted: bool) -> None:
    chat, delivery = await d.one(kind="channel")
    await d.store.deliveries.sending(delivery.id, d.clock())
    if posted:
        await d.channel.send(chat, delivery)
    d.clock.advance(timedelta(seconds=1))
    stop = asyncio.Event()
    running = asyncio.create_task(d.restart().run(stop))

    async def sent() -> bool:
        return (await d.after(delivery)).state is DeliveryState.SENT

    await until(sent)
    stop.set()
    await running
    assert d.channel.texts(chat.address) == [f"<b>{chat.address}.0</b>"]


async def test_a_lease_leaves_other_processes_sends_alone(d: Delivering) -> None:
    _, delivery = await d.one()
    await d.store.deliveries.sending(delivery.id, d.clock())
    outbox = d.restart(OutboxOptions(lease=HOUR))
    d.clock.advance(HOUR)
    await outbox.recover(d.clock())
    assert await outbox.deliver_due() == 0
    d.clock.advance(timedelta(seconds=1))
    await outbox.recover(d.clock())
    assert await outbox.deliver_due() == 1


@pytest.mark.parametrize("hurried", [False, True])
async def test_a_stop_finishes_what_is_under_way(d: Delivering, hurried: bool) -> None:
    """Stopped or cancelled: the send ends, its outcome is recorded, and nothing new starts."""
    chat = await d.desk.chat()
    await d.desk.compose(chat, parts=2)
    d.channel.delay = 0.1
    stop = asyncio.Event()
    running = asyncio.create_task(d.outbox.run(stop))
    await until(lambda: bool(d.channel.attempts))
    if hurried:
        for _ in range(2):  # a second time does not cut it off either
            running.cancel()
            await asyncio.sleep(0.01)
        with pytest.raises(asyncio.CancelledError):
            await running
    else:
        stop.set()
        await running
    assert await d.states() == {"sent": 1, "pending": 1}


async def test_a_stop_leaves_a_doubt_for_the_next_start(d: Delivering) -> None:
    await d.one()
    d.channel.will(Doubt("cut off"))
    d.restart(OutboxOptions(settle_after=HOUR))
    stop = asyncio.Event()
    running = asyncio.create_task(d.outbox.run(stop))
    await until(lambda: bool(d.channel.attempts))
    await asyncio.sleep(0.05)
    stop.set()
    await running
    assert await d.states() == {"sending": 1}


async def test_a_digest_composed_while_it_runs_goes_out_at_once(d: Delivering) -> None:
    d.restart(OutboxOptions(idle=HOUR))
    stop = asyncio.Event()
    running = asyncio.create_task(d.outbox.run(stop))
    await asyncio.sleep(0.05)
    chat, _ = await d.one()
    d.outbox.wake()
    await until(lambda: bool(d.channel.texts(chat.address)))
    stop.set()
    await running


@pytest.mark.slow
async def test_an_hour_of_outage_costs_few_requests(d: Delivering) -> None:
    """Thirty chats, nothing gets through: the platform is probed now and then, not stormed."""
    for _ in range(30):
        await d.one()
    d.channel.will(*[NotSent("connection refused")] * 1_000)
    d.restart(OutboxOptions(concurrency=8))
    end = d.clock() + HOUR
    while d.clock() < end:
        await d.outbox.deliver_due()
        d.clock.advance(timedelta(seconds=20))
    assert 10 < len(d.channel.attempts) < 100
    d.channel._scripts.clear()
    d.clock.advance(HOUR)
    for _ in range(3):
        await d.outbox.deliver_due()
        d.clock.advance(HOUR)
    assert await d.states() == {"sent": 30}


async def test_a_platform_this_process_does_not_serve_is_left_alone(d: Delivering) -> None:
    _, foreign = await d.one(platform="discord")
    await d.store.deliveries.sending((await d.one(platform="discord"))[1].id, d.clock())
    d.clock.advance(HOUR)
    await d.outbox.recover(d.clock())
    await d.one()
    assert await d.outbox.deliver_due() == 1
    assert await d.states() == {"sent": 1, "pending": 1, "sending": 1}
    assert (await d.after(foreign)).state is DeliveryState.PENDING


async def test_a_report_that_fails_fails_nothing_else(d: Delivering) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the admin chat is gone")

    d.channel.can_look = False
    _, held = await d.one(kind="group")
    gone, _ = await d.one()
    d.channel.will(Doubt("cut off"), address=held.content.plain.partition(".")[0])
    d.channel.will(Gone("kicked"), address=gone.address)
    outbox = Outbox(
        d.store,
        {"telegram": d.channel},
        d.clock,
        pacer=Pacer({}),
        options=AT_ONCE,
        report=broken,
        lost=broken,
    )
    await outbox.deliver_due()
    assert await d.states() == {"held": 1, "pending": 1}


async def test_without_callbacks_the_log_is_told(d: Delivering, caplog: pytest.LogCaptureFixture) -> None:
    d.channel.can_look = False
    group, _ = await d.one(kind="group")
    gone, _ = await d.one()
    d.channel.will(Doubt("cut off"), address=group.address)
    d.channel.will(Gone("kicked"), address=gone.address)
    await Outbox(d.store, {"telegram": d.channel}, d.clock, options=AT_ONCE).deliver_due()
    assert "may or may not have been posted" in caplog.text
    assert f"telegram {gone.address} can't be written to: kicked" in caplog.text


@pytest.mark.slow
async def test_the_pace_is_kept_and_used(d: Delivering) -> None:
    """At 50 in 100 ms overall and 4 in 100 ms a chat, 200 messages take their time and no more."""
    for _ in range(40):
        await d.desk.compose(await d.desk.chat(), parts=5)
    tenth = timedelta(milliseconds=100)
    pacer = Pacer({"telegram": Pace(overall=(Limit(50, tenth),), chat=(Limit(4, tenth),))})
    outbox = Outbox(d.store, {"telegram": d.channel}, utc_now, pacer=pacer)
    started = utc_now()
    assert await outbox.deliver_due() == 200
    assert utc_now() - started >= 3 * tenth


async def test_what_the_platform_takes_in_another_form_goes_out_in_that_one(d: Delivering) -> None:
    """The first of the new parts in place of what was refused, the others behind it, each once."""
    _, first = await d.one()
    parts = tuple(replace(first.content, payload=words, plain=words) for words in ("one", "two"))
    d.channel.will(Redrawn(parts))
    assert await d.outbox.deliver_due() == 2
    assert [message.text for message in d.channel.posted] == ["one", "two"]
    assert await d.states() == {"sent": 2}
    assert d.reports == []
