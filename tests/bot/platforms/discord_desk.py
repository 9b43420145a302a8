"""A small desk that echoes, and a bot connected to the fake Discord, for the tests of the chat."""

from __future__ import annotations

import json
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

with warnings.catch_warnings():
    # discord.py's voice half imports a module that later versions of Python have dropped.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord

from bot.conversation import Button, Command, Desk, Option, Reply, Request
from bot.platforms.discord.chat import DiscordChat
from bot.render.rich import Span, text
from digests.model import Chat, Delivery, Part
from tests.fakes.discord_server import DiscordServer
from tests.fakes.discord_world import TEXT, Channel, Guild, Role, User

__all__ = ["EchoDesk", "Scene", "delivery", "discord", "scene"]

COMMANDS = (
    Command(name="help", help="what I can do"),
    Command(
        name="subscribe", help="follow a source", managers_only=True,
        options=(Option(name="where", help="a chat", required=False),
                 Option(name="source", help="a source", completes=True)),
    ),
    Command(name="summarize", help="a brief of a page", options=(Option(name="what", help="a page", required=False),)),
    Command(name="settings", help="how digests come", options=(
        Option(name="setting", help="its name", required=False, choices=("cadence", "zone")),
        Option(name="zone", help="a zone", required=False, choices=tuple(f"zone-{i:02}" for i in range(40))),
    )),
    Command(name="sources", help="what the desk watches", admins_only=True, sub=(
        Command(name="list", help="every source"),
        Command(name="add", help="watch " + "another source " * 9, options=(Option(name="address", help="where"),)),
        Command(name="import", help="a file of sources", options=(Option(name="file", help="it", file=True),)),
    )),
)  # fmt: skip


@dataclass
class EchoDesk:
    """Answers ``command words``, and a few words of its own; notes all it was asked and told."""

    asked: list[Request] = field(default_factory=list)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    answer: Callable[[Request], Any] | None = None

    async def handle(self, request: Request) -> Reply:
        self.asked.append(request)
        if self.answer is not None:
            reply = self.answer(request)
            return await reply if hasattr(reply, "__await__") else reply
        if request.command == "subscribe":
            allowed = await request.directory.manages(request.chat, request.person)
            if allowed is not True:
                return Reply(text=text("Only managers may."), private=True, ok=False)
        buttons: tuple[tuple[Button, ...], ...] = ()
        if request.command == "settings":
            buttons = ((Button("Zone", "settings", "zone"), Button("Help", "help", "settings")),)
        return Reply(text=(Span(f"{request.command} {request.words}".strip()),), buttons=buttons)

    async def complete(self, command: str, option: str, prefix: str, chat: Chat) -> list[str]:
        return [f"{command} {option} {prefix}{i}" for i in range(40)]

    async def moved(self, chat: Chat, address: str) -> None:
        self.told.append(("moved", chat.address, address))

    async def lost(self, chat: Chat, reason: str) -> None:
        self.told.append(("lost", chat.address, reason))

    async def back(self, chat: Chat) -> None:
        self.told.append(("back", chat.address, ""))

    def desk(self) -> Desk:
        return Desk(
            commands=COMMANDS, handle=self.handle, complete=self.complete, moved=self.moved, lost=self.lost,
            back=self.back, greeting=lambda: Reply(text=text("Hello, I bring news."), buttons=((Button("Begin", "help"),),)),
        )  # fmt: skip


@dataclass
class Scene:
    """A server with one guild, a channel, a manager and a reader, and the bot in it."""

    server: DiscordServer
    chat: DiscordChat
    echo: EchoDesk
    guild: Guild
    channel: Channel
    manager: User
    reader: User
    alerts: Role  # the one role that may be mentioned

    def place(self, kind: str = "text", channel: Channel | None = None) -> Chat:
        return Chat(id=1, platform="discord", address=str((channel or self.channel).id), kind=kind)

    @property
    def posted(self) -> list[dict[str, Any]]:
        return self.server.rest.accepted


@asynccontextmanager
async def scene(*, limit: tuple[int, float] = (50, 1.0), send_timeout: float = 10.0) -> AsyncIterator[Scene]:
    """Everything connected; at the end everything is put back as it was."""
    async with DiscordServer(message_limit=limit) as server:
        world = server.world
        guild = world.add_guild("Readers")
        channel = world.add_channel(guild, "news", TEXT)
        manager = world.add_member(guild, "manager", world.add_role(guild, "managers", 1 << 4))
        reader = world.add_member(guild, "reader")
        alerts = world.add_role(guild, "alerts", 0)
        echo = EchoDesk()

        async def roles() -> set[str]:
            return {str(alerts.id)}

        chat = DiscordChat(
            world.token, echo.desk(), api_base=server.api_base, gateway=server.gateway_url,
            send_timeout=send_timeout, quiet=0.02, roles=roles,
        )  # fmt: skip
        await chat.start()
        try:
            yield Scene(server, chat, echo, guild, channel, manager, reader, alerts)
        finally:
            await chat.stop()


def delivery(words: str = "It rained.", number: int = 1, **more: Any) -> Delivery:
    """A delivery of one message with that text."""
    payload = {
        "content": more.pop("content", words), "embeds": more.pop("embeds", []),
        "name": more.pop("name", "Morning"), "silent": more.pop("silent", False),
    }  # fmt: skip
    fields = {"id": number, "digest_id": 1, "chat_id": 1, "part": 0, "nonce": f"n{number}", **more}
    fields.setdefault("started", datetime.now(UTC) - timedelta(seconds=1))
    return Delivery(content=Part(payload=json.dumps(payload), plain=words), **fields)
