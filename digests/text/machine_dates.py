"""Moments as feeds and pages write them: by the standards, and where they keep to none: months in any of many
languages, named zones, the order of many lands."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digests.text.languages import languages

# Hours ahead of UTC. Where two lands use the same letters, the one with more feeds.
_ZONES: Final = {
    "utc": 0, "gmt": 0, "z": 0, "ut": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2,
    "met": 1, "mest": 2,
    "eet": 2, "eest": 3, "msk": 3, "trt": 3, "eat": 3, "cat": 2, "sast": 2, "wat": 1, "ist": 5.5, "pkt": 5, "npt": 5.75,
    "ict": 7, "wib": 7, "wita": 8, "wit": 9, "sgt": 8, "hkt": 8, "pht": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5,
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
    "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "brt": -3, "art": -3, "clt": -4, "ast": -4, "nst": -3.5,
}  # fmt: skip


def _month_table() -> dict[str, int]:
    table: dict[str, int] = {}
    for known in languages():
        for number, spellings in enumerate(known.month_starts, 1):
            for spelling in spellings.split("/"):
                table.setdefault(spelling, number)
    return table


_BY_NAME: Final = _month_table()
_LONGEST_FIRST: Final = sorted(_BY_NAME, key=len, reverse=True)
_WORD = re.compile(r"[^\W\d_]+\.?")
_TIME = re.compile(
    r"(?<![\d.])(\d{1,2})[:hH.](\d{2})(?:[:.](\d{2}))?(?![.:]?\d)(?:[.,]\d+)?\s*(am|pm|a\.m\.|p\.m\.)?",
    re.IGNORECASE,
)
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_YEAR_FIRST = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DOTTED = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?!\d)")
_SLASHED = re.compile(r"\b(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?!\d)")
_DAY_BEFORE = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|º|\.)?\s*(?:de|d')?\s*$")
_DAY_AFTER = re.compile(r"\s*(\d{1,2})(?:st|nd|rd|th)?(?![\d:])")
_YEAR = re.compile(r"\b(\d{4})\b")
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+-])(\d{1,2}):?(\d{2})?\s*(?:\(.*\))?$", re.IGNORECASE)
_REGION = re.compile(r"\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+$")
_SECONDS = re.compile(r"\d{10}(?:\d{3})?")


_RFC822 = re.compile(
    r"(?:[A-Za-z]+,\s*)?(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4})\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s*"
    r"(GMT|UTC|UT|Z|[+-]\d{4})?$",
    re.ASCII,
)
_ISO = re.compile(
    r"(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?"
    r"(?:[T ]\s*(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?\s*(Z|GMT|UTC|[+-]\d\d(?::?\d\d)?)?)?$",
    re.ASCII | re.IGNORECASE,
)
_MONTHS = {
    m: i
    for i, m in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}


def machine_date(text: str | None) -> datetime | None:
    """A moment in UTC from any usual notation; one without a zone is taken as UTC."""
    if not text:
        return None
    text = text[:100].strip()
    found = _RFC822.match(text)
    try:
        if found:
            day, month, year, hour, minute, second, zone = found.groups()
            number = _MONTHS.get(month.lower())
            if number is None:
                return _rare(text)
            return _moment(int(year), number, int(day), int(hour), int(minute), int(second or 0), zone)
        found = _ISO.match(text)
        if found:
            y, mo, d, h, mi, s, zone = found.groups()
            return _moment(int(y), int(mo or 1), int(d or 1), int(h or 0), int(mi or 0), int(s or 0), zone)
        return _rare(text)
    except (ValueError, OverflowError, KeyError):
        return None


def _moment(y: int, mo: int, d: int, h: int, mi: int, s: int, zone: str | None) -> datetime:
    extra = timedelta(0)
    if h == 24:
        h, extra = 0, timedelta(days=1)
    local = datetime(y, mo, d, h, mi, min(s, 59), tzinfo=UTC) + extra
    if zone is None or zone[0] not in "+-":
        return local
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return local - offset if zone[0] == "+" else local + offset


def _rare(text: str) -> datetime | None:
    """Two-digit years and the order of ``asctime``, which the mail parser knows, unless more than that
    is written: other months, named zones, other orders."""
    parts = parsedate_tz(text)
    told = parse_moment(text)
    if parts is None or (told is not None and parts[0] >= 1970 and told.year == parts[0]):
        return told
    zone = timezone(timedelta(seconds=parts[9] or 0))
    year = parts[0]
    seconds = timegm((year, *parts[1:6], 0, 0, 0))
    return (datetime(1970, 1, 1, tzinfo=zone) + timedelta(seconds=seconds)).astimezone(UTC)


def parse_moment(text: str) -> datetime | None:
    """The moment in UTC; a text without a zone is read as UTC. None where no date is told.

    ``11/27/2026`` is month first unless that can't be; ``27.11.2026`` day first.
    """
    text = " ".join(text[:100].split())
    if _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    date, rest = _date(text)
    if date is None:
        return None
    hour, minute, second = _time(rest)
    try:
        local = datetime(*date, hour, minute, second, tzinfo=UTC)
        region = _REGION.search(text)
        if region:
            return local.replace(tzinfo=ZoneInfo(region[0])).astimezone(UTC)
        return local - _ahead(rest)
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        return None


def _date(text: str) -> tuple[tuple[int, int, int] | None, str]:
    """Year, month and day, and what is left of the text."""
    for pattern in (_CJK, _YEAR_FIRST):
        found = pattern.search(text)
        if found:
            return (int(found[1]), int(found[2]), int(found[3])), _without(text, found)
    found = _DOTTED.search(text)
    if found:
        year = int(found[3])
        return (year + 2000 if year < 100 else year, int(found[2]), int(found[1])), _without(text, found)
    found = _SLASHED.search(text)
    if found:
        first, second = int(found[1]), int(found[2])
        month, day = (second, first) if first > 12 else (first, second)
        return (int(found[3]), month, day), _without(text, found)
    named = [(word, number) for word in _WORD.finditer(text) if (number := _month(word[0]))]
    # "mar. 10 févr.": a weekday may be written as a month is, so the day before the month counts first.
    for pattern, behind in ((_DAY_BEFORE, False), (_DAY_AFTER, True)):
        for word, month in named:
            of_month = pattern.match(text, word.end()) if behind else pattern.search(text[: word.start()])
            of_year = _YEAR.search(text, word.end()) or _YEAR.search(text)
            if of_month and of_year:
                rest = text[word.end() :].replace(of_year[1], " ", 1)
                return (int(of_year[1]), month, int(of_month[1])), rest
    return None, ""


def _without(text: str, found: re.Match[str]) -> str:
    return text[: found.start()] + " " + text[found.end() :]


def _month(word: str) -> int:
    folded = word.rstrip(".").casefold()
    if len(folded) < 3:
        return 0
    if folded in _BY_NAME:
        return _BY_NAME[folded]
    return next((_BY_NAME[name] for name in _LONGEST_FIRST if len(name) > 2 and folded.startswith(name)), 0)


def _time(text: str) -> tuple[int, int, int]:
    found = _TIME.search(text)
    if not found:
        return 0, 0, 0
    hour = int(found[1])
    half = (found[4] or "")[:1].lower()
    later = half == "p" or any(mark in text for mark in ("오후", "下午", "晚上", "午後"))
    earlier = half == "a" or any(mark in text for mark in ("오전", "上午", "午前"))
    if later and hour < 12:
        hour += 12
    if earlier and hour == 12:
        hour = 0
    return hour, int(found[2]), int(found[3] or 0)


def _ahead(text: str) -> timedelta:
    """How far the text's zone is ahead of UTC."""
    offset = _OFFSET.search(text)
    if offset:
        size = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return -size if offset[1] == "-" else size
    for word in _WORD.findall(text):
        if word.isupper() and word.casefold() in _ZONES:
            return timedelta(hours=_ZONES[word.casefold()])
    return timedelta(0)
