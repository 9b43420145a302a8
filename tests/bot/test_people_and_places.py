"""Who may, where: managers who left, servers and roles allowed in chat, greetings with buttons, limits that last."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.commands.service import Service
from bot.live import LiveSettings
from tests.bot.test_discord_story import Town, on_discord
from tests.bot.test_feedback_on_discord import labels as discord_labels
from tests.bot.test_library_on_telegram import labels, newest, told, use_the_newsroom
from tests.bot.test_telegram_story import ANN, BOB, GROUP, on_telegram
from tests.fakes.telegram_server import TelegramServer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]
TEXT = "The town council met on Monday and spoke about the new bridge for a long time. " * 4


async def test_a_manager_who_left_the_group_manages_it_no_more(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (_, server):
        await told(server, GROUP, ANN, f"/managers add {BOB}")
        assert "now follows" in await told(server, GROUP, BOB, "/subscribe 1")
        for status in ("left", "kicked", "restricted"):
            server.world.set_member(
                GROUP, BOB, status, **({"is_member": False} if status == "restricted" else {})
            )
            assert "Only someone with administrator rights" in await told(
                server, GROUP, BOB, "/unsubscribe 1"
            )
        server.world.set_member(GROUP, BOB, "member")
        assert "no longer follows" in await told(server, GROUP, BOB, "/unsubscribe 1")


async def test_a_manager_who_left_the_server_manages_it_no_more(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as town:
        await town.slash(town.manager, "managers", do="add", person=f"<@{town.reader.id}>")
        guild = town.server.world.guilds[town.channel.guild_id or 0]
        other = town.server.world.add_channel(guild, "elsewhere")
        await town.server.gateway.dispatch("CHANNEL_CREATE", other.json())
        assert "Manage Channels" in await town.slash(
            town.reader, "subscribe", source="1", where=f"<#{other.id}>"
        )
        assert "now follows" in await town.slash(town.reader, "subscribe", source="1")
        await town.server.overwrite(town.channel, town.reader, deny=1 << 10)
        assert "Manage Channels" in await town.slash(town.reader, "unsubscribe", source="1")
        await town.server.overwrite(town.channel, town.reader)
        assert "no longer follows" in await town.slash(town.reader, "unsubscribe", source="1")


async def test_a_whole_server_is_allowed_by_its_id(tmp_path: Path) -> None:
    async with on_discord(tmp_path, admin=False) as town:
        live = service(town).access.live
        only(live, "discord:1")
        assert "I serve only chats" in await town.slash(town.reader, "subscriptions")
        only(live, f"discord:{town.channel.guild_id}")
        assert "follows nothing yet" in await town.slash(town.reader, "subscriptions")


async def test_a_role_is_allowed_in_chat_and_then_mentioned(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as town:
        guild = town.server.world.guilds[town.channel.guild_id or 0]
        role = town.server.world.add_role(guild, "alerts", 0)
        watch = {"rule": "watch", "pattern": "bridge", "mention": f"<@&{role.id}>"}
        assert "may not be mentioned" in await town.slash(town.manager, "filter", **watch)
        assert "Only the desk's admins" in await town.slash(
            town.reader, "allow", do="add", chat=f"<@&{role.id}>"
        )
        assert "may mention that role now" in await town.slash(
            town.manager, "allow", do="add", chat=f"<@&{role.id}>"
        )
        assert f"@&{role.id}>" in await town.slash(town.manager, "allow")
        assert f"mention:{role.id}" in await town.slash(town.manager, "filter", **watch)
        await town.slash(town.manager, "settings", setting="cadence", value="daily 08:00")
        await town.slash(town.manager, "subscribe", source="1", show="last 5")
        await town.house.app.desk.cycle()
        assert town.server.rest.pings == [f"role {role.id}"] or str(role.id) in str(town.server.rest.pings)
        assert "No digest mentions that role" in await town.slash(
            town.manager, "allow", do="remove", chat=f"<@&{role.id}>"
        )
        assert "was not allowed in chat" in await town.slash(
            town.manager, "allow", do="remove", chat=f"<@&{role.id}>"
        )


async def test_joining_a_group_three_taps_set_it_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_telegram(tmp_path, with_sources=False) as (house, server):
        use_the_newsroom(monkeypatch, house.newsroom.base)
        server.world.set_member(GROUP, server.world.bot["id"], "left")
        server.world.set_member(GROUP, server.world.bot["id"], "member")
        await server.until(lambda: bool(server.accepted), 15)
        greeting = newest(server, GROUP)
        assert "Three taps set me up" in greeting["text"]
        for who, label, said in (
            (ANN, "English", "Which sources"),
            (BOB, "", "Only someone with administrator rights"),
            (ANN, "Town", "follows 2 sources now"),
            (ANN, "In the evening, at 18", "All set"),
        ):
            if label:
                server.world.press(who, GROUP, greeting["message_id"], label)
            else:  # the menu is Ann's now
                server.world.say(who, GROUP, "/start pack 0")
            await server.until(partial(was_said, server, said), 15)


def was_said(server: TelegramServer, words: str) -> bool:
    return words in server.accepted[-1]["text"]


async def test_joining_a_server_three_taps_set_it_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_discord(tmp_path, with_sources=False) as town:
        use_the_newsroom(monkeypatch, town.house.newsroom.base)
        guild = town.server.world.add_guild("New")
        hall = town.server.world.add_channel(guild, "hall")
        guild.system_channel = hall.id
        await town.server.invite(guild)
        await town.server.until(lambda: bool(town.server.rest.accepted), 10)
        (greeting,) = town.server.rest.accepted
        assert greeting["channel_id"] == str(hall.id)
        assert "Three taps set me up" in greeting["content"]
        reader = town.server.world.add_member(guild, "passer-by")
        for who, label, said in (
            (reader, None, "Which sources shall I watch"),
            (guild.owner, "Town", "follows 2 sources now"),
            (guild.owner, "In the morning, at 8", "All set"),
        ):
            await town.server.press(who, hall, greeting, label or discord_labels(greeting)[0])
            await town.server.until(partial(shows, greeting, said), 15)
        chat = await town.house.app.desk.store.chats.find("discord", str(hall.id))
        assert chat is not None
        assert chat.settings.cadence == "daily 08:00"
        assert len(await town.house.app.desk.store.subscriptions.of_chat(chat.id)) == 2


async def test_a_pack_leaves_out_what_cannot_be_read_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.commands import welcome
    from bot.packs import Pack
    from digests.model import Source

    async with on_telegram(tmp_path, with_sources=False) as (house, server):
        base = house.newsroom.base
        good, dead = (
            Source(url=f"{base}/radio/feed.xml", name="Radio"),
            Source(url=f"{base}/no.xml", name="Dead"),
        )
        monkeypatch.setattr(
            welcome,
            "packs",
            lambda: (Pack("Town", "en", "x", (good, dead)), Pack("Dead", "en", "x", (dead,))),
        )
        some = await told(server, ANN, ANN, "/start pack 0")
        assert "follows 1 source now. I could not read Dead." in some
        assert "I can't reach these sources" in await told(server, ANN, ANN, "/start pack 1")
        assert [source.url for source in await house.app.desk.store.sources.all()] == [good.url]


async def test_summaries_of_the_hour_are_remembered_across_restarts(tmp_path: Path) -> None:
    limits = {"admins": (), "summaries_an_hour": 1}
    async with on_telegram(tmp_path, with_sources=False, access=limits) as (_, server):
        assert "an hour" not in await told(server, GROUP, BOB, f"/summarize {TEXT}")
    async with on_telegram(tmp_path, with_sources=False, access=limits) as (_, server):
        assert "1 summaries an hour" in await told(server, GROUP, BOB, f"/summarize {TEXT}")
        assert "an hour" not in await told(server, ANN, ANN, f"/summarize {TEXT}")


async def test_how_many_old_items_come_is_tapped(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (house, server):
        assert "Add me to a group" in await told(server, ANN, ANN, "/subscriptions")
        assert "Its newest item comes now" in await told(server, ANN, ANN, "/subscribe 1")
        menu = server.world.place(ANN).messages[newest(server, ANN)["message_id"]]
        assert labels(menu) == ["None", "✓ Newest", "Last 3", "Last 5", "Last 10"]
        before = len(server.accepted)
        server.world.press(ANN, ANN, menu["message_id"], "Last 3")
        await server.until(lambda: len(server.accepted) > before, 15)
        assert labels(menu)[:2] == ["None", "✓ Last 3"]
        server.world.press(ANN, ANN, menu["message_id"], "None")
        await server.until(lambda: labels(menu)[0] == "✓ None", 15)
        assert "What it publishes from now on" in menu["text"]
        await house.app.desk.cycle()
        none = await told(server, ANN, ANN, "/subscribe 2 none")
        assert "What it publishes from now on" in none
        assert "https://t.me/newsdesk_bot?startgroup=start" in str(
            (await told(server, ANN, ANN, "/subscriptions"), newest(server, ANN)["entities"])
        )


def shows(message: dict[str, Any], words: str) -> bool:
    return words in message["content"]


def only(live: LiveSettings, chat: str) -> None:
    """As a reload of a configuration that allows this chat alone."""
    access = live.settings.access.model_copy(update={"allow_chats": (chat,)})
    live.settings = live.settings.model_copy(update={"access": access})


def service(town: Town) -> Service:
    return town.house.app.commands._service
