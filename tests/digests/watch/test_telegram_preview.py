"""Public channels by their web preview."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digests.model import Entry, Failure, Feed, Page, PollState, Source
from digests.ports import Polled
from digests.watch.cadence import body_hash
from digests.watch.offload import Offload
from digests.watch.telegram import TelegramReader, parse_preview

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://t.me/s/desk"
POST = """<div class="tgme_widget_message js-widget_message" data-post="desk/{n}">
<a class="tgme_widget_message_photo_wrap" style="width:9px;background-image:url('https://cdn.example/{n}.jpg')"></a>
<div class="tgme_widget_message_text js-message_text">{text}</div>
<a class="tgme_widget_message_date"><time datetime="2026-11-24T10:0{n}:00+00:00">10:00</time></a></div>"""


def preview(*texts: str) -> Page:
    posts = "".join(POST.format(n=n, text=text) for n, text in enumerate(texts, start=1))
    body = f"<html><head><meta property='og:title' content='The Desk'></head><body>{posts}</body></html>"
    return Page(url=URL, status=200, body=body.encode())


def test_posts_become_entries_the_newest_first() -> None:
    feed = parse_preview(preview("First <b>line</b><br/>second &lt;line", "Later"))
    assert isinstance(feed, Feed)
    assert feed.title == "The Desk"
    assert [e.title for e in feed.entries] == ["Later", "First line"]
    assert feed.entries[1] == Entry(
        guid="desk/1",
        url="https://t.me/desk/1",
        title="First line",
        html="<p>First line</p><p>second &lt;line</p>",
        published=datetime(2026, 11, 24, 10, 1, tzinfo=UTC),
        image="https://cdn.example/1.jpg",
    )


def test_long_lines_are_cut_to_a_title() -> None:
    feed = parse_preview(preview("word " * 50, "x" * 200, "  "))
    assert isinstance(feed, Feed)
    assert [e.title for e in feed.entries] == ["x" * 120 + "…", ("word " * 23) + "word…"]


def test_odd_posts_are_left_out() -> None:
    page = preview("Text")
    odd = page.body.replace(b"desk/1", b"../1")
    found = parse_preview(Page(url=URL, status=200, body=odd))
    assert isinstance(found, Feed)
    assert not found.entries


@pytest.mark.parametrize("body", [b"", b"<html>Preview channel</html>", b"\0\xff", b"<div>" * 100_000])
def test_a_channel_without_posts_is_told(body: bytes) -> None:
    found = parse_preview(Page(url=URL, status=200, body=body))
    assert isinstance(found, Failure)
    assert "not public" in found.reason


class Canned:
    def __init__(self, answer: Page | Failure) -> None:
        self.answer = answer

    async def get(self, url: str, **_: object) -> Page | Failure:
        return self.answer


class Inline(Offload):
    """Runs in this process: what is parsed here is small."""

    async def run(self, function, *args, timeout=5.0):  # type: ignore[no-untyped-def, override]  # noqa: ASYNC109
        return function(*args)


async def test_the_reader_parses_what_changed() -> None:
    page = preview("Text")
    source, fresh = Source(url=URL, kind="telegram"), PollState()
    polled = await TelegramReader(Canned(page), Inline(1)).read(source, fresh, NOW)
    assert isinstance(polled, Polled)
    assert polled.feed is not None
    same = await TelegramReader(Canned(page), Inline(1)).read(
        source, PollState(body_hash=body_hash(page.body)), NOW
    )
    assert isinstance(same, Polled)
    assert same.feed is None
    empty = Page(url=URL, status=200, body=b"")
    assert isinstance(await TelegramReader(Canned(empty), Inline(1)).read(source, fresh, NOW), Failure)
    down = parse_preview(empty)
    assert isinstance(down, Failure)
    assert await TelegramReader(Canned(down), Inline(1)).read(source, fresh, NOW) == down
