"""Reading of a feed only what changed: the items whose bytes were read before are cut out.

Most readings bring two new items of thirty, and parsing the other twenty-eight is most of the
work. So each item's bytes are hashed; the hashes of one reading, its *marks*, are kept and
given to the next, which cuts the items it knows out of the document and parses what is left.
An edited item has other bytes, and a feed that gives every item another GUID changes them all:
both are parsed as ever.

A cut is only trusted where the parser confirms it: the document must be UTF-8, what is left of
it well formed, and the entries found as many as the items that were left. Marks are only given
for a document in which the parser found as many entries as were counted here. Else all is
parsed.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Final
from zlib import adler32, crc32

from digests.model import Entry, Failure, Feed
from digests.watch.feed_xml import read_tree
from digests.watch.feeds import parse_feed
from digests.watch.fields import MAX_ITEMS
from digests.watch.xml_tree import fast_tree

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
