"""JSON Feed 1 and 1.1 to a ``Feed``."""

from __future__ import annotations

import html
import json
from typing import Any

from digests.model import Entry, Failure, FailureKind, Feed
from digests.text.machine_dates import machine_date
from digests.watch import fields


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
