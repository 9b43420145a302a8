"""Rows in a JSON text are stored as they would be one by one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from digests.model import PollState
from digests.store.bulk import SIZE, JsonRows
from digests.store.tables import entries, poll_states


def test_values_are_written_as_the_columns_write_them() -> None:
    rows = JsonRows(poll_states, ("source_id", "next_poll", "ended", "state"))
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    (text,) = rows.texts([{"source_id": 7, "next_poll": moment, "ended": True, "state": PollState(etag="x")}])
    ((source_id, next_poll, ended, state),) = json.loads(text)
    assert (source_id, next_poll, bool(ended)) == (7, "2026-03-01 12:00:00.000000", True)
    assert state["etag"] == "x"


def test_other_zones_are_told_in_utc_and_none_is_refused() -> None:
    rows = JsonRows(poll_states, ("next_poll",))
    east = datetime(2026, 3, 1, 2, 30, 0, 5, tzinfo=timezone(timedelta(hours=5)))
    assert list(rows.texts([{"next_poll": east}])) == ['[["2026-02-28 21:30:00.000005"]]']
    assert list(rows.texts([{"next_poll": None}])) == ["[[null]]"]
    with pytest.raises(ValueError, match="without a time zone"):
        list(rows.texts([{"next_poll": datetime(2026, 3, 1)}]))


def test_a_text_ends_where_it_has_grown_long() -> None:
    rows = JsonRows(entries, ("id", "html"))
    texts = list(rows.texts([{"id": n, "html": "x" * (SIZE // 2)} for n in range(5)]))
    assert [[row[0] for row in json.loads(text)] for text in texts] == [[0, 1], [2, 3], [4]]
    assert list(rows.texts([])) == []
