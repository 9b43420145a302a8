"""What came of a send: carried out, recorded and, where it is in doubt, looked for in the chat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from digests.clock import Clock
from digests.deliver.decide import (
    GiveUp,
    Hold,
    LookFirst,
    MoveChat,
    OnDoubt,
    PauseChat,
    PostAnew,
    RecordSent,
    Redraw,
    Step,
    TryAgain,
    new_nonce,
    settle,
)
from digests.deliver.pacing import NEVER
from digests.errors import NewsdeskError
from digests.model import Chat, Delivery
from digests.ports import Channel, Store, Unknown

log = logging.getLogger(__name__)

Report = Callable[[str], Awaitable[None]]
ChatLost = Callable[[Chat, str], Awaitable[None]]


async def log_report(text: str) -> None:
    log.warning("%s", text)


async def log_lost(chat: Chat, reason: str) -> None:
    log.warning("%s %s can't be written to: %s", chat.platform, chat.address, reason)


class Results:
    """Carries the steps out, and keeps what the outbox goes by: ``sent`` counts the deliveries
    accepted, ``again`` is the earliest retry since it was last reset. While ``stopping`` is set
    nothing is waited for that a restart can do as well."""

    _REPORT = 30.0  # seconds a report may take

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        on_doubt: Callable[[], OnDoubt | None],
        settle_after: timedelta,
        others: bool,
        report: Report,
        lost: ChatLost,
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._on_doubt = on_doubt
        self._settle_after = settle_after
        self._others = others
        self._report = report
        self._lost = lost
        self.stopping = asyncio.Event()
        self.again = NEVER
        self.sent = 0

    async def look(self, delivery: Delivery, chat: Chat) -> None:
        """Look for a delivery that may have been posted, and settle it. Where there are other
        processes, one of them looks."""
        if self._others and not await self._store.deliveries.adopt(delivery, self._clock()):
            return
        if delivery.edits is not None:  # the same edit twice is one edit
            await self.carry_out(TryAgain(self._clock(), "its answer was lost"), delivery, chat)
            return
        try:
            look = await self._channels[chat.platform].find(chat, delivery)
        except Exception as error:
            log.exception("looking for delivery %s in %s %s raised", delivery.id, chat.platform, chat.address)
            look = Unknown(f"looking raised {type(error).__name__}")
        if isinstance(look, Unknown) and look.later:  # it stays in sending; the next sweep looks again
            log.warning("%s can't be asked about delivery %s: %s", chat.platform, delivery.id, look.reason)
            return
        step = settle(look, delivery, chat, self._on_doubt(), self._clock())
        await self.carry_out(step, delivery, chat)

    async def carry_out(self, step: Step, delivery: Delivery, chat: Chat) -> None:
        """Told first, then recorded: after a crash in between the admins hear of it again, which
        is better than never."""
        deliveries, chats = self._store.deliveries, self._store.chats
        now = self._clock()
        match step:
            case RecordSent(message_id):
                await self._record(lambda: deliveries.sent(delivery.id, message_id, now))
                self.sent += 1
                if not delivery.part and delivery.edits is None:
                    log.info(
                        "digest %d, %d stories, is posted to %s:%s",
                        delivery.digest_id,
                        len(delivery.content.stories),
                        chat.platform,
                        chat.address,
                    )
            case TryAgain(at, reason, plain, wait, report):
                await self._tell(report)
                await self._record(lambda: deliveries.again(delivery.id, at, reason, plain=plain))
                self.again = min(at, self.again)
                if wait is not None:
                    address = chat.address if wait == "address" else None
                    await self._record(lambda: deliveries.wait(chat.platform, address, at))
                if plain:
                    log.warning("delivery %d goes as plain text: %s", delivery.id, reason)
            case Redraw(parts):
                others = [replace(delivery, content=part, nonce=new_nonce()) for part in parts[1:]]
                drawn = [replace(delivery, content=parts[0]), *others]
                await self._record(lambda: deliveries.redraw(drawn))
                log.warning("delivery %d goes in another form, in %d messages", delivery.id, len(parts))
                self.again = min(now, self.again)
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
                if await self._nap(self._settle_after.total_seconds()):
                    await self.look(delivery, chat)

    async def _record(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write until it is written: what is known must not become a doubt because a disk was
        full for a minute. Given up only when stopping: the row then stays in sending."""
        pause = 0.1
        while True:
            try:
                return await write()
            except NewsdeskError:
                if self.stopping.is_set():
                    raise
                log.exception("the outcome of a delivery can't be saved yet")
            await self._nap(pause)
            pause = min(2 * pause, 10.0)

    async def _nap(self, seconds: float) -> bool:
        """Whether the time went by without a stop."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
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
