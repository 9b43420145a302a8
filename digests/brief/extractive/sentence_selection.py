"""Which sentences a brief is made of: the set that is worth most within the room there is."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files

from digests.brief.extractive.boilerplate import Use, inside_quotations, introductions, use
from digests.brief.extractive.phrases import phrases
from digests.brief.extractive.shorten import clip, shorter, tidy
from digests.text.stems import is_stop, stems
from digests.text.words import Room

_AGREEMENT = 1.0  # log-odds for a word that e times as many articles hold; round on purpose
FACTS = (
    "bias", "frequent", "at_the_top", "near_the_top", "early", "stop", "stop_frequent", "titled",
    "long_article", "has_title",
)  # fmt: skip


def facts(
    sentences: int, first: int, of: int, *, stop: bool, titled: bool, has_title: bool
) -> tuple[float, ...]:
    """What the weights multiply, in the order of ``FACTS``.

    How many ``sentences`` of how many hold the word, the index of the ``first``, whether the word carries
    no content, and whether the title has it.
    """
    frequent = math.log(sentences)
    return (
        1.0,
        frequent,
        math.exp(-first / 2),
        math.exp(-first / 6),
        math.exp(-first / 15),
        float(stop),
        frequent * stop,
        float(titled),
        math.log(of + 1),
        float(has_title),
    )


@cache
def weights() -> tuple[float, ...]:
    """Log-odds that a person's brief uses a word, one for each of ``FACTS``."""
    source = files("digests.brief.extractive").joinpath("weights.toml").read_text(encoding="utf-8")
    table = tomllib.loads(source)["words"]
    return tuple(float(table[name]) for name in FACTS)


@dataclass(frozen=True, slots=True)
class Measured:
    """A sentence: its length in words, and what it may share with a brief.

    ``shares`` gives for every word how likely a brief has it; ``total`` is their sum.
    """

    length: int
    shares: dict[str, float]
    total: float


def measure(articles: Sequence[Sequence[str]], title: str, language: str) -> list[list[Measured]]:
    """Every sentence of the articles on one event, in time linear in their length.

    A word's place is its earliest in any of the articles.
    """
    stemmed = [[stems(sentence) for sentence in sentences] for sentences in articles]
    likely = _likelihoods(stemmed, frozenset(stems(title)), language)
    return [
        [
            Measured(len(own), shares := {word: likely[word] for word in own}, sum(shares.values()))
            for own in one
        ]
        for one in stemmed
    ]


def tally(articles: Iterable[Iterable[Iterable[str]]]) -> dict[str, tuple[int, int, int]]:
    """For every word, how many sentences hold it, its earliest place in an article, and how many articles."""
    found: dict[str, tuple[int, int, int]] = {}
    for sentences in articles:
        own: dict[str, tuple[int, int]] = {}
        for place, sentence in enumerate(sentences):
            for word in set(sentence):
                count, first = own.get(word, (0, place))
                own[word] = (count + 1, first)
        for word, (count, first) in own.items():
            before, earliest, of = found.get(word, (0, first, 0))
            found[word] = (before + count, min(first, earliest), of + 1)
    return found


def _likelihoods(
    articles: Sequence[Sequence[Sequence[str]]], titled: frozenset[str], language: str
) -> dict[str, float]:
    of = sum(map(len, articles))
    middling = math.sqrt(max(1, len(articles)))
    known = weights()
    kinds: dict[tuple[int, int, int, bool, bool], float] = {}  # words alike in all facts are as likely
    likely = {}
    for word, (count, first, several) in tally(articles).items():
        kind = (count, first, several, is_stop(word, language), word in titled)
        if kind not in kinds:
            found = facts(count, first, of, stop=kind[3], titled=kind[4], has_title=bool(titled))
            odds = sum(map(float.__mul__, known, found)) + _AGREEMENT * math.log(several / middling)
            kinds[kind] = 1 / (1 + math.exp(-odds))
        likely[word] = kinds[kind]
    return likely


_READ = 300  # sentences of one article; what comes later is no news
_LONGEST = 1200  # characters of one sentence; more is no sentence
_REPETITION = 0.85  # share of a sentence's worth; above it the sentence was said before
_QUOTED = re.compile("[\"“”„«»「『]|(?<!\\w)['‘`]")
_CALLED = re.compile("[?？؟!！]")
_FIGURE = re.compile(r"\d")
# What a set is worth is counted in points of an F-measure in percent, 0 to 100. The numbers below are
# round on purpose: finer ones do not carry over to other newspapers.
_SENTENCE_WORDS, _SENTENCE_CHARACTERS = 27, 54  # of one sentence; more room than that need not be filled
_TYPICAL = 0.75  # length of the brief a person would write, as a share of the room
_FULL, _EARLY, _LEAD = 10.0, 10.0, 4.0  # for room that is used, for early sentences, for a lead that fills it
_OPENS = 2.0  # for the lead's first sentence where several articles tell the event
_EARLY_OF_SEVERAL = 5.0  # for early sentences where several articles tell the event
_EARLINESS = 5  # sentences, in which being early loses all but a third
_FIGURES, _QUOTE, _CALL, _PERSON, _URGING = 0.5, 0.3, 2.0, 15.0, 3.0
_SHORT = 20  # words; so much is added to a sentence's length, or the shortest ones would be the best
_OPENING, _BEST, _BEAM = 10, 8, 4  # sentences from the top and best ones that are tried; sets that are kept


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be chosen. ``index`` counts all source sentences, ``place`` its article's."""

    index: int
    article: int
    place: int
    text: str  # tidy
    use: Use
    measured: Measured
    merit: float
    earliness: float  # 1 for an article's first sentence, less for the next ones
    introduced: frozenset[int] = frozenset()  # indexes of sentences of which one must stand too


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate in the words it will be posted in."""

    candidate: Candidate
    text: str


def candidates(
    sentences: Sequence[str],
    title: str,
    language: str,
    *,
    article: int = 0,
    offset: int = 0,
    measured: Sequence[Measured] | None = None,
) -> list[Candidate]:
    """All sentences of one article; ``offset`` is the index of its first source sentence.

    ``measured`` are its sentences held against all articles of the story; by itself if None.
    """
    texts = tidied(sentences, language)
    own = measure([texts], title, language)[0] if measured is None else measured
    spoken = inside_quotations(sentences[: len(texts)])
    told = introductions(texts, title, language)
    return [
        Candidate(
            index=offset + place,
            article=article,
            place=place,
            text=text,
            use=Use.NEVER if place in spoken else use(text, place, title, language),
            measured=of_text,
            merit=_merit(text, of_text, language),
            earliness=math.exp(-place / _EARLINESS),
            introduced=frozenset(offset + before for before in needed),
        )
        for place, (text, of_text, needed) in enumerate(zip(texts, own, told, strict=True))
    ]


def tidied(sentences: Sequence[str], language: str) -> list[str]:
    """The sentences of one article that are read, tidy."""
    return [tidy(sentence[:_LONGEST], language) for sentence in sentences[:_READ]]


def _merit(text: str, measured: Measured, language: str) -> float:
    """What speaks for a sentence beside its words: figures for it; talk, calls and appeals against."""
    known = phrases(language)
    said = measured.shares.keys()
    return (
        _FIGURES * bool(_FIGURE.search(text))
        - _QUOTE * bool(_QUOTED.search(text))
        - _CALL * bool(_CALLED.search(text))
        - _PERSON * len(said & known.person) / max(1, measured.length)
        - _URGING * (not known.urging.isdisjoint(said))
    )


@dataclass(frozen=True, slots=True)
class Selection:
    """Sentences chosen so far, within the room there is."""

    room: Room
    language: str
    several: bool = False  # articles
    opening: int = -1  # index of the sentence that should open a story of several articles
    chosen: tuple[Chosen, ...] = ()
    places: frozenset[int] = frozenset()  # the indexes of the sentences chosen
    used: int = 0  # of the room, in its unit
    words: frozenset[str] = field(default=frozenset(), repr=False)
    length: int = 0  # in words
    expected: float = 0.0  # words shared with a brief that a person would write
    merit: float = 0.0
    earliness: float = 0.0

    @property
    def wanted(self) -> int:
        """The length a reader expects: the room, or less where its sentences would have to be very long."""
        each = _SENTENCE_CHARACTERS if self.room.characters else _SENTENCE_WORDS
        return max(1, min(self.room.limit, each * self.room.sentences))

    @property
    def worth(self) -> float:
        """In points, 0 to about 100; of a set that is not the lead."""
        return self._worth_of(
            self.expected, self.length, self.earliness, self.used, self.merit, len(self.chosen)
        )

    def _worth_of(
        self, expected: float, length: int, earliness: float, used: int, merit: float, sentences: int
    ) -> float:
        if not sentences:
            return 0.0
        early = _EARLY_OF_SEVERAL if self.several else _EARLY
        return (
            200 * expected / (length + _TYPICAL * self.wanted)
            + early * earliness / sentences
            + _FULL * min(1.0, used / self.wanted)
            + merit
        )

    def ready(self, candidate: Candidate) -> bool:
        """Whether the sentence can be understood behind what is chosen, and says something new."""
        return self._clear(candidate) and self._says_more(candidate, self._new(candidate))

    def _clear(self, candidate: Candidate) -> bool:
        if candidate.use is Use.AFTER_ITS_NEIGHBOUR and candidate.index - 1 not in self.places:
            return False
        if candidate.introduced and self.places.isdisjoint(candidate.introduced):
            return False
        return candidate.use >= Use.AFTER_ITS_NEIGHBOUR and candidate.index not in self.places

    def _says_more(self, candidate: Candidate, new: float) -> bool:
        return new > (1 - _REPETITION) * candidate.measured.total

    def worth_with(self, candidate: Candidate) -> tuple[float, str] | None:
        """What the set comes to with the fullest form of the sentence that still fits, and that form."""
        if not self._clear(candidate) or (text := self.fitting(candidate.text)) is None:
            return None
        new = self._new(candidate)
        if not self._says_more(candidate, new):
            return None
        worth = self._worth_of(
            self.expected + new,
            self.length + candidate.measured.length,
            self.earliness + candidate.earliness,
            self.used + self._cost(text),
            self.merit + self._merit_of(candidate),
            len(self.chosen) + 1,
        )
        return worth, text

    def fits(self, text: str) -> bool:
        """Whether this very text fits into what is left of the room."""
        return self._cost(text) <= self.room.limit - self.used

    def fitting(self, text: str) -> str | None:
        """The fullest form of the sentence that fits into what is left of the room."""
        if self.fits(text):
            return text
        return next((form for form in shorter(text, self.language) if self.fits(form)), None)

    def adding(self, item: Chosen) -> Selection:
        candidate = item.candidate
        return replace(
            self,
            chosen=(*self.chosen, item),
            places=self.places | {candidate.index},
            used=self.used + self._cost(item.text),
            words=self.words | candidate.measured.shares.keys(),
            length=self.length + candidate.measured.length,
            expected=self.expected + self._new(candidate),
            merit=self.merit + self._merit_of(candidate),
            earliness=self.earliness + candidate.earliness,
        )

    def _merit_of(self, candidate: Candidate) -> float:
        return candidate.merit + _OPENS * (candidate.index == self.opening)

    def _new(self, candidate: Candidate) -> float:
        shares = candidate.measured.shares
        return candidate.measured.total - sum([shares[word] for word in self.words.intersection(shares)])

    def _cost(self, text: str) -> int:
        """Size with the space that will stand before it."""
        return self.room.size(text) + self.room.characters


def select(pool: Sequence[Candidate], room: Room, language: str) -> Selection:
    """The best set of sentences that was found, empty if none fits. ``pool`` is in order, the lead first.

    A few best sets of each size grow by one sentence at a time. The first whole sentences of a single
    article stay where no set is clearly better: the fuller they are, the better it must be.
    """
    several = len({candidate.article for candidate in pool}) > 1
    empty = Selection(room, language, several=several, opening=pool[0].index if several else -1)
    tried = _tried(pool)
    sets, best = [empty], empty
    lead = empty if several else _lead(pool, empty)
    for _ in range(room.sentences):
        sets = _grown(sets, tried)
        if not sets:
            break
        best = max(best, sets[0], key=lambda one: one.worth)
    return best if best.worth > lead.worth + _LEAD * min(1.0, lead.used / lead.wanted) ** 2 else lead


def _grown(sets: Sequence[Selection], tried: Sequence[Candidate]) -> list[Selection]:
    """The best sets of one sentence more, the best first."""
    found: dict[frozenset[int], tuple[float, Selection, Chosen]] = {}
    for old in sets:
        for candidate in tried:
            if (grown := old.worth_with(candidate)) is not None:
                worth, text = grown
                found.setdefault(old.places | {candidate.index}, (worth, old, Chosen(candidate, text)))
    best = sorted(found.values(), key=lambda one: -one[0])[:_BEAM]
    return [old.adding(item) for _, old, item in best]


def _lead(pool: Sequence[Candidate], empty: Selection) -> Selection:
    """The first sentences of the first article, whole, as many as fit; where even the first is too
    long, its beginning."""
    found = empty
    for candidate in pool[: empty.room.sentences]:
        if not found.ready(candidate):
            break
        if not found.fits(candidate.text):
            return found if found.chosen else _clipped(candidate, empty)
        found = found.adding(Chosen(candidate, candidate.text))
    return found


def _clipped(candidate: Candidate, empty: Selection) -> Selection:
    room = empty.room
    text = clip(candidate.text, room, room.limit - room.characters)
    if not text:
        return empty
    said = stems(text)
    shares = {word: candidate.measured.shares.get(word, 0.0) for word in said}
    measured = Measured(len(said), shares, sum(shares.values()))
    return empty.adding(Chosen(replace(candidate, measured=measured), text))


def _tried(pool: Sequence[Candidate]) -> list[Candidate]:
    """The sentences worth a try: what each article opens with, and the best of all by themselves."""
    usable = [c for c in pool if c.use >= Use.AFTER_ITS_NEIGHBOUR and c.measured.total > 0]
    articles = max(1, len({candidate.article for candidate in usable}))
    opening = max(3, _OPENING // articles)
    best = sorted(usable, key=_density, reverse=True)[: _BEST + articles]
    kept = {c.index for c in best} | {c.index for c in usable if c.place < opening}
    return [candidate for candidate in usable if candidate.index in kept]


def _density(candidate: Candidate) -> float:
    """What a sentence is worth for its length, wherever it stands."""
    measured = candidate.measured
    return 100 * measured.total / (measured.length + _SHORT) + candidate.merit


def rescue(pool: Sequence[Candidate], room: Room, language: str) -> Selection:
    """Where nothing could be chosen: the best sentence there is, clipped to the room."""
    empty = Selection(room, language)
    for allowed in (Use.FREELY, Use.AFTER_ITS_NEIGHBOUR, Use.IN_NEED):
        usable = [c for c in pool if c.use >= allowed]
        for candidate in sorted(usable, key=lambda c: -empty.adding(Chosen(c, c.text)).worth):
            text = empty.fitting(candidate.text)
            if text:
                return empty.adding(Chosen(candidate, text))
        for candidate in usable:
            found = _clipped(candidate, empty)
            if found.chosen:
                return found
    return empty
