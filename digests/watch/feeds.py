"""Feed documents to values: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed 1 and 1.1."""

from __future__ import annotations

import re
from typing import Final

from digests.model import Failure, FailureKind, Feed
from digests.text.door import door
from digests.watch.encodings import decode
from digests.watch.feed_json import parse_json_feed
from digests.watch.feed_xml import read_tree
from digests.watch.xml_tree import fast_tree, forgiving_tree

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
