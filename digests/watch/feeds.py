"""Feeds: documents to values (RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed 1 and 1.1), and the reader that asks for them.

What a feed's items were the last time is known by their marks, so that only new ones are parsed."""

from __future__ import annotations

import asyncio
import base64
import html
import json
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Any, Final, TypeVar
from zlib import adler32, crc32

from digests.model import Entry, Failure, FailureKind, Feed, Page, PollState, Source
from digests.ports import Fetcher, Polled
from digests.text.door import door
from digests.text.encoding import decode
from digests.text.machine_dates import machine_date
from digests.watch import fields
from digests.watch.cadence import body_hash
from digests.watch.feed_xml import read_tree
from digests.watch.fields import MAX_ITEMS
from digests.watch.http import FEED_LIMIT, bot_protection
from digests.watch.offload import Offload
from digests.watch.xml_tree import fast_tree, forgiving_tree


def parse_json_feed(text: str, url: str) -> Feed | Failure:
    """``url`` is where the document was found; relative addresses rest on it."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Failure(FailureKind.NOT_A_FEED, "the document is not valid JSON")
    if not isinstance(document, dict) or "jsonfeed.org/version/1" not in str(document.get("version")):
        return Failure(FailureKind.NOT_A_FEED, "the document is JSON, but not a JSON Feed")
    items = document.get("items")
    hubs = document.get("hubs")
    found = [_text(hub, "url") for hub in hubs if isinstance(hub, dict)] if isinstance(hubs, list) else []
    return Feed(
        title=fields.line(_text(document, "title")),
        site_url=fields.link(url, _text(document, "home_page_url")),
        language=fields.line(_text(document, "language"))[:35] or None,
        entries=tuple(
            _entry(item, url)
            for item in (items if isinstance(items, list) else [])[: fields.MAX_ITEMS]
            if isinstance(item, dict)
        ),
        hub=fields.link(url, found[0]) or None if found else None,
        self_url=fields.link(url, _text(document, "feed_url")) or None,
    )


def _text(holder: dict[str, Any], key: str) -> str:
    """A string, or a number where one is meant to be; anything else is nothing."""
    value = holder.get(key)
    if isinstance(value, str):
        return _clean(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _clean(text: str) -> str:
    """Without what escapes can spell and nothing can hold: halves of characters, and NUL."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _entry(item: dict[str, Any], url: str) -> Entry:
    authors = item.get("authors")
    if not isinstance(authors, list):
        authors = [item.get("author")]
    names = (fields.line(_text(a, "name")) for a in authors[:20] if isinstance(a, dict))
    tags = item.get("tags")
    plain = _text(item, "content_text") or _text(item, "summary")
    address = _text(item, "url") or _text(item, "external_url")
    guid = _text(item, "id")
    return Entry(
        guid=fields.line(guid),
        url=fields.link(url, address or (guid if guid.startswith("http") else "")),
        title=fields.line(_text(item, "title")),
        html=(_text(item, "content_html") or html.escape(plain, quote=False))[: fields.MAX_CONTENT],
        authors=tuple(name for name in names if name),
        published=machine_date(_text(item, "date_published")),
        updated=machine_date(_text(item, "date_modified")),
        image=fields.link(url, _text(item, "image") or _text(item, "banner_image")) or None,
        language=fields.line(_text(item, "language"))[:35] or None,
        tags=tuple(fields.line(_clean(t)) for t in tags[:50] if isinstance(t, str))
        if isinstance(tags, list)
        else (),
    )


Result = TypeVar("Result")

LOOP_SECONDS: Final = 0.01


class LoopShare:
    """Calls functions on the loop, for ``seconds`` in one turn of it; what comes then waits for the next.

    One call is never cut short: give it what takes some milliseconds at the worst.
    """

    def __init__(self, seconds: float = LOOP_SECONDS) -> None:
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


OLDER: Final = 10
"""Of how many items left out the dates are told; the pace of a source takes no more."""

_MARK: Final = struct.Struct(">QI")  # an item's hash, and when it was published (0: unknown)
_AFTER_NAME: Final = (b">", b" ", b"\t", b"\r", b"\n")
_LATEST: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Reading:
    """A feed, and what to remember of it. When ``partial``, ``feed`` is without the entries
    known before; ``older`` tells when the newest ``OLDER`` of those were published."""

    feed: Feed
    marks: str | None = None
    partial: bool = False
    older: tuple[datetime, ...] = ()


def read_changed(
    body: bytes, content_type: str = "", charset: str | None = None, url: str = "", marks: str | None = None
) -> Reading | Failure:
    """Read a feed without the items whose ``marks`` an earlier reading gave.

    Otherwise as ``parse_feed``: pure, picklable, bounded.
    """
    items = _split(body)
    if items is not None and marks:
        reading = _without_known(items, _unpacked(marks), url)
        if reading is not None:
            return reading
    feed = parse_feed(body, content_type, charset, url)
    if isinstance(feed, Failure):
        return feed
    if items is None or len(items.hashes) != len(feed.entries):
        return Reading(feed)
    return Reading(feed, _packed(zip(items.hashes, map(_seconds, feed.entries), strict=True)))


@dataclass(frozen=True, slots=True)
class _Items:
    """A document in pieces: what stands before each item, each item from its start to what closes
    it, what closes them, and what follows the last."""

    gaps: Sequence[bytes]
    items: Sequence[bytes]
    hashes: Sequence[int]
    close: bytes
    end: bytes


def _split(body: bytes) -> _Items | None:
    """The document by its items; None where they can't be told apart with certainty."""
    name = b"item" if b"</item>" in body else b"entry"
    start, close = b"<" + name, b"</" + name + b">"
    *pieces, end = body.split(close)
    if not 0 < len(pieces) <= MAX_ITEMS:
        return None
    if body.count(start) != len(pieces):  # others begin like it, or some don't close
        return None
    try:
        body.decode()
    except UnicodeDecodeError:
        return None
    starts = tuple(start + after for after in _AFTER_NAME)
    gaps, items = [], []
    for piece in pieces:
        gap, item = b"", piece.lstrip()
        if not item.startswith(starts):  # the first, or there is more than white space in between
            gap, found, item = piece.partition(start)
            item = found + item
            if not item.startswith(starts):
                return None
        gaps.append(gap)
        items.append(item)
    hashes = [crc << 32 | adler for crc, adler in zip(map(crc32, items), map(adler32, items), strict=True)]
    return _Items(gaps, items, hashes, close, end)


def _without_known(items: _Items, known: dict[int, int], url: str) -> Reading | None:
    left = [hash_ not in known for hash_ in items.hashes]
    if all(left):
        return None
    parts: list[bytes] = []
    for gap, item, stays in zip(items.gaps, items.items, left, strict=True):
        parts.append(gap)
        if stays:
            parts += (item, items.close)
    root = fast_tree(b"".join((*parts, items.end)))
    feed = None if root is None else read_tree(root, url)
    if feed is None or len(feed.entries) != sum(left):
        return None
    fresh = iter(feed.entries)
    moments = [
        _seconds(next(fresh)) if stays else known[hash_]
        for hash_, stays in zip(items.hashes, left, strict=True)
    ]
    older = sorted((m for m, stays in zip(moments, left, strict=True) if m and not stays), reverse=True)[
        :OLDER
    ]
    return Reading(
        feed,
        _packed(zip(items.hashes, moments, strict=True)),
        partial=True,
        older=tuple(datetime.fromtimestamp(moment, UTC) for moment in older),
    )


def _seconds(entry: Entry) -> int:
    return 0 if entry.published is None else min(max(int(entry.published.timestamp()), 0), _LATEST)


def _packed(marks: Iterable[tuple[int, int]]) -> str:
    flat = list(chain.from_iterable(marks))
    return base64.b64encode(struct.pack(">" + "QI" * (len(flat) // 2), *flat)).decode()


def _unpacked(marks: str) -> dict[int, int]:
    """What was packed; nothing where it was not packed here."""
    try:
        return dict(_MARK.iter_unpack(base64.b64decode(marks)))
    except (ValueError, struct.error):
        return {}
