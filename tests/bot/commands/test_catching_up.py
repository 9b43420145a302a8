"""Since when: what a person types, as a moment on the chat's clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.commands.reading import LONGEST_TIME, parse_since

NOW = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)  # a Wednesday; in Tokyo it is 10:30


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("3d", 72),
        ("since 12h", 12),
        ("2 weeks", 24 * 14),
        ("last 2 days", 48),
        ("today", 10.5),
        ("yesterday", 34.5),
        ("tuesday", 34.5),
        ("wednesday", 7 * 24 + 10.5),
        ("2026-11-23", 58.5),
        ("900d", LONGEST_TIME / timedelta(hours=1)),
        ("2020-01-01", LONGEST_TIME / timedelta(hours=1)),
    ],
)
def test_since(words: str, hours: float) -> None:
    assert parse_since(words, NOW, "Asia/Tokyo") == NOW - timedelta(hours=hours)


@pytest.mark.parametrize("words", ["", "whenever", "3", "2026-13-01", "2027-01-01", "d"])
def test_not_understood(words: str) -> None:
    assert parse_since(words, NOW, "UTC") is None
