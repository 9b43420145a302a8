"""The public archive: read by anyone, of the chosen chats alone; its feeds read by the desk's own reader."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.dashboard.archive import FEEDS, Channel
from digests.model import Brief, Digest, DigestItem, Feed, Link
from digests.watch.feeds import parse_feed
from tests.bot.dashboard.browsing import browsing

PUBLIC = {"public": True, "public_chats": ("console:terminal",)}
URL = "https://news.example/archive/1"


@pytest.mark.slow
async def test_anyone_reads_what_a_public_chat_was_posted(tmp_path: Path) -> None:
    async with browsing(tmp_path, dashboard=PUBLIC) as (house, web):
        assert "Nothing was posted yet" in (await web.get("/archive/1")).text
        await house.app.desk.cycle()
        assert "this terminal" in (await web.get("/archive")).text
        channel = await web.get("/archive/1")
        assert "Quay Bridge closed" in channel.text
        digest = await web.get("/archive/1/1")
        assert "It rests on:" in digest.text
        assert "/stories/" not in digest.html  # nothing of the admins' pages
        assert "Quay Bridge" not in (await web.get("/archive/1?before=1")).text
        for kind in FEEDS:
            page = await web.get(f"/archive/1/feed.{kind}")
            assert page.headers["cache-control"] == "public, max-age=300"
            feed = parse_feed(page.body, f"{web.base}/archive/1/feed.{kind}", page.headers["content-type"])
            assert isinstance(feed, Feed), kind
            assert feed.title == "this terminal"
            (entry,) = feed.entries
            assert entry.title == "Quay Bridge closed after barge strikes pillar, four hurt"
            assert entry.url == f"{web.base}/archive/1/1"
            assert "<h3>Quay Bridge closed" in entry.html
        for path in ("/archive/2", "/archive/1/99", "/archive/1/feed.xml", "/archive/9/feed.rss"):
            assert (await web.get(path)).status == 404, path


@pytest.mark.slow
@pytest.mark.parametrize("dashboard", [{}, {"public": True}])
async def test_nothing_is_public_by_itself(tmp_path: Path, dashboard: dict[str, bool]) -> None:
    async with browsing(tmp_path, dashboard=dashboard) as (house, web):
        await house.app.desk.cycle()
        for path in ("/archive/1", "/archive/1/1", "/archive/1/feed.rss"):
            assert (await web.get(path)).status == 404, path
        assert "Quay" not in (await web.get("/archive")).text


def item(headline: str) -> DigestItem:
    brief = Brief(headline=headline, sentences=(), source_sentences=())
    return DigestItem(story_id=1, version=1, brief=brief, links=(Link("S", "https://s.example/?a=1&b=2"),))


@pytest.mark.parametrize("kind", FEEDS)
@pytest.mark.parametrize(
    "headline", ["A & B < C", "\x00\x08 bell \x1b[0m", "]]>", "\u202eback", "日本語 🎉", "\ud800 half", ""]
)
def test_feeds_are_valid_whatever_was_posted(kind: str, headline: str) -> None:
    when = datetime(2026, 11, 24, 8, tzinfo=UTC)
    digest = Digest(id=7, chat_id=1, created=when, items=(item(headline),), headlines=(item("Second"),))
    body, kind_said = FEEDS[kind](Channel(f"Town {headline}", URL, f"feed.{kind}"), [digest])
    feed = parse_feed(body, f"{URL}/feed.{kind}", kind_said)
    assert isinstance(feed, Feed)
    assert feed.warnings == ()
    (entry,) = feed.entries
    assert (entry.url, entry.guid, entry.published) == (f"{URL}/7", f"{URL}/7", when)
    assert "https://s.example/?a=1&amp;b=2" in entry.html
    if kind == "json":
        assert json.loads(body)["version"] == "https://jsonfeed.org/version/1.1"


def test_an_empty_channel_has_valid_feeds() -> None:
    for kind, make in FEEDS.items():
        body, said = make(Channel("Town", URL, f"feed.{kind}"), [])
        feed = parse_feed(body, URL, said)
        assert isinstance(feed, Feed), kind
        assert feed.entries == ()
