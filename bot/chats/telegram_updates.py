"""How Telegram's updates come: asked for by one of the desk's processes, or sent to any of them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import telegram
from telegram import Bot
from telegram.error import TelegramError
from telegram.ext import Updater

from bot.chats.telegram_outcomes import failure_of
from digests.clock import Clock

log = logging.getLogger(__name__)

UPDATES = ["message", "channel_post", "callback_query", "my_chat_member", "message_reaction"]
_DEAF = timedelta(
    seconds=60
)  # so long after an error updates count as not coming: the client tries on within 30
_RETRY = timedelta(seconds=10)  # between tries to tell Telegram where to send updates

Lead = Callable[[str, Callable[[], Awaitable[None]]], Awaitable[None]]
"""As ``ports.Turns.lead``."""


async def alone(_name: str, work: Callable[[], Awaitable[None]]) -> None:
    """The election of a process that is the only one."""
    await work()


class Updates:
    """Puts updates into ``queue``. With a ``webhook_url`` Telegram sends them there, to whichever
    process takes it; without, the process elected by ``lead`` asks for them and others stand by."""

    def __init__(
        self,
        bot: Bot,
        queue: asyncio.Queue[object],
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
        await self._queue.put(update)
        return True

    async def _point(self) -> None:
        while True:
            try:
                await self._bot.set_webhook(
                    self._webhook_url, allowed_updates=UPDATES, secret_token=self._secret
                )
            except TelegramError as error:
                self._unheard(error)
                await asyncio.sleep(_RETRY.total_seconds())
            else:
                return

    async def _ask(self) -> None:
        updater = Updater(self._bot, self._queue)
        await updater.initialize()
        await updater.start_polling(
            timeout=timedelta(seconds=20),
            bootstrap_retries=-1,
            allowed_updates=UPDATES,
            error_callback=self._unheard,
        )
        try:
            await asyncio.Event().wait()
        finally:
            if updater.running:
                await updater.stop()

    def _unheard(self, error: TelegramError) -> None:
        """Updates could not be had; the client goes on trying."""
        self._trouble = self._clock(), failure_of(error).reason
        log.warning("telegram: no updates: %s", failure_of(error).reason)
