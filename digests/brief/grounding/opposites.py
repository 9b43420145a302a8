"""Words that a claim turns into their opposite: "accepted" where the source says "rejected"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from digests.text.languages import is_negation, language_of, lexicon
from digests.text.stems import content
from digests.text.tokens import CLAUSE_END, lower

_LIFTED = re.compile(r"\b(?:end|lift|scrap|overturn|revers|revok)\w*\s+(?:\w+\s+){0,2}$")
_SHARED = 2  # words a part of the source must share with the claim to be about the same


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two patterns whose words are each other's opposites."""

    one: re.Pattern[str]
    other: re.Pattern[str]
    strict: bool  # one is never another word for the other, so one shared word of the sentence is enough


@dataclass(frozen=True, slots=True)
class Reversed:
    """A word of the claim and the opposite that the source has in its place."""

    word: str
    opposite: str


def reversed_word(claim: str, source: str, language: str) -> Reversed | None:
    """The first word of a ``clean`` claim whose opposite stands in the part of the source it is about.

    Each word is looked up in the clause that shares most with the claim, since another clause may say
    the opposite of something else. Where either side is negated the check of negations decides.
    """
    said = lower(claim)
    if _negated(said, language):
        return None
    table = _table(language_of(language).code)
    hits = {match.group() for match in table.any.finditer(said)}
    pairs = [
        (ours, theirs, pair.strict)
        for pair in table.pairs
        for ours, theirs in ((pair.one, pair.other), (pair.other, pair.one))
        if any(map(ours.fullmatch, hits)) and not theirs.search(said)
    ]
    words = content(said, language)
    clauses = [
        (len(words & content(clause, language)), len(words & content(line, language)), clause)
        for line in map(lower, source.split("\n"))
        for clause in CLAUSE_END.split(line)
        if clause.strip()
    ]
    for ours, theirs, strict in pairs:
        about = [entry for entry in clauses if ours.search(entry[2]) or theirs.search(entry[2])]
        best = max((entry[:2] for entry in about), default=(0, 0))
        if (best[0] < min(_SHARED, len(words) - 1) or best[0] == 0) and not (strict and best[1]):
            continue
        nearest = [clause for *shared, clause in about if tuple(shared) == best]
        if any(ours.search(clause) or _negated(clause, language) for clause in nearest):
            continue
        mine, other = ours.search(said), theirs.search(nearest[0])
        if mine and other and not _LIFTED.search(nearest[0][: other.start()]):
            return Reversed(mine.group(), other.group())
    return _prefixed(said, clauses, len(words), language)


def _prefixed(said: str, clauses: list[tuple[int, int, str]], size: int, language: str) -> Reversed | None:
    """'Crewed' for 'uncrewed' in the clause that shares most with the claim, or the other way round."""
    prefixes = language_of(language).negating_prefixes
    best = max((entry[:2] for entry in clauses), default=(0, 0))
    if not prefixes or best[0] < min(_SHARED, size - 1) or best[0] == 0:
        return None
    ours = _words(said)
    for *shared, clause in clauses:
        if tuple(shared) != best or _negated(clause, language):
            continue
        theirs = _words(clause)
        for prefix in prefixes:
            for one, other in ((ours, theirs), (theirs, ours)):
                for word in sorted(one - other):
                    if len(word) > 4 and prefix + word in other and prefix + word not in one:
                        return Reversed(word, prefix + word) if one is ours else Reversed(prefix + word, word)
    return None


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text))


def _negated(text: str, language: str) -> bool:
    if language in {"zh", "ja", "ko"}:
        return any(mark in text for mark in lexicon(language).negations)
    return any(is_negation(word, language) for word in re.findall(r"[\w']+", text))


@dataclass(frozen=True, slots=True)
class _Table:
    """A language's pairs, and a pattern that finds any of their words."""

    pairs: tuple[_Pair, ...]
    any: re.Pattern[str]


@cache
def _table(language: str) -> _Table:
    sides = [
        (*line.removeprefix("!").partition("|")[::2], line.startswith("!"))
        for line in language_of(language).opposites
    ]
    return _Table(
        tuple(_Pair(_pattern(a, language), _pattern(b, language), strict) for a, b, strict in sides),
        _pattern(" ".join(f"{a} {b}" for a, b, _ in sides), language),
    )


def _pattern(side: str, language: str) -> re.Pattern[str]:
    forms = (
        ["(?!)"]
        if not side.strip()
        else [
            re.escape(form.rstrip("*")).replace("_", r"\s+") + r"\w*" * form.endswith("*")
            for form in side.split()
        ]
    )
    if language in {"zh", "ja"}:
        return re.compile("|".join(forms))
    if language == "ko":
        return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})\w*")
    prefix = "[وفبل]?(?:ال)?(?:[يتن]|ست|سي)?" if language == "ar" else ""
    return re.compile(rf"(?<!\w){prefix}(?:{'|'.join(forms)})(?!\w)")
