"""Dates as pages write them for machines, as aware UTC moments."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from digests.text.machine_dates import parse_moment

_ISO = re.compile(
    r"\d{4}-?\d{2}-?\d{2}(?:[T ]\d{2}:?\d{2}(?::?\d{2})?(?:[.,]\d+)?\s*(?:Z|[+-]\d{2}:?\d{2}|UTC|GMT)?)?"
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # no web page is older; a date before it is a mistake
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def parse_date(text: str, latest: datetime = LATEST) -> datetime | None:
    """ISO 8601, RFC 2822 or Unix seconds as UTC; a missing zone is read as UTC.

    None for what can't be read and for absurd moments: before the web, or after ``latest``.
    """
    text = text.strip()[:64]
    moment = _read(text)
    if moment is None:
        return None
    try:
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if EARLIEST <= moment <= latest else None


def _read(text: str) -> datetime | None:
    try:
        if _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(int(text[:10]), UTC)
        iso = _ISO.match(text)
        if iso:
            return datetime.fromisoformat(re.sub(r"\s*(?:UTC|GMT)$", "Z", iso[0]).replace(",", "."))
        return parse_moment(text) or parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
