"""The platforms the desk speaks on: those that have a token."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.config import Settings
from bot.conversation import Desk as ChatDesk
from digests.clock import Clock
from digests.deliver.turns import Turns
from digests.ports import Channel, Store


class LiveChat(Channel, Protocol):
    """A platform with a life of its own."""

    async def start(self) -> None: ...

    async def connect(self) -> None:
        """Be able to send, and listen to nobody."""
        ...

    async def stop(self) -> None: ...


@runtime_checkable
class Hooked(Protocol):
    """A platform that may send what people write here."""

    def knows_secret(self, secret: str) -> bool: ...

    async def take_update(self, secret: str, body: bytes) -> bool: ...


def live_chats(
    settings: Settings,
    desk: ChatDesk,
    store: Store,
    clock: Clock,
    turns: Turns,
    highlight_roles: Collection[str],
) -> tuple[LiveChat, ...]:
    """The platforms that have a token; imported only then, since each is a large package.

    ``highlight_roles`` is looked up at each send, so it may change.
    """
    chats: list[LiveChat] = []
    if settings.telegram.token:
        from bot.platforms.telegram.chat import TelegramChat

        async def last_sent(address: str | None, before: datetime | None) -> str | None:
            return await store.deliveries.last_message("telegram", address, before)

        chats.append(
            TelegramChat(
                settings.telegram.token.get_secret_value(),
                desk,
                base_url=settings.telegram.base_url,
                ops_chat=settings.telegram.ops_chat,
                last_sent=last_sent,
                turn=turns.turn,
                audio=store.recordings.audio,
                clock=clock,
                lead=store.turns.lead,
                webhook_url=settings.telegram.webhook_url,
            )
        )
    if settings.discord.token:
        from bot.platforms.discord.chat import DiscordChat

        chats.append(
            DiscordChat(
                settings.discord.token.get_secret_value(),
                desk,
                api_base=settings.discord.api_base,
                gateway=settings.discord.gateway,
                highlight_roles=highlight_roles,
                allowed_roles=store.people.allowed_roles,
                audio=store.recordings.audio,
                shards=settings.discord.shards,
                shard_ids=settings.discord.shard_ids,
            )
        )
    return tuple(chats)
