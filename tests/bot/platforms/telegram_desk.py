"""A small desk for the tests of the Telegram chat: it echoes what reaches it, and remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.conversation import Button, Command, Desk, Reply, Request
from bot.platforms.telegram.chat import TelegramChat
from bot.render.rich import text
from digests.model import Chat, Delivery, Part
from tests.fakes.telegram_server import TelegramServer


class Echo:
    """``say`` decides the answer; ``requests``, ``moved``, ``lost`` and ``back`` tell what came."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.events: list[tuple[str, str, str]] = []
        self.say: Callable[[Request], Reply] = lambda r: Reply(
            text=text(f"{r.command}|{r.words}|{r.reply_text}")
        )
        self.delay = 0.0

    async def handle(self, request: Request) -> Reply:
        self.requests.append(request)
        await asyncio.sleep(self.delay)
        return self.say(request)

    async def complete(self, command: str, option: str, prefix: str, chat: Chat) -> list[str]:
        return []

    async def moved(self, chat: Chat, address: str) -> None:
        self.events.append(("moved", chat.address, address))

    async def lost(self, chat: Chat, reason: str) -> None:
        self.events.append(("lost", chat.address, reason))

    async def back(self, chat: Chat) -> None:
        self.events.append(("back", chat.address, chat.thread or ""))

    def desk(self) -> Desk:
        names = ("help", "subscribe", "summarize", "settings")
        return Desk(
            commands=tuple(Command(name=name, help=f"does {name}") for name in names),
            handle=self.handle,
            complete=self.complete,
            moved=self.moved,
            lost=self.lost,
            back=self.back,
            greeting=lambda: Reply(text=text("Hello, I bring news."), buttons=((Button("Begin", "help"),),)),
        )


@asynccontextmanager
async def talking(
    *, before: Callable[[TelegramServer], object] = lambda _: None, **more: Any
) -> AsyncIterator[tuple[TelegramServer, Echo, TelegramChat]]:
    """A server with a person (7), a group (-10050, admin 7, member 8) and a channel @news (-10060)."""
    echo = Echo()
    more = {"timeout": timedelta(seconds=2), "clock": lambda: datetime.now(UTC)} | more
    async with TelegramServer() as server:
        server.world.add_user(7, "Ann", "pt-br")
        server.world.add_user(8, "Bob")
        server.world.add_private(7)
        server.world.add_group(-10050, "Team", admins=(7,), members=(8,))
        server.world.add_channel(-10060, "News", admins=(7,), username="news_chan")
        before(server)
        async with TelegramChat(server.token, echo.desk(), base_url=server.base_url, **more) as chat:
            yield server, echo, chat


def place(address: int, kind: str = "group", **more: Any) -> Chat:
    return Chat(platform="telegram", address=str(address), kind=kind, **more)


def delivery(payload: str, **more: Any) -> Delivery:
    plain = more.pop("text", "Hello")
    values = {"digest_id": 1, "chat_id": 1, "part": 0, "nonce": "n1"} | more
    return Delivery(content=Part(payload=payload, plain=plain), **values)
