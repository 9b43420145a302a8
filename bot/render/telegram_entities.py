"""Text with meaning as Telegram messages: the text, and entities that point into it.

Entities instead of a markup language: no title can break a parser that never runs. Offsets and
lengths count UTF-16 code units, as the Bot API does.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, pairwise
from urllib.parse import urlsplit

from bot.render.clean import visible
from bot.render.digest_text import FOLDS
from bot.render.rich import Rich, Span, plain
from bot.render.split import split

LIMIT = 4096  # UTF-16 units in a message, core.telegram.org/bots/api#sendmessage
CAPTION = 1024  # in a photo's caption
ENTITIES = 100  # in a message; Telegram drops what is beyond

INERT = "\u2060"  # a word joiner: no one sees it, and no parser takes "@⁠name" for a mention
_MENTION = re.compile(r"(?<![A-Za-z0-9])@(?=[A-Za-z0-9_])")
_APP_LINK = re.compile(r"(?i)(?:tg|ton|tonsite):(?=//)")
_COMMAND = re.compile(r"(?<![A-Za-z0-9_/])/(?=[A-Za-z0-9_])")
_DROPPED = re.compile("[\u030a\u0333\u033f]")  # Telegram takes these marks out of every text


@dataclass(frozen=True, slots=True)
class Entity:
    """A style over part of a text, in UTF-16 units; ``url`` for a ``text_link`` only."""

    type: str
    offset: int
    length: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What one message says."""

    text: str
    entities: tuple[Entity, ...] = ()


def utf16(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def prepare(rich: Rich, *, commands: bool = True) -> Rich:
    """The text as Telegram will keep it, with mentions inert (and commands, unless ``commands``)."""
    return _inert(tuple(replace(span, text=safe(span.text)) for span in rich), commands)


def cut(prepared: Rich, limit: int = LIMIT) -> list[Rich]:
    """Parts that fit a message each. Joined, their texts are the text; a part of blank space only
    is left out."""
    parts = [part for whole in split(prepared, limit, utf16) for part in _few_entities(whole)]
    return [part for part in parts if plain(part).strip()]


def pieces(rich: Rich, limit: int = LIMIT, *, commands: bool = True) -> list[Rich]:
    """``prepare`` and ``cut``."""
    return cut(prepare(rich, commands=commands), limit)


def draw(part: Rich) -> Message:
    """One part as text and entities, without the blank space around it."""
    text = plain(part)
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    spans: list[tuple[int, int, Span]] = []
    at = 0
    for span in part:
        spans.append((max(at, start), min(at + len(span.text), end), span))
        at += len(span.text)
    spans = [(first, last, span) for first, last, span in spans if first < last]
    return Message(text[start:end], tuple(_entities(text, start, spans)))


def messages(rich: Rich, limit: int = LIMIT, *, commands: bool = True) -> list[Message]:
    """The text as messages, every one within the limits and valid on its own."""
    return [draw(part) for part in pieces(rich, limit, commands=commands)]


def web_link(url: str | None) -> str | None:
    """The address if it can stand in an entity: http or https, with a host, of sane length."""
    # A backslash or a name before the host: readers of addresses do not agree on where that leads.
    if not url or len(url) > 2048 or re.search(r"[\s\\\x00-\x1f\x7f\ud800-\udfff]", url):
        return None
    try:
        parts = urlsplit(url)
        ok = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and parts.port != 0
        ok = ok and "@" not in parts.netloc
    except ValueError:
        return None
    return url if ok else None


def safe(text: str) -> str:
    """A text as Telegram will keep it."""
    return _DROPPED.sub("", unicodedata.normalize("NFC", visible(text)))


def _inert(rich: Rich, commands: bool) -> Rich:
    """Puts a word joiner where Telegram would see a mention, a link into the app or a command."""
    text = plain(rich)
    patterns = [_MENTION, _APP_LINK] if commands else [_MENTION, _APP_LINK, _COMMAND]
    places = sorted(match.end() for pattern in patterns for match in pattern.finditer(text))
    spans: list[Span] = []
    at = 0
    for span in rich:
        end = at + len(span.text)
        first, last = bisect_right(places, at), bisect_right(places, end)
        inside = [] if span.code and not span.url else [place - at for place in places[first:last]]
        cuts = [0, *inside, len(span.text)]
        words = [span.text[a:b] for a, b in pairwise(cuts)]
        spans.append(replace(span, text=INERT.join(words)))
        at = end
    return tuple(spans)


def _few_entities(part: Rich) -> list[Rich]:
    """Cut in about halves until each has no more entities than a message may have."""
    if len(draw(part).entities) <= ENTITIES:
        return [part]
    halves = split(part, utf16(plain(part)) * 9 // 16, utf16)
    return [piece for half in halves for piece in _few_entities(half)]


# From the outermost style to the innermost; a style ends where one outside it does, so that of two
# entities one always holds the other. Code holds no others and is held by a quotation only.
_STYLES: tuple[tuple[str, Callable[[Span], object]], ...] = (
    ("blockquote", lambda span: span.quote),
    ("text_link", lambda span: web_link(span.url)),
    ("code", lambda span: span.code and not web_link(span.url)),
    ("bold", lambda span: span.bold and (bool(web_link(span.url)) or not span.code)),
    ("italic", lambda span: span.italic and (bool(web_link(span.url)) or not span.code)),
)


def _styles_of(depth: int, piece: tuple[int, int, Span]) -> tuple[object, ...]:
    return tuple(style(piece[2]) for _, style in _STYLES[: depth + 1])


def _entities(text: str, start: int, spans: list[tuple[int, int, Span]]) -> list[Entity]:
    found: list[Entity] = []
    for depth, (kind, style) in enumerate(_STYLES):
        for _, run in groupby(spans, key=partial(_styles_of, depth)):
            stretch = list(run)
            value = style(stretch[0][2])
            first, last = stretch[0][0], stretch[-1][1]
            shown = text[first:last].strip()
            if not value or not shown:
                continue
            first += len(text[first:last]) - len(text[first:last].lstrip())
            length = utf16(shown)
            name = "expandable_blockquote" if kind == "blockquote" and length > FOLDS else kind
            found.append(
                Entity(name, utf16(text[start:first]), length, str(value) if kind == "text_link" else None)
            )
    return sorted(found, key=lambda entity: (entity.offset, -entity.length))
