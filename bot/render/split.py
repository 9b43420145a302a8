"""Cuts a long text into messages where a reader would pause.

The best place is the end of a paragraph, then of a line, a sentence, a word. A link, a quotation
or any other styled span is kept whole, and so is a run of right-to-left words inside a sentence;
only what is longer than a whole message is cut within, again at the best place. A grapheme is
never cut, unless it alone is longer than a message.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby

import regex

from bot.render.rich import Rich, Span, plain

# What is never cut. A letter stays with an "@" or "/" after it: at the start of a message, those
# begin someone's name or a command.
_GRAPHEME = regex.compile(r"(?:[A-Za-z0-9_/](?=[@/]))++\X|\X")
# Each pattern ends where a message may end; the space there stays with what it follows.
_BREAKS = (
    regex.compile(r"\n\s*\n\s*"),
    regex.compile(r"\n\s*"),
    regex.compile(r"(?<![.!?…؟۔।])[.!?…؟۔।]++[\"'”’»)\]]*+\s+|[。！？｡]+[”’」』）]*\s*"),
    regex.compile(r"\s+"),
)
# From a right-to-left letter to the last one or a number after it, within a sentence; a letter of the other
# direction or a line break ends it.
_RIGHT_TO_LEFT = regex.compile(
    r"[\p{bc=R}\p{bc=AL}]"
    r"(?:(?:(?!(?<![.!?…؟۔])[.!?…؟۔]++[\"'”’»)\]]*+\s)[^\p{bc=L}\n])*[\p{bc=R}\p{bc=AL}\p{bc=AN}\p{bc=EN}\p{bc=NSM}])?"
)
_SMALLEST = 4  # a part is more than a quarter of what fits, so that a heading does not stand alone


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the text may be cut, as sorted offsets: the best kind of place first."""

    outside: tuple[list[int], ...]  # of every styled span and right-to-left run
    inside: tuple[list[int], ...]  # of a bold or quoted span at most, not of a link
    anywhere: tuple[list[int], ...]
    graphemes: list[int]


def split(rich: Rich, limit: int, count: Callable[[str], int]) -> list[Rich]:
    """Parts of at most ``limit`` as ``count`` measures a text (the platform's own unit).

    Joining the parts gives the text back, and each span's style in each part. ``count`` must
    grow with the text, by 1 or more with each character; ``limit`` must hold any single one.
    """
    text = plain(rich)
    if count(text) <= limit:
        return [rich] if text else []
    places = _places(rich, text)
    parts: list[Rich] = []
    start = 0
    while start < len(text):
        end = _end(text, start, limit, count, places)
        parts.append(_slice(rich, start, end))
        start = end
    return parts


def _places(rich: Rich, text: str) -> _Places:
    runs = [match.span() for match in _RIGHT_TO_LEFT.finditer(text)]
    tight = _covered(len(text), [*runs, *_stretches(rich, lambda span: span.url or span.code or None)])
    loose = _covered(len(text), _stretches(rich, lambda span: span.quote or span.bold or span.italic or None))
    graphemes = [match.end() for match in _GRAPHEME.finditer(text)]
    allowed = set(graphemes)
    kinds = [[m.end() for m in pattern.finditer(text) if m.end() in allowed] for pattern in _BREAKS]
    kinds.append(graphemes)
    return _Places(
        outside=tuple([at for at in kind if not tight[at] and not loose[at]] for kind in kinds),
        inside=tuple([at for at in kind if not tight[at]] for kind in kinds),
        anywhere=tuple(kinds),
        graphemes=graphemes,
    )


def _stretches(rich: Rich, style: Callable[[Span], object]) -> list[tuple[int, int]]:
    """Where the spans have one and the same ``style`` (None: they have none)."""
    found: list[tuple[int, int]] = []
    at = 0
    for value, spans in groupby(rich, key=style):
        end = at + sum(len(span.text) for span in spans)
        if value is not None:
            found.append((at, end))
        at = end
    return found


def _covered(length: int, stretches: list[tuple[int, int]]) -> bytearray:
    """For each offset, whether a cut there would go through one of the stretches."""
    covered = bytearray(length + 1)
    for start, end in stretches:
        covered[start + 1 : end] = b"\1" * (end - start - 1)
    return covered


def _end(text: str, start: int, limit: int, count: Callable[[str], int], places: _Places) -> int:
    """Where the part that begins at ``start`` ends."""
    fits = _fitting(text, start, limit, count, places.graphemes)
    if fits == len(text):
        return fits
    if fits == start:  # not even one grapheme: the only way on is to cut it
        return max(start + 1, _fitting(text, start, limit, count, range(len(text))))
    little = start + (fits - start) // _SMALLEST
    ladder = (
        (little, places.outside[:-1]),
        (start, places.outside),
        (little, places.inside),
        (start, places.inside),
        (little, places.anywhere),
    )
    return next(
        at for too_little, kinds in ladder for at in (_last(kind, fits) for kind in kinds) if at > too_little
    )


def _last(places: list[int], most: int) -> int:
    index = bisect_right(places, most)
    return places[index - 1] if index else 0


def _fitting(
    text: str, start: int, limit: int, count: Callable[[str], int], places: list[int] | range
) -> int:
    """The furthest of ``places`` that still fits from ``start``; ``start`` if none does."""
    first = bisect_right(places, start)
    last = bisect_right(places, start + limit)
    fitting = bisect_right(places, limit, first, last, key=lambda at: count(text[start:at]))
    return places[fitting - 1] if fitting > first else start


def _slice(rich: Rich, start: int, end: int) -> Rich:
    parts: list[Span] = []
    at = 0
    for span in rich:
        piece = span.text[max(0, start - at) : max(0, end - at)]
        if piece:
            parts.append(replace(span, text=piece))
        at += len(span.text)
    return tuple(parts)
