"""Which story a report belongs to, decided once as it comes in.

The index holds the reports of a window of time and nothing else: no clock, no store. The
caller asks ``place``, lets the store give a new story its id, then tells ``record``. After a
restart, recording the stored reports in order brings the same state back.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from digests.group.similarity import Background, containment, evidence, sketch
from digests.model import Article
from digests.words import words

Kind = Literal["new", "copy", "same", "development"]

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Report:
    """What grouping needs of one article. ``text`` is "" where there is only a headline."""

    article_id: int
    title: str
    text: str
    published: datetime
    language: str
    source_id: int


def report_of(article: Article, found: datetime) -> Report:
    """A report of an article; ``found`` stands in where the article gives no date."""
    return Report(
        article.id,
        article.title,
        article.text,
        article.published or found,
        article.language,
        article.source_id,
    )


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a report belongs. ``story_id`` None: it opens a story.

    ``copy``: the wording of a report already there; ``same``: its facts in other words;
    ``development``: the story with new or changed facts. ``similarity`` is 0 to 1, ``because``
    one line for a person.
    """

    story_id: int | None
    kind: Kind
    similarity: float
    because: str


@dataclass(slots=True)
class _Story:
    profile: Counter[str] = field(default_factory=Counter)
    size: int = 0
    reports: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Known:
    story_id: int
    published: datetime
    terms: tuple[str, ...]
    sketch: tuple[int, ...]
    numbers: frozenset[str]


_PULL = 100.0
_THRESHOLD = 2.0
_COPY = 0.75
_TERMS = 40


class StoryIndex:
    """The live stories, found by their terms and by their wording."""

    def __init__(self, window: timedelta = timedelta(days=7)) -> None:
        self.window = window
        self._background = Background()
        self._stories: dict[int, _Story] = {}
        self._known: dict[int, _Known] = {}
        self._by_term: dict[str, set[int]] = {}
        self._by_hash: dict[int, int] = {}

    def __len__(self) -> int:
        """Live reports."""
        return len(self._known)

    def place(self, report: Report, now: datetime) -> Placement:
        """Where the report belongs; the index stays as it is."""
        wording = sketch(f"{report.title}\n{report.text}")
        oldest = now - self.window
        for key in wording[:8]:
            twin = self._known.get(self._by_hash.get(key, -1))
            if twin and twin.published >= oldest:
                alike = containment(wording, twin.sketch)
                if alike >= _COPY:
                    return Placement(twin.story_id, "copy", alike, f"{alike:.0%} of the wording is known")
        terms = self._terms(report)
        found = {story for term in terms for story in self._by_term.get(term, ())}
        best, best_score = None, -math.inf
        weights = {term: self._background.log_probability(term) for term in terms}
        for story_id in found:
            story = self._stories[story_id]
            score = evidence(weights, story.profile, story.size, _PULL) + math.log(len(story.reports))
            if score > best_score:
                best, best_score = story_id, score
        if best is None or best_score < _THRESHOLD:
            return Placement(None, "new", 0.0, "nothing like it is known")
        story = self._stories[best]
        shared = [term for term in terms if term in story.profile]
        because = "shares " + ", ".join(shared[:5])
        old = {number for known in story.reports for number in self._known[known].numbers}
        new = _numbers(report) - old
        kind: Kind = "development" if old and new else "same"
        return Placement(best, kind, len(shared) / len(terms), because)

    def record(self, report: Report, story_id: int) -> None:
        """The report now belongs to that story."""
        terms = self._terms(report)
        wording = sketch(f"{report.title}\n{report.text}")
        self._background.add(terms)
        story = self._stories.setdefault(story_id, _Story())
        story.profile.update(terms)
        story.size += len(terms)
        story.reports.add(report.article_id)
        for term in terms:
            self._by_term.setdefault(term, set()).add(story_id)
        for key in wording[:8]:
            self._by_hash[key] = report.article_id
        self._known[report.article_id] = _Known(story_id, report.published, terms, wording, _numbers(report))

    def forget(self, before: datetime) -> int:
        """Drop the reports published before then; gives how many."""
        old = [article_id for article_id, known in self._known.items() if known.published < before]
        for article_id in old:
            known = self._known.pop(article_id)
            story = self._stories[known.story_id]
            story.reports.discard(article_id)
            story.profile.subtract(known.terms)
            story.size -= len(known.terms)
            for term in known.terms:
                if story.profile[term] <= 0:
                    del story.profile[term]
                    self._by_term[term].discard(known.story_id)
            if not story.reports:
                del self._stories[known.story_id]
            for key in known.sketch[:8]:
                if self._by_hash.get(key) == article_id:
                    del self._by_hash[key]
        return len(old)

    def _terms(self, report: Report) -> tuple[str, ...]:
        seen = dict.fromkeys(words(report.title))
        seen.update(dict.fromkeys(words(report.text)[:200]))
        rare = sorted(seen, key=self._background.log_probability)
        return tuple(rare[:_TERMS])


def _numbers(report: Report) -> frozenset[str]:
    return frozenset(_NUMBER.findall(report.title + " " + report.text[:600]))
