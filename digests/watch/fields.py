"""Fields of feeds: dates in the notations met in the wild, titles as plain text, bounded lengths."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import Final
from urllib.parse import urljoin

from digests.text.door import plain_title
from digests.text.machine_dates import parse_moment

MAX_FIELD: Final = 1_000  # characters of a title, a name, an identity
MAX_CONTENT: Final = 400_000  # characters of an entry's text
MAX_ITEMS: Final = 500

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


def date(text: str | None) -> datetime | None:
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


def line(text: str | None) -> str:
    """Text on one line, without spaces around, at most ``MAX_FIELD`` characters."""
    if not text:
        return ""
    if len(text) > MAX_FIELD:
        text = text[: 4 * MAX_FIELD]
    return " ".join(text.split())[:MAX_FIELD]


def title(text: str | None) -> str:
    """A title that may hold HTML, as plain text on one line."""
    if not text:
        return ""
    return line(plain_title(text[: 4 * MAX_FIELD]))


def link(base: str, url: str | None) -> str:
    """An absolute web address, "" when there is none or it is of another kind."""
    if not url:
        return ""
    url = url[:4096].strip()
    if url.startswith(("http://", "https://")) and "[" not in url:
        return url
    try:
        url = urljoin(base, "".join(url.split()))
    except ValueError:
        return ""
    return url if url[:8].lower().startswith(("http://", "https://")) else ""
