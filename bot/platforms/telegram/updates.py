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
from typing import Final
from urllib.parse import urlsplit

import telegram
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from telegram import Bot
from telegram.error import RetryAfter, TelegramError

from bot.platforms.telegram.client import failure_of, wait_of
from digests.clock import Clock

# ------------ Where Telegram sends its updates, to any process behind the address.

Take = Callable[[str, bytes], Awaitable[bool]]
"""Takes an update, given the secret it came with; false where that is wrong."""

_CLOSE = {"Connection": "close"}  # the rest of it is not wanted
LARGEST = 1 << 20  # bytes; an update is a message, never a file


def update_routes(webhook_url: str, knows: Callable[[str], bool], take: Take) -> list[Route]:
    """The route for ``webhook_url``, which this server is reached at; none without one. ``knows`` tells
    whether a secret is that of somebody who takes updates."""

    async def update(request: Request) -> Response:
        secret = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not knows(secret):  # asked before anything is read
            return PlainTextResponse(status_code=403, headers=_CLOSE)
        body = bytearray()
        try:
            async for piece in request.stream():
                body += piece
                if len(body) > LARGEST:
                    return PlainTextResponse(status_code=413, headers=_CLOSE)
        except ClientDisconnect:
            return PlainTextResponse(status_code=400)
        return PlainTextResponse(status_code=200 if await take(secret, bytes(body)) else 403)

    path = urlsplit(webhook_url).path or "/"
    return [Route(path, update, methods=["POST"])] if webhook_url else []


# ------------ Telegram's updates between their arrival and their answer.

_REMEMBERED: Final = 1_000
"""Answered updates that are known when they come again, as a repeated webhook request brings them."""


class Inbox:
    """Puts each update into ``queue`` once, and knows it until it was answered."""

    def __init__(self, queue: asyncio.Queue[telegram.Update]) -> None:
        self._queue = queue
        self._open: dict[int, asyncio.Future[bool]] = {}
        self._answered: dict[int, None] = {}  # the oldest first
        self._left: set[int] = set()  # given back
        self._closed = False

    @property
    def open(self) -> list[int]:
        """The updates that are not answered yet, in the order they came."""
        return list(self._open)

    def is_new(self, update: telegram.Update) -> bool:
        return update.update_id not in self._open and update.update_id not in self._answered

    def bring(self, update: telegram.Update) -> asyncio.Future[bool]:
        """Ends when the update was answered: true, or false when nobody here is going to."""
        number = update.update_id
        if number in self._open:
            return self._open[number]
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if number in self._answered or self._closed:
            future.set_result(number in self._answered)
        else:
            self._open[number] = future
            self._left.discard(number)
            self._queue.put_nowait(update)
        return future

    def taken(self, number: int) -> None:
        """It was answered, or nothing is to be said to it."""
        if (future := self._open.pop(number, None)) is not None:
            self._answered[number] = None
            if len(self._answered) > _REMEMBERED:
                del self._answered[next(iter(self._answered))]
            future.set_result(True)

    def give_back(self) -> set[int]:
        """The updates that nobody has looked at, which this process then knows nothing of."""
        while not self._queue.empty():
            number = self._queue.get_nowait().update_id
            if (future := self._open.pop(number, None)) is not None:  # else its time was up
                future.set_result(False)
                self._left.add(number)
        return self._left

    def close(self) -> None:
        """Take no more, and give back what is waiting."""
        self._closed = True
        self.give_back()

    def reopen(self) -> None:
        self._closed = False

    async def one_answered(self, within: float) -> None:
        """Wait until one of the open updates was answered, ``within`` seconds at most."""
        if self._open:
            await asyncio.wait(self._open.values(), timeout=within, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(within)

    async def all_answered(self, within: float) -> None:
        """The same for all of them."""
        if self._open:
            await asyncio.wait(self._open.values(), timeout=within)


log = logging.getLogger(__name__)

UPDATES = ["message", "channel_post", "callback_query", "my_chat_member", "message_reaction"]
_DEAF = timedelta(seconds=60)  # so long after an error updates count as not coming: it is tried within 30
_WAITS = timedelta(seconds=20)  # how long Telegram holds the question while there is nothing new
_MOST = 100  # updates that Telegram gives at once
_GLANCE = 0.25  # seconds between looks for what is new while something is still being answered
_PATIENCE = timedelta(seconds=30)  # so long an update may take; then it counts as taken, answered or not
_FINISH = timedelta(seconds=8)  # so long what is being answered may take once the chat is closed
_SOON, _LATE = 1.0, 30.0  # seconds between tries after an error, growing

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
        self._clock = clock
        self._lead = lead
        self._webhook_url = webhook_url
        # made from the token, so that every process knows it and nobody else does
        self._secret = hmac.new(bot.token.encode(), b"newsdesk updates", hashlib.sha256).hexdigest()
        self._inbox = Inbox(queue)
        self._after = 0  # the update that comes next
        self._closing: float | None = None  # until when, in loop time
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

    def broke_off(self) -> None:
        """Listening ended by itself; it is begun again."""
        self._unheard("listening broke off")

    def knows(self, secret: str) -> bool:
        """Whether it is the one Telegram was told."""
        return bool(self._webhook_url) and hmac.compare_digest(secret.encode(), self._secret.encode())

    async def take(self, secret: str, body: bytes) -> bool:
        """An update that was sent here; false: not by Telegram, or to a chat that closes."""
        if not self.knows(secret):
            return False
        try:
            brought = self._inbox.bring(telegram.Update.de_json(json.loads(body), self._bot))
        except Exception as error:  # whatever it is that can't be read, it would only be sent again
            log.warning("telegram: an update can't be read: %s", type(error).__name__)
            return True
        # not awaited itself: who gives up waiting must not end the wait of another
        await asyncio.wait([brought], timeout=_PATIENCE.total_seconds())
        return not brought.done() or brought.result()

    def taken(self, update: telegram.Update) -> None:
        """It was answered, or nothing is to be said to it."""
        self._inbox.taken(update.update_id)

    def close(self) -> None:
        """Take no more updates. What is being answered has ``_FINISH``."""
        self._closing = asyncio.get_running_loop().time() + _FINISH.total_seconds()
        self._inbox.close()

    def reopen(self) -> None:
        """Take updates again."""
        self._closing = None
        self._inbox.reopen()

    async def finish(self) -> None:
        """Once closed: wait for what is being answered."""
        if self._closing is not None:
            await self._inbox.all_answered(max(0.0, self._closing - asyncio.get_running_loop().time()))

    async def _point(self) -> None:
        hook = partial(
            self._bot.set_webhook, self._webhook_url, allowed_updates=UPDATES, secret_token=self._secret
        )
        await self._insist(hook)

    async def _ask(self) -> None:
        await self._insist(self._bot.delete_webhook)  # while one is set it refuses
        try:
            while True:
                await self._insist(self._ask_once)
        finally:
            await self._hand_on()

    async def _ask_once(self) -> None:
        """Take what is new, and confirm what came before the oldest unanswered one."""
        waiting = self._inbox.open
        found = await self._bot.get_updates(
            offset=min((*waiting, self._after)),
            timeout=timedelta() if waiting else _WAITS,
            limit=_MOST,
            allowed_updates=UPDATES,
        )
        new = [update for update in found if self._inbox.is_new(update)]
        for update in new:
            self._inbox.bring(update)
            asyncio.get_running_loop().call_later(_PATIENCE.total_seconds(), self.taken, update)
        if found:  # not the highest: after a week of silence Telegram numbers anew
            self._after = found[-1].update_id + 1
        left = self._inbox.open
        if len(found) == _MOST and not new and len(left) < _MOST / 2:
            for slow in sorted(left)[: len(left) // 2 + 1]:  # they must not keep the rest waiting
                self._inbox.taken(slow)
        if left or not new:
            await self._inbox.one_answered(_GLANCE)

    async def _hand_on(self) -> None:
        """Tell Telegram what was answered, so that the next process gets the rest. Of a process that
        lives on, what it is at counts too, as it will answer that."""
        left = set(self._inbox.give_back())
        if self._closing is not None:
            await self.finish()
            left.update(self._inbox.open)
        with contextlib.suppress(TelegramError):
            await self._bot.get_updates(
                offset=min((*left, self._after)),
                timeout=0,
                allowed_updates=UPDATES,
                read_timeout=3,
                connect_timeout=3,
            )

    async def _insist(self, tell: Callable[[], Awaitable[object]]) -> None:
        """Ask or tell Telegram something, again and again until it is heard."""
        pause = _SOON
        while True:
            try:
                await tell()
            except TelegramError as error:
                self._unheard(failure_of(error).reason)
                wait = wait_of(error).total_seconds() if isinstance(error, RetryAfter) else pause
            except Exception:  # an answer the client can't read: deaf for a while, not for good
                log.exception("telegram: its answer could not be read")
                self._unheard("Telegram's answer can't be read")
                wait = pause
            else:
                return
            await asyncio.sleep(wait)
            pause = min(pause * 1.5, _LATE)

    def _unheard(self, reason: str) -> None:
        """Updates could not be had; it goes on trying."""
        self._trouble = self._clock(), reason
        log.warning("telegram: no updates: %s", reason)
