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
        if not 0 < len(mine) <= _MOST or not (
            len(other) == 1 or len(other) == _MOST == sum(t.key in theirs for t in mine)
        ):
            continue  # two words give way to two only where the sentence has both of them elsewhere
        if any(t.key in keys for t in other) or not all(t.key.isalpha() for t in mine + other):
            continue
        if any(t.key not in elsewhere or any(_one(t, o) for o in other) for t in mine):
            continue
        named = len(mine) == len(other) == 1 and all(t.capital for t in mine + other)
        if frame >= (_NAME_FRAME if named and mine[0].key not in theirs else _FRAME):
            return " ".join(t.text for t in mine), " ".join(t.text for t in other)
    return None


def _one(ours: Token, theirs: Token) -> bool:
    """Whether two words may be one, inflected."""
    return alike(ours.key, theirs.key) or same_name(ours.key, theirs.key)
