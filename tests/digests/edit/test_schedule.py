"""The moment a digest is due, in the chat's own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.edit.schedule import is_quiet, next_digest, parse_cadence, parse_quiet, parse_zone, spell_cadence
from digests.model import ChatSettings


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def settings(cadence: str, zone: str = "UTC", quiet: str = "") -> ChatSettings:
    return ChatSettings(cadence=cadence, zone=zone, quiet=quiet)


@pytest.mark.parametrize(
    ("cadence", "zone", "after", "due"),
    [
        ("instant", "UTC", "2026-11-24 10:17", "2026-11-24 10:17"),
        ("hourly", "UTC", "2026-11-24 10:17", "2026-11-24 11:00"),
        ("hourly", "UTC", "2026-11-24 11:00", "2026-11-24 12:00"),
        ("every 6 hours", "UTC", "2026-11-24 10:17", "2026-11-24 12:00"),
        ("every hour", "UTC", "2026-11-24 10:17", "2026-11-24 11:00"),
        ("daily 08:00", "UTC", "2026-11-24 07:59", "2026-11-24 08:00"),
        ("daily 08:00", "UTC", "2026-11-24 08:00", "2026-11-25 08:00"),
        ("daily", "UTC", "2026-11-24 08:00", "2026-11-25 08:00"),
        ("daily 08:00", "Asia/Tokyo", "2026-11-24 10:00", "2026-11-24 23:00"),
        ("daily 08:00, 18:00", "UTC", "2026-11-24 09:00", "2026-11-24 18:00"),
        ("weekdays 07:30", "UTC", "2026-11-27 08:00", "2026-11-30 07:30"),
        ("sat,sun 10:00", "UTC", "2026-11-24 08:00", "2026-11-28 10:00"),
        ("weekly friday 10:00", "UTC", "2026-11-24 08:00", "2026-11-27 10:00"),
        ("weekly", "UTC", "2026-11-24 08:00", "2026-11-30 08:00"),
        ("monthly 31 09:00", "UTC", "2026-11-24 08:00", "2026-11-30 09:00"),
        ("monthly 1 09:00", "UTC", "2026-11-24 08:00", "2026-12-01 09:00"),
    ],
)
def test_next_digest(cadence: str, zone: str, after: str, due: str) -> None:
    assert next_digest(settings(cadence, zone), utc(after)) == utc(due)


def test_a_skipped_local_time_is_due_once_on_the_day_clocks_go_forward() -> None:
    wish = settings("daily 02:30", "Europe/Berlin")
    first = next_digest(wish, utc("2026-03-28 12:00"))
    assert first == utc("2026-03-29 01:30")
    assert next_digest(wish, first) == utc("2026-03-30 00:30")


def test_a_doubled_local_time_is_due_once_on_the_day_clocks_go_back() -> None:
    wish = settings("daily 02:30", "Europe/Berlin")
    first = next_digest(wish, utc("2026-10-24 12:00"))
    assert first == utc("2026-10-25 00:30")
    assert next_digest(wish, first) == utc("2026-10-26 01:30")


@pytest.mark.parametrize(
    ("quiet", "after", "due"),
    [
        ("22:00-07:00", "2026-11-24 23:10", "2026-11-25 07:00"),
        ("22:00-07:00", "2026-11-24 03:10", "2026-11-24 07:00"),
        ("22:00-07:00", "2026-11-24 12:10", "2026-11-24 12:10"),
        ("12:00-14:00", "2026-11-24 12:10", "2026-11-24 14:00"),
        ("12:00-14:00", "2026-11-24 14:00", "2026-11-24 14:00"),
    ],
)
def test_quiet_hours_collect_and_deliver_after(quiet: str, after: str, due: str) -> None:
    assert next_digest(settings("instant", quiet=quiet), utc(after)) == utc(due)


@pytest.mark.parametrize(
    "text", ["", "sometimes", "daily 25:00", "every 0 hours", "monthly 32 09:00", "m 09:00x"]
)
def test_a_wrong_cadence_names_the_right_ones(text: str) -> None:
    with pytest.raises(ValueError, match="08:00"):
        parse_cadence(text)


@pytest.mark.parametrize("text", ["22:00", "22-7", "22:00-22:00", "25:00-07:00"])
def test_wrong_quiet_hours_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:00"):
        parse_quiet(text)


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd"])
def test_a_wrong_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="time zone"):
        parse_zone(name)


@given(
    st.sampled_from(["hourly", "every 5 hours", "daily 02:30", "mon 00:05", "monthly 30 23:59"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"]),
    st.datetimes(datetime(2010, 1, 1), datetime(2036, 1, 1)).map(lambda d: d.replace(tzinfo=UTC)),
)
def test_the_next_digest_is_later_and_within_two_months(cadence: str, zone: str, after: datetime) -> None:
    due = next_digest(settings(cadence, zone), after)
    assert after < due <= after + timedelta(days=63)


@pytest.mark.parametrize(
    ("moment", "quiet"), [("20:59", False), ("21:00", True), ("05:59", True), ("06:00", False)]
)
def test_quiet_hours_are_the_chats_own_over_midnight(moment: str, quiet: bool) -> None:
    wish = settings("daily 08:00", "Europe/Berlin", "22:00-07:00")
    assert is_quiet(wish, utc(f"2026-11-24 {moment}")) is quiet


@pytest.mark.parametrize(
    "cadence",
    ["instant", "hourly", "every 6 hours", "daily 08:00,18:00", "weekdays 07:30", "mon,sun 10:00", "monthly 31 09:00"],
)  # fmt: skip
def test_a_cadence_is_spelled_as_it_is_read(cadence: str) -> None:
    assert spell_cadence(parse_cadence(cadence)) == cadence
