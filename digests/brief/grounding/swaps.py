"""Words that stand where the source has another one, in a stretch that reads on on both sides of it."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import pairwise

from digests.text.languages import lexicon
from digests.text.tokens import UNSPACED, Token, alike, same_name, tokens

_FRAME = 8  # words around that read on where an everyday word is another
_MOST = 2  # words in another's place
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
        if not 0 < len(mine) <= _MOST or not 0 < len(other) <= _MOST:
            continue
        if not all(t.key.isalpha() for t in mine + other):
            continue
        traded = all(t.key in keys for t in other) and _traded(keys, theirs, mine[0].key, other[0].key, stop)
        if not traded:
            if any(t.key in keys for t in other):
                continue
            names = any(t.capital for t in mine) and any(t.capital for t in other)
            if len(other) == _MOST and not (names or all(t.key in theirs for t in mine)):
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
