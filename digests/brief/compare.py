"""Summarizers held against each other on the same articles: what each wrote, and what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digests.brief.grounding.check import ground
from digests.brief.rouge import Rouge, rouge
from digests.model import Article, Brief, Failure
from digests.text.words import word_count


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
