"""Searching, stories, votes, people and moving on Discord: the whole desk against the strict server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bot.test_discord_story import Town, on_discord
from tests.bot.test_library_on_telegram import use_the_newsroom
from tests.fakes.discord_world import User

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]


async def used(town: Town, who: User, command: str, **options: str) -> Any:
    one = await town.server.slash(command, who, town.channel, **options)
    await town.server.answered(one)
    return one


async def pressed(town: Town, who: User, one: Any, label: str) -> Any:
    before = one.text
    after = await town.server.press(who, town.channel, one.replies[-1], label)
    await town.server.answered(after)
    await town.server.until(lambda: after.text != before, 10)
    return after


async def test_a_summary_with_its_buttons_and_from_a_messages_menu(tmp_path: Path) -> None:
    async with on_discord(tmp_path, with_sources=False) as town:
        url = town.house.newsroom.articles[0]
        one = await used(town, town.reader, "summarize", what=url, length="short")
        assert "barge" in one.text
        sources = await pressed(town, town.reader, one, "Sources")
        assert "“" in sources.text
        message = town.server.write(town.reader, town.channel, f"Look: {url}")
        menu = await town.server.menu("Summarize", town.reader, town.channel, message)
        await town.server.answered(menu)
        assert "barge" in menu.text


async def test_search_stories_votes_and_catching_up(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as town:
        await town.slash(town.manager, "subscribe", source="1")
        await town.house.app.desk.cycle()
        found = await town.slash(town.reader, "search", words="quay bridge")
        assert "Quay Bridge" in found
        number = found.partition("/story ")[2].split()[0]
        story = await used(town, town.reader, "story", story=number)
        down = await pressed(town, town.reader, story, "👎")
        assert "less like" in down.text
        assert "Harbour Herald -0.33" in await town.slash(town.reader, "ranking")
        assert "Manage Channels" in await town.slash(town.reader, "ranking", reset="reset")
        assert "Manage Channels" in await town.slash(town.reader, "mute", what="source 1")
        assert "is muted until" in await town.slash(town.manager, "mute", what="source 1")
        assert "Most reported" in await town.slash(town.reader, "trending")
        assert "Nothing has come since" in await town.slash(town.reader, "catchup", since="3d")
        assert "heard again" in await town.slash(town.manager, "mute", what="off source 1")
        assert "Quay Bridge" in await town.slash(town.reader, "catchup", since="3d")


async def test_managers_audit_and_limits(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as town:
        assert "Manage Channels" in await town.slash(town.reader, "subscribe", source="1")
        added = {"do": "add", "person": f"<@{town.reader.id}>"}
        assert "may now change subscriptions" in await town.slash(town.manager, "managers", **added)
        assert "now follows" in await town.slash(town.reader, "subscribe", source="1")
        log = await town.slash(town.manager, "audit")
        assert f"discord:{town.reader.id}" in log
        await town.slash(town.manager, "limits", kind="subscriptions", most="1")
        assert "may follow 1" in await town.slash(town.manager, "subscribe", source="2")
        assert town.server.rest.pings == []


async def test_an_export_and_an_import(tmp_path: Path) -> None:
    async with on_discord(tmp_path, with_sources=False) as town:
        base = town.house.newsroom.base
        await town.slash(town.manager, "subscribe", source=f"{base}/radio/feed.xml")
        one = await used(town, town.manager, "export")
        assert "1 subscription, with its settings" in one.text
        listed = json.dumps([{"title": "Herald", "url": f"{base}/herald/feed.xml"}]).encode()
        town.server.files["list.json"] = listed
        url = town.server.api_base.replace("/api/v10", "/cdn/list.json")
        file = {"id": "5", "filename": "list.json", "size": len(listed), "url": url, "proxy_url": url}
        taken = await town.server.slash_with_file("import", town.manager, town.channel, "file", file)
        await town.server.answered(taken)
        assert "follows 1 more source" in taken.text


async def test_three_taps_to_the_first_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_discord(tmp_path, with_sources=False) as town:
        use_the_newsroom(monkeypatch, town.house.newsroom.base)
        one = await used(town, town.manager, "start")
        one = await pressed(town, town.manager, one, "English")
        one = await pressed(town, town.manager, one, "Town")
        assert "follows 2 sources now" in one.text
        one = await pressed(town, town.manager, one, "As it happens")
        assert "All set." in one.text


async def test_a_file_is_summarized_by_its_option(tmp_path: Path) -> None:
    async with on_discord(tmp_path, with_sources=False) as town:
        body = b"The ferry to Sundwik was cancelled on Monday after its engine failed. " * 5
        town.server.files["news.txt"] = body
        url = town.server.api_base.replace("/api/v10", "/cdn/news.txt")
        file = {"id": "6", "filename": "news.txt", "size": len(body), "url": url, "proxy_url": url}
        file["content_type"] = "text/plain"
        one = await town.server.slash_with_file("summarize", town.reader, town.channel, "file", file)
        await town.server.answered(one)
        assert "ferry to Sundwik" in one.text


async def test_pages_of_a_search_are_turned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.commands.reading.PAGE", 1)
    async with on_discord(tmp_path) as town:
        for source in ("1", "3"):
            await town.slash(town.manager, "subscribe", source=source, show="last 5")
        await town.house.app.desk.cycle()
        first = await used(town, town.reader, "search", words="the")
        page = first.text
        older = await pressed(town, town.reader, first, "Older")
        assert older.text.startswith("**Found for “the”**")
        assert older.text != page
        newer = await pressed(town, town.reader, older, "Newer")
        assert newer.text == page
