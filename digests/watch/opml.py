"""OPML in and out: the list of feeds every reader can export."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from xml.etree import ElementTree

from digests.model import Failure, FailureKind, Source
from digests.text.door import door
from digests.watch import fields
from digests.watch.resolve import of_the_web, with_scheme
from digests.watch.xml_tree import any_tree

MAX_FEEDS: Final = 10_000
_MAX_DEPTH: Final = 20


def read_opml(body: bytes) -> tuple[Source, ...] | Failure:
    """The feeds of an OPML document in order, each once; nested categories become topics.

    A feed's ``category`` attribute (``/World/Europe,Politics``) counts too. An address that no
    reader of ours could read is kept: whoever adds the feeds then tells what is wrong with it.
    What FreshRSS reads from a page by a program of its own is read as a page here.
    """
    root = any_tree(body)
    if root is None or _local(root) != "opml":
        return Failure(FailureKind.UNREADABLE, "the file is not an OPML list of feeds")
    found: dict[str, Source] = {}
    waiting: list[tuple[Any, tuple[str, ...]]] = [(node, ()) for node in reversed(root)]
    while waiting and len(found) < MAX_FEEDS:
        node, topics = waiting.pop()
        attributes = {str(key).lower(): value for key, value in node.attrib.items()}
        name = fields.title(attributes.get("title") or attributes.get("text"))
        given = fields.line(attributes.get("xmlurl"))
        address = given and (fields.link("", with_scheme(of_the_web(given))) or given)
        if address:
            both = (*topics, *_categories(attributes.get("category", "")))
            if address in found:  # the same feed under two categories
                both, name = (*found[address].topics, *both), found[address].name or name
            kind = "page" if attributes.get("type", "").lower().startswith("html") else "feed"
            found[address] = Source(url=address, kind=kind, name=name, topics=tuple(dict.fromkeys(both)))
        elif _local(node) == "outline" and name and len(topics) < _MAX_DEPTH:
            topics = (*topics, name)
        waiting.extend((child, topics) for child in reversed(node))
    if not found:
        return Failure(FailureKind.EMPTY, "the OPML list names no feed")
    return door(tuple(found.values()))


def _local(node: Any) -> str:
    """An element's name, whatever its namespace and case."""
    return str(node.tag).rpartition("}")[2].lower()


def _categories(text: str) -> list[str]:
    parts = (part for listed in text[: fields.MAX_FIELD].split(",") for part in listed.split("/"))
    return [line for part in parts if (line := fields.line(part))]


def write_opml(sources: Iterable[Source], title: str, now: datetime) -> bytes:
    """The feeds as OPML 2.0, in one outline per first topic; the others go into ``category``.

    Where that can't hold a topic (it splits at commas and slashes) all are outlines, one in the
    other. Sources of other kinds are left out: no reader could read them.
    """
    sources, title = door((tuple(sources), title))
    root = ElementTree.Element("opml", version="2.0")
    head = ElementTree.SubElement(root, "head")
    ElementTree.SubElement(head, "title").text = title
    ElementTree.SubElement(head, "dateCreated").text = format_datetime(now, usegmt=True)
    folders: dict[tuple[str, ...], ElementTree.Element] = {(): ElementTree.SubElement(root, "body")}
    for source in sources:
        if source.kind != "feed":
            continue
        nested = any("," in topic or "/" in topic for topic in source.topics[1:])
        path, tags = (source.topics, ()) if nested else (source.topics[:1], source.topics[1:])
        name = source.name or source.url
        outline = ElementTree.SubElement(
            _folder(folders, path), "outline", type="rss", text=name, title=name, xmlUrl=source.url
        )
        if tags:
            outline.set("category", ",".join(tags))
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _folder(
    folders: dict[tuple[str, ...], ElementTree.Element], path: tuple[str, ...]
) -> ElementTree.Element:
    """The outline of these topics, made where there is none yet."""
    if path not in folders:
        topic = path[-1]
        around = _folder(folders, path[:-1])
        folders[path] = ElementTree.SubElement(around, "outline", text=topic, title=topic)
    return folders[path]
