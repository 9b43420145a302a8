"""Dates of a text: day, month, year, weekday and words like "yesterday", in several languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from digests.text.languages import Groups, Words, every, lexicon
from digests.text.tokens import REMEMBERED, lower

_ISO = re.compile(r"\b(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)\b")
_NUMERIC = re.compile(r"\b(?P<d>\d\d?)(?P<sep>[./-])(?P<m>\d\d?)(?P=sep)(?P<y>(?:19|20)\d\d)\b")
_SHORT = re.compile(r"(?<![\w/.,])(?P<d>\d\d?)/(?P<m>\d\d?)(?![\w/]|[.,]\d)")
_CJK = re.compile(
    r"(?:(?P<y>(?:19|20)\d\d)\s*[年년]\s*)?(?P<m>\d\d?)\s*[月월](?:\s*(?P<d>\d\d?)\s*[日号號일])?"
)
_CJK_DAY = re.compile(r"(?<![\d月월])(?P<d>\d\d?)\s*[日号號일](?![間内本间])")
_DAY_BEFORE = re.compile(r"(?P<d>\d\d?)(?:st|nd|rd|th|er|º|ª|\.)?(?:\s+(?:of|de|di))?\s+$")
_DAY_AFTER = re.compile(r"\.?\s+(?:the\s+)?(?P<d>\d\d?)(?:st|nd|rd|th)?(?![\d.,:]*\d|\s*%)\b")
_YEAR_AFTER = re.compile(r"\.?,?\s+(?:(?:of|de|del|di|do)\s+)?(?P<y>(?:19|20)\d\d)\b")


@dataclass(frozen=True, slots=True)
class Date:
    """What a text says of a day; None for what it leaves open. ``relative`` is a group number."""

    text: str
    start: int
    end: int
    day: int | None = None
    month: int | None = None
    year: int | None = None
    weekday: int | None = None
    relative: int | None = None


def dates(text: str, language: str) -> list[Date]:
    """Dates of a ``clean`` text, in order of kind."""
    return list(_kept(text, language) if len(text) <= REMEMBERED else _dates(text, language))


@lru_cache(maxsize=1024)
def _kept(text: str, language: str) -> tuple[Date, ...]:
    return _dates(text, language)


def _dates(text: str, language: str) -> tuple[Date, ...]:
    words = lexicon(language)
    found: list[Date] = []
    # Without a year it may be a fraction in English, or have the month first.
    patterns = [_ISO, _NUMERIC, _CJK] + ([_SHORT] if language != "en" else [])
    for pattern in patterns:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            day, month = parts["d"] and int(parts["d"]), int(parts["m"])
            if month > 12 and pattern is _NUMERIC and day:
                day, month = month, int(day)
            if 1 <= month <= 12 and _free(match.span(), found):
                year = parts.get("y")
                found.append(
                    Date(
                        match.group(),
                        *match.span(),
                        int(day) if day else None,
                        month,
                        int(year) if year else None,
                    )
                )
    for match in _CJK_DAY.finditer(text):
        if _free(match.span(), found):
            found.append(Date(match.group(), *match.span(), day=int(match["d"])))
    for month, start, end in _forms(words.months, text):
        found.append(_around(text, month + 1, start, end))
    found += [Date(text[s:e], s, e, weekday=day) for day, s, e in _forms(words.weekdays, text)]
    found += [Date(text[s:e], s, e, relative=group) for group, s, e in _forms(words.relative, text)]
    return tuple(found)


def supported(claim: Date, source: list[Date], source_text: str) -> bool:
    """Whether a date of the source says at least what the claim says."""
    if claim.weekday is not None:
        return any(claim.weekday == other.weekday for other in source)
    if claim.relative is not None:
        return any(claim.relative == other.relative for other in source)
    for other in source:
        if claim.month is not None and claim.month != other.month:
            continue
        if claim.day is not None and claim.day != other.day:
            continue
        if claim.year is None or claim.year == other.year:
            return True
        if other.year is None and re.search(rf"\b{claim.year}\b", source_text):
            return True
    return False


def _free(span: tuple[int, int], found: list[Date]) -> bool:
    return not any(span[0] < other.end and other.start < span[1] for other in found)


def _around(text: str, month: int, start: int, end: int) -> Date:
    """The month with the day and year written next to it."""
    day = year = None
    if before := _DAY_BEFORE.search(text[max(0, start - 12) : start]):
        day, start = int(before["d"]), start - len(before.group())
    elif after := _DAY_AFTER.match(text, end):
        day, end = int(after["d"]), after.end()
    if following := _YEAR_AFTER.match(text, end):
        year, end = int(following["y"]), following.end()
    return Date(text[start:end], start, end, day, month, year)


@cache
def _everyday() -> Words:
    """Months that are everyday words too: they count with a capital, and not at a sentence's start alone."""
    return frozenset(every(lambda known: known.everyday_dates))


@cache
def _finder(groups: Groups) -> tuple[re.Pattern[str], dict[str, int]]:
    """One pattern for all forms, the longest first, and the group of each."""
    numbers = {" ".join(form): number for number, group in enumerate(groups) for form in group}
    patterns = []
    for form in sorted(numbers, key=len, reverse=True):
        pattern = re.escape(form).replace(r"\ ", r"\s+")
        patterns.append(pattern if ord(form[0]) >= 0x2E80 else rf"(?<![^\W\d_]){pattern}(?![^\W\d_])")
    return re.compile("|".join(patterns) or "(?!)"), numbers


def _forms(groups: Groups, text: str) -> list[tuple[int, int, int]]:
    """Where a form of a group stands: (group, start, end)."""
    pattern, numbers = _finder(groups)
    return [
        (numbers[" ".join(match.group().split())], match.start(), match.end())
        for match in pattern.finditer(lower(text))
        if match.group() not in _everyday() or _is_month(text, match)
    ]


def _is_month(text: str, match: re.Match[str]) -> bool:
    digits = re.search(r"\d[a-z.]*\s+(?:de\s+)?$", text[: match.start()]) or re.match(
        r"\.?\s+\d", text[match.end() :]
    )
    inside = match.start() > 1 and text[match.start()].isupper()
    return bool(digits) or inside
