"""A site with several feeds, pasted on Telegram and Discord: each is shown with its news, one is picked by its button."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.several_feeds import several_feeds
from tests.bot.test_discord_story import on_discord
from tests.bot.test_telegram_story import ANN, BOB, GROUP, on_telegram, told

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]
SHOWN = [f"{name} reports on matter {n}" for name in ("Town Desk", "Sea Desk") for n in (1, 2)]


async def test_on_telegram(tmp_path: Path) -> None:
    async with several_feeds() as site, on_telegram(tmp_path, with_sources=False) as (house, server):
        sources = house.app.desk.store.sources
        text = await told(server, GROUP, ANN, f"/subscribe see <{site}/two/>!")
        assert text.startswith("There are several feeds there. Which one?")
        assert all(headline in text for headline in SHOWN)
        assert "reports on matter 3" not in text
        asked = server.accepted[-1]
        assert asked["buttons"] == ["1. Town Desk", "2. Sea Desk"]
        addresses = {e["url"] for e in asked["entities"] if e["type"] == "text_link"}
        assert addresses == {f"{site}/town.xml", f"{site}/sea.xml"}
        assert await sources.all() == []

        server.world.press(BOB, GROUP, asked["message_id"], "1. Town Desk")
        server.world.press(ANN, GROUP, asked["message_id"], "2. Sea Desk")
        await server.until(lambda: "now follows Sea Desk" in str(server.accepted), 15)
        assert [(s.url, s.name) for s in await sources.all()] == [(f"{site}/sea.xml", "Sea Desk")]
        (chat,) = await house.app.desk.store.chats.all()
        assert chat.address == str(GROUP)


async def test_on_discord(tmp_path: Path) -> None:
    async with several_feeds() as site, on_discord(tmp_path, with_sources=False) as town:
        sources = town.house.app.desk.store.sources
        one = await town.server.slash(
            "sources add", town.manager, town.channel, address=f"<{site}/two/>", name="Mine"
        )
        await town.server.answered(one, within=15)
        assert one.text.startswith("There are several feeds there. Which one?")
        assert all(headline in one.text for headline in SHOWN)
        assert "reports on matter 3" not in one.text
        rows = [[button["label"] for button in row["components"]] for row in one.replies[-1]["components"]]
        assert rows == [["1. Town Desk"], ["2. Sea Desk"]]
        assert await sources.all() == []

        await town.server.press(town.reader, town.channel, one.replies[-1], "2. Sea Desk")
        pressed = await town.server.press(town.manager, town.channel, one.replies[-1], "1. Town Desk")
        await town.server.until(lambda: "Added [Mine](" in pressed.text, 15)
        assert [(s.url, s.name) for s in await sources.all()] == [(f"{site}/town.xml", "Mine")]
