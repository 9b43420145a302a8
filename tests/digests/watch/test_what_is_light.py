"""What is read on the event loop takes milliseconds; whatever could take longer is read in a worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from digests.desk.intake import _keyed
from digests.model import Entry, Failure, Feed, Page
from digests.text.links import canonical
from digests.watch.feeds import SHORT_URL, SMALL, FeedReader, parse_feed
from digests.watch.offload import Offload
from digests.watch.telegram import parse_preview

BASE = b"http://a/" + b"x/" * 2000
HEAVY = {
    "a base": (b"<rss xml:base='" + BASE + b"'><channel><item>" + b'<enclosure url="a"/>' * 2900, ""),
    "an address": (b"<rss><channel><item>" + b'<enclosure url="a"/>' * 2900, "https://e.x/" + "x/" * 2000),
    "a size": (b"<rss><channel>" + b"<item/>" * 20_000, ""),
}


@pytest.mark.parametrize("name", HEAVY)
async def test_a_document_that_could_take_long_goes_to_a_worker(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, url = HEAVY[name]
    asked: list[str] = []

    async def run(function: Callable[..., Any], *args: Any) -> Any:
        asked.append(function.__name__)
        return Failure  # not looked at

    offload = Offload(1)
    monkeypatch.setattr(offload, "run", run)
    reader = FeedReader(None, offload)  # type: ignore[arg-type]
    await reader._parse(Page(url=url or "https://e.x/f", status=200, body=body), None)
    assert asked == ["read_changed"]
    light = Page(url="https://e.x/f"[:SHORT_URL], status=200, body=b"<rss><channel/></rss>"[:SMALL])
    await reader._parse(light, None)
    assert asked == ["read_changed"]


@pytest.mark.parametrize("query", ["a&" * 2000, "a=b&" * 1000, "%41=&" * 800, "utm_a=b&" * 500, "x" * 4000])
def test_an_address_with_thousands_of_parameters_costs_as_little_as_another(query: str) -> None:
    urls = [f"https://e.x/?{query}{number}" for number in range(500)]
    start = time.process_time()
    keys = {canonical(url) for url in urls}
    assert time.process_time() - start < 0.1  # a second and more where each was sorted
    assert len(keys) == 500


async def test_keys_of_long_entries_let_the_loop_do_other_things() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    found = await _keyed([Entry(guid=str(n), html="a " * 20_000) for n in range(100)])
    beside.cancel()
    assert len(found) == 100
    assert turns > 5


@pytest.mark.parametrize("reference", ["&#x&#0;D800;", "&#&#0;55296;", "&#x&#1;DFFF;", "&#&#&#0;0;1;"])
def test_mending_puts_no_reference_together(reference: str) -> None:
    feed = parse_feed(
        f"<rss><channel><title>t</title><item><title>a &nbsp; {reference} b</title>"
        "<link>http://e.x/1</link></item></channel></rss>".encode()
    )
    assert isinstance(feed, Feed)
    assert feed.entries[0].title.startswith("a")
    feed.entries[0].title.encode()


@pytest.mark.parametrize("character", ["\x01", "&#1;", "\x0b"])
def test_control_characters_after_a_line_break_of_a_preview_do_no_harm(character: str) -> None:
    body = (
        "<div class='tgme_widget_message ' data-post='abc/1'><div class='tgme_widget_message_text'>"
        f"Hi<br>{character}there</div></div>"
    )
    feed = parse_preview(Page(url="https://t.me/s/abc", status=200, body=body.encode()))
    assert isinstance(feed, Feed)
    assert "there" in feed.entries[0].html
