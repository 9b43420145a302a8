"""OPML in and out: the list of feeds every reader can export."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from xml.etree import ElementTree

from digests.model import Failure, FailureKind, Source
from digests.watch import fields
from digests.watch.xml_tree import any_tree

MAX_FEEDS: Final = 10_000
_MAX_DEPTH: Final = 20


def read_opml(body: bytes) -> tuple[Source, ...] | Failure:
    """The feeds of an OPML document in order, each once; nested categories become topics.

    A feed's ``category`` attribute (``/World/Europe,Politics``) counts too.
    """
    root = any_tree(body)
    if root is None or str(root.tag).lower() != "opml":
        return Failure(FailureKind.UNREADABLE, "the file is not an OPML list of feeds")
    found: dict[str, Source] = {}
    waiting: list[tuple[Any, tuple[str, ...]]] = [(node, ()) for node in reversed(root)]
    while waiting and len(found) < MAX_FEEDS:
        node, topics = waiting.pop()
        attributes = {str(key).lower(): value for key, value in node.attrib.items()}
        name = fields.title(attributes.get("title") or attributes.get("text"))
        address = fields.link("", attributes.get("xmlurl"))
        if address:
            both = (*topics, *_categories(attributes.get("category", "")))
            if address in found:  # the same feed under two categories
                both = (*found[address].topics, *both)
            found[address] = Source(url=address, name=name, topics=tuple(dict.fromkeys(both)))
        elif str(node.tag).lower() == "outline" and name and len(topics) < _MAX_DEPTH:
            topics = (*topics, name)
        waiting.extend((child, topics) for child in reversed(node))
    if not found:
        return Failure(FailureKind.EMPTY, "the OPML list names no feed")
    return tuple(found.values())


def _categories(text: str) -> list[str]:
    parts = (part for listed in text[: fields.MAX_FIELD].split(",") for part in listed.split("/"))
    return [line for part in parts if (line := fields.line(part))]


def write_opml(sources: Iterable[Source], title: str, now: datetime) -> bytes:
    """The feeds as OPML 2.0, in one outline per first topic; the others go into ``category``.

    Sources of other kinds are left out: no reader could read them.
    """
    root = ElementTree.Element("opml", version="2.0")
    head = ElementTree.SubElement(root, "head")
    ElementTree.SubElement(head, "title").text = title
    ElementTree.SubElement(head, "dateCreated").text = format_datetime(now, usegmt=True)
    body = ElementTree.SubElement(root, "body")
    folders: dict[str, ElementTree.Element] = {}
    for source in sources:
        if source.kind != "feed":
            continue
        holder = body
        if source.topics:
            topic = source.topics[0]
            if topic not in folders:
                folders[topic] = ElementTree.SubElement(body, "outline", text=topic, title=topic)
            holder = folders[topic]
        name = source.name or source.url
        outline = ElementTree.SubElement(
            holder, "outline", type="rss", text=name, title=name, xmlUrl=source.url
        )
        if len(source.topics) > 1:
            outline.set("category", ",".join(topic.replace(",", " ") for topic in source.topics[1:]))
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
