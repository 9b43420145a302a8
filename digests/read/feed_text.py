"""What publishing systems add to the text of every item of their feeds, and its removal.

One pattern a line; each names a notation that many feeds share.
"""

from __future__ import annotations

import re

from digests.read.furniture import any_of

# Whole lines.
_LINES = r"""
the post .{1,300} (?:appeared first on|first appeared on) .{1,120}
(?:der beitrag|l['’]article|la entrada|o post|l['’]articolo|het bericht) .{1,300} (?:erschien zuerst auf|est apparu en premier sur|se public[óo] primero en|apareceu primeiro em|proviene da|verscheen eerst op) .{1,120}
(?:article|comments) url:.*
points:\s*\d+
#? ?comments:?\s*\d*
submitted by\s+/?u/\S+.*
(?:\[(?:link|comments)\]\s*)+
(?:continue reading|read more|weiterlesen|lire la suite|leer m[áa]s|leggi tutto|lees verder|читать далее|читать дальше|devamını oku|阅读全文|続きを読む).{0,120}
\[(?:…|\.\.\.)\]
"""  # noqa: E501
# At a line's beginning or end: what stands beside it is the text.
_BEFORE = re.compile(r"^arxiv:\S+ announce type: \S+\s*(?:abstract:\s*)?", re.IGNORECASE)
_BEHIND = re.compile(
    r"\s*(?:submitted by\s+/?u/\S+(?:\s+(?:to\s+)?/?r/\S+)?)?\s*(?:\[(?:link|comments)\]\s*)+$"
    r"|\s*(?:\[(?:…|\.{3})\]|\(more(?:…|\.\.\.)\)|(?:read more|continue reading)\s*(?:…|»|→|\.\.\.)?)$",
    re.IGNORECASE,
)
_LINE = re.compile(rf"^\W*(?:{any_of(_LINES)})\W*$", re.IGNORECASE)
_LONGEST = 600  # characters of a line that is looked at


def own_text(line: str) -> str:
    """A line of a feed's item without what its system adds; "" where nothing else is in it."""
    if len(line) > _LONGEST:
        return _BEFORE.sub("", line)
    if _LINE.match(line):
        return ""
    return _BEHIND.sub("", _BEFORE.sub("", line)).strip()
