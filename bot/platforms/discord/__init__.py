"""Discord, on discord.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Annotated

from pydantic import Field, SecretStr

from bot.locales import N_
from bot.platforms.platform import Can, Finding, LiveChat, Platform, PlatformSettings, Surroundings, written
from digests.deliver.pacing import SECOND, Limit, Pace
from digests.model import Chat


class DiscordSettings(PlatformSettings):
    """``highlight_roles``: ids of the roles that a watched story may mention. ``shards``: how many all
    gateways have together; ``shard_ids``: which of them this process serves, empty: all."""

    token: SecretStr | None = None
    highlight_roles: tuple[
        Annotated[
            str, written(r"\d{15,20}", "write Discord's ids of roles, 15 to 20 digits in quotation marks")
        ],
        ...,
    ] = ()
    shards: Annotated[int, Field(ge=1)] = 1
    shard_ids: tuple[Annotated[int, Field(ge=0)], ...] = ()
    api_base: str | None = None
    gateway: str | None = None

    @property
    def wanted(self) -> bool:
        return self.token is not None

    def addresses(self) -> tuple[str, ...]:
        return (f"{self.api_base or 'https://discord.com/api/v10'}/gateway",)

    def mentionable(self) -> tuple[str, ...]:
        return self.highlight_roles

    def conflict(self, *, listens: bool) -> str | None:
        if self.shard_ids and max(self.shard_ids) >= self.shards:
            return "“discord.shard_ids” go from 0 to one less than shards in [discord]"
        return None


def _open(settings: DiscordSettings, around: Surroundings) -> LiveChat:
    from bot.platforms.discord.chat import DiscordChat

    async def roles() -> Collection[str]:
        return {*around.mentionable(), *await around.store.people.allowed_roles()}

    assert settings.token is not None
    return DiscordChat(
        settings.token.get_secret_value(),
        around.desk,
        api_base=settings.api_base,
        gateway=settings.gateway,
        roles=roles,
        audio=around.store.recordings.audio,
        shards=settings.shards,
        shard_ids=settings.shard_ids,
    )


def _check(settings: DiscordSettings, chats: Sequence[Chat]) -> AsyncIterator[Finding]:
    from bot.platforms.discord.check import check

    return check(settings, chats)


DISCORD = Platform(
    name="discord",
    title="Discord",
    settings=DiscordSettings,
    open=_open,
    check=_check,
    pace=Pace(overall=(Limit(50),), chat=(Limit(5, 5 * SECOND),), by_thread=True),
    person=r"\d{1,20}",
    person_like="123456",
    chat=r"\d{1,20}",
    chat_like="123456",
    off="Make a bot in the Developer Portal and set its token as NEWSDESK_DISCORD__TOKEN.",
    managers=N_(
        "Only someone with the Manage Channels permission in {where} may do that. Ask one of them to send "
        "the command, or use it in a private chat with me."
    ),
    can=frozenset({Can.WHISPER, Can.MENTION}),
    live=("highlight_roles",),
    loggers=("discord",),
)
