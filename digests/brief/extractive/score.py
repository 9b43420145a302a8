"""How likely a brief is to use a word of an article, and what a set of sentences is worth.

A set of sentences is worth the words it is likely to share with a brief that a person would write,
weighed against its length: an expected F-measure. How likely a word is depends on facts that hold
for news in any language: how many sentences use it, how early it comes, whether the title has it,
whether it carries content. Their weights are in ``weights.toml``, fitted by
``benchmarks/train_brief.py``. Repetition needs no rule of its own: a word said twice counts once.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from digests.text.stems import is_stop, stems

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
