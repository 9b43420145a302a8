"""When the outbox looks, claims and sends, to the millisecond, on a clock of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from desk_values import Desk
from stepped import Naps, Stepped

from digests.deliver.decide import retry_delay
from digests.deliver.outbox import SHARED, Outbox, OutboxOptions
from digests.deliver.pacing import Limit, Pace, Pacer
from digests.edit.schedule import quiet_end
from digests.model import Chat, Delivery
from digests.ports import Doubt, NotSent, Outcome, Wait
from digests.store import open_store
from digests.testing import FakeChannel

MS = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
SLEEP = asyncio.sleep  # of the real time
WATCHED = ("due", "doubtful", "sending")


async def until(true: Callable[[], bool]) -> None:
    """Wait, five seconds at most, until something is so."""
    async with asyncio.timeout(5):
        while not true():
            await SLEEP(0.001)


class Noting(FakeChannel):
    """Notes when it is asked to send; ``gate``: what it waits for before it answers."""

    def __init__(self, desk: Watched) -> None:
        super().__init__("telegram")
        self.desk = desk
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        self.desk.note("send")
        await self.gate.wait()
        return await super().send(chat, delivery)


class Watched:
    """A desk whose calls are noted with their moments, in seconds from the start."""

    def __init__(self, desk: Desk, naps: Naps) -> None:
        self.desk, self.naps, self.clock = desk, naps, naps.clock
        self.began = naps.clock()
        self.noted: list[tuple[str, float, tuple[Any, ...]]] = []
        self.channel = Noting(self)
        for name in WATCHED:
            setattr(desk.store.deliveries, name, self._watched(name))

    def _watched(self, name: str) -> Any:
        call = getattr(self.desk.store.deliveries, name)

        async def noting(*args: Any) -> Any:
            self.note(name, *args)
            return await call(*args)

        return noting

    def note(self, name: str, *args: Any) -> None:
        self.noted.append((name, (self.clock() - self.began).total_seconds(), args))

    def times(self, name: str) -> list[float]:
        return [at for noted, at, _ in self.noted if noted == name]

    def outbox(self, options: OutboxOptions | None = None, pace: Pace | None = None, **more: Any) -> Stepped:
        pacer = Pacer({} if pace is None else {"telegram": pace})
        channels = {"telegram": self.channel}
        return Stepped(self.desk.store, channels, self.clock, pacer=pacer, options=options, **more)

    async def compose(self, chats: int, parts: int = 1, **more: Any) -> None:
        for _ in range(chats):
            await self.desk.compose(await self.desk.chat(**more), parts=parts)


@pytest.fixture
async def w(database: str, naps: Naps) -> AsyncIterator[Watched]:
    async with open_store(database) as store:
        yield Watched(Desk(store, naps.clock.now), naps)


# ---------------------------------------------------------------- looking into the store


async def test_with_nothing_to_do_it_looks_every_five_seconds(w: Watched) -> None:
    await w.outbox().run_for(21 * SECOND)
    assert w.times("due") == [0, 5, 10, 15, 20]


async def test_a_retry_is_looked_up_at_its_moment(w: Watched) -> None:
    await w.compose(1)
    w.channel.will(Wait(7 * SECOND))
    await w.outbox().run_for(19 * SECOND)
    assert w.times("send") == [0, 7]
    assert w.times("due")[-3:] == [7, 12, 17]


@pytest.mark.slow
async def test_each_retry_waits_twice_as_long_as_the_one_before(w: Watched) -> None:
    await w.compose(1)
    ((delivery, _),) = await w.desk.store.deliveries.due(w.clock(), 1)
    first = retry_delay(delivery).total_seconds()
    w.channel.will(NotSent("away"), NotSent("away"))
    await w.outbox().run_for(30 * SECOND)
    assert w.times("send") == pytest.approx([0, first, 3 * first])


async def test_what_was_left_in_sending_is_looked_for_at_the_start_and_every_five_minutes(w: Watched) -> None:
    """Then only what has been there for as long: this process may be at the rest."""
    await w.outbox(OutboxOptions(idle=HOUR)).run_for(0 * SECOND)
    w.noted.clear()
    await w.outbox(OutboxOptions(idle=50 * SECOND)).run_for(601 * SECOND)
    asked = [(at, (args[0] - w.began).total_seconds()) for name, at, args in w.noted if name == "doubtful"]
    assert asked[1:] == [(at, at - 300) for at in (asked[0][0] + 300, asked[0][0] + 600)]
    assert asked[0][0] == asked[0][1]


async def test_what_other_processes_left_is_looked_for_every_ten_seconds(w: Watched) -> None:
    """A send may take forty-five seconds before it counts as left."""
    await w.outbox(SHARED).run_for(31 * SECOND)
    asked = [(at, (args[0] - w.began).total_seconds()) for name, at, args in w.noted if name == "doubtful"]
    assert asked == [(at, at - 45) for at in (0, 10, 20, 30)]


async def test_as_many_are_looked_up_as_may_go(w: Watched) -> None:
    """A hundred, and as many more as wait for their own pace or are being sent."""
    await w.compose(2, parts=2)
    w.channel.gate.clear()
    outbox = w.outbox(pace=Pace(chat=(Limit(1, HOUR),)))
    for opens in (False, True, False, False):
        outbox.wake()
        await outbox._round()
        if opens:
            w.channel.gate.set()
            await outbox._finish()
        else:
            await until(lambda: len(w.times("send")) == 2)
    assert [args[1] for name, _, args in w.noted if name == "due"] == [100, 102, 100, 102]
    assert not outbox._queues["telegram"][2:]


async def test_where_others_are_at_work_no_more_is_held_than_goes_soon(w: Watched) -> None:
    await w.compose(12)
    await w.outbox(SHARED, pace=Pace(overall=(Limit(10, HOUR),))).run_for(2 * SECOND)
    asked = [(args[1], args[3]) for name, _, args in w.noted if name == "due"]
    assert asked[0] == (50, timedelta(minutes=1))
    assert {limit for limit, _ in asked[1:]} == {48}


def lines(w: Watched, *known: int) -> Outbox:
    outbox = w.outbox()
    outbox._looked, outbox._ended = w.began, True
    waiting: Any = (None, None)
    outbox._queues = {str(number): [waiting] * count for number, count in enumerate(known)}
    return outbox


@pytest.mark.parametrize(
    ("known", "wait"),
    [((), 0), ((0,), 0), ((1,), 200), ((49, 80), 200), ((0, 80), 200), ((50, 50), 1_000)],
)
async def test_while_deliveries_end_it_looks_the_sooner_the_less_is_known(
    w: Watched, known: tuple[int, ...], wait: int
) -> None:
    assert lines(w, *known)._look_up_at(w.began) == w.began + wait * MS


async def test_with_nothing_else_known_a_send_under_way_is_given_a_moment_to_end(w: Watched) -> None:
    outbox = lines(w)
    outbox._under_way[1] = asyncio.create_task(asyncio.Event().wait())  # type: ignore[assignment]
    assert outbox._look_up_at(w.began) == w.began + 20 * MS
    outbox._under_way.pop(1).cancel()


async def test_a_clock_set_back_makes_it_look_at_once(w: Watched) -> None:
    outbox = lines(w, 50)
    back = w.began - HOUR
    assert outbox._look_up_at(back) == back


async def test_what_comes_in_during_a_look_is_looked_up_next(w: Watched) -> None:
    outbox = w.outbox()
    due = w.desk.store.deliveries.due

    async def slow(*args: Any) -> Any:
        found = await due(*args)
        if len(w.times("due")) == 1:
            await w.compose(1)
            outbox.wake()
        return found

    w.desk.store.deliveries.due = slow  # type: ignore[method-assign]
    await outbox.run_for(SECOND)
    assert w.times("send") == [0]


# ---------------------------------------------------------------- claiming and sending


async def test_a_delivery_is_claimed_a_moment_before_its_place_is_free(w: Watched) -> None:
    await w.compose(3)
    outbox = w.outbox(pace=Pace(overall=(Limit(1, SECOND),)))
    assert await outbox.deliver_due() == 3
    assert w.times("send") == [0, 1, 2]
    assert w.times("sending") == [0, 0.9, 1.9]


async def test_the_same_where_it_is_the_chat_that_waits(w: Watched) -> None:
    await w.compose(1, parts=3)
    await w.compose(1)
    outbox = w.outbox(pace=Pace(chat=(Limit(1, SECOND),)))
    assert await outbox.deliver_due() == 4
    assert w.times("send") == [0, 0, 1, 2]
    assert w.times("sending") == [0, 0, 0.9, 1.9]


@pytest.mark.parametrize(("options", "most"), [(None, 64), (OutboxOptions(concurrency=3), 3)])
@pytest.mark.slow
async def test_so_many_are_sent_at_once(w: Watched, options: OutboxOptions | None, most: int) -> None:
    await w.compose(most + 3)
    w.channel.gate.clear()
    outbox = w.outbox(options)
    delivering = asyncio.create_task(outbox.deliver_due())
    await until(lambda: len(w.times("send")) >= most)
    await SLEEP(0.02)
    assert len(w.times("send")) == most
    w.channel.gate.set()
    assert await delivering == most + 3


@pytest.mark.parametrize(("late", "sent"), [(5 * SECOND, 1), (5 * SECOND + MS, 0)])
async def test_among_others_a_claim_that_took_too_long_is_left_to_them(
    w: Watched, late: timedelta, sent: int
) -> None:
    await w.compose(1)
    claim = w.desk.store.deliveries.sending

    async def slow(delivery_id: int, now: datetime) -> bool:
        done: bool = await claim(delivery_id, now)
        w.clock.advance(late)
        return done

    w.desk.store.deliveries.sending = slow  # type: ignore[method-assign]
    assert await w.outbox(SHARED).deliver_due() == sent
    assert len(w.times("send")) == sent


async def test_alone_a_slow_claim_is_still_its_own(w: Watched) -> None:
    await w.compose(1)
    claim = w.desk.store.deliveries.sending

    async def slow(delivery_id: int, now: datetime) -> bool:
        done: bool = await claim(delivery_id, now)
        w.clock.advance(HOUR)
        return done

    w.desk.store.deliveries.sending = slow  # type: ignore[method-assign]
    assert await w.outbox().deliver_due() == 1


async def test_a_send_is_given_up_after_the_time_it_may_take(
    w: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience: list[float | None] = []
    timeout = asyncio.timeout

    def noting(seconds: float | None) -> asyncio.Timeout:
        patience.append(seconds)
        return timeout(seconds)

    await w.compose(2)
    outbox, alone = w.outbox(SHARED), w.outbox()
    outbox._round = alone._round = None  # type: ignore[assignment, method-assign]
    ((delivery, chat), _) = await w.desk.store.deliveries.due(w.clock(), 2)
    monkeypatch.setattr(asyncio, "timeout", noting)
    await outbox._send(delivery, chat)
    await alone._send(delivery, chat)
    assert patience == [30, None]


async def test_the_meter_hears_what_came_of_each_and_how_long_it_took(w: Watched) -> None:
    class Meter:
        def __init__(self) -> None:
            self.heard: list[tuple[str, str, float]] = []

        def sent(self, platform: str, outcome: str, seconds: float) -> None:
            self.heard.append((platform, outcome, seconds))

    meter = Meter()
    await w.compose(2)
    w.channel.delay = 0.25
    w.channel.will(NotSent("away"))
    await w.outbox(OutboxOptions(concurrency=1), meter=meter).deliver_due()
    assert meter.heard == [("telegram", "not_sent", 0.25), ("telegram", "sent", 0.25)]


# ---------------------------------------------------------------- doubts


async def test_a_lost_answer_is_looked_for_five_seconds_later(
    w: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    await w.compose(1)
    w.channel.will(Doubt("cut off"), posted=True)
    outbox = w.outbox()
    waited: list[float] = []

    async def nap(seconds: float) -> bool:
        waited.append(seconds)
        return True

    monkeypatch.setattr(outbox._results, "_nap", nap)
    assert await outbox.deliver_due() == 1
    assert waited == [5]


async def test_a_chat_that_waits_to_be_looked_at_gets_nothing_meanwhile(
    w: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next part was in the line already; the look comes when another one ends."""
    looking = asyncio.Event()
    find = w.channel.find

    async def slow(chat: Chat, delivery: Delivery) -> Any:
        await looking.wait()
        return await find(chat, delivery)

    monkeypatch.setattr(w.channel, "find", slow)
    await w.compose(2)
    outbox = w.outbox(OutboxOptions(looks=1))
    rows = await w.desk.store.deliveries.due(w.clock(), 9)
    outbox._queues["telegram"] = rows
    for delivery, _ in rows:
        await w.desk.store.deliveries.sending(delivery.id, w.clock())
    w.noted.clear()
    await outbox.recover(w.clock() + SECOND)
    outbox.stuck = 1
    delivering = asyncio.create_task(outbox.deliver_due())
    await SLEEP(0.05)
    assert w.times("sending") == []
    outbox.stuck = 0
    looking.set()
    assert await delivering == 2


# ---------------------------------------------------------------- all that is due


async def test_an_outage_keeps_back_however_many(w: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Outbox, "_BATCH", 10)
    await w.compose(13)
    w.channel.will(*[NotSent("away")] * 200)
    outbox = w.outbox(OutboxOptions(concurrency=1))
    async with asyncio.timeout(10):
        assert await outbox.deliver_due() == 0
    assert len(w.times("send")) == 3
    assert w.clock() == w.began


@pytest.mark.slow
async def test_those_behind_many_that_sleep_are_found(w: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """More chats than one look brings have their quiet hours; one has not."""
    w.clock.now = datetime.combine(w.clock().date(), datetime.min.time(), w.clock().tzinfo)
    w.desk.now = w.clock() - 3 * HOUR
    monkeypatch.setattr(Outbox, "_BATCH", 10)
    for _ in range(20):
        chat = await w.desk.chat()
        await w.desk.store.chats.set_settings(
            chat.id, replace(chat.settings, quiet="23:00-07:00", zone="UTC")
        )
        await w.desk.compose(chat)
    await w.compose(1)
    assert await w.outbox(quiet_end=quiet_end).deliver_due() == 1
    assert (await w.desk.store.deliveries.counts())["pending"] == 20


async def test_a_stop_is_noticed_at_once(w: Watched) -> None:
    outbox = Outbox(w.desk.store, {"telegram": w.channel}, w.clock, options=OutboxOptions(idle=HOUR))
    stop = asyncio.Event()
    running = asyncio.create_task(outbox.run(stop))
    await until(lambda: bool(w.times("due")))
    await SLEEP(0.02)
    stop.set()
    async with asyncio.timeout(2):
        await running


async def test_one_that_is_cancelled_leaves_nothing_running(w: Watched) -> None:
    outbox = Outbox(w.desk.store, {"telegram": w.channel}, w.clock)
    running = asyncio.create_task(outbox.run(asyncio.Event()))
    await until(lambda: bool(w.times("due")))
    await SLEEP(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await SLEEP(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_one_delivery_that_is_cancelled_is_finished_first(w: Watched) -> None:
    await w.compose(1)
    w.channel.gate.clear()
    delivering = asyncio.create_task(w.outbox().deliver_due())
    await until(lambda: bool(w.times("send")))
    delivering.cancel()
    await SLEEP(0.02)
    w.channel.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await delivering
    assert (await w.desk.store.deliveries.counts())["sent"] == 1
