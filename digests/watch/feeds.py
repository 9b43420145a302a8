"""Feed documents to values: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed 1 and 1.1."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from digests.model import Failure, FailureKind, Feed, Page, PollState, Source
from digests.ports import Fetcher, Polled
from digests.text.door import door
from digests.watch.cadence import body_hash
from digests.watch.encodings import decode
from digests.watch.feed_json import parse_json_feed
from digests.watch.feed_xml import read_tree
from digests.watch.http import FEED_LIMIT
from digests.watch.known_items import Reading, read_changed
from digests.watch.offload import Offload
from digests.watch.protection import bot_protection
from digests.watch.xml_tree import fast_tree, forgiving_tree

Result = TypeVar("Result")

SECONDS: Final = 0.01


class LoopShare:
    """Calls functions on the loop, for ``seconds`` in one turn of it; what comes then waits for the next.

    One call is never cut short: give it what takes some milliseconds at the worst.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._spent = 0.0

    async def run(self, function: Callable[..., Result], *args: Any) -> Result:
        """The function's result; what it raises is raised."""
        # an event would wake all that wait at once, into one turn
        while self._spent >= self._seconds:  # noqa: ASYNC110
            await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        if not self._spent:
            loop.call_soon(self._next_turn)
        start = loop.time()
        try:
            return function(*args)
        finally:
            self._spent += loop.time() - start

    def _next_turn(self) -> None:
        self._spent = 0.0


async def changed_page(fetcher: Fetcher, source: Source, state: PollState) -> Page | Polled | Failure:
    """The source's page; ``Polled`` without a feed when it is the one of last time.

    Servers that know no conditional requests are caught by the body's hash. A source that moved
    for good is asked at its new address.
    """
    url = state.moved or source.url
    page = await fetcher.get(url, etag=state.etag, last_modified=state.last_modified, limit=FEED_LIMIT)
    if isinstance(page, Failure):
        return page
    if page.not_modified:
        return Polled(feed=None, page=page)
    page = replace(page, body_hash=body_hash(page.body))
    return Polled(feed=None, page=page) if page.body_hash == state.body_hash else page


SMALL: Final = 64 * 1024
"""Bytes up to which a document may be parsed on the event loop: some milliseconds at the worst."""

_FEED_ROOT = re.compile(r"<(?:[A-Za-z0-9_.\-]{1,40}:)?(rss|rdf|feed|channel)[\s>/]", re.IGNORECASE)


def parse_feed(
    body: bytes, content_type: str = "", charset: str | None = None, url: str = ""
) -> Feed | Failure:
    """A feed, or in plain words why the document is none.

    ``content_type`` only helps the words of a refusal: feeds come under every label. ``charset``
    is the server's claim. ``url`` is the address the document came from, the base of relative
    ones. Pure, picklable, bounded: 500 items, 1,000 characters a name or title.
    """
    read = _read(body, content_type, charset, url)
    return read if isinstance(read, Failure) else door(read)


def _read(body: bytes, content_type: str, charset: str | None, url: str) -> Feed | Failure:
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return Failure(FailureKind.EMPTY, "the document is empty")
    if start[:1] == b"{":
        return parse_json_feed(decode(body, charset), url)
    root = fast_tree(body)
    if root is None:
        text = decode(body, charset)
        if text.lstrip()[:1] == "{":
            return parse_json_feed(text, url)
        if not _FEED_ROOT.search(text[:20_000]):
            return _not_a_feed(text, content_type)
        root = forgiving_tree(text)
    feed = None if root is None else read_tree(root, url)
    return _not_a_feed(decode(body[:2000], charset), content_type) if feed is None else feed


def _not_a_feed(text: str, content_type: str) -> Failure:
    looks_html = "html" in content_type or re.search(r"<(!doctype\s+)?html", text[:2000], re.IGNORECASE)
    what = "a web page" if looks_html else "a document of another kind"
    return Failure(FailureKind.NOT_A_FEED, f"the address gives {what}, not a feed")


SHORT_URL = 500  # characters; each relative address of a document is joined with its own


class FeedReader:
    """A ``ports.SourceReader``. A body like the last one is not parsed again, nor an item that
    the last body held too.

    Documents of up to ``SMALL`` bytes are parsed on the loop, which takes a few milliseconds
    at the worst, a few at a time; larger ones, and those that could take longer, in a worker process.
    """

    kind = "feed"

    def __init__(self, fetcher: Fetcher, offload: Offload) -> None:
        self._fetcher = fetcher
        self._offload = offload
        self._share = LoopShare()

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled | Failure:
        page = await changed_page(self._fetcher, source, state)
        if not isinstance(page, Page):
            return page
        reading = await self._parse(page, state.marks)
        if isinstance(reading, Failure):
            guard = bot_protection(page.status, {}, page.body[:16_385])
            if guard is not None and reading.kind is FailureKind.NOT_A_FEED:
                return Failure(FailureKind.BOT_PROTECTION, f"the site blocks bots with {guard}", page.status)
            return reading
        whole = partial(self._whole, page) if reading.partial else None
        return Polled(feed=reading.feed, page=page, marks=reading.marks, older=reading.older, whole=whole)

    async def _parse(self, page: Page, marks: str | None) -> Reading | Failure:
        run = self._share.run if _is_light(page) else self._offload.run
        return await run(read_changed, page.body, page.content_type, page.charset, page.url, marks)

    async def _whole(self, page: Page) -> Feed | Failure:
        reading = await self._parse(page, None)
        return reading if isinstance(reading, Failure) else reading.feed


def _is_light(page: Page) -> bool:
    """Whether it takes milliseconds to read: a small document whose addresses are short, and none of
    them to be joined with a base of its own that may be as long as it likes."""
    return len(page.body) <= SMALL and len(page.url) <= SHORT_URL and b":base" not in page.body
