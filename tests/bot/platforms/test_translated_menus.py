"""The menus of commands in the languages of the catalogues, on both platforms."""

from __future__ import annotations

import gettext

import pytest
from discord_desk import scene

import bot.locales
from tests.bot.platforms.telegram_desk import talking


class German(gettext.NullTranslations):
    """A catalogue of a few words."""

    def gettext(self, message: str) -> str:
        long = "watch " + "another source " * 9
        return {"what I can do": "was ich kann", "does help": "hilft", long: "eine Quelle " * 20}.get(
            message, message
        )

    def pgettext(self, context: str, message: str) -> str:
        assert context == "command"
        return {"help": "Hilfe", "settings": "not a name!"}.get(message, message)


@pytest.fixture(autouse=True)
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"de": German()}
    monkeypatch.setattr(
        bot.locales, "_catalogue", lambda language: words.get(language, gettext.NullTranslations())
    )


async def test_discord_is_given_what_the_catalogues_have() -> None:
    async with scene() as at:
        offered = {one["name"]: one for one in at.server.rest.commands}
        assert offered["help"]["description_localizations"] == {"de": "was ich kann"}
        assert offered["help"]["name_localizations"] == {"de": "hilfe"}
        assert not offered["settings"].get("name_localizations")
        assert not offered["subscribe"].get("description_localizations")
        add = next(one for one in offered["sources"]["options"] if one["name"] == "add")
        said = add["description_localizations"]["de"]
        assert said.startswith("eine Quelle")
        assert len(said) <= 100


async def test_telegram_is_given_a_menu_only_where_it_differs() -> None:
    async with talking() as (server, _echo, _chat):
        await server.until(lambda: server.count("setMyCommands") >= 6)
        menus = [p for method, p, _ in server.calls if method == "setMyCommands"]
        assert {p["language_code"] for p in menus if "language_code" in p} == {"de"}
        said = [p["commands"][0]["description"] for p in menus if p.get("language_code") == "de"]
        assert said == ["hilft"] * 3
