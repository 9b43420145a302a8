"""``Rich`` as Discord's markdown, with everything from outside inert.

Discord reads markdown in every message, also where nobody asked for it, so outside text is
escaped character by character. What a backslash does not reach (``@everyone`` is looked for in
the raw text) is broken by a zero-width space, which no one sees. Sending with
``AllowedMentions.none()`` is the second lock on the same door.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote, urlsplit

from bot.render.clean import host_of
from bot.render.rich import Rich, Span

BREAK = "\u200b"  # parts what would otherwise be read as one mark or one mention
LINK = 1000  # the longest address made clickable; a longer one would crowd out the text

_ALWAYS = "\\*_~|`<>[]#"  # the backslash first: those that follow put in more of them
_LINE_START = re.compile(r"^([ \t]*)([-+])|^([ \t]*\d+)(\.)", re.MULTILINE)
# The literal stands first: that is what makes a search fast.
_COLON = re.compile(r":(?:(?=//|[\w+-]+:)|(?<=mailto:))", re.IGNORECASE)  # a link, or an emoji by its name
_INVITE = re.compile(
    r"/(?:(?<=discord\.gg/)|(?<=discord\.(?:com|new)/)|(?<=discord\.gift/)|(?<=discordapp\.com/))",
    re.IGNORECASE,
)
# Discord puts a card under these, whatever stands around them.
_CARD = re.compile(
    r"https?://(?:[\w-]+\.)*(?:discord\.(?:gg|gift|new)|discord(?:app)?\.com/(?:invite|gifts|template))(?![\w.-])"
)
_EVERYONE = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_SAFE = "%/:=&?~#+!$,;'@*-._"


def escape(text: str) -> str:
    """Outside text that shows as it is written: no style, link, mention, emoji, list or quote."""
    for mark in _ALWAYS:
        text = text.replace(mark, f"\\{mark}")
    text = _LINE_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] else f"{m[3]}\\{m[4]}", text)
    text = _INVITE.sub(r"\\/", _COLON.sub(r"\\:", text))
    return _EVERYONE.sub(f"@{BREAK}", text)


def web_address(url: str | None) -> str | None:
    """The address as it may stand in markdown and in an embed; None when it can't be a link."""
    try:
        parts = urlsplit((url or "").strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", host):
        return None
    place = f"[{host}]" if ":" in host else host
    place += "" if port is None else f":{port}"
    try:
        rest = quote(parts.geturl().removeprefix(f"{parts.scheme}://{parts.netloc}"), safe=_SAFE)
    except UnicodeError:
        return None
    address = _EVERYONE.sub("%40", f"{parts.scheme}://{place}{rest}")
    return address if len(address) <= LINK and not _CARD.match(address) else None


def markdown(rich: Rich) -> str:
    """The text in Discord's markdown. A link shows the host it really leads to, unless its span says that
    stands there already."""
    out = ""
    for span in _merged(map(_drawable, rich)):
        piece = _span(span)
        if span.quote:
            piece = ("" if not out or out.endswith("\n") else "\n") + piece + "\n"
        elif out.endswith(("*", "`")) and piece.startswith(("*", "`")):
            piece = BREAK + piece
        out += piece
    return _EVERYONE.sub(f"@{BREAK}", out)


def _drawable(span: Span) -> Span:
    """The span in the styles it can have: code holds no line break and no backticks in a row."""
    plain = "\n" in span.text.strip() or "``" in span.text
    return replace(span, code=span.code and not plain, url=web_address(span.url))


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Spans of one style that touch, as one: ``**a****b**`` would not be read as bold, and a mark
    begun in one and ended in the other would escape the escaping."""
    merged: list[Span] = []
    for span in spans:
        if merged and not span.code and replace(merged[-1], text=span.text) == span:
            merged[-1] = replace(span, text=merged[-1].text + span.text)
        elif span.text:
            merged.append(span)
    return merged


def _span(span: Span) -> str:
    body = span.text.strip()
    if not body:
        return span.text
    start, _, end = span.text.partition(body)
    text = _code(body) if span.code else escape(body)
    if span.url is not None:
        host = host_of(span.url)
        text = f"[{text}](<{span.url}>)"
        if not span.named and not re.search(
            rf"(?<![\w.-]){re.escape(host)}(?![\w-]|\.\w)", body, re.IGNORECASE
        ):
            text += f" ({escape(host)})"
    if span.italic:
        text = f"*{text}*"
    if span.bold:
        text = f"**{text}**"
    if span.quote:
        return "\n".join(f"> {line}" for line in text.split("\n"))
    return start + text + end


def _code(text: str) -> str:
    text = text.replace("<@", f"<{BREAK}@")
    return f"`` {text} ``" if "`" in text else f"`{text}`"
