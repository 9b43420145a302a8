"""Conversations and digests in German on Telegram and in Japanese on Discord."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.locales import _, day_and_time, speaking
from digests.desk.backfilling import subscribe
from tests.bot.conftest import House
from tests.bot.test_discord_story import on_discord
from tests.bot.test_telegram_story import ANN, BOB, GROUP, on_telegram, told
from tests.fakes.telegram_server import TelegramServer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]


def words(language: str, english: str) -> str:
    """The message in that language, which has it."""
    with speaking(language):
        said = _(english)
    assert said != english
    return said


async def send_a_digest(house: House, language: str) -> None:
    """A digest of one story and further headlines, to the only chat there is."""
    (chat,) = await house.app.desk.store.chats.all()
    assert chat.settings.language == language
    now = datetime.now(UTC)
    for source in await house.app.desk.store.sources.all():
        await subscribe(house.app.desk.store, chat, source, "telegram:7", now, newest=9)
        await house.app.desk.intake.poll(source, now)
    await house.app.desk.cycle()


async def test_a_telegram_group_speaks_german(tmp_path: Path) -> None:
    async with on_telegram(tmp_path, access={"admins": ()}) as (house, server):
        server.world.add_user(ANN, "Ann", language="de")
        server.world.add_user(BOB, "Bob", language="de-AT")
        about = words(
            "de", "I watch news sources, put reports of one event together, and post short briefs here."
        )
        shown = await told(server, ANN, ANN, "/help")
        assert about in shown
        assert "/subscribe " + words("de", "follow a source in this chat") in shown
        refused = words(
            "de",
            "Only someone with administrator rights in {where} may do that. Ask one of them to send the "
            "command, or use it in a private chat with me.",
        )
        assert refused.format(where="“Town”") in await told(server, GROUP, BOB, "/subscribe 1")

        saved = await told(server, GROUP, ANN, "/settings language de")
        assert words("de", "Language") in saved
        await told(server, GROUP, ANN, "/settings stories 1")
        server.world.add_user(ANN, "Ann", language="ja")  # the chat's language comes first
        menu = await told(server, GROUP, ANN, "/settings")
        assert words("de", "Settings of {chat}").format(chat="Town") in menu
        assert f"{words('de', 'Time zone')}: UTC" in menu

        await send_a_digest(house, "de")
        digest = await posted_with(server, words("de", "More headlines"))
        with speaking("de"):
            assert f"📰 Town · {day_and_time(datetime.now(UTC)).partition(',')[0]}" in digest


async def test_a_discord_channel_speaks_japanese(tmp_path: Path) -> None:
    async with on_discord(tmp_path, admin=False) as town:
        town.manager.locale = town.reader.locale = "ja"
        offered = {one["name"]: one for one in town.server.rest.commands}
        subscribe = offered["subscribe"]
        assert subscribe["description"] == "follow a source in this chat"
        assert subscribe["description_localizations"]["ja"] == words("ja", "follow a source in this chat")
        assert offered["Summarize"]["name_localizations"]["ja"] == words("ja", "Summarize")
        about = words(
            "ja", "I watch news sources, put reports of one event together, and post short briefs here."
        )
        assert about in await town.slash(town.reader, "help")
        refused = words(
            "ja",
            "Only someone with the Manage Channels permission in {where} may do that. Ask one of them to "
            "send the command, or use it in a private chat with me.",
        )
        assert refused.format(where="“\\#news”") in await town.slash(town.reader, "subscribe", source="1")

        await town.slash(town.manager, "settings", setting="language", value="ja")
        await town.slash(town.manager, "settings", setting="stories", value="1")
        town.manager.locale = "de"  # the chat's language comes first
        menu = await town.slash(town.manager, "settings")
        assert words("ja", "Settings of {chat}").format(chat="\\#news") in menu
        assert f"{words('ja', 'Time zone')}: UTC" in menu

        await send_a_digest(town.house, "ja")
        assert words("ja", "More headlines") in town.posted()
        with speaking("ja"):
            assert "件" in town.posted()


async def posted_with(server: TelegramServer, words: str) -> str:
    """The text of the message that holds these words."""
    await server.until(lambda: any(words in str(one.get("text")) for one in server.accepted), 15)
    return next(str(one["text"]) for one in server.accepted if words in str(one.get("text")))
