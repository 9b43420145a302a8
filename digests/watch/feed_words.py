"""The words of RSS, RDF and Atom: what an element is called, and which field of an entry it fills.

A table says how well it does: ``content:encoded`` beats ``description``, ``dc:title`` yields to
``title``. The vocabulary comes from the formats' own specifications. Names that were seen are kept:
to look up a known one must cost nothing.
"""

from __future__ import annotations

from typing import Any, Final

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
