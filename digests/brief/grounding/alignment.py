"""How faithful a claim is to its source, by aligning their words. No model.

A true shortening reads on in the source: it keeps runs of words, leaves out modifiers and side
clauses, and joins what stood together. A false one joins the subject of one clause to the verb
of another. So the claim is laid along the source word by word, and what the laying costs is
counted. The weights are fitted by ``benchmarks/trust.py --fit``; docs/quality.md
has the figures.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

from digests.text.languages import lexicon
from digests.text.numbers import unsupported
from digests.text.stems import content, stems
from digests.text.tokens import HAN, KANA, UNSPACED, Token, alike, clean, lower, same_name, tokens

_TOKEN = re.compile(rf"[{HAN}{KANA}]|[^\W{HAN}{KANA}]+(?:[-'.][^\W{HAN}{KANA}]+)*|[^\w\s]")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？।])\s+|(?<=[。！？])")
_BRANCH = frozenset(  # words that open another clause; the jump features are English, the rest is not
    [
        "but",
        "and",
        "or",
        "who",
        "which",
        "that",
        "while",
        "when",
        "where",
        "because",
        "after",
        "before",
        "as",
        "if",
        "although",
        "whose",
        "since",
        "so",
        "then",
        "said",
        "says",
    ]
)
_PREPOSITION = frozenset(
    [
        "in",
        "on",
        "at",
        "for",
        "with",
        "by",
        "from",
        "of",
        "to",
        "into",
        "over",
        "about",
        "against",
        "between",
        "through",
        "during",
        "under",
        "near",
    ]
)
_LIGHT, _RUN, _SKIP, _BACK, _OTHER_FORM = 0.4, 0.6, 0.25, 0.8, 0.15
_LONG = 6  # words passed over in one go
WEIGHTS = (4.1, 3.9, 1.1, 0.8, 0.5, 2.8)  # of the defects in their order; ``benchmarks/trust.py --fit``
_MIDDLE = 2.0  # the sum of weighted defects that scores one half


@dataclass(frozen=True, slots=True)
class Defects:
    """What laying one sentence along its source costs."""

    thin: float  # 1.6 less the alignment's value a word: content words that read on are worth 1.6
    unlinked: float  # share of neighbouring content words that are not near each other there
    branches: float  # jumps over a word that opens another clause
    leaps: float  # jumps over more than six words
    ragged: float  # 1 when the claim ends in the middle of a phrase
    numbers: float  # 1 when a number is not supported

    def values(self) -> tuple[float, ...]:
        """In the order of ``WEIGHTS``."""
        return (self.thin, self.unlinked, self.branches, self.leaps, self.ragged, self.numbers)


def score(source: str, claim: str, language: str = "en") -> float:
    """From 0 to 1: high for the source's own words in their order, less the more a claim departs.

    Meant for ranking claims on one source; it is no probability. A claim of several sentences
    gets their mean.
    """
    sums = [
        sum(w * d for w, d in zip(WEIGHTS, defects(source, sentence, language).values(), strict=True))
        for sentence in _SENTENCE_END.split(claim)
        if sentence.strip()
    ]
    return sum(1 / (1 + math.exp(total - _MIDDLE)) for total in sums) / len(sums) if sums else 0.0


def defects(source: str, claim: str, language: str = "en") -> Defects:
    """The defects of one sentence against a source of any length."""
    stop = lexicon(language).stop
    have = _words(source)
    said = _words(claim)
    while said and not said[-1][0].isalnum():
        said = said[:-1]
    weights = [_LIGHT if word in stop or not word[0].isalnum() else 1.0 for word in said]
    total, path = _align(said, weights, have)
    branches, leaps = _jumps(path, have)
    return Defects(
        thin=1 + _RUN - total / max(1, len(said)),
        unlinked=_unlinked(said, have, stop),
        branches=float(branches),
        leaps=float(leaps),
        ragged=float(_ragged(path, have)),
        numbers=float(unsupported(clean(claim), clean(source), language) is not None),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(lower(clean(text))))


def _same(one: str, other: str) -> bool:
    return one == other or (len(one) > 3 and len(other) > 3 and one[:3] == other[:3] and _alike(one, other))


@lru_cache(maxsize=1 << 14)
def _alike(one: str, other: str) -> bool:
    return one.isalpha() and other.isalpha() and alike(one, other)


def _align(said: tuple[str, ...], weights: list[float], have: tuple[str, ...]) -> tuple[float, list[int]]:
    """The best laying of the claim's words on the source's: its value and the places in order.

    A word that is found adds its weight and more when it reads on; one that is not found, a
    jump forward (the longer the more) and above all a step back take away.
    """
    layers: list[dict[int, tuple[float, int]]] = [{-1: (0.0, -1)}]
    for word, weight in zip(said, weights, strict=True):
        before = layers[-1]
        here = {last: (value - weight, last) for last, (value, _) in before.items()}
        for place, other in enumerate(have):
            if not _same(word, other):
                continue
            gain = weight - (0 if word == other else _OTHER_FORM)
            value, last = max(
                (value + gain + _step(last, place, have), last) for last, (value, _) in before.items()
            )
            if place not in here or value > here[place][0]:
                here[place] = (value, last)
        layers.append(here)
    place = max(layers[-1], key=lambda at: layers[-1][at][0])
    total = layers[-1][place][0]
    path: list[int] = []
    for layer in reversed(layers[1:]):
        last = layer[place][1]
        if last != place:
            path.append(place)
        place = last
    return total, path[::-1]


def _step(last: int, place: int, have: tuple[str, ...]) -> float:
    if last == -1:
        return 0.0 if place == 0 or not have[place - 1][0].isalnum() else -0.2
    if place == last + 1:
        return _RUN
    return -_SKIP - 0.02 * min(10, place - last) if place > last else -_BACK


def _jumps(path: list[int], have: tuple[str, ...]) -> tuple[int, int]:
    branches = leaps = 0
    for last, place in pairwise(path):
        if place > last + 1:
            passed = have[last + 1 : place]
            branches += any(word in _BRANCH for word in passed)
            leaps += len(passed) > _LONG
    return branches, leaps


def _ragged(path: list[int], have: tuple[str, ...]) -> bool:
    """Whether the source goes on after the claim's last word, and not with a new phrase."""
    after = have[path[-1] + 1 : path[-1] + 2] if path else ()
    return any(word[0].isalnum() and word not in _PREPOSITION | _BRANCH for word in after)


def _unlinked(said: tuple[str, ...], have: tuple[str, ...], stop: frozenset[str]) -> float:
    ours = [word for word in said if word not in stop and word[0].isalnum()]
    theirs = [word for word in have if word not in stop and word[0].isalnum()]
    near = {(theirs[i], theirs[j]) for i in range(len(theirs)) for j in range(i + 1, min(len(theirs), i + 5))}
    pairs = list(pairwise(ours))
    return sum(pair not in near for pair in pairs) / len(pairs) if pairs else 0.0


_MOST = 4  # sentences a claim may rest on


def support_for(claim: str, source: list[str], language: str) -> tuple[int, ...]:
    """Indices of the source sentences that together know most of the claim's words, in order.

    The one that shares most comes first; each further one must add words that are still missing.
    """
    missing = set(stems(clean(claim))) & content(clean(claim), language)
    shared = [missing & set(stems(clean(line))) for line in source]
    chosen: list[int] = []
    while missing and len(chosen) < _MOST:
        best = max(range(len(source)), key=lambda i: (len(missing & shared[i]), len(shared[i])), default=-1)
        if best < 0 or not missing & shared[best]:
            break
        chosen.append(best)
        missing = missing - shared[best]
    return tuple(sorted(chosen))


_FRAME = 8  # words around that read on where an everyday word is another
_SWAPS_MOST = 2  # words in another's place
_NAME_FRAME = 3  # where a name is
_LINES = 2  # lines of the source a claim is laid along
_LONGEST = 400  # words of a line or claim; laying one along the other costs their product


def swapped_word(claim: str, source: str, elsewhere: frozenset[str], language: str) -> tuple[str, str] | None:
    """(The claim's word, the source's), None when there is none.

    A word is swapped when the source has it too, but not here: "a threat to birds until 1997" for
    "a threat to humans until 1997" of a text that tells of birds as well. A new word there may be a
    synonym and is left in peace. ``elsewhere`` are the lower-case words of all the sources.
    """
    ours = tokens(claim)
    if len(ours) > _LONGEST or UNSPACED.search(claim):
        return None
    keys = [token.key for token in ours]
    said = set(keys)
    lines = [line for line in map(tokens, source.split("\n")) if len(line) <= _LONGEST]
    lines.sort(key=lambda line: -len(said & {token.key for token in line}))
    for line in lines[:_LINES]:
        if found := _in_line(ours, keys, line, elsewhere, language):
            return found
    return None


def _in_line(
    ours: list[Token], keys: list[str], line: list[Token], elsewhere: frozenset[str], language: str
) -> tuple[str, str] | None:
    stop = lexicon(language).stop
    theirs = [token.key for token in line]
    blocks = SequenceMatcher(None, theirs, keys, autojunk=False).get_matching_blocks()
    for left, right in pairwise(blocks):
        frame = left.size + right.size
        if not left.size or not right.size or frame < _NAME_FRAME:
            continue
        mine = [t for t in ours[left.b + left.size : right.b] if t.key not in stop]
        other = [t for t in line[left.a + left.size : right.a] if t.key not in stop]
        if not 0 < len(mine) <= _SWAPS_MOST or not 0 < len(other) <= _SWAPS_MOST:
            continue
        if not all(t.key.isalpha() for t in mine + other):
            continue
        traded = all(t.key in keys for t in other) and _traded(keys, theirs, mine[0].key, other[0].key, stop)
        if not traded:
            if any(t.key in keys for t in other):
                continue
            names = any(t.capital for t in mine) and any(t.capital for t in other)
            if len(other) == _SWAPS_MOST and not (names or all(t.key in theirs for t in mine)):
                continue  # two words give way to two only where the sentence has both elsewhere, or both are names
        if any(t.key not in elsewhere or any(_one(t, o) for o in other) for t in mine):
            continue
        named = len(mine) == len(other) == 1 and all(t.capital for t in mine + other)
        if frame >= (_NAME_FRAME if named and mine[0].key not in theirs else _FRAME):
            return " ".join(t.text for t in mine), " ".join(t.text for t in other)
    return None


def _traded(said: list[str], have: list[str], mine: str, other: str, stop: frozenset[str]) -> bool:
    """Whether two words have each other's place: "sales of A fell, those of B rose" for "of B fell, of A rose".

    They are told of different things, so a word of content stands between them: what is merely listed
    may be listed in any order.
    """
    if said.count(mine) != 1 or have.count(mine) != 1 or said.count(other) != 1 or have.count(other) != 1:
        return False
    a, b, c, d = said.index(mine), said.index(other), have.index(other), have.index(mine)
    same_side = (a < b) == (c < d)
    framed = min(a, b, c, d) > 0 and said[a - 1] == have[c - 1] and said[b - 1] == have[d - 1]
    return same_side and framed and any(word not in stop for word in said[min(a, b) + 2 : max(a, b)])


def _one(ours: Token, theirs: Token) -> bool:
    """Whether two words may be one, inflected."""
    return alike(ours.key, theirs.key) or same_name(ours.key, theirs.key)
