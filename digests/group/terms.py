"""What a report is about, as counted terms: the beginnings of its words, and which of them are names,
figures, of its title or at its top."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from sys import intern
from zlib import crc32

from digests.text.languages import language_of
from digests.text.stems import is_stop
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


LOOKED_AT = 2000  # characters of a text
TITLE, NAME, FIGURE, KEY = 1, 2, 4, 8
_LENGTH = 6  # letters of a word, which stand for all its forms
_TOP = 40  # words at the top of a text, where who, where and how many stand
_TOP_CHARACTERS = 250  # and figures
_HEAD = 90  # characters that stand in for a title that is missing

# A capital inside a sentence marks a name; after a full stop or a quotation mark it says nothing.
# The pattern only skips the commonest small letters: whether it is a capital is asked afterwards.
_INITIAL = r"[^\W\d_a-zß-öø-ÿа-я]"
_NAME = re.compile(rf"(?<![.!?:\"“«„(\n] )(?<!^)(?<![\n\"“«„(])\b{_INITIAL}\w+(?:-\w+)*")
_NAMES_IN_ROW = re.compile(rf"\b{_INITIAL}[^\W_]+(?:[ -]{_INITIAL}[^\W_]+)+")
# Chinese and Japanese write some in characters, which are numbers before what they count.
_NUMBER = re.compile(
    r"\d+(?:[.,:\-]\d+)*|[〇零一二三四五六七八九十百千两]+(?=[号號日月年人岁歳座时時点點名公万亿億级級度])"
)
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？]")


@dataclass(frozen=True, slots=True)
class Terms:
    """How often each term is said, and what it is: a sum of ``TITLE``, ``NAME``, ``FIGURE``, ``KEY``.

    ``KEY`` are the names and figures of the title and the top: what tells an event from its like.
    """

    counts: dict[str, int]
    kinds: dict[str, int]


def terms_of(title: str, text: str, language: str = "und") -> Terms:
    """The terms of a report; words that carry no content are left out."""
    text = text[:LOOKED_AT]
    heading = stems(title or text[:_HEAD], language)
    body = stems(text, language)
    counts: dict[str, int] = {}
    for term in body if text else heading:
        counts[term] = counts.get(term, 0) + 1
    if title and text:
        for term in heading:
            counts[term] = counts.get(term, 0) + 1
    kinds = dict.fromkeys(counts, 0)
    for term in heading:
        if term in kinds:  # the head of a text without title may end within a word
            kinds[term] = TITLE
    if text:
        first = {*heading, *body[:_TOP]}
        for term in kinds.keys() & names(text, language).keys():
            kinds[term] |= NAME | KEY if term in first else NAME
    top = set(numbers(f"{title} {text[:_TOP_CHARACTERS]}"))
    for figure in numbers(f"{title} {text}"):
        counts.setdefault(figure, 1)  # of a time, an amount or a score the words know only the parts
        kinds[figure] = kinds.get(figure, 0) | FIGURE | (KEY if figure in top else 0)
    return Terms(counts, kinds)


def stems(text: str, language: str = "und") -> list[str]:
    """The beginnings of a text's words in order, a number whole; without those that carry no content."""
    said = words(text)
    if language_of(language).syllables:  # two in a row make a word
        told = [word for word in said if not is_stop(word, language)]
        return told + [
            intern(f"{a} {b}")
            for a, b in pairwise(said)
            if not is_stop(a, language) and not is_stop(b, language)
        ]
    found = [intern(word if word[0].isdigit() else word[:_LENGTH]) for word in said]
    return [term for term in found if term[0].isdigit() or not is_stop(term, language)]


def numbers(text: str) -> list[str]:
    """Numbers as written, in order."""
    return [intern(number) for number in _NUMBER.findall(text)]


def names(text: str, language: str = "und") -> dict[str, None]:
    """Stems of what looks like a name, in order: capitalised inside a sentence.

    German writes every noun so; there only two capitals in a row count.
    """
    known = language_of(language)
    pattern = _NAMES_IN_ROW if known.nouns_have_capitals or known.syllables else _NAME
    found = (match.group() for match in pattern.finditer(text))
    return dict.fromkeys(stems(" ".join(name for name in found if name[0].isupper()), language))


def opening(title: str, text: str) -> str:
    """The title and the first sentence of a text: what a report says is new."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text[:600])]
    return f"{title}\n{text[: ends[0]] if ends else text[:300]}"
