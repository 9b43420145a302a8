"""What no text from outside keeps: control characters, bidirectional controls, halves of characters.

Taken out once, where text enters, so that no output has to: a terminal obeys escape sequences, XML can't
hold most controls, a turned-around text reads as another, and half a character can't be stored or sent.
"""

from __future__ import annotations

import html
import re
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")

_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters but tab and line ends
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # all that have Unicode's property Bidi_Control
    "\u2028\u2029\ud800-\udfff\ufffe\uffff]"
)
_SPACE = {"\x0b": " ", "\x0c": " ", "\u2028": "\n", "\u2029": "\n"}


def admitted(text: str) -> str:
    """The text without them. What was written in Windows' code page and passed off as Unicode (quotes and
    dashes at 80 to 9F) is what was meant."""
    if text.isascii() and text.isprintable():  # nearly always, and fast told
        return text
    return _UNWANTED.sub(_instead, text)


def door(value: T) -> T:
    """A value with every text in it admitted: a frozen dataclass, a tuple, a list, a dictionary's values."""
    return _door(value)  # type: ignore[no-any-return]


def _door(value: Any) -> Any:
    match value:
        case str():
            return admitted(value)
        case tuple():
            through = [_door(one) for one in value]
            same = all(one is before for one, before in zip(through, value, strict=True))
            return value if same else tuple(through)
        case list():
            return [_door(one) for one in value]
        case dict():
            return {key: _door(one) for key, one in value.items()}
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {}
    for name in _names(type(value)):
        before = getattr(value, name)
        if before is None or (type(before) is str and before.isascii() and before.isprintable()):
            continue  # what nearly all are, and there are many
        after = _door(before)
        if after is not before and after != before:
            changed[name] = after
    return replace(value, **changed) if changed else value


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.init)


def _instead(found: re.Match[str]) -> str:
    one = found[0]
    if "\x80" <= one <= "\x9f":
        return bytes([ord(one)]).decode("cp1252", "ignore")
    return _SPACE.get(one, "")


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
