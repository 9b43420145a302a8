"""When a source is expected to publish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.model import Rhythm
from digests.watch.cadence import expected, lateness, learned

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rates(rhythm: Rhythm, start: datetime, hours: int = 24) -> list[float]:
    """Of each hour from a full one on."""
    fives = [rate for rate, _ in islice(expected(rhythm, start), hours * 12)]
    return [fmean(fives[n : n + 12]) for n in range(0, len(fives), 12)]


def test_an_hour_and_a_weekday_are_learned() -> None:
    at_nine = [MONDAY + n * DAY + 9 * HOUR for n in range(28) if n % 7 < 5]
    rhythm = learned(Rhythm(), at_nine, MONDAY + 28 * DAY)
    monday = rates(rhythm, MONDAY + 28 * DAY)
    saturday = rates(rhythm, MONDAY + 33 * DAY)
    assert max(monday) == monday[9]
    assert monday[9] > 3 * monday[20]
    assert saturday[9] < monday[9] / 2


def test_a_minute_of_the_hour_is_learned() -> None:
    at_half = [MONDAY + n * DAY + 9 * HOUR + 31 * timedelta(minutes=1) for n in range(28)]
    rhythm = learned(Rhythm(), at_half, MONDAY + 28 * DAY)
    fives = [rate for rate, _ in islice(expected(rhythm, MONDAY + 28 * DAY + 9 * HOUR), 12)]
    assert max(fives) == fives[6]
    assert fives[6] > 3 * fives[5]


def test_what_is_expected_of_a_steady_source_is_what_it_published() -> None:
    steady = learned(Rhythm(), (MONDAY + n * 2 * HOUR for n in range(12 * 30)), MONDAY + 30 * DAY)
    assert 10 < sum(rates(steady, MONDAY + 30 * DAY)) / 24 < 14


def test_a_burst_raises_it_and_a_silence_lowers_it() -> None:
    daily = [MONDAY + n * DAY for n in range(30)]
    now = MONDAY + 29 * DAY + HOUR
    quiet = learned(Rhythm(), daily, now)
    burst = learned(quiet, [now - n * timedelta(minutes=5) for n in range(5)], now)
    assert max(rates(burst, now, 1)) > 10 * max(rates(quiet, now, 1))
    assert max(rates(quiet, now + 90 * DAY)) < max(rates(quiet, now)) / 2


def test_only_what_is_new_and_past_is_learned() -> None:
    rhythm = learned(Rhythm(), [MONDAY, MONDAY + DAY], MONDAY + DAY)
    assert learned(rhythm, [MONDAY, MONDAY + DAY, MONDAY + 9 * DAY], MONDAY + 2 * DAY) is rhythm
    assert sum(learned(rhythm, [MONDAY + 2 * DAY], MONDAY + 2 * DAY).days) > sum(rhythm.days)


@given(st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))))
def test_any_moments_give_rates_above_nothing(moments: list[datetime]) -> None:
    rhythm = learned(Rhythm(), moments, MONDAY)
    assert all(rate > 0 for rate in rates(rhythm, MONDAY))
    assert sum(lasts / HOUR for _, lasts in islice(expected(rhythm, MONDAY), 24 * 12)) == pytest.approx(24)


def test_how_late_news_was_found_is_the_median_of_the_last() -> None:
    before = learned(Rhythm(), [MONDAY], MONDAY + DAY)
    assert lateness(before.late) is None  # it was published before anybody asked
    rhythm = before
    for minutes in (400, *[10] * 5, *[20] * 4):
        published = (rhythm.newest[-1]) + DAY
        rhythm = learned(rhythm, [published], published + timedelta(minutes=minutes))
    assert lateness(rhythm.late) == timedelta(minutes=10)
    assert len(rhythm.late) == 9
    again = learned(rhythm, rhythm.newest, rhythm.newest[-1] + 9 * DAY)
    assert again is rhythm


def test_what_was_told_by_a_push_says_nothing_of_how_late_it_was_found() -> None:
    rhythm = learned(Rhythm(), [MONDAY], MONDAY + DAY)
    told = learned(rhythm, [MONDAY + DAY], MONDAY + 2 * DAY, told=True)
    assert (told.newest[-1], told.late) == (MONDAY + DAY, ())
