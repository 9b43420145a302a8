"""Dates as pages write them for machines, as aware UTC moments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from digests.read.blocks import Block
from digests.read.features import HEADINGS
from digests.text.machine_dates import machine_date, parse_moment

_ISO = re.compile(
    r"\d{4}-?\d{2}-?\d{2}(?!\d)(?:[T ]\d{2}:?\d{2}(?::?\d{2})?(?:[.,]\d+)?\s*(?:Z|[+-]\d{2}:?\d{2}|UTC|GMT)?)?"
)
_LONGEST, _SHORTEST = 64, 8  # characters; a year or a month alone is no moment
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
    text = text.strip()[:_LONGEST]
    iso = _ISO.match(text)  # what stands behind a standard moment is no part of it
    moment = machine_date(iso[0] if iso else text) if len(text) >= _SHORTEST else None
    return moment if moment and EARLIEST <= moment <= latest else None


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
