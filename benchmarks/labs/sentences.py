"""Where sentences end, in languages whose boundaries people corrected by hand.

``*.jsonl``, one item a document: language, sentences in order. They are joined, with a space where the
script has spaces between sentences, and split again. A boundary is a place between two characters that are
no white space; F1 over the boundaries inside the documents of a language. ``macro_f1``: the mean of the
languages without Khmer; ``by_language``: each, Khmer included. A quick reading takes all of them too.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from digests.text.sentences import split_sentences

_UNSPACED = frozenset(("zh", "ja"))
_LEFT_OUT = frozenset(("km",))


def measure(folder: Path, *, quick: bool) -> dict[str, Any]:
    """The figures of the documents in ``folder``; see the head of this module."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            item = json.loads(line)
            language = item["language"]
            joiner = "" if language in _UNSPACED else " "
            true = boundaries(item["sentences"])
            told = boundaries(split_sentences(joiner.join(item["sentences"]), language))
            for place, number in enumerate((len(true & told), len(told), len(true))):
                counts[language][place] += number
    scores = {
        language: round(2 * hits / max(1, told + true), 4)
        for language, (hits, told, true) in sorted(counts.items())
    }
    counted = [score for language, score in scores.items() if language not in _LEFT_OUT]
    return {"macro_f1": round(sum(counted) / max(1, len(counted)), 4), "by_language": scores}


def boundaries(sentences: list[str]) -> set[int]:
    """Characters before each boundary, white space not counted; the end of the text is none."""
    ends, read = set(), 0
    for sentence in sentences[:-1]:
        read += sum(not letter.isspace() for letter in sentence)
        ends.add(read)
    return ends
