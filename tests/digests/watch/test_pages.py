"""Pages without a feed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digests.model import Failure, FailureKind, Feed, Page, PollState, Source
from digests.ports import Polled
from digests.watch.cadence import body_hash
from digests.watch.offload import Offload
from digests.watch.pages import PageReader, allows, parse_list

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://a.example/news"
HEADLINES = [f"The council decides on question number {n}" for n in range(5)]
MENU = "".join(
    f'<li class="menu"><a href="/section-{n}">A section of some length {n}</a></li>' for n in range(6)
)
LIST = (
    "<html><head><title>News of A</title></head><nav><ul>" + MENU + "</ul></nav><main>"
    + "".join(f'<div class="card"><h2><a href="/2026/11/story-{n}-of-the-day">{t}</a></h2></div>'
              for n, t in enumerate(HEADLINES))
    + '<p><a href="https://other.example/2026/11/far">A headline of another site altogether</a></p></main></html>'
)  # fmt: skip


def page(text: str, url: str = URL) -> Page:
    return Page(url=url, status=200, body=text.encode())


def test_the_list_is_found_by_its_structure() -> None:
    feed = parse_list(page(LIST))
    assert isinstance(feed, Feed)
    assert feed.title == "News of A"
    assert [e.title for e in feed.entries] == HEADLINES
    assert feed.entries[0].url == "https://a.example/2026/11/story-0-of-the-day"


@pytest.mark.parametrize("selector", ["h2 a", "h2", ".card"])
def test_a_selector_picks_links_or_what_holds_them(selector: str) -> None:
    feed = parse_list(page(LIST), selector)
    assert isinstance(feed, Feed)
    assert [e.title for e in feed.entries] == HEADLINES


def test_a_selector_may_pick_what_stands_in_a_link() -> None:
    feed = parse_list(page('<a href="/x"><b>Inside</b></a><b>Outside</b>'), "b")
    assert isinstance(feed, Feed)
    assert [(e.url, e.title) for e in feed.entries] == [("https://a.example/x", "Inside")]


def test_a_news_sitemap() -> None:
    feed = parse_list(
        page(
            '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
            'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://a.example/1</loc><n:news>'
            "<n:publication><n:name>A</n:name><n:language>en</n:language></n:publication>"
            "<n:publication_date>2026-11-24T10:00:00Z</n:publication_date><n:title>One</n:title></n:news></url>"
            "<url><loc>https://a.example/2</loc></url></urlset>"
        )
    )
    assert isinstance(feed, Feed)
    (entry,) = feed.entries
    assert (entry.url, entry.title, entry.language) == ("https://a.example/1", "One", "en")
    assert entry.published == datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "selector", "kind"),
    [
        ("", "", FailureKind.EMPTY),
        ("<p>no links</p>", "", FailureKind.NOT_A_FEED),
        (LIST, "h2 >> a", FailureKind.UNREADABLE),
        (LIST, "h9", FailureKind.NOT_A_FEED),
        ("<urlset><url><loc>https://a.example/</loc></url></urlset>", "", FailureKind.NOT_A_FEED),
    ],
)
def test_what_is_no_list_is_told(text: str, selector: str, kind: FailureKind) -> None:
    found = parse_list(page(text), selector)
    assert isinstance(found, Failure)
    assert found.kind is kind


@pytest.mark.parametrize(
    "text",
    ["<div>" * 100_000, "<a href='/x'>" * 100_000, "<a href='/x-y-z'>A headline of some length</a>" * 60_000,
     "<" * 1_000_000, "<div " + "a=1 " * 200_000 + ">", "<table>" * 50_000, "&" * 500_000],
)  # fmt: skip
@pytest.mark.slow
def test_no_page_takes_long(text: str) -> None:
    start = time.monotonic()
    parse_list(page(text))
    assert time.monotonic() - start < 2


class Site:
    def __init__(self, **documents: str) -> None:
        self.documents = documents
        self.asked: list[str] = []

    async def get(self, url: str, **_: object) -> Page | Failure:
        name = url.rpartition("/")[2].partition(".")[0]
        self.asked.append(name)
        if name not in self.documents:
            return Failure(FailureKind.HTTP_STATUS, "there is nothing at this address any more (404)", 404)
        return page(self.documents[name], url)


class Inline(Offload):
    """Runs in this process: what is parsed here is small."""

    async def run(self, function, *args, timeout=5.0):  # type: ignore[no-untyped-def, override]  # noqa: ASYNC109
        return function(*args)


SOURCE = Source(url=URL, kind="page", options=(("selector", "h2 a"),))


async def test_robots_are_asked_once_a_day_and_obeyed() -> None:
    site = Site(robots="User-agent: *\nDisallow: /news", news=LIST)
    reader = PageReader(site, Inline(1))
    for hours in (0, 1, 30):
        found = await reader.read(SOURCE, PollState(), NOW + timedelta(hours=hours))
        assert isinstance(found, Failure)
        assert found.kind is FailureKind.ROBOTS
    assert site.asked == ["robots", "robots"]


async def test_a_page_is_read_when_it_changed() -> None:
    site = Site(news=LIST)
    reader = PageReader(site, Inline(1))
    polled = await reader.read(SOURCE, PollState(), NOW)
    assert isinstance(polled, Polled)
    assert polled.feed is not None
    assert len(polled.feed.entries) == 5
    same = await reader.read(SOURCE, PollState(body_hash=body_hash(LIST.encode())), NOW)
    assert isinstance(same, Polled)
    assert same.feed is None
    site.documents = {"robots": "User-agent: Other\nDisallow: /", "news": ""}
    assert isinstance(await PageReader(site, Inline(1)).read(SOURCE, PollState(), NOW), Failure)
    site.documents = {}
    assert isinstance(await reader.read(SOURCE, PollState(), NOW), Failure)


async def test_robots_of_many_sites_are_not_kept_for_ever() -> None:
    reader = PageReader(Site(), Inline(1))
    for number in range(1005):
        await reader.read(Source(url=f"https://s{number}.example/x"), PollState(), NOW)
    assert len(reader._robots) < 10


def test_links_without_an_address_among_the_list_do_no_harm() -> None:
    good = "".join(
        f"<li><a href='/2026/11/{n}-the-day'>A good headline number {n} of today</a></li>" for n in range(9)
    )
    bad = "".join(f"<p><a onclick='x({n})'>A script's link number {n} of today</a></p>" for n in range(3))
    feed = parse_list(page(f"<html><body><ul>{good}</ul>{bad}</body></html>"))
    assert isinstance(feed, Feed)
    assert len(feed.entries) == 9


async def test_robots_are_read_in_a_worker_and_one_that_breaks_it_forbids_nothing() -> None:
    site = Site(robots="User-agent: *\nDisallow: /news", news=LIST)
    asked: list[str] = []

    class Stuck:
        async def run(self, function: Any, *args: Any) -> Any:
            asked.append(function.__name__)
            return Failure(FailureKind.TIMEOUT, "too slow") if function is allows else function(*args)

    reader = PageReader(site, Stuck())  # type: ignore[arg-type]
    assert isinstance(await reader.read(Source(url=URL, kind="page"), PollState(), NOW), Polled)
    assert asked == ["allows", "parse_list"]


@pytest.mark.parametrize(
    ("rules", "path", "may"),
    [
        ("User-agent: *\nDisallow: /*?page=", "/news?page=2", False),
        ("User-agent: *\nDisallow: /news/*.html$", "/news/1.html", False),
        ("User-agent: *\nDisallow: /news/*.html$", "/news/1.html5", True),
        ("User-agent: *\nDisallow: /\nAllow: /news", "/news", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Newsdesk\nAllow: /", "/", True),
        ("", "/anything", True),
    ],
)
def test_robots_are_read_as_the_standard_says(rules: str, path: str, may: bool) -> None:
    assert allows(rules.encode(), "https://a.example" + path) is may
