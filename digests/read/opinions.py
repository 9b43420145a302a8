"""Where the choice of a page's article is doubtful: another extractor's opinion, and which one to take.

Nobody knows the truth here, so the opinion the others bear out most is taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from lxml import etree
from resiliparse.extract.html2text import extract_plain_text

from digests.read.furniture import is_furniture_line

_LONGEST = 1_500_000  # characters of a page that is read a second time
_DEEPEST = 200  # elements inside one another
_MOST = 30_000  # elements
_OWN = 0.1  # overlap our own first choice is given beforehand
_WORDS = re.compile(r"\w+")
_BULLET = re.compile(r"^\s*[•*·-]\s+")
_Shingles = Counter[tuple[str, ...]]


def second_opinion(root: etree._Element, menus: set[str]) -> list[str]:
    """The article's paragraphs as Resiliparse reads them, without lines that are known to be links only;
    none of a page too long or nested too deep to read twice."""
    if _too_deep(root):
        return []
    html = etree.tostring(root, encoding="unicode", method="html")
    if len(html) > _LONGEST:
        return []
    text = extract_plain_text(html, main_content=True, alt_texts=False, links=False)
    lines = (" ".join(_BULLET.sub("", line).split()) for line in text.split("\n"))
    return [line for line in lines if line and line not in menus and not is_furniture_line(line)]


def _too_deep(root: etree._Element) -> bool:
    """Resiliparse takes time that grows with the square of the depth, and with that of the elements' number."""
    depth = 0
    for count, (event, _) in enumerate(etree.iterwalk(root, events=("start", "end"))):
        depth += 1 if event == "start" else -1
        if depth > _DEEPEST or count > 2 * _MOST:
            return True
    return False


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
