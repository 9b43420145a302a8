"""A guard for the HTML parser: the time it takes for one element grows with the square of its attributes."""

from __future__ import annotations

import re

MOST = 400  # attributes an element keeps; real pages stay far below a hundred

# Read as the HTML standard's tokenizer does. Every quantifier is possessive and every match goes on
# where the last one ended, so that one pass over the page is all it ever takes.
_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?+|'[^']*+'?+|[^\s>"'][^\s>]*+)?+)?+"""
_RAW = "script|style|textarea|title|xmp|iframe|noembed|noframes|noscript"  # no elements inside these
_TAG = re.compile(
    r"<(?:!--(?:-?>|(?:[^-]++|-(?!-!?>))*+)"
    rf"|(?P<raw>{_RAW})\b(?:{_ATTRIBUTE}){{0,{MOST}}}+(?:[\s/]*+>(?:[^<]++|<(?!/(?P=raw)))*+|(?P<raw_over>(?:{_ATTRIBUTE})++))"
    rf"|[A-Za-z][^\s/>]*+(?:{_ATTRIBUTE}){{0,{MOST}}}+(?P<over>(?:{_ATTRIBUTE})++)?+)",
    re.IGNORECASE,
)

_OVER = ("over", "raw_over")


def trim_attributes(html: str) -> str:
    """``html`` with no element holding more than ``MOST`` attributes; linear in its length."""
    if not any(match.lastgroup in _OVER for match in _TAG.finditer(html)):
        return html
    return _TAG.sub(_cut, html)


def _cut(match: re.Match[str]) -> str:
    for group in ("over", "raw_over"):
        if match[group]:
            return match.string[match.start() : match.start(group)]
    return match[0]
