"""ROUGE: how much of a reference a summary says in the same words, as F1 from 0 to 1.

ROUGE-1 and ROUGE-2 count shared words and pairs; ROUGE-Lsum the longest common subsequence of each
reference sentence with all of the summary's sentences together (Lin, "ROUGE: A Package for
Automatic Evaluation of Summaries", 2004). For English words equal the rouge-score package's
without stemming; other scripts are cut as ``digests.text.words`` cuts them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from digests.brief.grounding.check import ground
from digests.model import Article, Brief, Failure
from digests.text.words import word_count, words

_ENGLISH = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Rouge:
    """F1 of shared words, shared pairs, and common subsequences."""

    one: float
    two: float
    lsum: float


def rouge(reference: Sequence[str], summary: Sequence[str]) -> Rouge:
    """Both as sentences in order."""
    ours, theirs = [_words(s) for s in summary], [_words(s) for s in reference]
    flat, wanted = [w for s in ours for w in s], [w for s in theirs for w in s]
    return Rouge(
        one=_shared(Counter(wanted), Counter(flat)),
        two=_shared(Counter(pairwise(wanted)), Counter(pairwise(flat))),
        lsum=_lsum(theirs, ours),
    )


def _words(text: str) -> list[str]:
    latin = not any(c > "\u024f" and c.isalpha() for c in text)
    if latin:
        return _ENGLISH.findall(text.lower())
    return words(text)


def _f1(shared: int, wanted: int, said: int) -> float:
    return 2 * shared / (wanted + said) if shared else 0.0


def _shared(wanted: Counter[Any], said: Counter[Any]) -> float:
    both = sum(min(count, said[gram]) for gram, count in wanted.items())
    return _f1(both, sum(wanted.values()), sum(said.values()))


def _lsum(reference: list[list[str]], summary: list[list[str]]) -> float:
    left_there = Counter(word for sentence in reference for word in sentence)
    left_here = Counter(word for sentence in summary for word in sentence)
    wanted, said = sum(left_there.values()), sum(left_here.values())
    hits = 0
    for sentence in reference:
        places = sorted({place for other in summary for place in _common(sentence, other)})
        for word in (sentence[place] for place in places):
            if left_there[word] > 0 and left_here[word] > 0:
                hits += 1
                left_there[word] -= 1
                left_here[word] -= 1
    return _f1(hits, wanted, said)


def _common(one: list[str], other: list[str]) -> Iterable[int]:
    """Places in ``one`` of a longest common subsequence."""
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one, 1):
        for j, b in enumerate(other, 1):
            table[i][j] = table[i - 1][j - 1] + 1 if a == b else max(table[i - 1][j], table[i][j - 1])
    found = []
    i, j = len(one), len(other)
    while i and j:
        if one[i - 1] == other[j - 1]:
            i, j = i - 1, j - 1
            found.append(i)
        elif table[i][j - 1] > table[i - 1][j]:
            j -= 1
        else:
            i -= 1
    return found[::-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One summarizer's brief of one article, before the gate. ``seconds`` it took; ``cost`` in millionths."""

    summarizer: str
    article: Article
    result: Brief | Failure
    seconds: float
    cost: int = 0
    reference: tuple[str, ...] = ()  # sentences a person wrote, where there are any


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """``kept`` of ``said`` sentences stand in the article; ``cuts`` are the reasons of the others."""

    written: Written
    said: int = 0
    kept: int = 0
    words: int = 0  # characters in scripts that are counted so
    cuts: tuple[tuple[str, str], ...] = ()  # sentence, reason
    rouge: Rouge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A summarizer over all articles. Means are over its briefs; None where there are none."""

    summarizer: str
    briefs: int
    failures: int
    grounded: float | None  # share of its sentences that stand
    words: float | None
    seconds: float | None  # of all its attempts
    cost: int
    rouge: Rouge | None


def judge(written: Written) -> Judged:
    """Hold a brief against its article, and against the reference where there is one."""
    if isinstance(written.result, Failure):
        return Judged(written=written)
    brief = written.result
    grounded = ground(brief, (written.article,))
    cut = tuple(c for c in grounded.cuts if c.sentence != brief.headline)
    said = [sentence.text for sentence in brief.sentences]
    return Judged(
        written=written,
        said=len(said),
        kept=len(said) - len(cut),
        words=word_count(" ".join(said)),
        cuts=tuple((c.sentence, c.reason) for c in cut),
        rouge=rouge(written.reference, said) if written.reference else None,
    )


def totals(judged: Sequence[Judged]) -> list[Totals]:
    """One line a summarizer, in the order they first come."""
    names = dict.fromkeys(one.written.summarizer for one in judged)
    return [_totals(name, [one for one in judged if one.written.summarizer == name]) for name in names]


def _totals(name: str, its: Sequence[Judged]) -> Totals:
    briefs = [one for one in its if isinstance(one.written.result, Brief)]
    said = sum(one.said for one in briefs)
    scores = [one.rouge for one in briefs if one.rouge is not None]
    return Totals(
        summarizer=name,
        briefs=len(briefs),
        failures=len(its) - len(briefs),
        grounded=sum(one.kept for one in briefs) / said if said else None,
        words=_mean([one.words for one in briefs]),
        seconds=_mean([one.written.seconds for one in its]),
        cost=sum(one.written.cost for one in its),
        rouge=Rouge(
            *(sum(getattr(s, field) for s in scores) / len(scores) for field in ("one", "two", "lsum"))
        )
        if scores
        else None,
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
