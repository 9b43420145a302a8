"""What Telegram accepts as a message's text: the rules of the Bot API, as functions.

Where the real server quietly mends something (an entity that ends outside the text), this one
refuses, so that a test sees it.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TEXT_LIMIT = 4096  # UTF-16 units, after parsing
CAPTION_LIMIT = 1024
ENTITY_LIMIT = 100

_PLAIN_TYPES = {
    "bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote",
    "code", "pre", "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number",
}  # fmt: skip
_QUOTES = {"blockquote", "expandable_blockquote"}
_ALONE = {"code", "pre"}  # may neither hold other styles nor be part of one, except a quotation
_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link",
}  # fmt: skip


class Refusal(Exception):
    """The server says no: an error code and its description."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass
class Accepted:
    """A text as the server keeps it, and whom it would notify."""

    text: str
    entities: list[dict[str, Any]] = field(default_factory=list)
    pings: list[str] = field(default_factory=list)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def accept(
    text: str,
    entities: list[dict[str, Any]] | None = None,
    *,
    parse_mode: str | None = None,
    limit: int = TEXT_LIMIT,
    empty: str | None = "message text is empty",
) -> Accepted:
    """The text as Telegram keeps it, or a ``Refusal`` as Telegram words it.

    ``empty`` is what is said to an empty text; None: it may be empty (a caption).
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Refusal(400, "Bad Request: strings must be encoded in UTF-8") from None
    if parse_mode and not entities:
        if parse_mode.lower() != "html":
            raise Refusal(400, "Bad Request: unsupported parse_mode")
        text, entities = parse_html(text)
    entities = list(entities or [])
    _check(text, entities)
    if re.search("[\x00-\x09\x0b-\x1f\u2028-\u202e\u0333\u033f\u030a]", text):
        if entities:
            raise Refusal(400, "Bad Request: entities point into a text that had to be cleaned")
        text = re.sub("[\x00-\x09\x0b\x0c\x0e-\x1f]", " ", text)
        text = re.sub("[\r\u2028-\u202e\u0333\u033f\u030a]", "", text)
    text, entities = _trim(text, entities)
    if not text and empty:
        raise Refusal(400, f"Bad Request: {empty}")
    if utf16(text) > limit:
        raise Refusal(
            400,
            "Bad Request: message is too long"
            if limit == TEXT_LIMIT
            else "Bad Request: message caption is too long",
        )
    if len(entities) > ENTITY_LIMIT:
        raise Refusal(400, "Bad Request: too many entities")
    return Accepted(text, entities, pings(text, entities))


def _check(text: str, entities: list[dict[str, Any]]) -> None:
    units = text.encode("utf-16-le")
    length = len(units) // 2
    spans: list[tuple[int, int, str]] = []
    for entity in entities:
        kind, offset, size = entity.get("type"), entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(size, int) or offset < 0 or size <= 0:
            raise Refusal(400, "Bad Request: can't parse MessageEntity: wrong offset or length")
        if offset + size > length:
            raise Refusal(400, "Bad Request: ENTITY_BOUNDS_INVALID")
        for edge in (offset, offset + size):
            if edge < length and 0xDC <= units[edge * 2 + 1] <= 0xDF:
                raise Refusal(400, "Bad Request: entity cuts a UTF-16 surrogate pair")
        if kind == "text_link":
            check_url(entity.get("url"))
        elif kind == "text_mention":
            if not isinstance(entity.get("user"), dict):
                raise Refusal(400, "Bad Request: can't parse MessageEntity: user expected")
        elif kind not in _PLAIN_TYPES:
            raise Refusal(400, f"Bad Request: can't parse MessageEntity: unsupported type {kind}")
        if not units[offset * 2 : (offset + size) * 2].decode("utf-16-le").strip():
            raise Refusal(400, "Bad Request: entity covers nothing but spaces")
        spans.append((offset, offset + size, str(kind)))
    for number, (start, end, kind) in enumerate(spans):
        for other_start, other_end, other in spans[number + 1 :]:
            if end <= other_start or other_end <= start:
                continue
            nested = (start <= other_start and other_end <= end) or (
                other_start <= start and end <= other_end
            )
            kinds = {kind, other}
            if not nested or kind == other or kinds <= _QUOTES or (kinds & _ALONE and not kinds & _QUOTES):
                raise Refusal(400, f"Bad Request: entities {kind} and {other} must not overlap")


def check_url(url: Any) -> None:
    """A link Telegram takes: http, https or tg, with a host that has a dot."""
    try:
        parts = urlsplit(url)
        valid = (
            isinstance(url, str)
            and not re.search(r"\s", url)
            and (
                parts.scheme == "tg" or (parts.scheme in ("http", "https") and "." in (parts.hostname or ""))
            )
        )
    except (ValueError, AttributeError, TypeError):
        valid = False
    if not valid:
        raise Refusal(400, "Bad Request: entity has an invalid URL")


def _trim(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    trimmed = text.strip()
    before = utf16(text[: len(text) - len(text.lstrip())])
    length = utf16(trimmed)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - before)
        end = min(length, entity["offset"] + entity["length"] - before)
        if start < end:
            kept.append({**entity, "offset": start, "length": end - start})
    return trimmed, kept


def pings(text: str, entities: list[dict[str, Any]]) -> list[str]:
    """Whom the text would notify or open: ``@names`` outside code, links to people, in-app links."""
    units = text.encode("utf-16-le")
    hidden = bytearray(len(units) // 2)
    found = [f"user {e['user'].get('id')}" for e in entities if e["type"] == "text_mention"]
    for entity in entities:
        if entity["type"] in _ALONE:
            hidden[entity["offset"] : entity["offset"] + entity["length"]] = b"\1" * entity["length"]
        elif entity["type"] == "text_link" and entity["url"].lower().startswith("tg:"):
            found.append(entity["url"])
    for match in re.finditer(r"(?<![A-Za-z0-9_])@[A-Za-z0-9_]+|(?i:\b(?:tg|ton|tonsite)://\S*)", text):
        if not hidden[utf16(text[: match.start()])]:
            found.append(match.group())
    return found


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Telegram's HTML: few tags, properly nested; anything else is refused."""
    text = ""
    entities: list[dict[str, Any]] = []
    opened: list[tuple[str, int, dict[str, Any]]] = []
    at = 0
    while at < len(source):
        where = len(source[:at].encode())
        if source[at] == "&":
            match = re.match(r"&(lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);", source[at:])
            text += html.unescape(match.group()) if match else "&"
            at += match.end() if match else 1
        elif source[at] != "<":
            text += source[at]
            at += 1
        elif source.startswith("</", at):
            match = re.match(r"</([a-zA-Z-]*)\s*>", source[at:])
            if not match or not opened:
                raise _bad(f"Unexpected end tag at byte offset {where}")
            tag, start, entity = opened.pop()
            if match.group(1).lower() not in ("", tag):
                raise _bad(
                    f'Unmatched end tag at byte offset {where}, expected "</{tag}>", found "{match.group()}"'
                )
            if utf16(text) > start:
                entities.append({**entity, "offset": start, "length": utf16(text) - start})
            at += match.end()
        else:
            match = re.match(
                r"<([a-zA-Z-]+)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']+))?)*)\s*>",
                source[at:],
            )
            tag = match.group(1).lower() if match else re.split(r"[\s>]", source[at + 1 :])[0]
            if not match or tag not in _TAGS:
                raise _bad(f'Unsupported start tag "{tag}" at byte offset {where}')
            opened.append((tag, utf16(text), _html_entity(tag, match.group(2), where)))
            at += match.end()
    if opened:
        raise _bad(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def _html_entity(tag: str, attributes: str, where: int) -> dict[str, Any]:
    if tag == "a":
        match = re.search(r"href\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))", attributes)
        return {
            "type": "text_link",
            "url": html.unescape(next(filter(None, match.groups()), "")) if match else "",
        }
    if tag == "span" and "tg-spoiler" not in attributes:
        raise _bad(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
    if tag == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    return {"type": _TAGS[tag]}


def _bad(what: str) -> Refusal:
    return Refusal(400, f"Bad Request: can't parse entities: {what}")
