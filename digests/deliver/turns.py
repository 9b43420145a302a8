"""Turns for what people wait for: an answer takes the next free place, ahead of the backlog."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from digests.clock import Clock
from digests.deliver.pacing import NEVER, Pacer
from digests.deliver.shared import SharedPace
from digests.errors import StoreError
from digests.model import Chat

log = logging.getLogger(__name__)


class Turns:
    """Shares the outbox's ``pacer``. The place is taken at once, so that the backlog steps back;
    the answer waits for it ``LONGEST`` at most, since a person waits too."""

    LONGEST = timedelta(seconds=2)
    _SLACK = timedelta(seconds=1)  # how much later the database may say it
    _GLANCE = 0.01  # seconds between two looks whether a send under way has ended

    def __init__(self, pacer: Pacer, clock: Clock, shared: SharedPace | None = None) -> None:
        self._pacer = pacer
        self._shared = shared
        self._clock = clock

    @asynccontextmanager
    async def turn(self, chat: Chat) -> AsyncIterator[Callable[[timedelta], None]]:
        """Write to the chat inside of it: one message. What it gives is to be told how long the
        platform asked to wait, so that the backlog waits too."""
        now = self._clock()
        latest = now + self.LONGEST
        while (start := self._pacer.ready(chat, now)) == NEVER and now < latest:
            await asyncio.sleep(self._GLANCE)
            now = self._clock()
        self._pacer.begin(chat, now)
        try:
            await asyncio.sleep((min(start, latest) - now).total_seconds())
            if self._shared is not None:
                await self._place(self._shared, chat)
            yield lambda delay: self._pacer.hold(chat, self._clock() + delay)
        finally:
            self._pacer.end(chat, self._clock())

    async def _place(self, shared: SharedPace, chat: Chat) -> None:
        """Its place among what all workers send. A database that does not say one in time keeps no
        answer back: the platform may refuse it, which is then waited out."""
        try:
            async with asyncio.timeout((self.LONGEST + self._SLACK).total_seconds()):
                await shared.place(chat, self.LONGEST)
        except (StoreError, TimeoutError) as error:
            log.warning("%s: an answer goes out of turn: %s", chat.platform, str(error) or "no place in time")
