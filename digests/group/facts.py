"""Figures of a report by what they count, to tell a development from the same news again."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from sys import intern

from digests.group.terms import opening, stem
from digests.words import words

Facts = Mapping[str, Collection[str]]

_COUNTED = re.compile(r"(\d[\d.,]*\d|\d)(?!\d)\s*(?:%|[^\W\d_]+)?")


def facts_of(title: str, text: str) -> dict[str, tuple[str, ...]]:
    """Numbers of the title and opening by the word they count: ``{"dead": ("12",)}``."""
    found: dict[str, tuple[str, ...]] = {}
    for match in _COUNTED.finditer(opening(title, text)):
        number = match.group(1)
        unit = match.group()[len(number) :].strip()
        counted = intern(stem(words(unit)[0]) if words(unit) else unit)
        found[counted] = (*found.get(counted, ()), intern(number))
    return found


def changed(now: Facts, before: Facts) -> str:
    """The first figure that differs from every earlier one of the same unit; "" for none."""
    for unit, values in now.items():
        known = before.get(unit)
        if unit and known and not set(values) & set(known):
            return f"{', '.join(sorted(values))} {unit}"
    return ""
