"""Which sentences of an article a brief is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digests.brief.extractive.boilerplate import Use, points_back, use
from digests.brief.extractive.phrases import phrases
from digests.brief.extractive.score import Measured, Worth, measure
from digests.brief.extractive.shorten import clip, shorter, tidy
from digests.text.length import Room
from digests.text.stems import stems

_READ = 300  # sentences of one article; what comes later is no news
_LONGEST = 1200  # characters of one sentence; more is no sentence
_TYPICAL_WORDS, _TYPICAL_CHARACTERS = 16, 32  # of one sentence in a brief that a person writes
_REPETITION = 0.8  # share of a sentence's worth; above it the sentence was said before
_QUOTED = re.compile("[\"“”„«»「『]|(?<!\\w)['‘`]")
_CALLED = re.compile("[?？؟!！]")
_INSIDE = re.compile(r"(?<=[\w,] )[^\W\d_a-z][\w'’-]*")
_FIGURE = re.compile(r"\d[\d.,]*")
# Costs and gains in the unit of Worth, which is about 0.01 to 0.3. They are round on purpose.
_QUOTE, _CALL, _PRONOUN, _PERSON, _URGING, _BARE = 0.005, 0.03, 0.02, 0.4, 0.04, 0.05
_FIGURES, _NAMES = 0.003, 0.004
_MOST_FIGURES, _MOST_NAMES = 4, 8
_NAMED = 1 / 3  # share of sentences with a capital inside, from which a text is known to write names so


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
    names: frozenset[str]  # that the title does not hold


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate in the words it will be posted in."""

    candidate: Candidate
    text: str


def candidates(
    sentences: Sequence[str], title: str, language: str, *, article: int = 0, offset: int = 0
) -> list[Candidate]:
    """All sentences of one article, measured; ``offset`` is the index of its first source sentence."""
    texts = [tidy(sentence[:_LONGEST], language) for sentence in sentences[:_READ]]
    titled = frozenset(stems(title))
    capitals = [_capitalised(text) for text in texts]
    names = [frozenset(name for name in found if titled.isdisjoint(stems(name))) for found in capitals]
    shows_names = sum(map(bool, capitals)) >= _NAMED * len(texts)
    return [
        Candidate(
            index=offset + place,
            article=article,
            place=place,
            text=text,
            use=use(text, place, title, language),
            measured=measured,
            merit=_merit(text, measured, language)
            - _BARE * (shows_names and not names[place] and not _FIGURE.search(text)),
            names=names[place],
        )
        for place, (text, measured) in enumerate(zip(texts, measure(texts, title, language), strict=True))
    ]


def _merit(text: str, measured: Measured, language: str) -> float:
    """What speaks for a sentence beside its words: figures for it; talk, calls and appeals against."""
    known = phrases(language)
    said = measured.shares.keys()
    return (
        _FIGURES * min(_MOST_FIGURES, len(_FIGURE.findall(text)))
        - _QUOTE * bool(_QUOTED.search(text))
        - _CALL * bool(_CALLED.search(text))
        - _PRONOUN * points_back(text, language)
        - _PERSON * len(said & known.person) / max(1, measured.length)
        - _URGING * (not known.urging.isdisjoint(said))
    )


def _capitalised(text: str) -> set[str]:
    """Capitalised words inside a sentence: names, in most languages that have capitals."""
    return {word for word in _INSIDE.findall(text) if word[0].isupper()}


class Selection:
    """Sentences chosen so far, within the room there is."""

    def __init__(self, room: Room, language: str) -> None:
        self.room = room
        self.language = language
        self.chosen: list[Chosen] = []
        typical = (_TYPICAL_CHARACTERS if room.characters else _TYPICAL_WORDS) * max(1, room.sentences)
        self._names: set[str] = set()
        self._worth = Worth(min(typical, room.limit))

    @property
    def left(self) -> int:
        """What is left of the room, in its unit."""
        return self.room.limit - sum(self._cost(item.text) for item in self.chosen)

    def _cost(self, text: str) -> int:
        """Size with the space that will stand before it."""
        return self.room.size(text) + self.room.characters

    def fill(self, pool: Iterable[Candidate], sentences: int, limit: int) -> None:
        """Add the best of ``pool`` up to ``sentences`` in all and ``limit`` in all."""
        waiting = [c for c in pool if c.use > Use.NEVER and all(c is not i.candidate for i in self.chosen)]
        while len(self.chosen) < sentences:
            best = self._best(waiting, limit)
            if best is None:
                return
            self.add(best)
            waiting.remove(best.candidate)

    def add(self, item: Chosen) -> None:
        self.chosen.append(item)
        self._worth.add(item.candidate.measured)
        self._names |= item.candidate.names

    def fitting(self, text: str, limit: int, label: str = "") -> str | None:
        """The fullest form of the sentence that keeps the whole within ``limit``; None if none does."""
        spare = self.left - (self.room.limit - limit)
        forms = (label + form for form in shorter(text, self.language))
        return next((form for form in forms if self._cost(form) <= spare), None)

    def _best(self, waiting: Sequence[Candidate], limit: int) -> Chosen | None:
        for candidate in sorted(waiting, key=self._value, reverse=True):
            if not self._ready(candidate) or self._worth.known(candidate.measured) > _REPETITION:
                continue
            text = self.fitting(candidate.text, limit) or self._squeezed_in(candidate.text, limit)
            if text:
                return Chosen(candidate, text)
        return None

    def _squeezed_in(self, text: str, limit: int) -> str | None:
        """Make room for a sentence by a safe cut in one that is already chosen."""
        for position, item in enumerate(self.chosen):
            for form in shorter(item.text, self.language):
                self.chosen[position] = Chosen(item.candidate, form)
                if (fitting := self.fitting(text, limit)) is not None:
                    return fitting
            self.chosen[position] = item
        return None

    def _value(self, candidate: Candidate) -> float:
        names = len(candidate.names - self._names)
        return self._worth.with_(candidate.measured) + candidate.merit + _NAMES * min(_MOST_NAMES, names)

    def _ready(self, candidate: Candidate) -> bool:
        if candidate.use is Use.AFTER_ITS_NEIGHBOUR:
            return any(item.candidate.index == candidate.index - 1 for item in self.chosen)
        return candidate.use is Use.FREELY

    def rescue(self, pool: Sequence[Candidate]) -> None:
        """Where nothing could be chosen: the best sentence there is, clipped to the room."""
        for allowed in (Use.FREELY, Use.AFTER_ITS_NEIGHBOUR, Use.IN_NEED):
            usable = [c for c in pool if c.use >= allowed]
            for candidate in sorted(usable, key=self._value, reverse=True):
                text = self.fitting(candidate.text, self.room.limit)
                text = text or clip(candidate.text, self.room, self.left - self.room.characters)
                if text:
                    self.add(Chosen(candidate, text))
                    return
