"""Which story a report belongs to, decided once as it comes in.

The index holds the reports of a window of time and nothing else: no clock, no store. The
caller asks ``place``, lets the store give a new story its id, then tells ``record``. After a
restart, recording the stored reports in order brings the same state back.

A report is first held against the wording of the others (a copy), then, as weighted terms,
against the reports of the stories that share some: the average of their likeness counts, so that
one chance likeness does not chain two stories (average link: Sokal and Michener 1958). Where
nothing convinces it opens a story of its own: a wrong merge hides news, a missed one only tells
it twice.
"""

from __future__ import annotations

import math
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from typing import Literal

from digests.group.terms import (
    FIGURE,
    KEY,
    LOOKED_AT,
    NAME,
    TITLE,
    Terms,
    containment,
    novelty,
    numbers,
    opening,
    sketch,
    stems,
    terms_of,
    vocabulary,
)
from digests.model import Article
from digests.text.words import words

Kind = Literal["new", "copy", "same", "development"]

_COPY = 0.75  # of the shorter wording
_SAME_NAMES = 0.55  # of the names and figures of the one with fewer, from which a like wording is no form
_FORM = 0.5  # of the shorter wording, from which it may be a form filled in anew
_SHORT = 60  # terms up to which the figures of a form say little: its alerts name the same days and hours
_SAME_SHORT = 0.75  # so of its names more have to agree
_TITLE = 500  # characters
_KEYS = 8  # hashes of a sketch that lead to its report
_POSTINGS = 500  # stories looked at for one report, the rarest terms first
_CLOSE = 6  # of those, the most promising weighed in full
_MEMBERS = 12  # of a story's reports, the last ones: a story moves on
_FIGURE = 3.0  # what a figure that two reports don't share counts; a name counts its rarity
_IMAGINED = 100  # reports imagined in each language, so that a small desk weighs as a large one does:
_OF_WORDS, _OF_NAMES = 0.05, 0.005  # the share of these with a plain word, and with a name or figure
_RAREST = 0.05  # the least rarity of a term
_TELLING = NAME | FIGURE
_NONE = array("I")
_NOVEL = 0.5  # of the words at the top
_DAY = timedelta(days=1)
_LATER = timedelta(hours=2)  # a report this long after the last one may tell what came of it


@dataclass(frozen=True, slots=True)
class Weights:
    """The numbers that grouping rests on. From a search like that of benchmarks/train_group.py; ``conflict`` then set by hand.

    Likeness of two reports is the cosine of their terms, and so much of the cosine of their titles and
    names, and of three shared figures, less what tells them apart. Likeness to a story is the
    average over its reports, times its size to the power of ``size``, less ``gap`` a day.
    """

    title: float
    names: float
    figures: float
    conflict: float  # the share of likeness that names and figures of both, unknown to the other, cost
    source: float  # what a report costs by the same source within the hour, which seldom tells twice
    least: float  # likeness to a story needed at least, for a text of 150 terms
    shorter: float  # and more for a shorter one, for each unit of the logarithm of its length
    size: float
    gap: float
    crowd: float  # and more where other stories are much like it too: this share of their likeness


@dataclass(frozen=True, slots=True)
class HeadlineWeights:
    """The same of reports that are a headline alone, whose few words are all there is."""

    least: float
    size: float
    gap: float
    crowd: float


TEXT = Weights(
    title=0.094,
    names=0.22,
    figures=0.068,
    conflict=0.3,
    source=0.675,
    least=0.28,
    shorter=0.03,
    size=0.22,
    gap=0.165,
    crowd=0.25,
)
HEADLINE = HeadlineWeights(least=0.158, size=0.303, gap=0.389, crowd=0.135)


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


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """What the index keeps of a report: its terms by number, with weights of length 1 in all."""

    published: datetime
    source_id: int
    language: str
    terms: array[int]
    weights: array[float]
    kinds: array[int]
    title: float  # length of the title's terms
    names: float  # and of the names
    key: float  # rarity of all names and figures of the title and the top
    headline: bool
    wording: array[int]
    words: int  # vocabulary


class _Story:
    """Live reports of a story, in the order they joined."""

    __slots__ = ("reports", "words")

    def __init__(self, words: int) -> None:
        self.reports: dict[int, None] = {}
        self.words = words


class _Asked:
    """A report that is compared with many: of each term its weight, its kind and its rarity."""

    __slots__ = ("read", "terms")

    def __init__(self, read: _Read, rarity: Sequence[float]) -> None:
        self.read = read
        values = zip(read.weights, read.kinds, rarity, strict=True)
        self.terms = dict(zip(read.terms, values, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What is to be known of a report, whatever index it comes to."""

    terms: Terms
    wording: array[int]
    words: int  # vocabulary


class Features:
    """What reports are about, remembered for the newest ``most`` that were asked about: a report is asked
    about by every index that it comes to."""

    def __init__(self, most: int = 1) -> None:
        self._most = most
        self._known: OrderedDict[int, tuple[Report, _Found]] = OrderedDict()

    def __call__(self, report: Report) -> _Found:
        known = self._known.pop(report.article_id, None)
        if known is None or known[0] != report:
            terms = terms_of(report.title, report.text, report.language)
            wording = sketch(f"{report.title}\n{report.text[:LOOKED_AT]}")
            known = report, _Found(terms, wording, vocabulary(list(terms.counts)))
        self._known[report.article_id] = known
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return known[1]


class StoryIndex:
    """The live stories, found by their terms and by their wording.

    ``window``: how long a report is compared with; ``forget`` drops older ones. ``features`` may be
    shared with other indices.
    """

    def __init__(
        self,
        window: timedelta = timedelta(days=7),
        *,
        text: Weights = TEXT,
        headline: HeadlineWeights = HEADLINE,
        features: Features | None = None,
    ) -> None:
        self.window = window
        self._features = features or Features()
        self._text = text
        self._headline = headline
        self._stories: dict[int, _Story] = {}
        self._reports: dict[int, tuple[int, _Read]] = {}
        self._numbers: dict[str, int] = {}  # of terms
        self._names: list[str] = []  # and back
        self._free: list[int] = []
        self._total = array("I")  # reports with each term
        self._uses: dict[str, array[int]] = {}  # and in each language: a term is as rare as in its own
        self._holders: list[array[int]] = []  # stories with each term
        self._languages: dict[str, int] = {}  # reports in each
        self._by_wording: dict[int, int] = {}  # hash -> the newest report with it
        self._last: tuple[Report, _Read] | None = None

    def __len__(self) -> int:
        """Live reports."""
        return len(self._reports)

    # ------------------------------------------------------------ asking

    def place(self, report: Report, now: datetime) -> Placement:
        """Where the report belongs; what the index knows stays as it is."""
        read = self._read(report)
        oldest = now - self.window
        copy, others = self._copy_of(read, oldest)
        if copy is not None:
            return copy
        found = self._nearest(read, oldest, others)
        if found is None:
            return Placement(None, "new", 0.0, "no live story is enough like it")
        story_id, likeness = found
        story = self._stories[story_id]
        members = self._members(story)
        because = "shares " + ", ".join(self._shared(report, read, members))
        what = self._news(report, read, story, members)
        if what is None:
            return Placement(story_id, "same", likeness, because)
        return Placement(story_id, "development", likeness, f"{because}; {what}")

    def _copy_of(self, read: _Read, oldest: datetime) -> tuple[Placement | None, set[int]]:
        """The copy it is, and the stories it only shares a form of words with."""
        seen: set[int] = set()
        others: set[int] = set()
        for key in read.wording[:_KEYS]:
            twin_id = self._by_wording.get(key)
            if twin_id is None or twin_id in seen:
                continue
            seen.add(twin_id)
            story_id, twin = self._reports[twin_id]
            alike = containment(read.wording, twin.wording)
            if alike < _FORM or twin.published < oldest:
                continue
            if _of_a_form(read, twin):
                others.add(story_id)
            elif alike >= _COPY:
                return Placement(story_id, "copy", alike, f"{alike:.0%} of the wording is known"), others
        return None, others

    def _nearest(self, read: _Read, oldest: datetime, others: Set[int]) -> tuple[int, float] | None:
        """The story it is most like, if it is enough, and the average likeness, 0 to 1; none of ``others``."""
        rarity = self._rarities(read.terms, read.kinds, read.language)
        scored: list[tuple[float, float, int]] = []
        asked = _Asked(read, rarity)
        size, gap = self._headline.size, self._headline.gap
        if not read.headline:
            size, gap = self._text.size, self._text.gap
        for story_id in self._promising(read, rarity):
            story = self._stories[story_id]
            members = self._members(story)
            last = members[-1].published
            if last < oldest or story_id in others:
                continue
            likeness = sum(self._alike(asked, member) for member in members) / len(members)
            days = abs(read.published - last) / _DAY
            score = likeness * len(story.reports) ** size - gap * min(days, 7.0)
            scored.append((score, likeness, story_id))
        if not scored:
            return None
        scored.sort(reverse=True)
        next_ones = [max(score, 0.0) for score, _, _ in scored[1:6]]
        around = sum(next_ones) / len(next_ones) if next_ones else 0.0
        if read.headline:
            needed = self._headline.least + self._headline.crowd * around
        else:
            weights = self._text
            short = weights.shorter * (5.0 - math.log(len(read.terms) + 1))
            needed = weights.least + short + weights.crowd * around
        score, likeness, story_id = scored[0]
        return (story_id, min(1.0, max(0.0, likeness))) if score > needed else None

    def _promising(self, read: _Read, rarity: Sequence[float]) -> list[int]:
        """Stories that share its rarest terms, the most promising first."""
        promise: dict[int, float] = {}
        looked = 0
        order = sorted(range(len(rarity)), key=rarity.__getitem__, reverse=True)
        for place in order:
            stories = self._holders[read.terms[place]]
            if looked and looked + len(stories) > _POSTINGS:
                break
            looked += len(stories)
            value = read.weights[place] ** 2
            for story_id in stories:
                promise[story_id] = promise.get(story_id, 0.0) + value
        return nlargest(_CLOSE, promise, key=promise.__getitem__)

    def _alike(self, asked: _Asked, other: _Read) -> float:
        """Likeness of two reports; about 0 to 1, less where one source tells much at once."""
        terms, read, weights = asked.terms, asked.read, self._text
        cosine = title = names = figures = 0.0
        mine, theirs = read.key, other.key  # what each says of the event and the other doesn't
        for term, weight, kind in zip(other.terms, other.weights, other.kinds, strict=True):
            own = terms.get(term)
            if own is None:
                continue
            product = own[0] * weight
            cosine += product
            if kind & KEY:
                theirs -= _FIGURE if kind & FIGURE else own[2]
            if own[1]:
                if own[1] & KEY:
                    mine -= _FIGURE if own[1] & FIGURE else own[2]
                both = own[1] & kind
                if both & TITLE:
                    title += product
                if both & NAME:
                    names += product
                if both & FIGURE:
                    figures += 1.0
        if title:
            title /= read.title * other.title
        likeness = cosine
        if read.headline != other.headline:
            likeness = max(cosine, title)
        elif not read.headline:
            if names:
                names /= read.names * other.names
            likeness += (
                weights.title * title + weights.names * names + weights.figures * min(figures, 3.0) / 3
            )
            short = min(1.0, max(0.15, (5.2 - math.log(len(read.terms) + 1)) / 2))
            apart = max(0.0, min(mine, theirs))
            likeness *= (1 + apart) ** (-weights.conflict * short)
        if read.source_id == other.source_id:
            hours = abs(read.published - other.published) / _DAY * 24
            likeness -= weights.source * math.exp(-hours / 2)
        return likeness

    def _shared(self, report: Report, read: _Read, members: Iterable[_Read], most: int = 5) -> list[str]:
        """The words it shares with these reports, the most telling first."""
        known = {term for member in members for term in member.terms}
        shared = [(w, t) for t, w in zip(read.terms, read.weights, strict=True) if t in known]
        said = words(f"{report.title} {report.text[:LOOKED_AT]}")
        telling = [self._names[term] for _, term in sorted(shared, reverse=True)[:most]]
        return [next((word for word in said if word.startswith(term)), term) for term in telling]

    def _news(self, report: Report, read: _Read, story: _Story, members: Sequence[_Read]) -> str | None:
        """What is new in a report of a known story, in a few words; None where nothing is.

        A figure no report had before counts where two agreed on the old ones, or once some time
        has passed; other words of the title and opening count only then: at first every
        newsroom picks its own.
        """
        known = {self._names[term] for member in members for term in member.terms}
        unheard = [n for n in numbers(report.title) if n not in known]
        if unheard and len(story.reports) > 1:
            return "new in its title: " + ", ".join(unheard[:3])
        if read.published - members[-1].published < _LATER:
            return None
        beginning = opening(report.title, report.text)
        unheard = [n for n in numbers(beginning) if n not in known]
        if unheard:
            return "new at its top: " + ", ".join(unheard[:3])
        if novelty(stems(beginning, read.language), story.words) >= _NOVEL:
            return "its top is in words unheard so far"
        return None

    def _members(self, story: _Story) -> list[_Read]:
        """The reports that joined last, the newest at the end."""
        ids = list(story.reports)[-_MEMBERS:] if len(story.reports) > 1 else story.reports
        return [self._reports[id_][1] for id_ in ids]

    def _rarities(self, terms: Sequence[int], kinds: Sequence[int], language: str) -> list[float]:
        """The logarithm of how rare each term is in a language, among its reports and imagined ones."""
        uses = self._uses.get(language, _NONE)
        known = len(uses)
        reports = self._languages.get(language, 0) + _IMAGINED + 2
        return [
            max(
                _RAREST,
                math.log(
                    reports
                    / (
                        (uses[term] if term < known else 0)
                        + _IMAGINED * (_OF_NAMES if kind & _TELLING else _OF_WORDS)
                        + 1
                    )
                ),
            )
            for term, kind in zip(terms, kinds, strict=True)
        ]

    # ------------------------------------------------------------ telling

    def record(self, report: Report, story_id: int) -> None:
        """The report now belongs to that story; an article read again takes its own place."""
        if report.article_id in self._reports:
            self._drop(report.article_id)
            self._let_go()
        read = self._read(report)
        self._reports[report.article_id] = (story_id, read)
        story = self._stories.get(story_id)
        if story is None:
            story = self._stories[story_id] = _Story(0)
        story.words |= read.words
        known = {term for id_ in story.reports for term in self._reports[id_][1].terms}
        story.reports[report.article_id] = None
        uses = self._uses.setdefault(read.language, array("I"))
        if len(uses) < len(self._names):
            uses.extend([0] * (len(self._names) * 9 // 8 - len(uses) + 1))
        for term in read.terms:
            self._total[term] += 1
            uses[term] += 1
            if term not in known:
                self._holders[term].append(story_id)
        self._languages[read.language] = self._languages.get(read.language, 0) + 1
        for key in read.wording[:_KEYS]:
            self._by_wording[key] = report.article_id
        self._last = None

    def forget(self, before: datetime) -> int:
        """Drop the reports published before then; gives how many.

        What words a story was told in is kept until its last report goes.
        """
        self._let_go()
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
        left = {term for id_ in story.reports for term in self._reports[id_][1].terms}
        if not story.reports:
            del self._stories[story_id]
        self._languages[read.language] -= 1
        uses = self._uses[read.language]
        for term in read.terms:
            self._total[term] -= 1
            uses[term] -= 1
            if term not in left:
                self._holders[term].remove(story_id)
            if not self._total[term]:
                self._release(term)

    def _release(self, term: int) -> None:
        del self._numbers[self._names[term]]
        self._names[term] = ""
        self._free.append(term)

    def _number(self, term: str) -> int:
        number = self._numbers.get(term)
        if number is None:
            if self._free:
                number = self._free.pop()
                self._names[number] = term
            else:
                number = len(self._names)
                self._names.append(term)
                self._total.append(0)
                self._holders.append(array("I"))
            self._numbers[term] = number
        return number

    def _read(self, report: Report) -> _Read:
        """The report's features; those of the last one are kept, since record follows place."""
        if self._last is None or self._last[0] != report:
            self._let_go()
            features = self._features(report)
            found = features.terms
            terms = array("I", [self._number(term) for term in found.counts])
            kinds = array("B", found.kinds.values())
            rarity = self._rarities(terms, kinds, report.language)
            counts = found.counts.values()
            weights = [(1 + math.log(n)) * rare for n, rare in zip(counts, rarity, strict=True)]
            length = math.sqrt(sum(weight * weight for weight in weights)) or 1.0
            weights = [weight / length for weight in weights]
            key = [
                _FIGURE if kind & FIGURE else rare
                for rare, kind in zip(rarity, kinds, strict=True)
                if kind & KEY
            ]
            read = _Read(
                published=report.published,
                source_id=report.source_id,
                language=report.language,
                terms=terms,
                weights=array("f", weights),
                kinds=kinds,
                title=_length(weights, kinds, TITLE),
                names=_length(weights, kinds, NAME),
                key=sum(key),
                headline=not report.text,
                wording=features.wording,
                words=features.words,
            )
            self._last = (report, read)
        return self._last[1]

    def _let_go(self) -> None:
        """Of a report that was asked about and never recorded no term stays."""
        if self._last is not None:
            for term in self._last[1].terms:
                if not self._total[term] and self._names[term]:
                    self._release(term)
            self._last = None


def _length(weights: Sequence[float], kinds: Sequence[int], kind: int) -> float:
    return math.sqrt(sum(w * w for w, k in zip(weights, kinds, strict=True) if k & kind))


def _of_a_form(one: _Read, other: _Read) -> bool:
    """Whether two like wordings are a form filled in twice: bulletins, alerts, lists of results.

    The names are others, of most of them: two newsrooms that shorten one agency's report each leave
    some out. Where both are of one source, which seldom tells an event twice in like words, in a
    short text one other figure or word of the title is enough.
    """
    own = one.source_id == other.source_id
    short = min(len(one.terms), len(other.terms)) < _SHORT
    telling = _TELLING if not short else _TELLING | TITLE if own else NAME
    first, second = (
        {term for term, kind in zip(read.terms, read.kinds, strict=True) if kind & telling}
        for read in (one, other)
    )
    if short and own:
        return bool(first.difference(other.terms) and second.difference(one.terms))
    return len(first & second) < (_SAME_SHORT if short else _SAME_NAMES) * min(len(first), len(second))
