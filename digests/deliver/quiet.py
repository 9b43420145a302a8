"""Quiet hours: what an outage or a flood wait delayed into them waits for their end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from digests.model import Chat, ChatSettings, Delivery
from digests.ports import Store

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
