"""What the summaries' modules share: ROUGE in every script, and the leads that a brief has to beat."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path
from statistics import mean
from typing import Any

_ONE_BY_ONE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"  # Thai, kana, Han, hangul
_MARKS = "".join(
    re.escape(chr(code)) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == "M"
)
_TOKEN = re.compile(rf"[{_ONE_BY_ONE}]|(?:[^\W_{_ONE_BY_ONE}](?:(?![{_ONE_BY_ONE}])[{_MARKS}])*)+")
_ALONE = re.compile(f"[{_ONE_BY_ONE}]")
Figures = tuple[float, float, float]
"""ROUGE-1, ROUGE-2 and ROUGE-L, F1 x 100."""


@dataclass(frozen=True)
class Bound:
    """At most so many sentences, and words or, in scripts written one by one, characters."""

    sentences: int
    words: int
    characters: int

    def keeps(self, sentences: Sequence[str], sample: str) -> bool:
        """Whether the text is within the bound; ``sample`` tells the script."""
        text = " ".join(sentences)
        size = len(text) if one_by_one(sample) else len(text.split())
        return len(sentences) <= self.sentences and size <= self.limit(sample)

    def limit(self, sample: str) -> int:
        return self.characters if one_by_one(sample) else self.words

    def cut(self, text: str) -> str:
        """The beginning of a text that is too long."""
        limit = self.limit(text)
        return text[:limit] if one_by_one(text) else " ".join(text.split()[:limit])


def one_by_one(text: str) -> bool:
    """Whether most letters are of a script that is counted in characters."""
    return len(_ALONE.findall(text)) * 2 > sum(map(str.isalpha, text))


def tokens(text: str) -> list[str]:
    """Runs of letters, their marks and digits in lower case; one character each where words have no spaces."""
    return _TOKEN.findall(text.lower())


def figures(summary: str, references: Iterable[str]) -> Figures:
    """The mean over what several people wrote."""
    ours = tokens(summary)
    rows = [_one(ours, tokens(reference)) for reference in references]
    return mean(r[0] for r in rows), mean(r[1] for r in rows), mean(r[2] for r in rows)


def _one(ours: Sequence[str], theirs: Sequence[str]) -> Figures:
    pairs = list(pairwise(ours)), list(pairwise(theirs))
    return (
        _f1(_shared(ours, theirs), len(ours), len(theirs)),
        _f1(_shared(*pairs), len(pairs[0]), len(pairs[1])),
        _f1(_subsequence(ours, theirs), len(ours), len(theirs)),
    )


def _f1(shared: int, said: int, wanted: int) -> float:
    return 200 * shared / (said + wanted) if shared else 0.0


def _shared(one: Sequence[Any], other: Sequence[Any]) -> int:
    return sum((Counter(one) & Counter(other)).values())


def _subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, a row of bits at a time."""
    places: dict[str, int] = {}
    for index, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << index
    row = everything = (1 << len(one)) - 1
    for word in other:
        met = row & places.get(word, 0)
        row = (row + met | row - met) & everything
    return len(one) - row.bit_count()


def lead(sentences: Sequence[str], bound: Bound) -> list[str]:
    """As many whole sentences from the top as fit; the first cut to size where even that is too long."""
    sample = " ".join(sentences[:20])
    kept: list[str] = []
    for sentence in sentences[: bound.sentences]:
        if not bound.keeps([*kept, sentence], sample):
            break
        kept.append(sentence)
    return kept or [bound.cut(sentence) for sentence in sentences[:1]]


def cut_lead(sentences: Sequence[str], bound: Bound) -> list[str]:
    """The first sentences, the last of them cut off where the bound is reached."""
    whole = lead(sentences, bound)
    following = sentences[len(whole) : bound.sentences]
    text = " ".join([*whole, *following])
    return [bound.cut(text)] if following else whole


def turns(articles: Sequence[Sequence[str]], bound: Bound) -> list[str]:
    """The leads in turn: the first sentences of all, then the second ones; cut off as ``cut_lead``."""
    mixed = [sentence for row in zip_longest(*articles) for sentence in row if sentence is not None]
    return cut_lead(mixed, bound)


def items(path: Path, most: int | None) -> tuple[list[dict[str, Any]], int]:
    """The items of a file, ``most`` of them evenly spread, and how many there are in all."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    step = max(1, -(-len(lines) // most)) if most else 1
    return lines[::step], len(lines)


def column_means(rows: Sequence[Figures]) -> list[float]:
    return [round(mean(column), 2) for column in zip(*rows, strict=True)]
