"""A tree of RSS, RDF or Atom to a ``Feed``; the tree may be ElementTree's or lxml's.

The walk is one pass over an item's children; ``feed_words`` says which field of the entry each fills.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from xml.etree import ElementTree

from lxml import etree

from digests.model import Entry, Feed
from digests.text.machine_dates import machine_date
from digests.watch import fields

_NAMESPACES: Final = {
    "": "",
    "http://purl.org/rss/1.0": "",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://channel.netscape.com/rdf/simple/0.9": "",
    "http://purl.org/net/rss1.1#": "",
    "http://my.netscape.com/publish/formats/rss-0.91.dtd": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://backend.userland.com/rss191": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://www.w3.org/2005/atom": "atom:",
    "http://purl.org/atom/ns#": "atom:",
    "http://purl.org/echo": "atom:",
    "uri/of/echo/namespace#": "atom:",
    "http://purl.org/pie": "atom:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://purl.org/dc/elements/1.1": "dc:",
    "http://purl.org/dc/elements/1.0": "dc:",
    "http://purl.org/dc/terms": "dcterms:",
    "http://purl.org/rss/1.0/modules/content": "content:",
    "http://purl.org/rss/1.0/modules/syndication": "sy:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://www.w3.org/1999/xhtml": "xhtml:",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner:",
}
# Element -> (field, rank); of several, the lowest rank wins, and the first among equals.
FIELDS: Final[dict[str, tuple[str, int]]] = {
    "title": ("title", 0),
    "atom:title": ("title", 0),
    "dc:title": ("title", 1),
    "media:title": ("title", 2),
    "itunes:title": ("title", 3),
    "link": ("link", 0),
    "atom:link": ("link", 0),
    "feedburner:origlink": ("original", 0),
    "guid": ("guid", 0),
    "atom:id": ("guid", 0),
    "id": ("guid", 0),
    "dc:identifier": ("guid", 1),
    "content:encoded": ("text", 0),
    "atom:content": ("text", 0),
    "content": ("text", 1),
    "xhtml:body": ("text", 1),
    "xhtml:div": ("text", 1),
    "body": ("text", 1),
    "fullitem": ("text", 1),
    "description": ("text", 2),
    "atom:summary": ("text", 2),
    "summary": ("text", 3),
    "dc:description": ("text", 3),
    "dcterms:abstract": ("text", 4),
    "itunes:summary": ("text", 4),
    "media:description": ("text", 5),
    "itunes:subtitle": ("text", 6),
    "author": ("author", 0),
    "atom:author": ("author", 0),
    "dc:creator": ("author", 0),
    "dc:author": ("author", 0),
    "itunes:author": ("author", 1),
    "pubdate": ("published", 0),
    "atom:published": ("published", 0),
    "published": ("published", 0),
    "atom:issued": ("published", 0),
    "dcterms:issued": ("published", 1),
    "dc:date": ("published", 1),
    "dcterms:created": ("published", 2),
    "atom:created": ("published", 2),
    "date": ("published", 2),
    "atom:updated": ("updated", 0),
    "updated": ("updated", 0),
    "atom:modified": ("updated", 0),
    "dcterms:modified": ("updated", 1),
    "category": ("tag", 0),
    "atom:category": ("tag", 0),
    "dc:subject": ("tag", 0),
    "media:category": ("tag", 0),
    "itunes:category": ("tag", 0),
    "enclosure": ("enclosure", 0),
    "media:thumbnail": ("media", 0),
    "media:content": ("media", 0),
    "itunes:image": ("media", 1),
    "media:group": ("group", 0),
    "language": ("language", 0),
    "dc:language": ("language", 0),
}

seen_fields: dict[str, tuple[str, int] | None] = {}
"""By an element's tag, for those seen; bounded, see ``learn_name``."""

_seen_names: dict[str, str] = {}


def name_of(node: Any) -> str:
    """An element's name as the tables have it: a short prefix for its namespace, lower case."""
    tag = node.tag
    known = _seen_names.get(tag)
    return learn_name(tag) if known is None else known


def learn_name(tag: Any) -> str:
    """The name of a tag that was not seen before."""
    if not isinstance(tag, str) or len(tag) > 200:  # lxml's entities, or nonsense
        return ""
    space, _, local = tag.rpartition("}")
    prefix = _NAMESPACES.get(space[1:].lower().rstrip("/"))
    local = local.lower()
    if prefix is None:
        name = f"other:{local}"
    elif ":" in local:  # an undeclared prefix that the forgiving reader left in the name
        name = local
    else:
        name = prefix + local
    if len(_seen_names) < 4096:
        _seen_names[tag] = name
        seen_fields[tag] = FIELDS.get(name)
    return name


_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_ABOUT: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_PERIODS: Final = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
_IMAGE_ENDINGS: Final = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")
_DECLARED: Final = re.compile(r'\sxmlns(?::[\w.-]+)?="[^"]*"')


def read_tree(root: Any, url: str) -> Feed | None:
    """The feed in a parsed tree, None when the tree is no feed."""
    kind = name_of(root).rpartition(":")[2]
    if kind not in ("rss", "rdf", "feed", "channel"):
        return None
    base = fields.link(url, root.get(_BASE)) or url
    channel = _Channel(root.get(_LANG) or "", base)
    holders = [root, *(node for node in root if name_of(node).rpartition(":")[2] == "channel")]
    items: list[tuple[Any, str]] = []
    for holder in holders:
        inner = fields.link(base, holder.get(_BASE)) or base
        channel.base = inner
        channel.language = holder.get(_LANG) or channel.language
        for node in holder:
            name = name_of(node)
            local = name.rpartition(":")[2]
            if local in ("item", "entry"):
                if len(items) < fields.MAX_ITEMS:
                    items.append((node, inner))
            elif local == "items" and name != "rdf:items":
                items.extend((n, inner) for n in list(node)[: fields.MAX_ITEMS - len(items)] if _is_item(n))
            else:
                channel.take(name, node)
    language = _language(channel.language)
    return Feed(
        title=channel.title,
        site_url=channel.site,
        language=language,
        entries=tuple(_entry(node, inner, language) for node, inner in items),
        ttl=channel.ttl or channel.period(),
        skip_hours=frozenset(channel.skip),
        hub=channel.hub or None,
        self_url=channel.self_url or None,
    )


def _language(text: str | None) -> str | None:
    return fields.line(text)[:35].replace("_", "-") or None if text else None


def _is_item(node: Any) -> bool:
    return name_of(node).rpartition(":")[2] == "item"


class _Channel:
    """Facts of the feed itself, gathered while its children pass by."""

    def __init__(self, language: str, base: str) -> None:
        self.language, self.base = language, base
        self.title = self.site = self.hub = self.self_url = ""
        self.ttl: timedelta | None = None
        self.skip: set[int] = set()
        self._period, self._frequency = 0, 1

    def take(self, name: str, node: Any) -> None:
        match name:
            case "title" | "atom:title" | "dc:title":
                self.title = self.title or _title(node)
            case "link" if not node.get("href"):
                self.site = self.site or fields.link(self.base, node.text)
            case "atom:link" | "link":
                self._link(node)
            case "language" | "dc:language":
                self.language = (node.text or "").strip() or self.language
            case "ttl":
                minutes = _number(node.text)
                self.ttl = timedelta(minutes=min(minutes, 43_200)) if minutes else None
            case "skiphours":
                self.skip |= {
                    _number(hour.text) % 24 for hour in node if (hour.text or "").strip().isdecimal()
                }
            case "sy:updateperiod":
                self._period = _PERIODS.get((node.text or "").strip().lower(), 0)
            case "sy:updatefrequency":
                self._frequency = max(1, _number(node.text))

    def _link(self, node: Any) -> None:
        target = fields.link(self.base, node.get("href"))
        match (node.get("rel") or "alternate").lower():
            case "hub":
                self.hub = self.hub or target
            case "self":
                self.self_url = self.self_url or target
            case "alternate":
                self.site = self.site or target

    def period(self) -> timedelta | None:
        """The syndication module's pace, at most a month."""
        return timedelta(minutes=min(self._period / self._frequency, 43_200)) if self._period else None


def _number(text: str | None) -> int:
    text = (text or "").strip()[:9]
    return int(text) if text.isascii() and text.isdecimal() else 0


class _Item:
    """What has been gathered of an entry: for each field the best-ranked value so far."""

    __slots__ = ("alternate", "authors", "base", "best", "enclosure", "image", "tags")

    def __init__(self, base: str) -> None:
        self.base = base
        self.best: dict[str, tuple[int, Any]] = {}
        self.alternate = self.enclosure = self.image = ""
        self.authors: list[str] = []
        self.tags: list[str] = []


def _entry(node: Any, base: str, language: str | None) -> Entry:
    item = _Item(fields.link(base, node.get(_BASE)) or base if node.get(_BASE) else base)
    _gather(node, item)
    best = item.best
    guid = fields.line((best["guid"][1].text if "guid" in best else "") or node.get(_ABOUT))
    original = best["original"][1].text if "original" in best else ""
    url = fields.link(item.base, original) or item.alternate
    if not url and guid.startswith("http"):  # some that are said to be none open all the same
        url = fields.link(item.base, guid)
    own_language = node.get(_LANG) or (best["language"][1].text if "language" in best else "")
    return Entry(
        guid=guid,
        url=url or item.enclosure,
        title=_title(best["title"][1]) if "title" in best else "",
        html=_html(best["text"][1]) if "text" in best else "",
        authors=tuple(dict.fromkeys(item.authors)),
        published=_date(best, "published"),
        updated=_date(best, "updated"),
        image=item.image or None,
        language=_language(own_language) or language,
        tags=tuple(dict.fromkeys(item.tags)),
    )


def _date(best: dict[str, tuple[int, Any]], field: str) -> datetime | None:
    return machine_date(best[field][1].text) if field in best else None


def _gather(holder: Any, item: _Item) -> None:
    best = item.best
    for node in holder:
        tag = node.tag
        known = seen_fields[tag] if tag in seen_fields else FIELDS.get(learn_name(tag))
        if known is None:
            continue
        field, rank = known
        if field in _COLLECT:
            _COLLECT[field](node, item, rank)
        elif (field not in best or rank < best[field][0]) and (node.text or len(node)):
            best[field] = (rank, node)


def _take_link(node: Any, item: _Item, rank: int) -> None:
    href = node.get("href")
    if href is None:
        item.alternate = item.alternate or fields.link(item.base, node.text)
        return
    rel = (node.get("rel") or "alternate").lower()
    base = fields.link(item.base, node.get(_BASE)) or item.base if node.get(_BASE) else item.base
    if rel == "alternate" and (not item.alternate or node.get("type") == "text/html"):
        item.alternate = fields.link(base, href) or item.alternate
    elif rel == "enclosure":
        _take_enclosure(node, item, rank)


def _take_enclosure(node: Any, item: _Item, rank: int) -> None:
    target = fields.link(item.base, node.get("url") or node.get("href"))
    item.enclosure = item.enclosure or target
    if (node.get("type") or "").startswith("image/"):
        item.image = item.image or target


def _take_media(node: Any, item: _Item, rank: int) -> None:
    target = node.get("url") or node.get("href") or ""
    name = name_of(node)
    is_image = name != "media:content" or (
        node.get("medium") == "image"
        or (node.get("type") or "").startswith("image/")
        or (
            not node.get("medium") and not node.get("type") and target[:4096].lower().endswith(_IMAGE_ENDINGS)
        )
    )
    if is_image:
        item.image = item.image or fields.link(item.base, target)
    if len(node):
        _gather_group(node, item, rank)


def _gather_group(node: Any, item: _Item, rank: int) -> None:
    """``media:group`` or ``media:content`` holding more; two levels are all the format has."""
    for inner in node:
        name = name_of(inner)
        if name in ("media:thumbnail", "media:content"):
            if not len(inner):
                _take_media(inner, item, rank)
        elif name in ("media:title", "media:description"):
            field, own = FIELDS[name]
            if field not in item.best and inner.text:
                item.best[field] = (own, inner)


def _take_author(node: Any, item: _Item, rank: int) -> None:
    if len(item.authors) >= 20 or (rank and item.authors):
        return
    names = [n.text for n in node if name_of(n).rpartition(":")[2] == "name"] or [node.text]
    name = fields.line(names[0])
    if "@" in name and name.endswith(")"):  # RSS: address (Name)
        name = name.partition("(")[2][:-1].strip() or name
    if name:
        item.authors.append(name)


def _take_tag(node: Any, item: _Item, rank: int) -> None:
    tag = fields.line(node.get("term") or node.text or node.get("text") or node.get("label"))
    if tag and len(item.tags) < 50:
        item.tags.append(tag)


_COLLECT: Final = {
    "link": _take_link,
    "enclosure": _take_enclosure,
    "media": _take_media,
    "group": _gather_group,
    "author": _take_author,
    "tag": _take_tag,
}


def _title(node: Any) -> str:
    """A title as plain text; Atom says by its type whether markup in it is meant as markup."""
    if node.get("type") in ("text", "text/plain") and not len(node) and node.get("mode") is None:
        return fields.line(node.text)
    if len(node):
        return fields.title("".join(_pieces(node)))
    return fields.title(_unpacked(node))


def _html(node: Any) -> str:
    """An entry's text as HTML, at most ``MAX_CONTENT`` characters."""
    if len(node):
        if node.get("type") in ("html", "text/html") and not (node.text or "").strip():
            node = node[0]  # a div around markup that is escaped after all
            if not len(node):
                return (node.text or "")[: fields.MAX_CONTENT].strip()
        return _markup(node)[: fields.MAX_CONTENT].strip()
    text = _unpacked(node)[: fields.MAX_CONTENT].strip()
    atom_text = name_of(node).startswith("atom:") and node.get("mode") is None
    if atom_text and (node.get("type") or "text") in ("text", "text/plain"):
        return html.escape(text, quote=False)
    return text


def _unpacked(node: Any) -> str:
    text: str = node.text or ""
    kind = node.get("type") or ""
    packed = node.get("mode") == "base64" or (
        name_of(node).startswith("atom:")
        and "/" in kind
        and not kind.startswith("text/")
        and "xml" not in kind
    )
    if packed:
        try:
            return base64.b64decode(text[: fields.MAX_CONTENT * 2]).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return text
    return text


def _pieces(node: Any, limit: int = 2000) -> Iterator[str]:
    for count, piece in enumerate(node.itertext()):
        if count >= limit:
            return
        yield piece


def _markup(node: Any) -> str:
    """Markup written straight into the feed (XHTML, or description with loose tags)."""
    try:
        parts = [html.escape(node.text or "", quote=False)]
        for child in node:
            parts.append(_serialized(child))
        return "".join(parts)
    except (RecursionError, ValueError):
        return html.escape("".join(_pieces(node)), quote=False)


def _serialized(node: Any) -> str:
    """One child with its tail, without the prefixes its namespaces would get."""
    for inner in node.iter():
        if isinstance(inner.tag, str) and "}" in inner.tag:
            inner.tag = inner.tag.rpartition("}")[2]
        if inner.attrib:
            for key in [k for k in inner.attrib if "}" in k]:
                del inner.attrib[key]
    if isinstance(node, etree._Element):
        start, end, rest = etree.tostring(node, encoding="unicode", method="html").partition(">")
        return _DECLARED.sub("", start) + end + rest  # what is declared around it is not its own
    return ElementTree.tostring(node, encoding="unicode", method="html")
