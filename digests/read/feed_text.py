"""What publishing systems add to the text of every item of their feeds, and its removal.

One pattern a line; each names a notation that many feeds share.
"""

from __future__ import annotations

import re

from digests.text.languages import every

# Whole lines.
_LINES = r"""
(?:article|comments) url:.*
points:\s*\d+
#? ?comments:?\s*\d*
submitted by\s+/?u/\S+.*
(?:\[(?:link|comments)\]\s*)+
\[(?:…|\.\.\.)\]
"""
# At a line's beginning or end: what stands beside it is the text.
_BEFORE = re.compile(r"^arxiv:\S+ announce type: \S+\s*(?:abstract:\s*)?", re.IGNORECASE)
_BEHIND = re.compile(
    r"\s*(?:submitted by\s+/?u/\S+(?:\s+(?:to\s+)?/?r/\S+)?)?\s*(?:\[(?:link|comments)\]\s*)+$"
    r"|\s*(?:\[(?:…|\.{3})\]|\(more(?:…|\.\.\.)\)|(?:read more|continue reading)\s*(?:…|»|→|\.\.\.)?)$",
    re.IGNORECASE,
)
_EITHER = "|".join((*_LINES.strip().split("\n"), *every(lambda known: known.feed_lines)))
_LINE = re.compile(rf"^\W*(?:{_EITHER})\W*$", re.IGNORECASE)
_LONGEST = 600  # characters of a line that is looked at


def own_text(line: str) -> str:
    """A line of a feed's item without what its system adds; "" where nothing else is in it."""
    if len(line) > _LONGEST:
        return _BEFORE.sub("", line)
    if _LINE.match(line):
        return ""
    return _BEHIND.sub("", _BEFORE.sub("", line)).strip()
