"""Rich messages as Telegram reads them: its HTML becomes blocks, and what breaks a rule is refused.

The rules are those of core.telegram.org/bots/api#rich-message-formatting-options. Where the real server might
mend something (an empty block, text beside blocks), this one refuses, so that a test sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from tests.fakes.strict_telegram import Refusal, check_url

CHARACTERS, BLOCKS, DEPTH, MEDIA = 32_768, 500, 16, 50
NAMED = {
    "lt",
    "gt",
    "amp",
    "quot",
    "apos",
    "nbsp",
    "hellip",
    "mdash",
    "ndash",
    "lsquo",
    "rsquo",
    "ldquo",
    "rdquo",
}
_INLINE = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "mark": "marked", "code": "code",
           "a": "url", "tg-time": "date_time"}  # fmt: skip
_TEXTS = {"p", "footer", "summary", "h1", "h2", "h3", "h4", "h5", "h6"}
_HOLDERS = {"details", "ul", "li"}

Node = dict[str, Any]


class _Reader(HTMLParser):
    """Builds a tree of ``{"tag", "attributes", "inner"}``; strings are text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.root: Node = {"tag": "", "attributes": {}, "inner": []}
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _INLINE.keys() | _TEXTS | _HOLDERS | {"img", "hr", "br"}:
            raise _bad(f"unsupported start tag {tag}")
        node = {"tag": tag, "attributes": dict(attrs), "inner": []}
        self.open[-1]["inner"].append(node)
        if tag not in ("img", "hr", "br"):
            self.open.append(node)
            if len(self.open) - 1 > DEPTH:
                raise Refusal(400, "Bad Request: RICH_MESSAGE_DEPTH_INVALID")

    def handle_endtag(self, tag: str) -> None:
        if len(self.open) == 1 or self.open[-1]["tag"] != tag:
            raise _bad(f"unexpected end tag {tag}")
        self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("img", "hr", "br"):
            raise _bad(f"{tag} can't close itself")
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        self.open[-1]["inner"].append(data)

    def handle_entityref(self, name: str) -> None:
        if name not in NAMED:
            raise _bad(f"unsupported entity {name}")
        self.handle_data({"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}.get(name, " "))

    def handle_charref(self, name: str) -> None:
        self.handle_data(chr(int(name[1:], 16) if name[:1] in "xX" else int(name)))


def read(given: Any) -> Node:
    """An ``InputRichMessage`` as the ``RichMessage`` that Telegram keeps."""
    if not isinstance(given, dict) or ("html" in given) == ("markdown" in given) or "markdown" in given:
        raise Refusal(400, "Bad Request: exactly one of html and markdown must be specified")
    reader = _Reader()
    reader.feed(given["html"])
    reader.close()
    if len(reader.open) > 1:
        raise _bad(f"can't find the end tag of {reader.open[-1]['tag']}")
    blocks = [_block(node) for node in reader.root["inner"]]
    every = list(_blocks(blocks))
    if not blocks:
        raise Refusal(400, "Bad Request: message text is empty")
    if len(every) > BLOCKS:
        raise Refusal(400, "Bad Request: RICH_MESSAGE_BLOCKS_TOO_MUCH")
    if len(said(blocks)) > CHARACTERS:
        raise Refusal(400, "Bad Request: RICH_MESSAGE_TOO_LONG")
    if sum(one.get("type") == "photo" for one in every) > MEDIA:
        raise Refusal(400, "Bad Request: RICH_MESSAGE_MEDIA_TOO_MUCH")
    return {"blocks": blocks} | ({"is_rtl": True} if given.get("is_rtl") else {})


def said(blocks: Any) -> str:
    """What the blocks say, each on a line."""
    return "\n".join(filter(None, ("".join(_runs(one)).strip() for one in _blocks(blocks))))


def hidden_links(node: Any) -> Iterator[str]:
    """The addresses behind words."""
    if isinstance(node, dict):
        if node.get("type") == "url":
            yield node["url"]
        node = list(node.values())
    for one in node if isinstance(node, list) else ():
        yield from hidden_links(one)


def _blocks(blocks: Any) -> Iterator[Node]:
    for one in blocks:
        yield one
        for item in one.get("items", ()):
            yield from _blocks(item["blocks"])
        yield from _blocks(one.get("blocks", ()))


def _runs(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for one in node:
            yield from _runs(one)
    elif isinstance(node, dict):
        yield from _runs(node.get("summary", node.get("text", "")))


def _block(node: Any) -> Node:
    if isinstance(node, str):
        raise _bad("text beside blocks")
    tag, inner = node["tag"], node["inner"]
    if tag == "img":
        check_url(node["attributes"].get("src"))
        if "not-an-image" in node["attributes"]["src"]:
            raise Refusal(400, "Bad Request: wrong type of the web page content")
        size = {"file_id": "p", "file_unique_id": "p", "width": 90, "height": 60}
        return {"type": "photo", "photo": [size]}
    if tag == "hr":
        return {"type": "divider"}
    if tag == "ul":
        if not inner or any(isinstance(one, str) or one["tag"] != "li" for one in inner):
            raise _bad("a list holds items alone")
        items = [
            {"label": "•", "blocks": [{"type": "paragraph", "text": _texts(one["inner"])}]} for one in inner
        ]
        return {"type": "list", "items": items}
    if tag == "details":
        if not inner or isinstance(inner[0], str) or inner[0]["tag"] != "summary":
            raise _bad("details need a summary")
        return {
            "type": "details",
            "summary": _texts(inner[0]["inner"]),
            "blocks": [_block(one) for one in inner[1:]],
        }
    if tag in ("p", "footer"):
        return {"type": "paragraph" if tag == "p" else tag, "text": _texts(inner)}
    if re.fullmatch(r"h[1-6]", tag):
        return {"type": "heading", "size": int(tag[1]), "text": _texts(inner)}
    raise _bad(f"{tag} is no block")


def _texts(inner: list[Any]) -> list[Any]:
    found = [_text(one) for one in inner]
    if not "".join(_runs(found)).strip():
        raise _bad("an empty block")
    return found


def _text(node: Any) -> Any:
    if isinstance(node, str):
        return node
    kind = _INLINE.get(node["tag"])
    if kind is None:
        raise _bad(f"{node['tag']} within a text")
    drawn = {"type": kind, "text": [_text(one) for one in node["inner"]]}
    attributes = node["attributes"]
    if kind == "url":
        check_url(attributes.get("href"))
        drawn["url"] = attributes["href"]
    if kind == "date_time":
        if not re.fullmatch(r"r|w?[dD]?[tT]?", attributes.get("format", "")):
            raise _bad("wrong format of a time")
        drawn |= {"unix_time": int(attributes["unix"]), "date_time_format": attributes["format"]}
    return drawn


def _bad(what: str) -> Refusal:
    return Refusal(400, f"Bad Request: can't parse rich message: {what}")
