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
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digests.clock import Clock
from digests.deliver.decide import (
    GiveUp,
    Hold,
    LookFirst,
    MoveChat,
    PauseChat,
    PostAnew,
    RecordSent,
    Step,
    TryAgain,
    decide,
)
from digests.deliver.pacing import Outage, Pacer
from digests.deliver.reconcile import OnDoubt, settle
from digests.errors import NewsdeskError
from digests.model import Chat, Delivery, DeliveryState
from digests.ports import Channel, Doubt, NotSent, Outcome, Store, Unknown

log = logging.getLogger(__name__)

Report = Callable[[str], Awaitable[None]]
ChatLost = Callable[[Chat, str], Awaitable[None]]


async def _log_report(text: str) -> None:
    log.warning("%s", text)


async def _log_lost(chat: Chat, reason: str) -> None:
    log.warning("%s %s can't be written to: %s", chat.platform, chat.address, reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxOptions:
    """``on_doubt`` None: resend in private chats, hold elsewhere.

    ``settle_after``: how long after a lost answer the chat is looked at; a platform may still be
    at work on the message. ``lease``: how long another process may be at a send before its row
    counts as left behind; zero where this process is the only one. ``idle``: the longest time
    between two looks at the store.
    """

    on_doubt: OnDoubt | None = None
    concurrency: int = 64  # sends under way at once, on each platform
    looks: int = 4  # doubtful deliveries looked for at once, on all platforms
    settle_after: timedelta = timedelta(seconds=5)
    lease: timedelta = timedelta()
    idle: timedelta = timedelta(seconds=5)


class Outbox:
    """One for a process. ``run`` it, or call ``deliver_due`` now and then; never both."""

    _BATCH = 100  # deliveries of a platform looked up beyond those that wait for their chat's pace
    _REFRESH = timedelta(milliseconds=200)  # between two look-ups while deliveries end
    _REFRESH_LONG = timedelta(seconds=1)  # the same, while enough is known to be due
    _REFRESH_EMPTY = timedelta(milliseconds=20)  # the same, while nothing else is known to be due
    _LEAD = timedelta(milliseconds=100)  # a delivery is claimed this long before its place is free
    _REPORT = 30.0  # seconds a report may take
    _LEFT_BEHIND = timedelta(minutes=5)  # a row of this process in sending, but under way no more

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        pacer: Pacer | None = None,
        options: OutboxOptions | None = None,
        report: Report = _log_report,
        lost: ChatLost = _log_lost,
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self.pacer = Pacer() if pacer is None else pacer
        self._options = options or OutboxOptions()
        self._report = report
        self._lost = lost
        self._under_way: dict[int, asyncio.Task[None]] = {}  # by chat id
        self._doubts: dict[int, tuple[Delivery, Chat]] = {}  # to be looked for, by chat id
        self._looks: set[int] = set()  # chats that are being looked at
        self._busy: Counter[str] = Counter()  # the same, how many by platform
        # A line for each platform: what one can't take yet must not hide what another could.
        self._queues: dict[str, list[tuple[Delivery, Chat]]] = {}
        self._looked: datetime | None = None  # when the lines were last filled
        self._again: datetime | None = None  # the earliest retry this process knows of
        self._outages: dict[str, Outage] = {}
        self._waits: dict[tuple[str, str | None], datetime] = {}  # flood waits
        self._changed = asyncio.Event()
        self._ended = False  # whether a delivery has ended since
        self._stopping = asyncio.Event()
        self._sent = 0

    # ------------------------------------------------------------ running

    def wake(self) -> None:
        """There may be something new to deliver."""
        self._looked = None
        self._changed.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Settle what a crash left, then deliver until ``stop`` is set (or the task cancelled);
        what is under way then is finished and recorded first."""
        stopped = asyncio.ensure_future(stop.wait())
        stopped.add_done_callback(lambda _: self._changed.set())
        left_behind = timedelta()  # at the start: all that is in sending
        sweep: datetime | None = None
        try:
            while not stop.is_set():
                self._changed.clear()
                now = self._clock()
                try:
                    if sweep is None or sweep <= now:
                        await self.recover(now - left_behind)
                        left_behind = self._LEFT_BEHIND
                        sweep = now + left_behind
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
        before = self._sent
        self._looked = None
        try:
            while True:
                self._changed.clear()
                pause = await self._round()
                now = self._clock()
                queued = [chat for queue in self._queues.values() for _, chat in queue]
                if (
                    not self._under_way
                    and not self._doubts
                    and all(self._closed(chat, now) > now for chat in queued)
                ):
                    if not self._ended:
                        return self._sent - before
                    self._looked = None  # what has just ended may have made something due
                await self._rest(pause)
        finally:
            await self._finish()

    async def recover(self, now: datetime) -> None:
        """Settle the deliveries that have been in sending since before ``now``: a process died,
        or an answer was lost. Chats are looked at side by side with sends to others."""
        for delivery, chat in await self._store.deliveries.doubtful(now - self._options.lease):
            if chat.platform in self._channels and chat.id not in self._under_way:
                self._doubts[chat.id] = delivery, chat
        self._start_looks()

    def _start_looks(self) -> None:
        """A few at a time: a look may ask the platform many questions."""
        while self._doubts and len(self._looks & self._under_way.keys()) < self._options.looks:
            chat_id = next(iter(self._doubts))
            delivery, chat = self._doubts.pop(chat_id)
            self._looks = {chat_id} | (self._looks & self._under_way.keys())
            self._start(chat, self._look(delivery, chat))

    async def _rest(self, pause: timedelta) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause.total_seconds()):
                await self._changed.wait()

    async def _finish(self) -> None:
        """Wait for what is under way, even when told to hurry: a send cut off is a doubt made."""
        self._stopping.set()
        hurried: asyncio.CancelledError | None = None
        while self._under_way:
            try:
                await asyncio.shield(asyncio.wait(list(self._under_way.values())))
            except asyncio.CancelledError as error:
                hurried = error
        self._stopping.clear()
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
            self._ended = False
            for platform in open_:
                await self._look_up(platform, now)
            self._looked = now
            self._again = None if self._again is None or self._again <= now else self._again
            now = self._clock()
            next_start = self._start_ready(now)
        if all(map(self._full, self._channels)):
            return self._options.idle
        moments = [moment for moment in (next_start, self._look_up_at(now)) if moment is not None]
        return max(min(moments) - now, timedelta())

    async def _look_up(self, platform: str, now: datetime) -> None:
        """Fill a platform's line."""
        slow = sum(self._slow(chat, now) for _, chat in self._queues.get(platform, ()))
        limit = self._BATCH + slow + self._busy[platform]
        due = await self._store.deliveries.due(now, limit, platform)
        self._ended |= len(due) == limit  # then there may be others, whose pace lets them go
        self._queues[platform] = [(d, c) for d, c in due if c.id not in self._under_way]

    def _slow(self, chat: Chat, now: datetime) -> bool:
        """Whether the chat's own pace keeps it waiting for longer than until the next look-up."""
        moment = self.pacer.chat_ready(chat, now)
        return moment is None or moment > now + self._REFRESH_LONG

    def _look_up_at(self, now: datetime) -> datetime:
        """When to look into the store again."""
        if self._looked is None or self._looked > now:  # asked to, or the clock was set back
            return now
        if self._ended and any(self._queues.values()):
            short = any(len(queue) < self._BATCH // 2 for queue in self._queues.values())
            return self._looked + (self._REFRESH if short else self._REFRESH_LONG)
        if self._ended:
            return self._looked + self._REFRESH_EMPTY if self._under_way else now
        at = self._looked + self._options.idle
        return at if self._again is None else min(at, self._again)

    def _full(self, platform: str) -> bool:
        return self._busy[platform] >= self._options.concurrency

    def _start_ready(self, now: datetime) -> datetime | None:
        """Start what may go; keep the rest queued. The earliest moment one of the rest may."""
        moments = [self._start_line(platform, now) for platform in self._queues]
        return min((moment for moment in moments if moment is not None), default=None)

    def _start_line(self, platform: str, now: datetime) -> datetime | None:
        """The same for one platform."""
        earliest: datetime | None = None
        waiting: list[tuple[Delivery, Chat]] = []
        queue = self._queues[platform]
        for place, (delivery, chat) in enumerate(queue):
            overall = None if self._full(platform) else self.pacer.platform_ready(platform, now)
            if overall is None or overall > now + self._LEAD:  # then none of the rest may go
                waiting += queue[place:]
                if overall is not None and (earliest is None or overall - self._LEAD < earliest):
                    earliest = overall - self._LEAD
                break
            if chat.id in self._under_way:
                continue
            moment = self._ready(chat, now)
            if moment is not None and moment <= now + self._LEAD:
                outage = self._outages.get(platform)
                if outage is not None and outage.until is not None:
                    self._outages[platform] = outage.failed(now)  # this one is the probe
                self.pacer.begin(chat, now)
                self._start(chat, self._deliver(delivery, chat, moment))
                continue
            waiting.append((delivery, chat))
            if moment is not None and (earliest is None or moment - self._LEAD < earliest):
                earliest = moment - self._LEAD
        self._queues[platform] = waiting
        return earliest

    def _ready(self, chat: Chat, now: datetime) -> datetime | None:
        closed = self._closed(chat, now)
        return closed if closed > now else self.pacer.ready(chat, now)

    def _closed(self, chat: Chat, now: datetime) -> datetime:
        """Until when an outage or a flood wait keeps the chat from being written to. The store
        knows the waits too; this is for what was looked up before they came."""
        waits = [self._waits.get((chat.platform, address), now) for address in (None, chat.address)]
        outage = self._outages.get(chat.platform, Outage())
        return max(*waits, outage.closed(now) or now)

    # ------------------------------------------------------------ sending

    def _start(self, chat: Chat, work: Awaitable[None]) -> None:
        async def finish() -> None:
            try:
                await work
            except Exception:
                log.exception("delivering to %s %s broke off", chat.platform, chat.address)
            finally:
                del self._under_way[chat.id]
                self._busy[chat.platform] -= 1
                self._ended = True
                self._changed.set()

        self._busy[chat.platform] += 1
        self._under_way[chat.id] = asyncio.create_task(finish())

    async def _deliver(self, delivery: Delivery, chat: Chat, start: datetime) -> None:
        try:
            if not await self._store.deliveries.sending(delivery.id, self._clock()):
                return
            delivery = replace(
                delivery, state=DeliveryState.SENDING, attempts=delivery.attempts + 1, started=self._clock()
            )
            early = min(start - self._clock(), self._LEAD)  # more is a clock that was set back
            await asyncio.sleep(early.total_seconds())
            outcome = await self._send(delivery, chat)
        finally:
            self.pacer.end(chat, self._clock())
        now = self._clock()
        self._note_outage(chat.platform, outcome, now)
        await self._carry_out(decide(outcome, delivery, chat, now), delivery, chat)

    async def _send(self, delivery: Delivery, chat: Chat) -> Outcome:
        try:
            return await self._channels[chat.platform].send(chat, delivery)
        except Exception as error:
            log.exception("sending to %s %s raised", chat.platform, chat.address)
            return Doubt(f"sending raised {type(error).__name__}")

    def _note_outage(self, platform: str, outcome: Outcome, now: datetime) -> None:
        outage = self._outages.get(platform, Outage())
        if not isinstance(outcome, NotSent):
            self._outages.pop(platform, None)
        elif outage.closed(now) is None:
            self._outages[platform] = outage.failed(now)

    async def _look(self, delivery: Delivery, chat: Chat) -> None:
        if delivery.edits is not None:  # the same edit twice is one edit
            await self._carry_out(TryAgain(self._clock(), "its answer was lost"), delivery, chat)
            return
        try:
            look = await self._channels[chat.platform].find(chat, delivery)
        except Exception as error:
            log.exception("looking for delivery %s in %s %s raised", delivery.id, chat.platform, chat.address)
            look = Unknown(f"looking raised {type(error).__name__}")
        if isinstance(look, Unknown) and look.later:  # it stays in sending; the next sweep looks again
            log.warning("%s can't be asked about delivery %s: %s", chat.platform, delivery.id, look.reason)
            return
        step = settle(look, delivery, chat, self._options.on_doubt, self._clock())
        await self._carry_out(step, delivery, chat)

    async def _carry_out(self, step: Step, delivery: Delivery, chat: Chat) -> None:
        """Told first, then recorded: after a crash in between the admins hear of it again, which
        is better than never."""
        deliveries, chats = self._store.deliveries, self._store.chats
        now = self._clock()
        match step:
            case RecordSent(message_id):
                await self._record(lambda: deliveries.sent(delivery.id, message_id, now))
                self._sent += 1
            case TryAgain(at, reason, plain, wait, report):
                address = chat.address if wait == "address" else None
                if wait is not None:
                    self._waits = {key: until for key, until in self._waits.items() if until > now}
                    self._waits[chat.platform, address] = at
                if wait == "platform":  # then one goes first: tries in a wait can have the bot banned
                    self._outages[chat.platform] = Outage(Outage.PATIENCE, at)
                await self._tell(report)
                await self._record(lambda: deliveries.again(delivery.id, at, reason, plain=plain))
                self._again = at if self._again is None else min(at, self._again)
                if wait is not None:
                    await self._record(lambda: deliveries.wait(chat.platform, address, at))
                if plain:
                    log.warning("delivery %d goes as plain text: %s", delivery.id, reason)
            case PostAnew(reason):
                await self._record(lambda: deliveries.again(delivery.id, now, reason, anew=True))
            case GiveUp(reason, report):
                await self._tell(report)
                await self._record(lambda: deliveries.fail(delivery.id, reason))
            case Hold(reason, report):
                await self._tell(report)
                await self._record(lambda: deliveries.hold(delivery.id, reason))
            case PauseChat(reason):
                await self._record(lambda: deliveries.again(delivery.id, now, reason))
                await self._record(lambda: chats.set_paused(chat.id, reason))
                await self._safely(self._lost(chat, reason))
            case MoveChat(address):
                reason = f"the chat moved to {address}"
                await self._record(lambda: deliveries.again(delivery.id, now, reason))
                await self._record(lambda: chats.move(chat.platform, chat.address, address))
            case LookFirst(reason):  # pragma: no branch - the last of them
                log.warning("delivery %d may or may not have been posted: %s", delivery.id, reason)
                undisturbed = await self._nap(self._options.settle_after.total_seconds())
                if undisturbed:
                    await self._look(delivery, chat)

    async def _record(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write until it is written: what is known must not become a doubt because a disk was
        full for a minute. Given up only when stopping: the row then stays in sending."""
        pause = 0.1
        while True:
            try:
                return await write()
            except NewsdeskError:
                if self._stopping.is_set():
                    raise
                log.exception("the outcome of a delivery can't be saved yet")
            await self._nap(pause)
            pause = min(2 * pause, 10.0)

    async def _nap(self, seconds: float) -> bool:
        """Whether the time went by without a stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return True
        return False

    async def _tell(self, report: str | None) -> None:
        if report is not None:
            await self._safely(self._report(report))

    async def _safely(self, told: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(self._REPORT):
                await told
        except Exception:
            log.exception("a report could not be made")
