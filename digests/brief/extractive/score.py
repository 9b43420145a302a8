"""How likely a brief is to use a word of an article, and what a set of sentences is worth.

A set of sentences is worth the words and word pairs it is likely to share with a brief that a
person would write, weighed against its length: an expected F-measure. How likely a word is
depends on facts that hold for news in any language: how many sentences use it, how early it
comes, whether it carries content. Their weights are in ``weights.toml``, fitted by
``benchmarks/train_brief.py``. Repetition needs no rule of its own: a word said twice counts once.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

from digests.text.stems import is_stop, stems

_PAIR_VALUE = 0.5  # of a shared pair, where a shared word is worth 1
_TITLE = 1.0  # log-odds for a title's word; not fitted, the corpora for that have no titles


@dataclass(
    frozen=True, slots=True, eq=False
)  # one object a kind, told apart by identity: it is a cache's key
class Weights:
    """Log-odds of one kind of unit, words or pairs."""

    bias: float
    frequent: float
    early: float
    stop: float
    stop_frequent: float

    def log_odds(self, sentences: int, first: int, stop: float) -> float:
        """Of a unit that ``facts`` describes."""
        return self.bias + sum(
            weight * fact
            for weight, fact in zip(
                (self.frequent, self.early, self.stop, self.stop_frequent),
                facts(sentences, first, stop),
                strict=True,
            )
        )


def facts(sentences: int, first: int, stop: float) -> tuple[float, float, float, float]:
    """What the weights multiply, in their order, without the bias.

    How many ``sentences`` hold the unit, the index of the ``first``, and the share of it
    that carries no content (0 to 1).
    """
    frequent = math.log(sentences)
    return frequent, math.exp(-first / 15), stop, stop * frequent


@cache
def weights() -> tuple[Weights, Weights]:
    """For words and for pairs."""
    table = tomllib.loads(
        files("digests.brief.extractive").joinpath("weights.toml").read_text(encoding="utf-8")
    )
    return Weights(**table["words"]), Weights(**table["pairs"])


@lru_cache(maxsize=1 << 16)
def _likelihood(weights: Weights, sentences: int, first: int, stop: float, titled: bool) -> float:
    return 1 / (1 + math.exp(-weights.log_odds(sentences, first, stop) - _TITLE * titled))


@dataclass(frozen=True, slots=True)
class Measured:
    """A sentence: its length in words, and what it may share with a brief.

    ``shares`` gives every word and every pair ("two words") the value it is likely to have;
    ``total`` is their sum.
    """

    length: int
    shares: dict[str, float]
    total: float


def measure(sentences: Sequence[str], title: str, language: str) -> list[Measured]:
    """Every sentence of one article, in time linear in its length."""
    stemmed = [stems(sentence) for sentence in sentences]
    paired = [pairs(sentence) for sentence in stemmed]
    titled = stems(title)
    of_words, of_pairs = weights()
    shares = _likelihoods(stemmed, language, frozenset(titled), of_words)
    likely_pairs = _likelihoods(paired, language, frozenset(pairs(titled)), of_pairs)
    shares.update((pair, _PAIR_VALUE * likely) for pair, likely in likely_pairs.items())
    measured = []
    for sentence, two in zip(stemmed, paired, strict=True):
        own = {unit: shares[unit] for unit in (*sentence, *two)}
        measured.append(Measured(len(sentence), own, sum(own.values())))
    return measured


def pairs(sentence: Sequence[str]) -> list[str]:
    """Neighbouring stems, a space between them."""
    return [f"{one} {two}" for one, two in pairwise(sentence)]


def stop_share(unit: str, language: str) -> float:
    """Share of a unit's stems that carry no content."""
    one, pair, two = unit.partition(" ")
    return (is_stop(one, language) + is_stop(two, language)) / 2 if pair else float(is_stop(one, language))


def tally(sentences: Iterable[Iterable[str]]) -> dict[str, tuple[int, int]]:
    """For every unit, how many sentences hold it and the index of the first."""
    found: dict[str, tuple[int, int]] = {}
    for index, sentence in enumerate(sentences):
        for unit in set(sentence):
            count, first = found.get(unit, (0, index))
            found[unit] = (count + 1, first)
    return found


def _likelihoods(
    sentences: Iterable[Iterable[str]], language: str, title: frozenset[str], weights: Weights
) -> dict[str, float]:
    return {
        unit: _likelihood(weights, count, first, stop_share(unit, language), unit in title)
        for unit, (count, first) in tally(sentences).items()
    }


class Worth:
    """What a growing set of sentences is worth, 0 to about 1.

    ``typical`` is the length, in words, of the brief a person would write.
    """

    def __init__(self, typical: int) -> None:
        self._length = typical
        self._value = 0.0
        self._units: set[str] = set()

    def with_(self, sentence: Measured) -> float:
        """Worth of the set if the sentence joined."""
        return (self._value + self._gain(sentence)) / (self._length + sentence.length)

    def add(self, sentence: Measured) -> None:
        self._value += self._gain(sentence)
        self._length += sentence.length
        self._units.update(sentence.shares)

    def known(self, sentence: Measured) -> float:
        """Share of the sentence's worth that the set already has."""
        return 1 - self._gain(sentence) / sentence.total if sentence.total else 1.0

    def _gain(self, sentence: Measured) -> float:
        return sentence.total - sum([sentence.shares[unit] for unit in sentence.shares.keys() & self._units])
