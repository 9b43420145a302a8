"""/dashboard in both platforms' chats: the admin gets a link that works, nobody else gets to see one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from pydantic import SecretStr

from bot.config import DashboardSettings
from tests.bot.conftest import open_house
from tests.bot.dashboard.browsing import Browser, browsing, free_port
from tests.bot.test_telegram_story import ANN, BOB, GROUP, on_telegram, told
from tests.fakes.discord_server import DiscordServer
from tests.fakes.telegram_server import TelegramServer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]


async def opens(said: str, base: str) -> str:
    """Follow the link of a message as its reader would; what the page says."""
    (link,) = set(re.findall(r"http://127\.0\.0\.1:\d+/sign-in/[\w-]+", said))
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        web = Browser(base, session)
        path = urlsplit(link).path
        return (await web.post(path, {"form": (await web.get(path)).form})).text


async def test_on_telegram(tmp_path: Path) -> None:
    listen = f"127.0.0.1:{free_port()}"
    async with on_telegram(tmp_path, dashboard=DashboardSettings(listen=listen)) as (house, server):
        said = await told(server, ANN, ANN, "/dashboard")
        assert "within five minutes" in said
        assert "Overview" in await opens(said, f"http://{listen}")
        in_group = await told(server, GROUP, ANN, "/dashboard")
        assert "in our private chat" in in_group
        assert "sign-in" not in in_group
        assert "Only the desk's admins" in await told(server, GROUP, BOB, "/dashboard")
        ready = {check.name: check.problem for check in await checks(house)}
        assert ready["telegram"] == ""


async def checks(house: Any) -> Any:
    for route in house.app.web.app._app.routes:
        if getattr(route, "path", "") == "/readyz":
            return await route.endpoint.__self__.checks()
    raise AssertionError


async def test_on_discord(tmp_path: Path) -> None:
    listen = f"127.0.0.1:{free_port()}"
    server = DiscordServer()
    guild = server.world.add_guild("Town")
    admin, reader = server.world.add_member(guild, "mia"), server.world.add_member(guild, "rob")
    channel = server.world.add_channel(guild, "news")
    async with server:
        discord = {
            "token": SecretStr(server.world.token),
            "api_base": server.api_base,
            "gateway": server.gateway_url,
        }
        async with open_house(
            tmp_path, console=False, discord=discord, access={"admins": (f"discord:{admin.id}",)},
            dashboard=DashboardSettings(listen=listen),
        ) as house:  # fmt: skip
            await house.app.start()
            one = await server.slash("dashboard", admin, channel)
            await server.answered(one)
            assert "Overview" in await opens(str(one.text), f"http://{listen}")
            assert (
                one.replies[-1].get("flags", 0) & 64 or one.callback["data"]["flags"] & 64
            )  # for the asker alone
            other = await server.slash("dashboard", reader, channel)
            await server.answered(other)
            assert "Only the desk's admins" in str(other.text)
            assert {c.name: c.problem for c in await checks(house)}["discord"] == ""


async def test_at_the_terminal_and_where_it_is_off(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        assert "Overview" in await opens(await house.say("/dashboard"), web.base)
    async with open_house(tmp_path) as house:
        said = await house.say("/dashboard")
        assert 'listen = "127.0.0.1:8080"' in said


async def test_a_platform_that_is_away_is_not_ready(tmp_path: Path) -> None:
    async with TelegramServer() as server:
        base, token = server.base_url, server.token
    listen = f"127.0.0.1:{free_port()}"
    telegram = {"token": SecretStr(token), "base_url": base}
    async with open_house(
        tmp_path, telegram=telegram, dashboard=DashboardSettings(listen=listen), with_sources=False
    ) as house:
        await house.app.start()
        assert {c.name: c.problem for c in await checks(house)}["telegram"] == "it is not connected yet"
