"""What happens to a chat while the desk is in it: moved, lost, back. Never deletes anything."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from digests.model import Chat
from digests.ports import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LifeEvents:
    """Keeps the store's chats in step with the platforms'. A chat's threads share its fate."""

    store: Store

    async def moved(self, chat: Chat, address: str) -> None:
        """The platform gave the chat a new address."""
        await self.store.chats.move(chat.platform, chat.address, address)

    async def lost(self, chat: Chat, reason: str) -> None:
        """The desk can't write there any more: its digests pause, and say why."""
        for known in await self._at(chat):
            await self.store.chats.set_paused(known.id, reason)
            log.warning("Chat %s (%s) is paused: %s", known.id, known.title, reason)

    async def back(self, chat: Chat) -> None:
        """The desk may write there again: its digests go on."""
        for known in await self._at(chat):
            if known.paused:
                await self.store.chats.set_paused(known.id, None)
                log.info("Chat %s (%s) goes on", known.id, known.title)

    async def _at(self, chat: Chat) -> list[Chat]:
        return [
            known
            for known in await self.store.chats.all()
            if (known.platform, known.address) == (chat.platform, chat.address)
            and (chat.thread is None or known.thread == chat.thread)
        ]
