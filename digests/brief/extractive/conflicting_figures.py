"""Where two reports of one event count the same thing and get different figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digests.brief.extractive.boilerplate import Use
from digests.brief.extractive.phrases import phrases
from digests.brief.extractive.sentence_selection import Candidate
from digests.text.calendar_dates import dates
from digests.text.numbers import Number, numbers
from digests.text.stems import content
from digests.text.tokens import clean

_READ = 20  # sentences of another report; later figures are background
_BEFORE, _AFTER = 30, 40  # characters around a figure that say what it counts


@dataclass(frozen=True, slots=True)
class Count:
    """A figure and what it counts: content stems behind it, and the groups of ``phrases.counted``."""

    number: Number
    things: frozenset[str]
    groups: frozenset[int]


def differing(
    sentence: str, own: Sequence[Candidate], pool: Sequence[Candidate], language: str
) -> Candidate | None:
    """The first sentence of another report that gives another figure for what ``sentence`` counts.

    None where either report gives the other's figure too: then one of them is a part of the other, or what
    an earlier report said. ``own`` are the sentences of the report that ``sentence`` is from.
    """
    ours = [count for count in counts(sentence, language) if not _partial(sentence, language)]
    if not ours:
        return None
    theirs = [(candidate, counts(candidate.text, language)) for candidate in pool[:_READ]]
    if any(_agree(a, b) for a in ours for _, found in theirs for b in found):
        return None
    known = [count for candidate in own[:_READ] for count in counts(candidate.text, language)]
    for candidate, found in theirs:
        if candidate.use is not Use.FREELY or _partial(candidate.text, language):
            continue
        others = [b for b in found if any(_differ(a, b) for a in ours)]
        if others and not any(_agree(a, b) for a in known for b in others):
            return candidate
    return None


def _partial(sentence: str, language: str) -> bool:
    """Whether the sentence counts some of those that it or the sentence before it counts."""
    return phrases(language).partial.search(sentence) is not None


def counts(sentence: str, language: str) -> list[Count]:
    """The figures of a sentence that count something; dates and years are left out."""
    text = clean(sentence)
    spans = tuple((date.start, date.end) for date in dates(text, language))
    found = []
    ordered = numbers(text, language, spans)
    for number in ordered:
        before = max([0, number.start - _BEFORE, *(n.end for n in ordered if n.end <= number.start)])
        after = min([number.end + _AFTER, *(n.start for n in ordered if n.start >= number.end)])
        around = text[before:after]
        groups = frozenset(i for i, pattern in enumerate(phrases(language).counted) if pattern.search(around))
        things = content(text[number.end : after], language)
        if groups or things:
            found.append(Count(number, things, groups))
    return found


def _same_thing(one: Count, other: Count) -> bool:
    if one.number.unit != other.number.unit:
        return False
    if one.groups or other.groups:
        return one.groups == other.groups
    shared = len(one.things & other.things)
    return shared * 2 > min(len(one.things), len(other.things)) and shared > 1


def _agree(one: Count, other: Count) -> bool:
    return _same_thing(one, other) and bool(one.number.values & other.number.values)


def _differ(one: Count, other: Count) -> bool:
    return _same_thing(one, other) and not one.number.values & other.number.values
