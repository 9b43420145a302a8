"""Titles as plain text: markup that feeds put into them goes, what only looks like it stays."""

from __future__ import annotations

import html
import re

# What is used to set off words in a headline. Any other "<table>" in a title is what it is about.
_SET_OFF = (
    "a|abbr|b|bdi|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|mark|nobr|p|q|s|small|span|strike|strong|sub|sup"
    "|tt|u|wbr"
)
_ATTRIBUTE = r"""\s+[a-zA-Z:_-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+)"""
_TAG = re.compile(
    rf"</?(?:{_SET_OFF})(?:{_ATTRIBUTE}){{0,20}}\s*/?>|<!--.*?-->|<!\[CDATA\[|\]\]>", re.IGNORECASE
)


def plain_title(text: str) -> str:
    """A title without the tags that set off words, entities read, white space as one space.

    Feeds escape theirs once, twice or not at all; ``<table>`` and ``a<b and c>d`` are text.
    """
    if "<" in text or "&" in text:
        text = html.unescape(_TAG.sub("", text))
        if "<" in text or "&" in text:
            text = _TAG.sub("", text)
            if "&" in text and ";" in text:
                text = html.unescape(text)
    return " ".join(text.split())
