"""Dates as pages write them for machines, as aware UTC moments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from digests.read.blocks import Block
from digests.read.features import HEADINGS
from digests.text.machine_dates import parse_moment

_ISO = re.compile(
    r"\d{4}-?\d{2}-?\d{2}(?:[T ]\d{2}:?\d{2}(?::?\d{2})?(?:[.,]\d+)?\s*(?:Z|[+-]\d{2}:?\d{2}|UTC|GMT)?)?"
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_LINE = 100  # characters of a line that says when; a longer one tells of something
_PROSE = 120  # characters of a paragraph
_FEW = 3  # lines before the headline, and paragraphs behind it
_MANY = 20  # lines behind it
_STOPS = (".", "!", "?", "。")
_LISTS = frozenset(("li", "td", "th", "dd", "dt", "figcaption"))
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # no web page is older; a date before it is a mistake
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def parse_date(text: str, latest: datetime = LATEST) -> datetime | None:
    """ISO 8601, RFC 2822 or Unix seconds as UTC; a missing zone is read as UTC.

    None for what can't be read and for absurd moments: before the web, or after ``latest``.
    """
    text = text.strip()[:64]
    moment = _read(text)
    if moment is None:
        return None
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if EARLIEST <= moment <= latest else None


def dated_line(blocks: Sequence[Block], title: str, latest: datetime = LATEST) -> datetime | None:
    """The moment of the line nearest behind the headline that tells one, else of one right before it.

    Lists, tables and captions tell of other moments, sentences of what happened, links of other pages.
    """
    headline = title.casefold()
    heads = [
        place
        for place, block in enumerate(blocks)
        if headline and len(block.text) < 2 * len(headline) + _LINE and headline in block.text.casefold()
    ]
    head = (
        heads[0] if heads else next((place for place, block in enumerate(blocks) if block.tag == "h1"), None)
    )
    if head is None:
        return None
    head = next((place for place in heads if blocks[place].tag in HEADINGS), head)
    behind = blocks[head + 1 : head + _MANY]
    paragraphs = [place for place, block in enumerate(behind) if len(block.text) > _PROSE]
    behind = behind[: paragraphs[_FEW]] if len(paragraphs) > _FEW else behind
    for block in [*behind, *reversed(blocks[max(0, head - _FEW) : head])]:
        text = block.text
        if len(text) > _LINE or block.tag in _LISTS or block.linked * 2 > len(text) or text.endswith(_STOPS):
            continue
        found = parse_moment(text)
        if found is not None and EARLIEST <= found <= latest:
            return found
    return None


def _read(text: str) -> datetime | None:
    try:
        if _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(int(text[:10]), UTC)
        iso = _ISO.match(text)
        if iso:
            return datetime.fromisoformat(re.sub(r"\s*(?:UTC|GMT)$", "Z", iso[0]).replace(",", "."))
        return parse_moment(text) or parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
