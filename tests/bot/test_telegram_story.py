"""From /subscribe to a delivered digest on Telegram: the whole desk against the strict server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.bot.conftest import House, open_house
from tests.bot.several_feeds import opml, several_feeds
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.slow

ANN, BOB, GROUP, CHANNEL = 7, 8, -500, -1000000000700


@asynccontextmanager
async def on_telegram(folder: Path, **more: Any) -> AsyncIterator[tuple[House, TelegramServer]]:
    async with TelegramServer() as server:
        server.world.add_user(ANN, "Ann")
        server.world.add_user(BOB, "Bob")
        server.world.add_private(ANN)
        server.world.add_group(GROUP, "Town", admins=(ANN,), members=(BOB,))
        server.world.add_channel(CHANNEL, "Town News", admins=(ANN,), username="townnews")
        telegram = {"token": SecretStr(server.token), "base_url": server.base_url}
        access = more.pop("access", {"admins": (f"telegram:{ANN}",)})
        async with open_house(folder, console=False, telegram=telegram, access=access, **more) as house:
            await house.app.start()
            yield house, server


async def told(server: TelegramServer, chat: int, who: int, line: str) -> str:
    server.world.say(who, chat, line)
    return str((await server.next_message(15))["text"])


async def test_subscribe_in_private_then_a_digest_comes_and_nothing_twice(tmp_path: Path) -> None:
    async with on_telegram(tmp_path, with_sources=False) as (house, server):
        answer = await told(server, ANN, ANN, f"/subscribe {house.newsroom.base}/herald/")
        assert "now follows Harbour Herald" in answer
        await house.app.desk.cycle()
        sample = await server.next_message()
        assert "Quay Bridge closed" in sample["text"]
        assert sample["chat_id"] == ANN
        await told(server, ANN, ANN, f"/subscribe {house.newsroom.base}/radio/feed.xml")
        await house.app.desk.cycle()
        before = len(server.accepted)
        await house.app.desk.cycle()
        assert len(server.accepted) == before


async def test_only_a_groups_administrators_may_subscribe_it(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (_, server):
        assert "Only someone with administrator rights" in await told(server, GROUP, BOB, "/subscribe 1")
        assert "now follows Harbour Herald" in await told(server, GROUP, ANN, "/subscribe 1")
        assert "Harbour Herald" in await told(server, GROUP, BOB, "/subscriptions")
        assert "Only someone with administrator rights" in await told(server, GROUP, BOB, "/unsubscribe 1")


async def test_a_channel_is_subscribed_by_name_from_a_private_chat(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (house, server):
        server.world.add_private(BOB)
        refused = await told(server, BOB, BOB, "/subscribe 1 @townnews")
        assert "Only someone with administrator rights in “" in refused
        assert "now follows Harbour Herald" in await told(server, ANN, ANN, "/subscribe 1 @townnews")
        await house.app.desk.cycle()
        sample = await server.next_message()
        assert sample["chat_id"] == CHANNEL
        nobody = await told(server, ANN, ANN, "/subscribe 1 @nobody_here")
        assert "I can't find @" in nobody
        assert "Add me to it as an administrator" in nobody


async def test_summarize_an_address_and_an_answered_message(tmp_path: Path) -> None:
    async with on_telegram(tmp_path, with_sources=False) as (house, server):
        assert "barge" in await told(server, ANN, ANN, f"/summarize {house.newsroom.articles[0]}")
        message = server.world.say(ANN, GROUP, f"Look: {house.newsroom.articles[5]}")
        server.world.say(ANN, GROUP, "/summarize", reply_to=message["message_id"])
        assert "Lindqvist" in (await server.next_message(15))["text"]
        assert "404" in await told(server, ANN, ANN, f"/summarize {house.newsroom.base}/x/y.html")


async def test_the_desks_admin_configures_sources_and_nobody_else_does(tmp_path: Path) -> None:
    async with on_telegram(tmp_path, with_sources=False) as (house, server):
        server.world.add_private(BOB)
        url = f"{house.newsroom.base}/post/feed.xml"
        refused = await told(server, BOB, BOB, f"/sources add {url}")
        assert f'"telegram:{BOB}"' in refused
        assert "Added Vale Post" in await told(server, ANN, ANN, f"/sources add {url}")
        assert "Nothing was posted" in await told(server, ANN, ANN, "/sources test 1")
        assert "not read yet" in await told(server, ANN, ANN, "/sources list")
        assert "Removed Vale Post" in await told(server, ANN, ANN, "/sources remove 1")


async def test_an_admin_is_told_once_when_a_source_goes_bad(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (house, server):
        (gazette,) = [s for s in await house.app.desk.store.sources.all() if s.name == "Old Gazette"]
        for _ in range(5):
            await house.app.desk.intake.poll(gazette, house.app.desk.clock())
        note = await server.next_message()
        assert note["chat_id"] == ANN
        assert (
            f"Old Gazette (source {gazette.id}) has failed 3 times in a row: the address gives a web page"
            in note["text"]
        )
        assert len(server.accepted) == 1


async def test_lists_and_pages_without_feeds_in_a_chat(tmp_path: Path) -> None:
    async with several_feeds() as site, on_telegram(tmp_path, with_sources=False) as (house, server):
        server.world.say(ANN, ANN, "/sources import", document=("in.opml", opml(site), "text/x-opml"))
        report = (await server.next_message(15))["text"]
        assert report.startswith("2 sources were added. 0 were there. 2 failed.")
        assert "2 feeds." in await told(server, ANN, ANN, "/sources export")
        await server.next_message()
        assert f'xmlUrl="{site}/town.xml"'.encode() in server.documents["newsdesk.opml"]

        assert "This is what I would read" in await told(server, ANN, ANN, f"/subscribe {site}/none/")
        shown = server.accepted[-1]
        server.world.press(ANN, ANN, shown["message_id"], "Yes, save it")
        await server.until(lambda: "now follows Harbour List" in str(server.accepted[-1]["text"]), 15)
        kinds = {s.name: s.kind for s in await house.app.desk.store.sources.all()}
        assert kinds["Harbour List"] == "page"
