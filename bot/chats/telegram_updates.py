"""How Telegram's updates come: asked for by one of the desk's processes, or sent to any of them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import telegram
from telegram import Bot
from telegram.error import RetryAfter, TelegramError

from bot.chats.telegram_outcomes import failure_of, wait_of
from digests.clock import Clock

log = logging.getLogger(__name__)

UPDATES = ["message", "channel_post", "callback_query", "my_chat_member", "message_reaction"]
_DEAF = timedelta(seconds=60)  # so long after an error updates count as not coming: it is tried within 30
_WAITS = timedelta(seconds=20)  # how long Telegram holds the question while there is nothing new
_MOST = 100  # updates that Telegram gives at once
_GLANCE = 0.25  # seconds between looks for what is new while something is still being answered
_PATIENCE = timedelta(seconds=30)  # so long an update may take; then it counts as taken, answered or not
_RETRY = timedelta(seconds=10)  # between tries to tell Telegram where to send updates

Lead = Callable[[str, Callable[[], Awaitable[None]]], Awaitable[None]]
"""As ``ports.Turns.lead``."""


async def alone(_name: str, work: Callable[[], Awaitable[None]]) -> None:
    """The election of a process that is the only one."""
    await work()


class Updates:
    """Puts updates into ``queue``. With a ``webhook_url`` Telegram sends them there, to whichever
    process takes it; without, the process elected by ``lead`` asks for them and others stand by.

    Who takes one from the queue says so with ``taken`` when it was answered. Only then is Telegram
    told: what a killed process was at, the next one gets."""

    def __init__(
        self,
        bot: Bot,
        queue: asyncio.Queue[telegram.Update],
        clock: Clock,
        *,
        lead: Lead = alone,
        webhook_url: str = "",
    ) -> None:
        self._bot = bot
        self._queue = queue
        self._clock = clock
        self._lead = lead
        self._webhook_url = webhook_url
        # made from the token, so that every process knows it and nobody else does
        self._secret = hmac.new(bot.token.encode(), b"newsdesk updates", hashlib.sha256).hexdigest()
        self._open: dict[int, asyncio.Future[None]] = {}  # by update, what is not answered yet
        self._begun = False
        self._trouble: tuple[datetime | None, str] = None, ""

    async def listen(self) -> None:
        """Serve until cancelled."""
        if self._webhook_url:
            await self._lead("telegram webhook", self._point)
            self._begun = True
        else:
            self._begun = True  # standing by is all this process has to do, where another asks
            await self._lead("telegram updates", self._ask)

    def unready(self) -> str | None:
        """Why nothing is heard of what people write, None while it is."""
        if not self._begun:
            return "it is not connected yet"
        since, reason = self._trouble
        return reason if since is not None and self._clock() - since < _DEAF else None

    async def take(self, secret: str, body: bytes) -> bool:
        """An update that was sent here; false: not by Telegram."""
        if not self._webhook_url or not hmac.compare_digest(secret.encode(), self._secret.encode()):
            return False
        try:
            update = telegram.Update.de_json(json.loads(body), self._bot)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("telegram: an update can't be read: %s", type(error).__name__)
            return True  # it would only be sent again
        # not awaited itself: who gives up waiting must not end the wait of another
        await asyncio.wait([self._opened(update)], timeout=_PATIENCE.total_seconds())
        return True

    def taken(self, update: telegram.Update) -> None:
        """It was answered, or nothing is to be said to it."""
        answered = self._open.pop(update.update_id, None)
        if answered is not None and not answered.done():
            answered.set_result(None)

    def _opened(self, update: telegram.Update) -> asyncio.Future[None]:
        """What ends when the update is taken; one that comes again is not taken again."""
        number = update.update_id
        if number not in self._open:
            self._open[number] = asyncio.get_running_loop().create_future()
            self._queue.put_nowait(update)
        return self._open[number]

    async def _point(self) -> None:
        hook = partial(
            self._bot.set_webhook, self._webhook_url, allowed_updates=UPDATES, secret_token=self._secret
        )
        await self._insist(hook, _RETRY)

    async def _ask(self) -> None:
        await self._insist(self._bot.delete_webhook, timedelta(seconds=1))  # while one is set it refuses
        after, pause = 0, 1.0  # the update that comes next, and seconds to wait after an error
        try:
            while True:
                try:
                    after = await self._ask_once(after)
                except TelegramError as error:
                    self._unheard(error)
                    wait = wait_of(error).total_seconds() if isinstance(error, RetryAfter) else pause
                except Exception:  # an answer the client can't read: deaf for a while, not for good
                    log.exception("telegram: updates could not be read")
                    wait = pause
                else:
                    pause = 1.0
                    continue
                await asyncio.sleep(wait)
                pause = min(pause * 1.5, 30.0)
        finally:  # what was taken from the queue is answered before the end, the rest by the next
            left = [self._queue.get_nowait() for _ in range(self._queue.qsize())]
            for update in left:
                self.taken(update)
            after = min((update.update_id for update in left), default=after)
            with contextlib.suppress(TelegramError):
                await self._bot.get_updates(offset=after, timeout=0, allowed_updates=UPDATES)

    async def _ask_once(self, after: int) -> int:
        """Take what is new, from ``after`` on; the update that comes next."""
        waiting = list(self._open)
        found = await self._bot.get_updates(
            offset=min(waiting, default=after),
            timeout=timedelta() if waiting else _WAITS,
            limit=_MOST,
            allowed_updates=UPDATES,
        )
        new = [update for update in found if update.update_id >= after]
        for update in new:
            self._opened(update)
            asyncio.get_running_loop().call_later(_PATIENCE.total_seconds(), self.taken, update)
        if len(found) == _MOST and not new:  # a slow one must not keep a hundred others waiting
            for update in found:
                self.taken(update)
        if self._open:
            await asyncio.wait(self._open.values(), timeout=_GLANCE)
        return max((update.update_id + 1 for update in new), default=after)

    async def _insist(self, tell: Callable[[], Awaitable[object]], pause: timedelta) -> None:
        """Tell Telegram something, again and again until it is heard."""
        while True:
            try:
                await tell()
            except TelegramError as error:
                self._unheard(error)
                await asyncio.sleep(pause.total_seconds())
            else:
                return

    def _unheard(self, error: TelegramError) -> None:
        """Updates could not be had; the client goes on trying."""
        self._trouble = self._clock(), failure_of(error).reason
        log.warning("telegram: no updates: %s", failure_of(error).reason)
