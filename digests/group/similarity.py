"""Measures that compare one report with others: sketches for copies, likelihood for events."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from zlib import crc32

from digests.words import words

SHINGLE = 3  # words in a row; shorter ones are shared by chance, longer ones miss light edits
_SKETCH = 24  # hashes kept of a short text; longer ones keep every eighth


def sketch(text: str) -> tuple[int, ...]:
    """The smallest hashes of a text's three-word shingles, ascending: a sample of its wording.

    Two sketches sample the same hashes, so that they can be compared without their texts
    (bottom-k sketch: Broder 1997; Thorup 2013).
    """
    tokens = words(text)
    hashes = {
        crc32(" ".join(tokens[i : i + SHINGLE]).encode()) for i in range(max(1, len(tokens) - SHINGLE + 1))
    }
    return tuple(sorted(hashes)[: max(_SKETCH, len(hashes) // 8)])


def containment(one: Sequence[int], other: Sequence[int]) -> float:
    """How much of the shorter wording stands in the longer one, 0 to 1, from their sketches."""
    if not one or not other:
        return 0.0
    limit = min(one[-1], other[-1])
    first = {h for h in one if h <= limit}
    second = {h for h in other if h <= limit}
    smaller = min(len(first), len(second))
    return len(first & second) / smaller


class Background:
    """How often words occur in the news at large, learned as reports come in.

    When more than ``limit`` words were counted, all counts are halved and words down to
    nothing are dropped: memory stays bounded and old fashions fade.
    """

    def __init__(self, limit: int = 20_000_000) -> None:
        self._counts: dict[str, float] = {}
        self._total = 0.0
        self._limit = limit

    def add(self, terms: Iterable[str]) -> None:
        counts = self._counts
        for term in terms:
            counts[term] = counts.get(term, 0.0) + 1.0
            self._total += 1.0
        if self._total > self._limit:
            self._counts = {term: n / 2 for term, n in counts.items() if n >= 2}
            self._total = sum(self._counts.values())

    def log_probability(self, term: str) -> float:
        """Natural logarithm of the term's share, with one imagined sighting for unseen ones."""
        return math.log((self._counts.get(term, 0.0) + 1.0) / (self._total + len(self._counts) + 1.0))


def evidence(terms: Mapping[str, float], profile: Mapping[str, float], size: float, pull: float) -> float:
    """Log likelihood ratio: the terms are drawn from a story's profile, against from all news.

    ``terms`` are a report's with their background log probability; ``profile`` counts a
    story's terms, ``size`` of them in all; ``pull`` draws the profile toward the background by
    that many imagined terms (a multinomial mixture with a Dirichlet prior).
    """
    total = 0.0
    scale = math.log(size + pull)
    for term, log_p in terms.items():
        count = profile.get(term)
        if count is None:
            total += math.log(pull) - scale
        else:
            total += math.log(count + pull * math.exp(log_p)) - scale - log_p
    return total
