"""``Rich`` as Discord's markdown, with everything from outside inert.

Discord reads markdown in every message, also where nobody asked for it, so outside text is
escaped character by character. What a backslash does not reach (``@everyone`` is looked for in
the raw text) is broken by a zero-width space, which no one sees. Sending with
``AllowedMentions.none()`` is the second lock on the same door.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from bot.render.clean import host_of
from bot.render.rich import Rich, Span

BREAK = "\u200b"  # parts what would otherwise be read as one mark or one mention
LINK = 1000  # the longest address made clickable; a longer one would crowd out the text

_ALWAYS = re.compile(r"[\\*_~|`<>\[\]#]")
_LINE_START = re.compile(r"^([ \t]*)([-+])|^([ \t]*\d+)(\.)", re.MULTILINE)
_AUTOLINK = re.compile(r":(?=//)|(?<=mailto):", re.IGNORECASE)
_INVITE = re.compile(r"(?<=discord\.gg)/|(?<=discord\.com)/|(?<=discordapp\.com)/", re.IGNORECASE)
_EVERYONE = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_SAFE = "%/:=&?~#+!$,;'@*-._"


def escape(text: str) -> str:
    """Outside text that shows as it is written: no style, link, mention, emoji, list or quote."""
    text = _ALWAYS.sub(r"\\\g<0>", text)
    text = _LINE_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] else f"{m[3]}\\{m[4]}", text)
    text = _INVITE.sub(r"\\/", _AUTOLINK.sub(r"\\:", text))
    return _EVERYONE.sub(f"@{BREAK}", text)


def web_address(url: str | None) -> str | None:
    """The address as it may stand in markdown and in an embed; None when it can't be a link."""
    try:
        parts = urlsplit((url or "").strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or parts.username or parts.password:
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
        rest = quote(parts._replace(scheme="", netloc="").geturl(), safe=_SAFE)
    except UnicodeError:
        return None
    address = f"{parts.scheme.lower()}://{place}{rest if rest.startswith(('/', '?', '#')) else ''}"
    return address if len(address) <= LINK else None


def markdown(rich: Rich) -> str:
    """The text in Discord's markdown. A link shows the host it really leads to."""
    out = ""
    for span in _merged(rich):
        piece = _span(span)
        if span.quote:
            piece = ("" if not out or out.endswith("\n") else "\n") + piece + "\n"
        elif out[-1:] in ("*", "`") and piece[:1] in ("*", "`") and not out.endswith(("\\*", "\\`")):
            piece = BREAK + piece
        out += piece
    return out


def _merged(rich: Rich) -> list[Span]:
    """Spans of one style that touch, as one: ``**a****b**`` would not be read as bold."""
    merged: list[Span] = []
    for span in rich:
        if merged and _style(merged[-1]) == _style(span):
            merged[-1] = Span(merged[-1].text + span.text, *_style(span))
        elif span.text:
            merged.append(span)
    return merged


def _style(span: Span) -> tuple[bool, bool, bool, bool, str | None]:
    return (span.bold, span.italic, span.code, span.quote, span.url)


def _span(span: Span) -> str:
    body = span.text.strip()
    if not body:
        return span.text
    start, _, end = span.text.partition(body)
    text = _code(body) if span.code else escape(body)
    address = web_address(span.url)
    if address is not None:
        host = host_of(address)
        text = f"[{text}](<{address}>)"
        if host.casefold() not in body.casefold():
            text += f" ({escape(host)})"
    if span.italic:
        text = f"*{text}*"
    if span.bold:
        text = f"**{text}**"
    if span.quote:
        return "\n".join(f"> {line}" for line in text.split("\n"))
    return start + text + end


def _code(text: str) -> str:
    """In backticks; where they can't hold it (a line break, backticks in a row), as plain text."""
    if "\n" in text or "``" in text:
        return escape(text)
    text = _EVERYONE.sub(f"@{BREAK}", text).replace("<@", f"<{BREAK}@")
    return f"`` {text} ``" if "`" in text else f"`{text}`"
