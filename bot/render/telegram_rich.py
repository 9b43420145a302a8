"""A digest as one rich message of Telegram: headings, pictures, folds and a list in one document.

core.telegram.org/bots/api#rich-message-formatting-options: up to 32,768 characters of text, 500 blocks and 50
pictures. It is written in the Bot API's HTML, in which everything from outside is escaped; nothing in it is
looked through for mentions, links or commands.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.render.digest_text import Layout, Told
from bot.render.rich import Span
from bot.render.telegram_entities import safe, utf16, web_link

CHARACTERS, BLOCKS, PICTURES = 32_768, 500, 50
_IMAGE = re.compile(r'<img src="[^"]*"/>')
_TAG = re.compile(r"<[^>]*>")
_BLOCK = re.compile(r"<(?:p|h[1-6]|ul|li|details|footer|img)\b")


@dataclass(frozen=True, slots=True)
class RichMessage:
    """A rich message in Telegram's HTML."""

    html: str
    right_to_left: bool = False

    def payload(self) -> dict[str, Any]:
        """It as ``InputRichMessage``."""
        shown: dict[str, Any] = {"html": self.html, "skip_entity_detection": True}
        return shown | {"is_rtl": True} if self.right_to_left else shown

    @property
    def pictured(self) -> bool:
        return _IMAGE.search(self.html) is not None

    def without_pictures(self) -> RichMessage:
        return replace(self, html=_IMAGE.sub("", self.html))

    @property
    def words(self) -> str:
        """Every character it shows but blank space, in order."""
        return "".join(html.unescape(_TAG.sub("", self.html)).split())


def rich_message(laid: Layout, *, images: bool) -> RichMessage | None:
    """The layout as one message; None where it is more than one may hold.

    What comes after one screen is folded under its headline, with its picture; before that, only the top
    story shows one.
    """
    parts = list(_document(laid, images))
    written = "".join(parts)
    drawn = RichMessage(written, _right_to_left(laid))
    text = html.unescape(_TAG.sub("", written))
    if utf16(text) > CHARACTERS or len(_BLOCK.findall(written)) > BLOCKS:
        return None
    return drawn if len(_IMAGE.findall(written)) <= PICTURES else drawn.without_pictures()


def _document(laid: Layout, images: bool) -> Iterator[str]:
    if laid.title:
        yield f"<h3>📰 {_moment(laid)}</h3>"
    if laid.note:
        yield _block("p", (Span(laid.note, italic=True),))
    for place, story in enumerate(laid.stories):
        if story.heading:
            yield _block("h6", (Span(f"▎ {story.heading}"),))
        yield from (
            _folded(story, images) if story.folded else _open(story, images and not place, top=not place)
        )
    if laid.listing:
        yield _block("h5", (Span(laid.listing),))
    if laid.listed:
        yield f"<ul>{''.join(_item(story) for story in laid.listed)}</ul>"
    if laid.closing:
        yield _block("p", (Span(laid.closing, italic=True),))


def _open(story: Told, image: bool, *, top: bool) -> Iterator[str]:
    yield _picture(story) if image else ""
    yield _block("h4" if top else "h5", (replace(span, bold=False) for span in story.headline))
    yield _body(story)


def _folded(story: Told, image: bool) -> Iterator[str]:
    """Its headline folds, so that it leads nowhere itself: the sources under it do."""
    head = _block("summary", (replace(span, url=None) for span in story.headline))
    yield f"<details>{head}{_picture(story) if image else ''}{_body(story)}</details>"


def _body(story: Told) -> str:
    lines = [(one,) for one in story.sentences] if story.joiner == "\n" else [story.brief]
    told = "".join(_block("p", line, strong="mark") for line in lines)
    return told + _block("footer", story.sources)


def _item(story: Told) -> str:
    return _block("li", (*story.headline, *((Span(" · "), *story.sources) if story.sources else ())))


def _block(tag: str, spans: Iterable[Span], *, strong: str = "b") -> str:
    """The spans with their styles in a block; "" for what shows nothing. What is bold becomes ``strong``."""
    inner = "".join(_span(span, strong) for span in spans)
    return f"<{tag}>{inner}</{tag}>" if _TAG.sub("", inner).strip() else ""


def _picture(story: Told) -> str:
    address = web_link(story.image)
    return f'<img src="{_escape(address)}"/>' if address is not None else ""


def _moment(laid: Layout) -> str:
    """The title, its moment told on each reader's own clock."""
    title = _escape(laid.title)
    if laid.moment is None:
        return title
    when = _escape(laid.when)
    return title.replace(when, f'<tg-time unix="{int(laid.moment.timestamp())}" format="dt">{when}</tg-time>')


def _span(span: Span, strong: str) -> str:
    text = _escape(span.text)
    address = web_link(span.url)
    if span.italic:
        text = f"<i>{text}</i>"
    if span.bold:
        text = f"<{strong}>{text}</{strong}>"
    return f'<a href="{_escape(address)}">{text}</a>' if address is not None else text


def _escape(text: str) -> str:
    return html.escape(safe(text))


def _right_to_left(laid: Layout) -> bool:
    """Whether the first letter of its headlines is of a script that is written from the right."""
    letters = (
        unicodedata.bidirectional(char)
        for story in (*laid.stories, *laid.listed)
        for char in story.headline[-1].text
    )
    return next((kind for kind in letters if kind in ("L", "R", "AL")), "L") != "L"


def words_of(blocks: Any) -> str:
    """Every character that a received message's blocks show but blank space, in order."""
    return "".join("".join(texts_of(blocks)).split())


def links_of(blocks: Any) -> Iterator[str]:
    """The addresses in a received message's blocks, in order."""
    if isinstance(blocks, dict):
        if blocks.get("type") == "url":
            yield str(blocks.get("url", ""))
        blocks = list(blocks.values())
    for one in blocks if isinstance(blocks, list) else ():
        yield from links_of(one)


def texts_of(node: Any) -> Iterator[str]:
    """The runs of text in a received message's blocks, in order."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for one in node:
            yield from texts_of(one)
    elif isinstance(node, dict):
        for name in ("summary", "text", "cells", "items", "blocks", "caption", "credit"):
            if name in node:
                yield from texts_of(node[name])
