"""Where the choice of a page's article is doubtful: another extractor's opinion, and which one to take.

Nobody knows the truth here, so the opinion the others bear out most is taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from resiliparse.extract.html2text import extract_plain_text

from digests.read.furniture import is_furniture_line

_LONGEST = 1_500_000  # characters of a page that is read a second time
_OWN = 0.1  # overlap our own first choice is given beforehand
_WORDS = re.compile(r"\w+")
_BULLET = re.compile(r"^\s*[•*·-]\s+")
_Shingles = Counter[tuple[str, ...]]


def second_opinion(html: str) -> list[str]:
    """The article's paragraphs as Resiliparse reads them; none of a page too long to read twice."""
    if len(html) > _LONGEST:
        return []
    text = extract_plain_text(html, main_content=True, alt_texts=False, links=False)
    lines = (" ".join(_BULLET.sub("", line).split()) for line in text.split("\n"))
    return [line for line in lines if line and not is_furniture_line(line)]


def most_agreed(opinions: Sequence[list[str]]) -> list[str]:
    """The opinion that shares most with the others; the first is ours and wins where it is close."""
    parts = [_shingles("\n".join(opinion)) for opinion in opinions]
    scores = [
        (_OWN if place == 0 and own else 0.0)
        + sum(_overlap(own, other) for at, other in enumerate(parts) if at != place)
        for place, own in enumerate(parts)
    ]
    return opinions[scores.index(max(scores))]


def _shingles(text: str) -> _Shingles:
    words = _WORDS.findall(text)
    return (
        Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
        if len(words) > 3
        else Counter([tuple(words)])
    )


def _overlap(one: _Shingles, other: _Shingles) -> float:
    return 2 * (one & other).total() / max(1, one.total() + other.total())
