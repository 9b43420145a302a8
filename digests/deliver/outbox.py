"""The engine of delivery: claims what is due, sends it, and records what came of it.

    pending --claim--> sending --send--> sent
                          |--> pending again (flood wait, not sent, plain text next, chat moved)
                          |--> failed (refused for good)
                          '--> doubtful: look at the chat --> sent, pending again or held

Each arrow is one transaction of the store. A chat has one delivery under way at a time and its
parts go in order; chats go side by side, those served longest ago first, so neither a flood
wait nor a long backlog of one delays another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from digests.clock import Clock
from digests.deliver.decide import SHORTEST_WAIT, OnDoubt, TryAgain, decide
from digests.deliver.pacing import NEVER, Pacer, SharedPace
from digests.deliver.results import ChatLost, Report, Results, log_lost, log_report
from digests.errors import NewsdeskError
from digests.model import Chat, ChatSettings, Delivery, DeliveryState
from digests.ports import (
    Channel,
    Doubt,
    Gone,
    Meter,
    Moved,
    NoMeter,
    NotSent,
    Outcome,
    Redrawn,
    Refused,
    Sent,
    Store,
    Uneditable,
    Wait,
)


@dataclass(frozen=True, slots=True)
class Outage:
    """A platform that takes nothing: after a few failures in a row one probe at a time goes out,
    rarer and rarer, instead of every chat's own tries."""

    failures: int = 0
    wait: timedelta = timedelta()  # the last one between two probes
    until: datetime | None = None
    chats: frozenset[int] = frozenset()  # told to wait, one after another with nothing sent between

    PATIENCE: ClassVar[int] = 3
    MANY: ClassVar[int] = 10  # chats told to wait after which it is the platform that does not take more
    FIRST: ClassVar[timedelta] = timedelta(seconds=5)
    LONGEST: ClassVar[timedelta] = timedelta(minutes=5)

    def closed(self, now: datetime) -> datetime | None:
        """Until when nothing goes out; None: it may."""
        if self.until is None or self.until <= now or self.until > now + self.LONGEST:
            return None
        return self.until

    def failed(self, now: datetime) -> Outage:
        known = replace(self, failures=self.failures + 1)
        if known.failures < self.PATIENCE:
            return known
        wait = min(2 * self.wait or self.FIRST, self.LONGEST)
        return replace(known, wait=wait, until=now + wait)

    def told(self, until: datetime) -> Outage:
        """The platform itself said until when. One goes first then, and if that one is told the same,
        the next waits as long as in any outage: tries in a wait can have a bot banned."""
        wait, latest = self.wait or self.FIRST, max(self.until or until, until)
        return replace(self, failures=self.PATIENCE, wait=wait, until=latest)

    def throttled(self, chat_id: int, now: datetime) -> Outage:
        """A chat was told to wait. One alone is no outage; of many each would try again by itself,
        and such tries can have a bot banned."""
        known = replace(self, chats=self.chats | {chat_id})
        if len(known.chats) < self.MANY or self.closed(now) is not None:
            return known
        return replace(known, failures=self.PATIENCE).failed(now)


class Outages:
    """What the last outcomes say of each platform and chat. The store keeps flood waits too; here
    they hold for what was looked up before they came."""

    def __init__(self) -> None:
        self._platforms: defaultdict[str, Outage] = defaultdict(Outage)
        self._waits: dict[tuple[str, str | None], datetime] = {}

    def closed(self, chat: Chat, now: datetime) -> datetime:
        """Until when nothing may be written to the chat; ``now``: it may."""
        waits = [self._waits.get((chat.platform, address), now) for address in (None, chat.address)]
        return max(*waits, self._platforms[chat.platform].closed(now) or now)

    def probes(self, platform: str, now: datetime) -> bool:
        """Whether what goes out now is the probe of an outage: the rest waits for what it brings."""
        outage = self._platforms[platform]
        if outage.until is not None:
            self._platforms[platform] = outage.failed(now)
        return outage.until is not None

    def note(self, chat: Chat, outcome: Outcome, now: datetime) -> None:
        """Learn from the outcome of a send."""
        outage = self._platforms[chat.platform]
        match outcome:
            case Wait(delay, whole_platform):
                until = now + max(delay, SHORTEST_WAIT)
                who = chat.platform, None if whole_platform else chat.address
                self._waits = {known: end for known, end in self._waits.items() if end > now}
                self._waits[who] = max(until, self._waits.get(who, until))  # as the store does
                outage = outage.told(until) if whole_platform else outage.throttled(chat.id, now)
            case NotSent():
                outage = outage if outage.closed(now) else outage.failed(now)
            case _:
                outage = Outage()
        self._platforms[chat.platform] = outage


QuietEnd = Callable[[ChatSettings, datetime], datetime]
"""When the quiet hours end that a moment is in; the moment itself outside of them."""


def no_quiet(_settings: ChatSettings, moment: datetime) -> datetime:
    return moment


class Quiet:
    """Puts deliveries off. A digest composed inside the same quiet hours was asked for by someone
    who is awake, and goes."""

    def __init__(self, store: Store, end: QuietEnd) -> None:
        self._store = store
        self._end = end

    async def puts_off(self, delivery: Delivery, chat: Chat, now: datetime) -> bool:
        """Whether the delivery was put off to the end of the chat's quiet hours."""
        end = self._end(chat.settings, now)
        late = end > now and not await self._asked_for(delivery, chat, end)
        if late:
            await self._store.deliveries.put_off(delivery.id, end, "the chat's quiet hours")
        return late

    async def _asked_for(self, delivery: Delivery, chat: Chat, end: datetime) -> bool:
        """Whether its digest was composed inside the quiet hours that end then."""
        digest = await self._store.digests.get(delivery.digest_id)
        return digest is not None and self._end(chat.settings, digest.created) == end


log = logging.getLogger(__name__)

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_COUNTED_AS: Mapping[type[Outcome], str] = {
    Sent: "sent",
    Wait: "wait",
    NotSent: "not_sent",
    Doubt: "doubt",
    Refused: "refused",
    Redrawn: "refused",
    Uneditable: "uneditable",
    Gone: "gone",
    Moved: "moved",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxOptions:
    """``settle_after``: how long after a lost answer the chat is looked at; a platform may still be
    at work on the message. ``lease``: how long another process may be at a send before its row
    counts as left behind; zero where this process is the only one. ``idle``: the longest time
    between two looks at the store. ``hold``: for how long deliveries are looked up for this process
    alone. ``send_timeout``: when a send is given up as doubtful; None leaves it to the channel.
    """

    concurrency: int = 64  # sends under way at once, on each platform
    looks: int = 4  # doubtful deliveries looked for at once, on all platforms
    settle_after: timedelta = timedelta(seconds=5)
    lease: timedelta = timedelta()
    idle: timedelta = timedelta(seconds=5)
    hold: timedelta | None = None
    send_timeout: timedelta | None = None


SHARED = OutboxOptions(
    lease=timedelta(seconds=45), hold=timedelta(minutes=1), send_timeout=timedelta(seconds=30)
)
"""For one of many processes: what a dead one was sending is settled within a minute."""


class Outbox:
    """One for a process. ``run`` it, or call ``deliver_due`` now and then; never both.

    ``on_doubt`` is asked what becomes of a message that may have been posted; None: it is sent again in
    private chats and held elsewhere.
    """

    _BATCH = 100  # deliveries of a platform looked up beyond those that wait for their chat's pace
    _ENOUGH = 50  # as many known to be due on a platform keep it busy for a while
    _REFRESH = timedelta(milliseconds=200)  # between two look-ups while deliveries end
    _REFRESH_LONG = timedelta(seconds=1)  # the same, while enough is known to be due
    _REFRESH_EMPTY = timedelta(milliseconds=20)  # the same, while nothing else is known to be due
    _LEAD = timedelta(milliseconds=100)  # a delivery is claimed this long before its place is free
    _SWEEP = timedelta(seconds=10)  # between two looks for what other processes left behind
    _LATE = timedelta(seconds=5)  # after a claim, a send that has not begun might be taken for lost
    _LEFT_BEHIND = timedelta(minutes=5)  # a row of this process in sending, but under way no more

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        pacer: Pacer | None = None,
        shared: SharedPace | None = None,
        options: OutboxOptions | None = None,
        on_doubt: Callable[[], OnDoubt | None] = lambda: None,
        report: Report = log_report,
        lost: ChatLost = log_lost,
        meter: Meter | None = None,
        quiet_end: QuietEnd = no_quiet,
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._meter = meter or NoMeter()
        self.pacer = Pacer(shared.own() if shared else {}) if pacer is None else pacer
        self._shared = shared
        self._options = options or OutboxOptions()
        self._results = Results(
            store,
            channels,
            clock,
            on_doubt=on_doubt,
            settle_after=self._options.settle_after,
            others=bool(self._options.lease),
            report=report,
            lost=lost,
        )
        self._quiet = Quiet(store, quiet_end)
        self._under_way: dict[int, asyncio.Task[None]] = {}  # by chat id
        self._doubts: dict[int, tuple[Delivery, Chat]] = {}  # to be looked for, by chat id
        self._looks: set[int] = set()  # which of those are being looked at
        self._busy: Counter[str] = Counter()  # the same, how many by platform
        # A line for each platform: what one can't take yet must not hide what another could.
        self._queues: dict[str, list[tuple[Delivery, Chat]]] = {}
        self._looked = _LONG_AGO  # when the lines were last filled
        self._outages = Outages()
        self._changed = asyncio.Event()
        self._ended = False  # whether a delivery has ended since
        self._more = False  # whether more may be due than was looked up

    # ------------------------------------------------------------ running

    def wake(self) -> None:
        """There may be something new to deliver."""
        self._looked = _LONG_AGO
        self._changed.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Settle what a crash left, then deliver until ``stop`` is set (or the task cancelled);
        what is under way then is finished and recorded first."""
        stopped = asyncio.ensure_future(stop.wait())
        stopped.add_done_callback(lambda _: self._changed.set())
        age = timedelta()  # at the start: all that is in sending
        sweep = _LONG_AGO
        try:
            while not stop.is_set():
                self._changed.clear()
                now = self._clock()
                try:
                    if sweep <= now:
                        await self.recover(now - age)
                        age = timedelta() if self._options.lease else self._LEFT_BEHIND
                        sweep = now + (age or self._SWEEP)
                    pause = await self._round()
                except NewsdeskError:  # the store is away: everything is still in it
                    log.exception("the outbox can't reach its store")
                    pause = self._options.idle
                await self._rest(pause)
        finally:
            stopped.cancel()
            await self._finish()

    async def deliver_due(self) -> int:
        """Send all that is due now, at the platforms' pace; how many were accepted. What an
        outage or a flood wait keeps back stays for the next time."""
        before = self._results.sent
        self._looked = _LONG_AGO
        try:
            while True:
                self._changed.clear()
                pause = await self._round()
                now = self._clock()
                queued = [chat for queue in self._queues.values() for _, chat in queue]
                if (
                    not self._under_way
                    and not self._doubts
                    and all(self._outages.closed(chat, now) > now for chat in queued)
                ):
                    if not self._ended and (queued or not self._more):
                        return self._results.sent - before
                    self._looked = _LONG_AGO  # what has just ended may have made something due
                else:
                    await self._rest(pause)
        finally:
            await self._finish()

    async def recover(self, now: datetime) -> None:
        """Settle the deliveries that have been in sending since before ``now``: a process died,
        or an answer was lost. Their chats are looked at next, side by side with sends to others."""
        for delivery, chat in await self._store.deliveries.doubtful(now - self._options.lease):
            if chat.platform in self._channels and chat.id not in self._under_way:
                self._doubts[chat.id] = delivery, chat

    def _start_looks(self) -> None:
        """A few at a time: a look may ask the platform many questions."""
        while self._doubts and len(self._looks) < self._options.looks:
            delivery, chat = self._doubts.pop(next(iter(self._doubts)))
            self._looks.add(chat.id)
            self._start(chat, self._results.look(delivery, chat))

    async def _rest(self, pause: timedelta) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause.total_seconds()):
                await self._changed.wait()

    async def _finish(self) -> None:
        """Wait for what is under way, even when told to hurry: a send cut off is a doubt made."""
        self._results.stopping.set()
        hurried: asyncio.CancelledError | None = None
        while self._under_way:
            try:
                await asyncio.shield(asyncio.wait(list(self._under_way.values())))
            except asyncio.CancelledError as error:
                hurried = error
        self._results.stopping.clear()
        if hurried is not None:
            raise hurried

    # ------------------------------------------------------------ choosing

    async def _round(self) -> timedelta:
        """Start all that may start now; how long until there may be more."""
        now = self._clock()
        self._start_looks()
        next_start = self._start_ready(now)
        open_ = [platform for platform in self._channels if not self._full(platform)]
        if self._look_up_at(now) <= now and open_:
            self._looked, self._ended = now, False  # at first: something may come in meanwhile
            self._more = any([await self._look_up(platform, now) for platform in open_])
            if self._results.again <= now:
                self._results.again = NEVER
            now = self._clock()
            next_start = self._start_ready(now)
        if all(map(self._full, self._channels)):
            return self._options.idle
        return min(next_start, self._look_up_at(now)) - now

    async def _look_up(self, platform: str, now: datetime) -> bool:
        """Fill a platform's line; whether there may be others, whose pace lets them go."""
        slow = sum(self._slow(chat, now) for _, chat in self._queues.get(platform, ()))
        limit = self._BATCH + slow + self._busy[platform]
        kept: list[tuple[Delivery, Chat]] = []
        if self._options.hold is not None:  # nobody else has those in the line
            kept = self._queues.get(platform, [])
            limit = self._ENOUGH - len(kept)
        due = await self._store.deliveries.due(now, limit, platform, self._options.hold) if limit else []
        line = {c.id: (d, c) for d, c in (*kept, *due)}
        self._queues[platform] = [
            (d, c)
            for d, c in line.values()
            if c.id not in self._under_way and not await self._quiet.puts_off(d, c, now)
        ]
        return len(due) == limit

    def _slow(self, chat: Chat, now: datetime) -> bool:
        """Whether the chat's own pace keeps it waiting for longer than until the next look-up."""
        return self.pacer.chat_ready(chat, now) > now + self._REFRESH_LONG

    def _look_up_at(self, now: datetime) -> datetime:
        """When to look into the store again."""
        if self._looked > now:  # the clock was set back
            return now
        if not self._ended and not self._more:
            return min(self._looked + self._options.idle, self._results.again)
        known = [len(queue) for queue in self._queues.values()]
        if any(known):
            return self._looked + (self._REFRESH if min(known) < self._ENOUGH else self._REFRESH_LONG)
        return self._looked + (self._REFRESH_EMPTY if self._under_way else timedelta())

    def _full(self, platform: str) -> bool:
        return self._busy[platform] >= self._options.concurrency

    def _start_ready(self, now: datetime) -> datetime:
        """Start what may go; keep the rest queued. The earliest moment one of the rest may."""
        return min([self._start_line(platform, now) for platform in self._queues], default=NEVER)

    def _start_line(self, platform: str, now: datetime) -> datetime:
        """The same for one platform."""
        soon, next_start = now + self._LEAD, NEVER
        waiting: list[tuple[Delivery, Chat]] = []
        queue = self._queues[platform]
        for place, (delivery, chat) in enumerate(queue):
            overall = NEVER if self._full(platform) else self.pacer.platform_ready(platform, now)
            if overall > soon:  # then none of the rest may go
                waiting += queue[place:]
                next_start = min(next_start, overall)
                break
            if chat.id in self._under_way or chat.id in self._doubts:
                continue
            moment = self._ready(chat, now)
            if moment <= soon:
                probe = self._outages.probes(platform, now)
                self.pacer.begin(chat, now)
                self._start(chat, self._deliver(delivery, chat, moment, probe))
            else:
                waiting.append((delivery, chat))
                next_start = min(next_start, moment)
        self._queues[platform] = waiting
        return next_start - self._LEAD

    def _ready(self, chat: Chat, now: datetime) -> datetime:
        closed = self._outages.closed(chat, now)
        return closed if closed > now else self.pacer.ready(chat, now)

    # ------------------------------------------------------------ sending

    def _start(self, chat: Chat, work: Awaitable[None]) -> None:
        async def finish() -> None:
            try:
                await work
            except Exception:
                log.exception("delivering to %s %s broke off", chat.platform, chat.address)
            finally:
                del self._under_way[chat.id]
                self._looks.discard(chat.id)
                self._busy[chat.platform] -= 1
                self._ended = True
                self._changed.set()

        self._busy[chat.platform] += 1
        self._under_way[chat.id] = asyncio.create_task(finish())

    async def _deliver(self, delivery: Delivery, chat: Chat, start: datetime, probe: bool) -> None:
        took: timedelta | None = None
        try:
            if self._shared is not None and not await self._shared.place(chat):
                return
            claimed = self._clock()
            if not await self._store.deliveries.sending(delivery.id, claimed):
                return
            if self._options.lease and self._clock() - claimed > self._LATE:
                return  # it stays in sending, for whoever looks for what was left behind
            delivery = replace(
                delivery, state=DeliveryState.SENDING, attempts=delivery.attempts + 1, started=self._clock()
            )
            early = min(start - self._clock(), self._LEAD)  # more is a clock that was set back
            await asyncio.sleep(early.total_seconds())
            began = self._clock()
            closed = began if probe else self._outages.closed(chat, began)
            if closed > began:  # what was learned since it was claimed holds for it too
                await self._results.carry_out(TryAgain(closed, "others were told to wait"), delivery, chat)
                return
            outcome = await self._send(delivery, chat)
            took = self._clock() - began
            self._meter.sent(chat.platform, _COUNTED_AS[type(outcome)], took.total_seconds())
        finally:
            self.pacer.end(chat, self._clock(), took)
        now = self._clock()
        if isinstance(outcome, Sent) and delivery.edits is None:
            for published in delivery.content.published:
                self._meter.posted(chat.settings.cadence, now - published)
        self._outages.note(chat, outcome, now)
        await self._results.carry_out(decide(outcome, delivery, chat, now), delivery, chat)

    async def _send(self, delivery: Delivery, chat: Chat) -> Outcome:
        timeout = self._options.send_timeout
        try:
            async with asyncio.timeout(timeout.total_seconds() if timeout else None):
                return await self._channels[chat.platform].send(chat, delivery)
        except Exception as error:
            log.exception("sending to %s %s raised", chat.platform, chat.address)
            return Doubt(f"sending raised {type(error).__name__}")
