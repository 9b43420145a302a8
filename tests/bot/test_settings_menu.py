"""/settings as people tap through it, on Telegram and on Discord."""

from __future__ import annotations

from pathlib import Path

import pytest

from digests.model import ChatSettings
from tests.bot.conftest import House
from tests.bot.test_discord_story import Town, on_discord
from tests.bot.test_telegram_story import ANN, BOB, GROUP, on_telegram, told
from tests.fakes.telegram_server import TelegramServer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]


async def settings_of(house: House) -> ChatSettings:
    (chat,) = await house.app.desk.store.chats.all()
    return chat.settings


class Phone:
    """A person's view of one menu in a Telegram chat."""

    def __init__(self, server: TelegramServer, chat: int, who: int) -> None:
        self.server, self.chat, self.who, self.message = server, chat, who, 0

    async def open(self, line: str) -> str:
        self.server.world.say(self.who, self.chat, line)
        posted = await self.server.next_message(15)
        self.message = posted["message_id"]
        return str(posted["text"])

    async def tap(self, label: str) -> str:
        """Press the button that begins so; what the menu then says."""
        rows = self.server.world.place(self.chat).messages[self.message]["reply_markup"]["inline_keyboard"]
        labels = [button["text"] for row in rows for button in row]
        full = label if label in labels else next(one for one in labels if one.startswith(label))
        self.server.world.press(self.who, self.chat, self.message, full)
        shown = await self.server.next_message(15)
        assert (shown["method"], shown["message_id"]) == ("editMessageText", self.message)
        return str(shown["text"])


async def test_a_telegram_group_sets_its_rhythm_by_tapping_one_message(tmp_path: Path) -> None:
    async with on_telegram(tmp_path, with_sources=False) as (house, server):
        phone = Phone(server, GROUP, ANN)
        assert "Time zone: UTC" in await phone.open("/settings")
        await phone.tap("Digests")
        await phone.tap("daily at 08:00")
        assert (await settings_of(house)).cadence == "daily 08:00"
        await phone.tap("18:00")
        await phone.tap("Mon")
        assert "08:00 and 18:00" in await phone.tap("Thu")
        assert (await settings_of(house)).cadence == "mon,thu 08:00,18:00"
        await phone.tap("✓ Mon")
        await phone.tap("✓ Thu")
        assert (await settings_of(house)).cadence == "daily 08:00,18:00"
        await phone.tap("✓ 08:00")
        await phone.tap("monthly on day 15")
        assert (await settings_of(house)).cadence == "monthly 15 18:00"
        await phone.tap("every 6 hours")
        await phone.tap("« Back")
        await phone.tap("Style")
        await phone.tap("bullets")
        assert (await settings_of(house)).style == "bullets"


async def test_a_telegram_person_names_a_city_and_chooses_among_several(tmp_path: Path) -> None:
    async with on_telegram(tmp_path, with_sources=False) as (house, server):
        phone = Phone(server, ANN, ANN)
        await phone.open("/settings zone")
        rows = server.world.place(ANN).messages[phone.message]["reply_markup"]["inline_keyboard"]
        assert any(button["text"] == "Other…" for row in rows for button in row)
        server.world.press(ANN, ANN, phone.message, "Other…")
        question = await server.next_message(15)
        server.world.say(ANN, ANN, "São Paulo", reply_to=question["message_id"])
        assert "Time zone: Sao Paulo" in (await server.next_message(15))["text"]
        assert (await settings_of(house)).zone == "America/Sao_Paulo"
        assert "Which one" in await phone.open("/settings zone new")
        assert "New York" in await phone.tap("New York")
        assert (await settings_of(house)).zone == "America/New_York"


async def test_a_member_of_a_telegram_group_changes_nothing(tmp_path: Path) -> None:
    async with on_telegram(tmp_path, with_sources=False) as (house, server):
        phone = Phone(server, GROUP, ANN)
        await phone.open("/settings images")
        before = await settings_of(house)
        rows = server.world.place(GROUP).messages[phone.message]["reply_markup"]["inline_keyboard"]
        server.world.press(BOB, GROUP, phone.message, data=rows[0][1]["callback_data"])
        await server.until(lambda: server.count("answerCallbackQuery") == 1)
        assert "Only someone with" in await told(server, GROUP, BOB, "/settings images off")
        assert await settings_of(house) == before
        # taken from the administrator who opened the menu, the right is gone from the menu too
        server.world.set_member(GROUP, ANN, "member")
        server.world.press(ANN, GROUP, phone.message, "off")
        assert "Only someone with" in (await server.next_message(15))["text"]
        assert await settings_of(house) == before


async def menu(town: Town, **options: str) -> dict[str, object]:
    one = await town.server.slash("settings", town.manager, town.channel, **options)
    await town.server.answered(one)
    return one.replies[0]


async def test_a_discord_channel_is_set_by_a_list_buttons_and_a_window(tmp_path: Path) -> None:
    async with on_discord(tmp_path, with_sources=False) as town:
        message = await menu(town)
        assert "Time zone: UTC" in str(message["content"])
        await town.server.choose(town.manager, town.channel, message, "Digests")
        await town.server.until(lambda: "Tap another value" in str(message["content"]))
        await town.server.press(town.manager, town.channel, message, "daily at 08:00")
        await town.server.until(lambda: "every day at 08:00" in str(message["content"]))
        await town.server.press(town.manager, town.channel, message, "Mon")
        await town.server.until(lambda: "come Monday" in str(message["content"]))
        assert (await settings_of(town.house)).cadence == "mon 08:00"
        asked = await town.server.press(town.manager, town.channel, message, "Other…")
        await town.server.submit(asked, town.manager, town.channel, "sat,sun 10:00")
        await town.server.until(lambda: "come Saturday and Sunday" in str(message["content"]))
        await town.server.press(town.manager, town.channel, message, "« Back")
        await town.server.until(lambda: "Settings of" in str(message["content"]))
        await town.server.choose(town.manager, town.channel, message, "Time zone")
        await town.server.until(lambda: "Tap another value" in str(message["content"]))
        asked = await town.server.press(town.manager, town.channel, message, "Other…")
        await town.server.submit(asked, town.manager, town.channel, "Kyiv")
        await town.server.until(lambda: "Europe/Kyiv" in str(message["content"]))
        assert (await settings_of(town.house)).zone == "Europe/Kyiv"


async def test_typing_a_city_on_discord_is_completed(tmp_path: Path) -> None:
    async with on_discord(tmp_path, with_sources=False) as town:
        offered = await town.server.type("settings", town.manager, town.channel, "value", "berl")
        assert offered == ["Berlin"]
        message = await menu(town, setting="zone", value="Berlin")
        assert "Europe/Berlin" in str(message["content"])


async def test_rules_are_made_and_taken_back_on_discord(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as town:
        said = await town.slash(town.manager, "filter", rule="hide", pattern="barge", source="Harbour Herald")
        assert "hide barge from:Harbour Herald" in said
        assert "Manage Channels" in await town.slash(town.reader, "filter", rule="hide", pattern="ferry")
        refused = await town.slash(
            town.manager, "filter", rule="watch", pattern="barge", mention="<@&123456789012345678>"
        )
        assert "may not be mentioned" in refused
        one = await town.server.answered(await town.server.slash("filter", town.manager, town.channel))
        await town.server.choose(town.manager, town.channel, one.replies[0], "✕ hide barge")
        await town.server.until(lambda: "Removed." in one.replies[0]["content"])
        assert "Nothing was left out" in await town.slash(town.reader, "why")


async def test_rules_are_made_and_taken_back_on_telegram(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (house, server):
        phone = Phone(server, GROUP, ANN)
        assert "hide barge" in await phone.open("/filter hide barge")
        await told(server, GROUP, ANN, "/subscribe 1 none")
        assert "Removed." in await phone.tap("Undo")
        (chat,) = await house.app.desk.store.chats.all()
        assert await house.app.desk.store.rules.of_chat(chat.id) == []
