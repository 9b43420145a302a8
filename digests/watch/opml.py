"""Lists of feeds that other programs make: OPML in and out, and JSON and plain lists in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from io import StringIO
from itertools import islice
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


MAX_LISTED: Final = 2_000
_FEED_LISTS_MAX_DEPTH: Final = 12
_MAX_VALUES: Final = 100_000
_ADDRESS = ("url", "link", "feedUrl", "feed_url", "xmlUrl")
_NAME = ("title", "name", "text")
_URL = re.compile(r"https?://[^\s<>\"'`)\]]+", re.IGNORECASE)
_TITLE = re.compile(r"^\W{0,4}(?:title|name)\W{0,4}:\W{0,4}\s*(.+?)\W{0,3}$", re.IGNORECASE)


def read_feed_list(body: bytes) -> tuple[Source, ...] | Failure:
    """The feeds of a JSON or text list in order, each once."""
    words = body.decode("utf-8-sig", errors="replace")
    found: dict[str, Source] = {}
    if words.lstrip()[:1] in ("{", "["):
        try:
            _take(read_json(words), found, 0)
        except (ValueError, RecursionError):
            return Failure(FailureKind.UNREADABLE, "the file begins like JSON and is none")
    else:
        _take_lines(words, found)
    if not found:
        return Failure(FailureKind.EMPTY, "the file names no feed")
    return door(tuple(found.values()))


def read_json(words: str) -> Any:
    """What is in a file of JSON. ValueError when it holds more values than any list of feeds (each takes some
    hundred bytes of memory), RecursionError when they lie too deep."""
    if words.count(",") > _MAX_VALUES:
        raise ValueError(f"more than {_MAX_VALUES} values")
    return json.loads(words)


def _take(value: Any, found: dict[str, Source], depth: int) -> None:
    if depth > _FEED_LISTS_MAX_DEPTH or len(found) >= MAX_LISTED:
        return
    if isinstance(value, str):
        _add(value, "", found)
    elif isinstance(value, list):
        for one in value:
            _take(one, found, depth + 1)
    elif isinstance(value, dict):
        address = next((value[key] for key in _ADDRESS if isinstance(value.get(key), str)), None)
        name = next((value[key] for key in _NAME if isinstance(value.get(key), str)), "")
        if address is not None:
            _add(address, name, found)
            return
        for one in value.values():
            if isinstance(one, list | dict):
                _take(one, found, depth + 1)


def _take_lines(words: str, found: dict[str, Source]) -> None:
    name = ""
    for line in islice(StringIO(words, newline=None), _MAX_VALUES):
        title = _TITLE.match(line[: fields.MAX_FIELD])
        address = _URL.search(line[: fields.MAX_FIELD])
        if title and not address:
            name = title[1]
        elif address:
            _add(address[0], name, found)
            name = ""
        if len(found) >= MAX_LISTED:
            return


def _add(address: str, name: str, found: dict[str, Source]) -> None:
    url = fields.link("", address.strip()) if address.lower().startswith(("http://", "https://")) else ""
    if url and url not in found and len(found) < MAX_LISTED:
        found[url] = Source(url=url, name=fields.title(name))
