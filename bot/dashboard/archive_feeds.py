"""The archive's feeds: RSS 2.0, Atom and JSON Feed 1.1, an item a digest. Values in, bytes out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from lxml import etree
from markupsafe import Markup

from bot.dashboard.view import digest_name, linkable
from bot.render.clean import clean
from digests.model import Digest, DigestItem
from digests.text.door import door

_ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed is of: the page it belongs to, and its own name below it."""

    title: str
    url: str
    file: str

    @property
    def self_url(self) -> str:
        return f"{self.url}/{self.file}"


def rss(channel: Channel, digests: Sequence[Digest]) -> tuple[bytes, str]:
    digests = door(tuple(digests))  # what an earlier version stored may hold what XML can't
    root = etree.Element("rss", {"version": "2.0"}, nsmap={"atom": _ATOM})
    top = etree.SubElement(root, "channel")
    _add(top, "title", clean(channel.title, 200))
    _add(top, "link", channel.url)
    _add(top, "description", f"Digests of {clean(channel.title, 200)}")
    link = {"rel": "self", "type": "application/rss+xml", "href": channel.self_url}
    etree.SubElement(top, f"{{{_ATOM}}}link", link)
    for digest in digests:
        item = etree.SubElement(top, "item")
        _add(item, "title", _title(digest))
        _add(item, "link", f"{channel.url}/{digest.id}")
        _add(item, "guid", f"{channel.url}/{digest.id}", isPermaLink="true")
        _add(item, "pubDate", format_datetime(digest.created, usegmt=True))
        _add(item, "description", str(_content(digest)))
    return _bytes(root), "application/rss+xml"


def atom(channel: Channel, digests: Sequence[Digest]) -> tuple[bytes, str]:
    digests = door(tuple(digests))
    root = etree.Element("feed", nsmap={None: _ATOM})  # type: ignore[dict-item] # the default namespace has no name
    _add(root, "title", clean(channel.title, 200))
    _add(root, "id", channel.url)
    etree.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": channel.url})
    etree.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": channel.self_url})
    newest = digests[0].created if digests else datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    _add(root, "updated", newest.isoformat())
    _add(etree.SubElement(root, "author"), "name", clean(channel.title, 200))
    for digest in digests:
        entry = etree.SubElement(root, "entry")
        url = f"{channel.url}/{digest.id}"
        _add(entry, "title", _title(digest))
        _add(entry, "id", url)
        etree.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": url})
        _add(entry, "published", digest.created.isoformat())
        _add(entry, "updated", digest.created.isoformat())
        _add(entry, "content", str(_content(digest)), type="html")
    return _bytes(root), "application/atom+xml"


def json_feed(channel: Channel, digests: Sequence[Digest]) -> tuple[bytes, str]:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": clean(channel.title, 200),
        "home_page_url": channel.url,
        "feed_url": channel.self_url,
        "items": [
            {
                "id": f"{channel.url}/{digest.id}",
                "url": f"{channel.url}/{digest.id}",
                "title": _title(digest),
                "content_html": str(_content(digest)),
                "date_published": digest.created.isoformat(),
            }
            for digest in digests
        ],
    }
    return json.dumps(feed, ensure_ascii=False).encode(), "application/feed+json"


FEEDS: Mapping[str, Callable[[Channel, Sequence[Digest]], tuple[bytes, str]]] = {
    "rss": rss,
    "atom": atom,
    "json": json_feed,
}


def _title(digest: Digest) -> str:
    return clean(digest_name(digest), 200) or f"Digest of {digest.created:%Y-%m-%d}"


def _content(digest: Digest) -> Markup:
    """The digest as simple HTML; whatever came from outside is escaped."""
    note = Markup("<p>{}</p>").format(clean(digest.note.text)) if digest.note else Markup("")
    return note + Markup("").join(map(_story, (*digest.items, *digest.headlines)))


def _story(item: DigestItem) -> Markup:
    text = clean(item.brief.text)
    links = [
        Markup('<a href="{}">{}</a>').format(link.url, clean(link.site, 80) or "Source")
        for link in item.links
        if linkable(link.url)
    ]
    return Markup("<h3>{}</h3>{}<p>{}</p>").format(
        clean(item.brief.headline, 300),
        Markup("<p>{}</p>").format(text) if text else "",
        Markup(", ").join(links),
    )


def _add(parent: etree._Element, name: str, words: str, **attributes: str) -> None:
    etree.SubElement(parent, name, attributes).text = words


def _bytes(root: etree._Element) -> bytes:
    body: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return body
