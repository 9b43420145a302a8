"""Measures that compare the wording of reports: sketches for copies, vocabularies for what is new."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from zlib import crc32

from digests.text.words import words

_SHINGLE = 3  # words in a row; shorter ones are shared by chance, longer ones miss light edits
_SKETCH = 24  # hashes kept of a short text; a longer one keeps every eighth
_VOCABULARY_BITS = 2048  # a story of 200 different words fills a tenth
_BITS = [1 << place for place in range(_VOCABULARY_BITS)]


def sketch(text: str) -> array[int]:
    """The smallest hashes of a text's three-word shingles, ascending: a sample of its wording.

    Two sketches sample the same hashes, so that they can be compared without their texts
    (bottom-k sketch: Broder 1997; Thorup 2013).
    """
    tokens = words(text)
    if not tokens:
        return array("I")
    hashes = {
        crc32(" ".join(tokens[i : i + _SHINGLE]).encode()) for i in range(max(1, len(tokens) - _SHINGLE + 1))
    }
    return array("I", sorted(hashes)[: max(_SKETCH, len(hashes) // 8)])


def containment(one: Sequence[int], other: Sequence[int]) -> float:
    """How much of the shorter wording stands in the longer one, 0 to 1, from two sketches of some text."""
    limit = min(one[-1], other[-1])
    first = {h for h in one if h <= limit}
    second = {h for h in other if h <= limit}
    return len(first & second) / min(len(first), len(second))


def vocabulary(terms: Sequence[str]) -> int:
    """The terms as a set of bits: two hundred words in 256 bytes, at the price of some doubles."""
    bits = 0
    for term in terms:
        bits |= _BITS[crc32(term.encode()) % _VOCABULARY_BITS]
    return bits


def novelty(terms: Sequence[str], known: int) -> float:
    """The share of terms that a ``vocabulary`` lacks, 0 to 1; a double may make one look known."""
    fresh = vocabulary(terms)
    return (fresh & ~known).bit_count() / fresh.bit_count() if fresh else 0.0
