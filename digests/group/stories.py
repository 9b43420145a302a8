"""Which story a report belongs to, decided once as it comes in.

The index holds the reports of a window of time and nothing else: no clock, no store. The
caller asks ``place``, lets the store give a new story its id, then tells ``record``. After a
restart, recording the stored reports in order brings the same state back.

A report is first held against the wording of the others (a copy), then its terms against the
stories that share some. Where nothing convinces it opens a story of its own: a wrong merge
hides news, a missed one only tells it twice.
"""

from __future__ import annotations

import math
from array import array
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from typing import Literal

from digests.group.similarity import containment, evidence, novelty, sketch, vocabulary
from digests.group.terms import LOOKED_AT, key_terms, numbers, opening, stems
from digests.model import Article

Kind = Literal["new", "copy", "same", "development"]

# Parameters were chosen on one half of the stories and seen on the other; benchmarks/group.py
# prints both.
_COPY = 0.75  # of the shorter wording
_SAME_NAMES = 0.8  # of the names and figures of the one with fewer
_TITLE = 500  # characters
_KEYS = 8  # hashes of a sketch that lead to its report
_POSTINGS = 400  # stories looked at for one report, the rarest terms first
_CLOSE = 12  # of those, the most promising weighed in full
_WORLD = 1000  # terms imagined beyond the index, so that a small one does not find every word common
_CROWD = 75  # live stories beyond which chance likeness asks for more evidence
_NOVEL = 0.5  # of the words at the top
_NOTHING = 1e-6  # what rounding may leave of a term nobody uses any more
_DAY = timedelta(days=1)
_LATER = timedelta(hours=2)  # a report this long after the last one may tell what came of it


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
    """A report of an article; ``found`` stands in for a date that is missing or still to come.

    A page may call anything its title: what is beyond 500 characters is left out.
    """
    return Report(
        article_id=article.id,
        title=article.title[:_TITLE],
        text=article.text,
        published=min(article.published or found, found),
        language=article.language,
        source_id=article.source_id,
    )


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a report belongs. ``story_id`` None: it opens a story.

    ``copy``: the wording of a report already there; ``same``: its facts in other words;
    ``development``: the story with new or changed facts. ``similarity`` is 0 to 1, for a copy
    of wording, else of weighted terms; ``because`` is one line for a person.
    """

    story_id: int | None
    kind: Kind
    similarity: float
    because: str


@dataclass(frozen=True, slots=True)
class Manner:
    """How sure of a story one must be, for one manner of report."""

    pull: float  # imagined terms that keep a small story from being too sure of itself
    base: float  # evidence needed at least, in nats
    share: float  # and for each unit of the report's weight
    fade: float  # and for each day between the report and the story's last one
    crowd: float  # how much a story's size speaks for it
    shared: float  # the least share of the report's weight found in the story


# A headline's few words follow a subject; a text names who, where and how many, and a story is
# held to those.
HEADLINE = Manner(pull=200.0, base=2.5, share=0.0, fade=1.0, crowd=0.5, shared=0.2)
TEXT = Manner(pull=10.0, base=0.0, share=0.6, fade=2.0, crowd=0.0, shared=0.35)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the index keeps of a report."""

    published: datetime
    weights: dict[str, float]
    wording: array[int]
    words: int  # vocabulary
    manner: Manner


def _same_names(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether the names and figures of one stand in the other: a form filled in anew is no copy."""
    first = {term for term, weight in one.items() if weight >= 1.0}
    second = {term for term, weight in other.items() if weight >= 1.0}
    return len(first & second) >= _SAME_NAMES * min(len(first), len(second))


class _Story:
    """Live reports of a story and the sum of their terms.

    Most stories have one report: ``profile`` is that report's own mapping until another joins.
    """

    __slots__ = ("own", "profile", "reports", "size", "words")

    def __init__(self, read: _Read) -> None:
        self.profile: dict[str, float] = read.weights
        self.own = False
        self.size = sum(read.weights.values())
        self.reports: dict[int, None] = {}
        self.words = read.words

    def add(self, read: _Read) -> list[str]:
        """Add a report's terms; gives those that no report had before."""
        if not self.own:
            self.profile, self.own = dict(self.profile), True
        fresh = [term for term in read.weights if term not in self.profile]
        for term, weight in read.weights.items():
            self.profile[term] = self.profile.get(term, 0.0) + weight
        self.size += sum(read.weights.values())
        self.words |= read.words
        return fresh

    def take(self, read: _Read) -> list[str]:
        """Take a report's terms out, which must not be the last; gives those that no other has."""
        gone: list[str] = []
        for term, weight in read.weights.items():
            self.profile[term] -= weight
            if self.profile[term] <= _NOTHING:
                del self.profile[term]
                gone.append(term)
        self.size -= sum(read.weights.values())
        return gone


class Features:
    """What the index keeps of reports, remembered for the newest ``most`` that were asked about: a report
    is asked about again when it is recorded, and by every index that it comes to."""

    def __init__(self, most: int = 1, *, headline: Manner = HEADLINE, text: Manner = TEXT) -> None:
        self._most = most
        self._headline = headline
        self._text = text
        self._known: OrderedDict[int, tuple[Report, _Read]] = OrderedDict()

    def __call__(self, report: Report) -> _Read:
        known = self._known.pop(report.article_id, None)
        if known is None or known[0] != report:
            known = report, self._read(report)
        self._known[report.article_id] = known
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return known[1]

    def _read(self, report: Report) -> _Read:
        whole = f"{report.title}\n{report.text[:LOOKED_AT]}"
        return _Read(
            published=report.published,
            weights=key_terms(report.title, report.text, report.language),
            wording=sketch(whole),
            words=vocabulary(stems(whole)),
            manner=self._text if report.text else self._headline,
        )


class StoryIndex:
    """The live stories, found by their terms and by their wording.

    ``window``: how long a report is compared with; ``forget`` drops older ones. ``features`` may be
    shared with other indices.
    """

    def __init__(
        self,
        window: timedelta = timedelta(days=7),
        *,
        headline: Manner = HEADLINE,
        text: Manner = TEXT,
        features: Features | None = None,
    ) -> None:
        self.window = window
        self._read = features or Features(headline=headline, text=text)
        self._stories: dict[int, _Story] = {}
        self._reports: dict[int, tuple[int, _Read]] = {}
        self._by_term: dict[str, list[int]] = {}  # most terms have one story: a list takes half of a set
        self._by_wording: dict[int, int] = {}  # hash -> the newest report with it
        self._uses = 0  # terms of stories, each counted once a story

    def __len__(self) -> int:
        """Live reports."""
        return len(self._reports)

    # ------------------------------------------------------------ asking

    def place(self, report: Report, now: datetime) -> Placement:
        """Where the report belongs; what the index knows stays as it is."""
        read = self._read(report)
        oldest = now - self.window
        copy = self._copy_of(read, oldest)
        if copy is not None:
            return copy
        found = self._nearest(read, oldest)
        if found is None:
            return Placement(None, "new", 0.0, "no live story shares enough with it")
        story_id, likeness, shared = found
        story = self._stories[story_id]
        because = "shares " + ", ".join(shared[:5])
        what = self._news(report, read, story)
        if what is None:
            return Placement(story_id, "same", likeness, because)
        return Placement(story_id, "development", likeness, f"{because}; {what}")

    def _copy_of(self, read: _Read, oldest: datetime) -> Placement | None:
        seen: set[int] = set()
        for key in read.wording[:_KEYS]:
            twin_id = self._by_wording.get(key)
            if twin_id is None or twin_id in seen:
                continue
            seen.add(twin_id)
            story_id, twin = self._reports[twin_id]
            alike = containment(read.wording, twin.wording)
            if alike >= _COPY and twin.published >= oldest and _same_names(read.weights, twin.weights):
                return Placement(story_id, "copy", alike, f"{alike:.0%} of the wording is known")
        return None

    def _nearest(self, read: _Read, oldest: datetime) -> tuple[int, float, list[str]] | None:
        """The story the terms speak for, the shared weight and terms, the most telling first."""
        manner = read.manner
        everything = self._uses + len(self._by_term) + _WORLD
        shares = {t: (len(self._by_term.get(t, ())) + 1) / everything for t in read.weights}
        promise: dict[int, float] = {}
        looked = 0
        telling = sorted(read.weights, key=shares.__getitem__)
        for term in telling:
            stories = self._by_term.get(term, ())
            if looked and looked + len(stories) > _POSTINGS:
                break
            looked += len(stories)
            value = -read.weights[term] * math.log(shares[term])
            for story_id in stories:
                promise[story_id] = promise.get(story_id, 0.0) + value
        close = nlargest(_CLOSE, promise, key=promise.__getitem__)
        needed = manner.base + manner.share * sum(read.weights.values())
        needed += max(0.0, math.log((len(self._stories) + 1) / _CROWD))
        best: int | None = None
        for story_id in close:
            story = self._stories[story_id]
            newest = self._newest(story)
            if newest < oldest:
                continue
            score = evidence(read.weights, shares, story.profile, story.size, manner.pull)
            score += manner.crowd * math.log(len(story.reports))
            score -= manner.fade * (abs(read.published - newest) / _DAY)
            if score > needed:
                best, needed = story_id, score
        if best is None:
            return None
        profile = self._stories[best].profile
        shared = [term for term in telling if term in profile]
        likeness = sum(read.weights[term] for term in shared) / sum(read.weights.values())
        return (best, likeness, shared) if likeness >= manner.shared else None

    def _news(self, report: Report, read: _Read, story: _Story) -> str | None:
        """What is new in a report of a known story, in a few words; None where nothing is.

        A figure no report had before counts where two agreed on the old ones, or once some time
        has passed; other words of the title and opening count only then: at first every
        newsroom picks its own.
        """
        unheard = [n for n in numbers(report.title) if n not in story.profile]
        if unheard and len(story.reports) > 1:
            return "new in its title: " + ", ".join(unheard[:3])
        if read.published - self._newest(story) < _LATER:
            return None
        beginning = opening(report.title, report.text)
        unheard = [n for n in numbers(beginning) if n not in story.profile]
        if unheard:
            return "new at its top: " + ", ".join(unheard[:3])
        if novelty(stems(beginning), story.words) >= _NOVEL:
            return "its top is in words unheard so far"
        return None

    def _newest(self, story: _Story) -> datetime:
        """When the report that joined last was published."""
        return self._reports[next(reversed(story.reports))][1].published

    # ------------------------------------------------------------ telling

    def record(self, report: Report, story_id: int) -> None:
        """The report now belongs to that story; an article read again takes its own place."""
        if report.article_id in self._reports:
            self._drop(report.article_id)
        read = self._read(report)
        self._reports[report.article_id] = (story_id, read)
        story = self._stories.get(story_id)
        if story is None:
            story = self._stories[story_id] = _Story(read)
            fresh = list(read.weights)
        else:
            fresh = story.add(read)
        story.reports[report.article_id] = None
        for term in fresh:
            holders = self._by_term.get(term)
            if holders is None:
                self._by_term[term] = [story_id]  # no room for more, as an append would leave
            else:
                holders.append(story_id)
        self._uses += len(fresh)
        for key in read.wording[:_KEYS]:
            self._by_wording[key] = report.article_id

    def forget(self, before: datetime) -> int:
        """Drop the reports published before then; gives how many.

        What words a story was told in is kept until its last report goes.
        """
        old = [i for i, (_, read) in self._reports.items() if read.published < before]
        for article_id in old:
            self._drop(article_id)
        return len(old)

    def _drop(self, article_id: int) -> None:
        story_id, read = self._reports.pop(article_id)
        for key in read.wording[:_KEYS]:
            if self._by_wording.get(key) == article_id:
                del self._by_wording[key]
        story = self._stories[story_id]
        del story.reports[article_id]
        if story.reports:
            gone = story.take(read)
        else:
            gone = list(story.profile)
            del self._stories[story_id]
        for term in gone:
            holders = self._by_term[term]
            holders.remove(story_id)
            if not holders:
                del self._by_term[term]
        self._uses -= len(gone)
