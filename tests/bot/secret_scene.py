"""A desk on loopback whose every secret is known, and a search for parts of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot import logs
from bot.config import Settings
from digests.deliver.decide import new_nonce
from digests.deliver.outbox import Outages
from digests.model import Brief, Chat, Delivery, Digest, DigestItem, Link
from tests.bot.conftest import House, open_house, settings_for
from tests.bot.dashboard.browsing import Browser, free_port
from tests.fakes.discord_server import DiscordServer
from tests.fakes.discord_world import Guild, World
from tests.fakes.openai_server import OpenAiServer, Refuses, openai_server
from tests.fakes.telegram_server import TelegramServer

ANN = 7
SECRETS = {
    "Telegram's token": "yQ4vUx7tNf3GsR8wZk2LmN6bXc0Jd5HsPe9",
    "Discord's token": "MTk4NjIyNDgzNDcxOTI1MjQ4.Gx7Kq2.uE7kCo1sVh5rV3tYq9PfG1aWz4Bn8MlTd6Xw3Rp",
    "the model's key": "oI2mMw8dLp4nC6xRj5KhD0sUe7Tv3QyBz1",
    "the dashboard's secret": "aZ9pHt2bKs7qF4gBw1NlE8cVr6XtJm3Yu5",
    "the database's password": "hT5nEb6wQx9vS2dJq7MkA3fGy9WuRc4Lo8",
    "a program's token": "Vb7Ye2Kp5Nq0Tz3Wm8Xr1Lc6Hd9Js4Fg",
}
TELEGRAM, DISCORD, MODEL, DASHBOARD, DATABASE, PROGRAM = SECRETS.values()
TELEGRAM_TOKEN = f"4242424242:{TELEGRAM}"
WINDOW = 8  # letters: fewer of them are found by chance


def leaks(text: str) -> list[str]:
    """The secrets of which a part stands in the text, in whatever case."""
    text = text.casefold()
    return [
        name
        for name, secret in SECRETS.items()
        if any(secret[i : i + WINDOW].casefold() in text for i in range(len(secret) - WINDOW + 1))
    ]


@dataclass
class Scene:
    house: House
    telegram: TelegramServer
    discord: DiscordServer
    model: OpenAiServer
    web: Browser
    guild: Guild
    settings: Settings
    folder: Path
    caught: list[str] = field(default_factory=list)

    async def deliver(self, platform: str) -> None:
        """Post a digest of one story to a new chat, whatever comes of it."""
        app, now = self.house.app, self.house.app.desk.clock()
        if platform == "telegram":
            address = str(1000 + len(self.telegram.calls))
            self.telegram.world.add_user(int(address), "Someone")
            self.telegram.world.add_private(int(address))
        else:
            address = str(
                self.discord.world.add_channel(self.guild, f"news-{len(self.discord.log.requests)}").id
            )
        chat = await app.desk.store.chats.ensure(Chat(platform=platform, address=address), now)
        brief = Brief(headline="It rained", sentences=(), source_sentences=())
        item = DigestItem(
            story_id=1, version=1, brief=brief, links=(Link("Herald", "https://herald.example/1"),)
        )
        digest = Digest(chat_id=chat.id, created=now, items=(item,))
        parts = [
            Delivery(digest_id=0, chat_id=chat.id, part=n, content=part, nonce=new_nonce())
            for n, part in enumerate(app.channels[platform].parts(digest, chat))
        ]
        await app.desk.store.digests.compose(digest, parts, (), None, now)
        app.desk.outbox._outages = Outages()  # each fault meets a desk that the last one left no wait
        await app.desk.store.deliveries.forget_waits(now + timedelta(days=1))
        async with asyncio.timeout(20):
            await app.desk.outbox.deliver_due()

    async def everything(self) -> str:
        """All that could be read from outside."""
        pages = [await self.web.get(path) for path in (
            "/", "/sources", "/sources/1", "/subscriptions", "/queue", "/digests", "/spend", "/search?q=rained",
            "/metrics", "/readyz", "/nothing",
        )]  # fmt: skip
        files = [f.read_bytes().decode("latin-1") for f in self.folder.glob("desk.sqlite3*")]
        app = self.house.app
        shown = [repr(thing) for thing in (
            self.settings, app, app.desk, app.commands, app.web, app.channels, app.live, *vars(app.desk.outbox).values(),
        )]  # fmt: skip
        posted = [
            repr(self.telegram.accepted),
            repr(self.discord.rest.accepted),
            self.house.printed.getvalue(),
        ]
        return "\n".join(
            [*(page.body.decode("latin-1") for page in pages), *files, *shown, *posted, *self.caught]
        )


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    discord = DiscordServer(World(DISCORD), message_limit=(50, 1.0))
    guild = discord.world.add_guild("Town")
    mia = discord.world.add_member(guild, "mia")
    listen = f"127.0.0.1:{free_port()}"
    async with TelegramServer(token=TELEGRAM_TOKEN) as telegram, discord, openai_server(key=MODEL) as model:
        telegram.world.add_user(ANN, "Ann")
        telegram.world.add_private(ANN)
        model.script.append(Refuses(500))
        tables: dict[str, Any] = {
            "telegram": {"token": SecretStr(TELEGRAM_TOKEN), "base_url": telegram.base_url},
            "discord": {
                "token": SecretStr(DISCORD),
                "api_base": discord.api_base,
                "gateway": discord.gateway_url,
            },
            "openai": {
                "api_key": SecretStr(MODEL),
                "base_url": model.base_url,
                "input_price": 0.0,
                "output_price": 0.0,
            },
            "brief": {"summarizers": ("openai", "extractive")},
            "dashboard": {"listen": listen, "secret": SecretStr(DASHBOARD)},
            "access": {"admins": (f"telegram:{ANN}", f"discord:{mia.id}")},
        }
        base = settings_for(folder)
        settings = base.model_copy(
            update={n: getattr(base, n).model_copy(update=t) for n, t in tables.items()}
        )
        logs.set_up("DEBUG", "human", (*settings.secrets(), DATABASE), sys.stderr)
        async with open_house(folder, **tables) as house:
            await house.app.start()
            house.app.desk.outbox._results._settle_after = timedelta(seconds=0.2)
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
                web = Browser(f"http://{listen}", session)
                await web.sign_in(house.app)
                yield Scene(house, telegram, discord, model, web, guild, settings, folder)
