"""Rows that share a statement are stored as they would be one by one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest

from digests.model import PollState
from digests.store.entries import TOGETHER, ManyRows
from digests.store.tables import entries, poll_states

INTO = "INSERT INTO kept {rows}"


def test_values_are_written_as_the_columns_write_them() -> None:
    rows = ManyRows(poll_states, ("source_id", "next_poll", "ended", "state"))
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    east = datetime(2026, 3, 1, 2, 30, 0, 5, tzinfo=timezone(timedelta(hours=5)))
    given = [
        {"source_id": 7, "next_poll": moment, "ended": True, "state": PollState(etag="x")},
        {"source_id": 8, "next_poll": east, "ended": False, "state": None},
    ]
    ((statement, values),) = rows.statements(INTO, given)
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE kept (source_id, next_poll, ended, state)")
        database.execute(statement, values)
        first, second = database.execute("SELECT source_id, next_poll, ended, state->>'$.etag' FROM kept")
    assert first == (7, "2026-03-01 12:00:00.000000", 1, "x")
    assert second == (8, "2026-02-28 21:30:00.000005", 0, None)


def test_a_moment_without_a_zone_is_refused() -> None:
    rows = ManyRows(poll_states, ("next_poll",))
    with pytest.raises(ValueError, match="without a time zone"):
        list(rows.statements(INTO, [{"next_poll": datetime(2026, 3, 1)}]))


@pytest.mark.parametrize("count", [0, 1, TOGETHER, 2 * TOGETHER + 1])
def test_every_row_is_in_one_statement_none_of_which_is_too_long(count: int) -> None:
    rows = ManyRows(entries, ("id", "html"))
    found = list(rows.statements(INTO, [{"id": n, "html": f"{n}\ud800"} for n in range(count)]))
    assert [value for _, values in found for value in values[::2]] == list(range(count))
    assert all(
        html == f"{n}\ufffd" for _, values in found for n, html in zip(values[::2], values[1::2], strict=True)
    )
    assert all(statement.count("(?, ?)") <= TOGETHER for statement, _ in found)
