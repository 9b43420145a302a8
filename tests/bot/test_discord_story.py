"""From /subscribe to a delivered digest on Discord: the whole desk against the strict server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.bot.conftest import House, open_house
from tests.bot.several_feeds import opml, several_feeds
from tests.fakes.discord_server import DiscordServer
from tests.fakes.discord_world import Channel, User

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]
MANAGE_CHANNELS = 1 << 4
COMMON_RIGHTS = (1 << 10) | (1 << 11) | (1 << 31)  # view channels, send messages, use commands


@dataclass(frozen=True, slots=True)
class Town:
    house: House
    server: DiscordServer
    channel: Channel
    manager: User
    reader: User

    async def slash(self, who: User, command: str, **options: str) -> str:
        one = await self.server.slash(command, who, self.channel, **options)
        await self.server.answered(one)
        assert one.callback is not None
        assert one.callback["type"] == 5
        return str(one.text)

    def posted(self) -> str:
        return json.dumps(self.server.rest.accepted, ensure_ascii=False, default=str)


@asynccontextmanager
async def on_discord(folder: Path, *, admin: bool = True, with_sources: bool = True) -> AsyncIterator[Town]:
    server = DiscordServer()
    guild = server.world.add_guild("Town")
    role = server.world.add_role(guild, "editors", MANAGE_CHANNELS | COMMON_RIGHTS)
    manager = server.world.add_member(guild, "mia", role)
    reader = server.world.add_member(guild, "rob")
    channel = server.world.add_channel(guild, "news")
    async with server:
        discord = {
            "token": SecretStr(server.world.token),
            "api_base": server.api_base,
            "gateway": server.gateway_url,
        }
        access = {"admins": (f"discord:{manager.id}",) if admin else ()}
        async with open_house(
            folder, console=False, with_sources=with_sources, discord=discord, access=access
        ) as house:
            await house.app.start()
            yield Town(house, server, channel, manager, reader)


async def test_subscribe_then_a_digest_comes_and_nothing_twice(tmp_path: Path) -> None:
    async with on_discord(tmp_path, with_sources=False) as town:
        answer = await town.slash(town.manager, "subscribe", source=f"{town.house.newsroom.base}/herald/")
        assert "now follows" in answer
        await town.house.app.desk.cycle()
        assert town.posted().count("Quay Bridge closed") >= 1
        before = len(town.server.rest.accepted)
        await town.house.app.desk.cycle()
        assert len(town.server.rest.accepted) == before
        assert town.server.rest.pings == []


async def test_only_who_manages_channels_may_subscribe(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as town:
        assert "Manage Channels permission" in await town.slash(town.reader, "subscribe", source="1")
        assert "now follows" in await town.slash(town.manager, "subscribe", source="1")
        assert "Harbour Herald" in await town.slash(town.reader, "subscriptions")
        assert "no longer follows" in await town.slash(town.manager, "unsubscribe", source="Harbour Herald")


async def test_typing_a_source_offers_those_of_the_desk(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as town:
        values = await town.server.type("subscribe", town.manager, town.channel, "source", "vale")
        assert values == ["Vale Post"]


async def test_summarize_defers_and_answers(tmp_path: Path) -> None:
    async with on_discord(tmp_path, with_sources=False) as town:
        assert "barge" in await town.slash(town.reader, "summarize", what=town.house.newsroom.articles[0])
        missing = await town.slash(town.reader, "summarize", what=f"{town.house.newsroom.base}/x/y.html")
        assert "404" in missing


async def test_the_desks_admin_configures_sources_and_nobody_else_does(tmp_path: Path) -> None:
    async with on_discord(tmp_path, with_sources=False) as town:
        url = f"{town.house.newsroom.base}/post/feed.xml"
        refused = await town.slash(town.reader, "sources add", address=url)
        assert f"discord:{town.reader.id}" in refused
        assert "Vale Post" in await town.slash(town.manager, "sources add", address=url)
        assert "Nothing was posted" in await town.slash(town.manager, "sources test", source="1")
        assert "not read yet" in await town.slash(town.manager, "sources list")
        assert "Removed" in await town.slash(town.manager, "sources remove", source="1")


async def test_lists_and_pages_without_feeds_in_a_chat(tmp_path: Path) -> None:
    async with several_feeds() as site, on_discord(tmp_path, with_sources=False) as town:
        server, mia = town.server, town.manager
        server.files["in.opml"] = opml(site)
        url = server.api_base.replace("/api/v10", "/cdn/in.opml")
        file = {"id": "5", "filename": "in.opml", "size": 700, "url": url, "proxy_url": url}
        one = await server.slash_with_file("sources import", mia, town.channel, "file", file)
        await server.answered(one, within=15)
        assert one.text.startswith("2 sources were added. 0 were there. 2 failed.")
        assert "2 feeds." in await town.slash(mia, "sources export")
        assert f'xmlUrl="{site}/town.xml"'.encode() in server.rest.sent_files["newsdesk.opml"]

        one = await server.slash(
            "sources add", mia, town.channel, address=f"{site}/none/", name="Cards", selector="h2 a"
        )
        await server.answered(one, within=15)
        assert "This is what I would read" in one.text
        pressed = await server.press(mia, town.channel, one.replies[-1], "Yes, save it")
        await server.until(lambda: "Added [Cards](" in pressed.text, 15)
        (page,) = [s for s in await town.house.app.desk.store.sources.all() if s.kind == "page"]
        assert page.options == (("selector", "h2 a"),)


async def test_an_admin_is_told_once_when_a_source_goes_bad(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as town:
        desk = town.house.app.desk
        (gazette,) = [s for s in await desk.store.sources.all() if s.name == "Old Gazette"]
        for _ in range(5):
            await desk.intake.poll(gazette, desk.clock())
        (dm,) = [c for c in town.server.world.channels.values() if c.recipient is town.manager]
        (note,) = town.server.rest.accepted
        assert note["channel_id"] == str(dm.id)
        assert "has failed 3 times in a row: the address gives a web page" in note["content"]
