"""Searching, stories, votes, people and moving on Telegram: the whole desk against the strict server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bot.test_telegram_story import ANN, BOB, GROUP, on_telegram
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.slow


async def told(server: TelegramServer, chat: int, who: int, line: str, **more: Any) -> str:
    """The answer to what someone says; what was posted before it is passed over."""
    before = len(server.accepted)
    server.world.say(who, chat, line, **more)
    await server.until(lambda: len(server.accepted) > before, 15)
    return str(server.accepted[before].get("text", ""))


async def pressed(server: TelegramServer, chat: int, who: int, message: dict[str, Any], label: str) -> str:
    """Press a button under a message: what is said then."""
    message_id = message.get("message_id") or max(server.world.place(chat).messages)
    before = len(server.accepted)
    server.world.press(who, chat, message_id, label)
    await server.until(lambda: len(server.accepted) > before, 15)
    return str(server.accepted[before]["text"])


def newest(server: TelegramServer, chat: int) -> dict[str, Any]:
    messages = server.world.place(chat).messages
    return dict(messages[max(messages)])


def labels(message: dict[str, Any]) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


async def test_a_summary_shows_its_sources_and_grows_and_shrinks(tmp_path: Path) -> None:
    async with on_telegram(tmp_path, with_sources=False) as (house, server):
        first = await told(server, ANN, ANN, f"/summarize {house.newsroom.articles[0]} short")
        fetched = len(house.newsroom.articles)
        assert "barge" in first
        assert {"Sources", "Longer", "Shorter"} <= set(labels(newest(server, ANN)))
        sources = await pressed(server, ANN, ANN, newest(server, ANN), "Sources")
        assert "1. " in sources
        assert "“" in sources
        assert await pressed(server, ANN, ANN, newest(server, ANN), "Back") == first
        longer = await pressed(server, ANN, ANN, newest(server, ANN), "Longer")
        assert len(longer) > len(first)
        shorter = await pressed(server, ANN, ANN, newest(server, ANN), "Shorter")
        assert len(shorter) < len(longer)
        assert len(house.newsroom.articles) == fetched
        several = await told(server, ANN, ANN, f"/summarize {' '.join(house.newsroom.articles[:2])}")
        assert "\n\n" in several
        assert labels(newest(server, ANN)) == ["1. Sources", "2. Sources"]
        assert "don't know the language" in await told(
            server, ANN, ANN, f"/summarize {house.newsroom.articles[0]} in:xx"
        )


async def test_what_was_read_is_found_and_a_story_has_its_timeline(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (house, server):
        assert "I found nothing" in await told(server, ANN, ANN, "/search bridge")
        for source in ("1", "2"):
            await told(server, ANN, ANN, f"/subscribe {source}")
        await house.app.desk.cycle()
        found = await told(server, ANN, ANN, "/search quay bridge")
        assert "Quay Bridge" in found
        number = found.partition("/story ")[2].split()[0]
        timeline = await told(server, ANN, ANN, f"/story {number}")
        assert "Bridge" in timeline
        assert labels(newest(server, ANN)) == [
            "👍",
            "👎",
            "Follow this story",
            "Mute this story",
            "What it rests on",
        ]
        assert "Most reported in the last day" in await told(server, ANN, ANN, "/trending")
        server.world.add_private(BOB)
        assert "I know no story" in await told(server, BOB, BOB, f"/story {number}")
        assert "I found nothing" in await told(server, BOB, BOB, "/search quay bridge")


async def test_catching_up_uses_nothing_up(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (house, server):
        await told(server, ANN, ANN, "/subscribe 1")
        await house.app.desk.cycle()
        again = await told(server, ANN, ANN, "/catchup 3d")
        assert "Quay Bridge" in again
        assert "Quay Bridge" in await told(server, ANN, ANN, "/digest since yesterday")
        assert "Since when?" in await told(server, ANN, ANN, "/catchup whenever")


async def test_a_thumb_down_offers_to_mute_and_the_ranking_says_why(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (house, server):
        assert "Nobody has voted" in await told(server, ANN, ANN, "/ranking")
        await told(server, ANN, ANN, "/subscribe 1")
        await house.app.desk.cycle()
        digest = newest(server, ANN)
        assert "Which story?" in await told(server, ANN, ANN, "/dislike")
        menu = newest(server, ANN)
        assert "Noted: less like" in await pressed(server, ANN, ANN, menu, labels(menu)[0])
        assert "Noted: less like" in await told(server, ANN, ANN, "/dislike", reply_to=digest["message_id"])
        muted = await pressed(server, ANN, ANN, newest(server, ANN), "Mute this source for a week")
        assert "Harbour Herald is muted until" in muted
        ranking = await told(server, ANN, ANN, "/ranking")
        assert "1 vote counts:" in ranking
        assert "Harbour Herald -0.33" in ranking
        assert "1 vote is forgotten" in await told(server, ANN, ANN, "/ranking reset")
        assert "Harbour Herald is heard again" in await told(server, ANN, ANN, "/mute off source 1")


async def test_a_groups_own_managers_and_what_they_changed(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as (_, server):
        assert "Only someone with administrator rights" in await told(server, GROUP, BOB, "/managers")
        assert "may now change subscriptions" in await told(server, GROUP, ANN, f"/managers add {BOB}")
        assert "now follows Harbour Herald" in await told(server, GROUP, BOB, "/subscribe 1")
        # who was added may not add others
        assert "Only someone with administrator rights" in await told(server, GROUP, BOB, "/managers add 99")
        log = await told(server, GROUP, ANN, "/audit")
        assert f"telegram:{BOB} Bob /subscribe 1" in log
        assert f"/managers add {BOB}" in log
        assert "add 99" not in log
        assert "no longer one of the managers" in await told(server, GROUP, ANN, f"/managers remove {BOB}")
        assert "Only someone" in await told(server, GROUP, BOB, "/unsubscribe 1")
        assert "now follows" in await told(server, GROUP, ANN, "/subscribe 2", anonymous=True)


async def test_limits_and_the_chats_that_are_served(tmp_path: Path) -> None:
    only = {"admins": (f"telegram:{ANN}",), "allow_chats": (f"telegram:{ANN}",)}
    async with on_telegram(tmp_path, access=only) as (_, server):
        assert "I serve only chats" in await told(server, GROUP, BOB, "/subscriptions")
        assert f"I now serve telegram:{GROUP}" in await told(server, GROUP, ANN, "/allow add")
        assert "follows nothing yet" in await told(server, GROUP, BOB, "/subscriptions")
        assert "Only the desk's admins" in await told(server, GROUP, BOB, "/limits subscriptions 1")
        await told(server, GROUP, ANN, "/limits subscriptions 1")
        await told(server, GROUP, ANN, "/subscribe 1")
        assert "may follow 1" in await told(server, GROUP, ANN, "/subscribe 2")
        await told(server, GROUP, ANN, "/limits summaries 1")
        text = "The town council met on Monday and spoke about the new bridge for a long time. " * 4
        assert "1 summaries an hour" not in await told(server, GROUP, BOB, f"/summarize {text}")
        assert "1 summaries an hour" in await told(server, GROUP, BOB, f"/summarize {text}")
        assert "I no longer serve" in await told(server, GROUP, ANN, f"/allow remove telegram:{GROUP}")
        assert "I serve only chats" in await told(server, GROUP, BOB, "/subscriptions")


async def sent(server: TelegramServer, name: str, content: str | bytes) -> str:
    """The answer to a file sent to the group with /import as its caption."""
    body = content if isinstance(content, bytes) else content.encode()
    return await told(server, GROUP, ANN, "/import", document=(name, body, "application/octet-stream"))


async def test_an_export_is_taken_in_elsewhere_and_so_are_other_bots_lists(tmp_path: Path) -> None:
    async with on_telegram(tmp_path, with_sources=False) as (house, server):
        base = house.newsroom.base
        await told(server, ANN, ANN, f"/subscribe {base}/radio/feed.xml")
        await told(server, ANN, ANN, "/settings cadence daily 07:15")
        await told(server, ANN, ANN, "/filter hide football")
        assert "1 subscription, with its settings and filters" in await told(server, ANN, ANN, "/export")
        await server.until(lambda: "newsdesk.json" in server.documents)
        exported = server.documents["newsdesk.json"]
        assert json.loads(exported)["version"] == 1
        assert "Town follows 1 more source" in await sent(server, "newsdesk.json", exported)
        group = await house.app.desk.store.chats.find("telegram", str(GROUP))
        assert group is not None
        assert group.settings.cadence == "daily 07:15"
        assert [rule.pattern for rule in await house.app.desk.store.rules.of_chat(group.id)] == ["football"]
        opml = f'<opml version="2.0"><body><outline text="Post" xmlUrl="{base}/post/feed.xml"/></body></opml>'
        assert "Town follows 1 more source" in await sent(server, "feeds.opml", opml)
        monitor = json.dumps({"feeds": [{"title": "Herald", "url": f"{base}/herald/feed.xml"}]})
        assert "Town follows 1 more source" in await sent(server, "list.json", monitor)
        assert "names no feed" in await sent(server, "x.txt", b"nothing here")
        tides = {"url": f"{base}/harbour.tides", "kind": "tides"}
        other = json.dumps({"format": "newsdesk.chat", "version": 1, "subscriptions": [tides]})
        assert "no reader for sources of kind “tides”" in await sent(server, "newsdesk.json", other)


async def test_three_taps_to_the_first_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_telegram(tmp_path, with_sources=False) as (house, server):
        use_the_newsroom(monkeypatch, house.newsroom.base)
        assert "Three taps" in await told(server, ANN, ANN, "/start")
        pack = await pressed(server, ANN, ANN, newest(server, ANN), "English")
        assert "Herald" in pack
        followed = await pressed(server, ANN, ANN, newest(server, ANN), "Town")
        assert "follows 2 sources now" in followed
        assert "All set. Digests come" in await pressed(
            server, ANN, ANN, newest(server, ANN), "In the morning, at 8"
        )
        assert labels(newest(server, ANN))[-3:] == ["Other…", "Send one now", "More settings"]
        assert "Did you mean /search?" in await told(server, ANN, ANN, "/serch")


def use_the_newsroom(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    from bot.commands import welcome
    from bot.packs import Pack
    from digests.model import Source

    sources = tuple(Source(url=f"{base}/{name}/feed.xml", name=name.title()) for name in ("herald", "radio"))
    monkeypatch.setattr(welcome, "packs", lambda: (Pack("Town", "en", "world", sources),))
