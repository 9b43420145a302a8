"""Telegram, on python-telegram-bot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import SecretStr

from bot.platforms.platform import Finding, LiveChat, Platform, PlatformSettings, Surroundings, written
from digests.deliver.pacing import Limit, Pace
from digests.model import Chat

_GROUP = (Limit(20, timedelta(minutes=1)),)


class TelegramSettings(PlatformSettings):
    token: SecretStr | None = None
    base_url: str = "https://api.telegram.org/bot"
    ops_chat: int | None = None
    webhook_url: Annotated[
        str,
        written(
            r"(https?://\S+)?",
            "write an address that begins with https://, like https://news.example/hook; empty for none",
        ),
    ] = ""

    @property
    def wanted(self) -> bool:
        return self.token is not None

    def addresses(self) -> tuple[str, ...]:
        return (self.base_url,)

    def conflict(self, *, listens: bool) -> str | None:
        if self.webhook_url and not listens:
            return "“telegram.webhook_url” needs a web server to arrive at: set listen in [dashboard]"
        return None


def _open(settings: TelegramSettings, around: Surroundings) -> LiveChat:
    from bot.platforms.telegram.chat import TelegramChat

    store = around.store

    async def last_sent(address: str | None, before: datetime | None) -> str | None:
        return await store.deliveries.last_message(TELEGRAM.name, address, before)

    assert settings.token is not None
    return TelegramChat(
        settings.token.get_secret_value(),
        around.desk,
        base_url=settings.base_url,
        ops_chat=settings.ops_chat,
        last_sent=last_sent,
        turn=around.turns.turn,
        audio=store.recordings.audio,
        clock=around.clock,
        lead=store.turns.lead,
        webhook_url=settings.webhook_url,
    )


def _check(settings: TelegramSettings, chats: Sequence[Chat]) -> AsyncIterator[Finding]:
    from bot.platforms.telegram.check import check

    return check(settings, chats)


TELEGRAM = Platform(
    name="telegram",
    title="Telegram",
    settings=TelegramSettings,
    open=_open,
    check=_check,
    # The answers people wait for are sent at once and only noted: the backlog then steps back.
    pace=Pace(overall=(Limit(30),), chat=(Limit(1),), kinds={"group": _GROUP, "channel": _GROUP}),
    person=r"\d{1,20}",
    person_like="123456",
    chat=r"-?\d{1,20}",
    chat_like="-100123456",
    off="Get a token from @BotFather and set NEWSDESK_TELEGRAM__TOKEN.",
    loggers=("telegram", "httpx", "httpcore"),  # each poll is a line there, with the token in it
)
