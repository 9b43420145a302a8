"""Which sentences of an article a brief is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digests.brief.furniture import Use, use
from digests.brief.length import Room
from digests.brief.phrases import phrases
from digests.brief.score import Measured, Worth, measure
from digests.brief.shorten import clip, shorter, tidy

_READ = 300  # sentences of one article; what comes later is no news
_LONGEST = 1200  # characters of one sentence; more is no sentence
_TYPICAL_WORDS, _TYPICAL_CHARACTERS = 16, 32  # of one sentence in a brief that a person writes
_REPETITION = 0.8  # share of a sentence's worth; above it the sentence was said before
_QUOTED = re.compile("[\"“”„«»「『]|(?<!\\w)['‘`]")
_FIGURE = re.compile(r"\d[\d.,]*")
# Costs and gains in the unit of Worth, which is about 0.01 to 0.3. They are round on purpose.
_QUOTE, _QUESTION, _PRONOUN, _PERSON, _URGING, _FIGURES = 0.01, 0.03, 0.02, 0.4, 0.02, 0.003
_MOST_FIGURES = 4


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
    return [
        Candidate(
            index=offset + place,
            article=article,
            place=place,
            text=text,
            use=use(text, place, title, language),
            measured=measured,
            merit=_merit(text, measured.length, language),
        )
        for place, (text, measured) in enumerate(zip(texts, measure(texts, title, language), strict=True))
    ]


def _merit(text: str, length: int, language: str) -> float:
    """What speaks for a sentence beside its words: figures for it; talk, appeals and questions against."""
    known = phrases(language)
    return (
        _FIGURES * min(_MOST_FIGURES, len(_FIGURE.findall(text)))
        - _QUOTE * bool(_QUOTED.search(text))
        - _QUESTION * bool(re.search("[?？؟]", text))
        - _PRONOUN * bool(known.opening_pronoun.match(text))
        - _PERSON * len(known.person.findall(text)) / max(1, length)
        - _URGING * bool(known.urging.search(text))
    )


class Selection:
    """Sentences chosen so far, within the room there is."""

    def __init__(self, room: Room, language: str) -> None:
        self.room = room
        self.language = language
        self.chosen: list[Chosen] = []
        typical = (_TYPICAL_CHARACTERS if room.characters else _TYPICAL_WORDS) * max(1, room.sentences)
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

    def fitting(self, text: str, limit: int, label: str = "") -> str | None:
        """The fullest form of the sentence that keeps the whole within ``limit``; None if none does."""
        spare = self.left - (self.room.limit - limit)
        forms = (label + form for form in shorter(text, self.language))
        return next((form for form in forms if self._cost(form) <= spare), None)

    def _best(self, waiting: Sequence[Candidate], limit: int) -> Chosen | None:
        for candidate in sorted(waiting, key=self._value, reverse=True):
            if not self._ready(candidate) or self._worth.known(candidate.measured) > _REPETITION:
                continue
            text = self.fitting(candidate.text, limit)
            if text:
                return Chosen(candidate, text)
        return None

    def _value(self, candidate: Candidate) -> float:
        return self._worth.with_(candidate.measured) + candidate.merit

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
