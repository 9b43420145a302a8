"""Readings wait to be stored together, as many as the bounds allow."""

from __future__ import annotations

from datetime import UTC, datetime

from digests.desk import sweep as readings
from digests.desk.sweep import Reading, Unsaved
from digests.model import Entry, Failure, FailureKind, PollState, Source

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def reading(number: int, entries: int = 0) -> Reading:
    failure = Failure(FailureKind.DNS, "no such name")
    brought = [(Entry(guid=str(n)), (str(n),)) for n in range(entries)]
    return Reading(Source(id=number, url="u"), PollState(), failure, brought)


def test_many_readings_without_entries_go_together() -> None:
    unsaved = Unsaved()
    for number in range(readings.BATCH + 1):
        assert unsaved.enough.is_set() == (number >= readings.BATCH)
        unsaved.add(reading(number))
    assert [one.source.id for one in unsaved.take()] == list(range(readings.BATCH))
    assert unsaved
    assert not unsaved.enough.is_set()
    assert [one.source.id for one in unsaved.take()] == [readings.BATCH]
    assert not unsaved
    assert unsaved.take() == []


def test_as_many_entries_as_memory_is_given_for_go_together() -> None:
    unsaved = Unsaved()
    for number in range(5):
        unsaved.add(reading(number, readings.ENTRIES // 2 - (number == 0)))
        assert unsaved.enough.is_set() == (number >= 2)
    assert [one.source.id for one in unsaved.take()] == [0, 1]
    assert unsaved.enough.is_set()
    assert [one.source.id for one in unsaved.take()] == [2, 3]
    assert not unsaved.enough.is_set()


def test_one_reading_beyond_the_bound_comes_alone() -> None:
    unsaved = Unsaved()
    unsaved.add(reading(1, readings.ENTRIES + 1))
    unsaved.add(reading(2, 1))
    assert [one.source.id for one in unsaved.take()] == [1]
    assert [one.source.id for one in unsaved.take()] == [2]
