"""Columns keep moments exactly and text as far as a database can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite

from digests.model import Chat, ChatSettings, Part, PollState, Source
from digests.store import open_store
from digests.store.columns import Moment, Shape, storable

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DIALECTS = [sqlite.dialect(), postgresql.dialect()]


@given(st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)), st.integers(-23, 23))
def test_moments_come_back_in_utc(moment: datetime, hours: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    for dialect in DIALECTS:
        stored = Moment().process_bind_param(aware, dialect)
        back = Moment().process_result_value(stored, dialect)
        assert back == aware
        assert back is not None
        assert back.tzinfo is UTC


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        Moment().process_bind_param(datetime(2026, 1, 1), DIALECTS[0])
    assert Moment().process_bind_param(None, DIALECTS[0]) is None
    assert Moment().process_result_value(None, DIALECTS[0]) is None


@given(st.text(st.characters()), st.lists(st.text()))
def test_any_text_can_be_kept_in_json(payload: str, tags: list[str]) -> None:
    """Lone surrogates are replaced; everything else comes back as it was."""
    shape = Shape(Part)
    stored = shape.process_bind_param(Part(payload=payload, plain="".join(tags)), DIALECTS[0])
    assert stored is not None
    stored.encode()
    assert "\0" not in stored
    back = shape.process_result_value(stored, DIALECTS[0])
    assert storable(back.payload) == storable(payload)
    assert storable(back.plain) == storable("".join(tags))


def test_lone_surrogates_anywhere_in_a_value() -> None:
    shape = Shape(dict[str, list[Chat]])
    chat = Chat(platform="\ud83d", address="1", settings=ChatSettings(language="\udc00"))
    back = shape.process_result_value(shape.process_bind_param({"\ud800": [chat]}, DIALECTS[0]), DIALECTS[0])
    assert back == {
        "\ufffd": [Chat(platform="\ufffd", address="1", settings=ChatSettings(language="\ufffd"))]
    }


def test_durations_of_years_that_were_written_before_are_read() -> None:
    shape = Shape(PollState)
    state = PollState(ttl=timedelta(days=400), interval=timedelta(hours=30, microseconds=5), next_poll=NOW)
    before = TypeAdapter(PollState).dump_json(state).decode()
    assert "P1Y35D" in before
    assert shape.process_result_value(before, DIALECTS[0]) == state
    now = shape.process_bind_param(state, DIALECTS[0])
    assert now != before
    assert shape.process_result_value(now, DIALECTS[0]) == state


async def test_a_source_whose_state_was_written_before_is_due_with_the_others(tmp_path: Path) -> None:
    state = PollState(ttl=timedelta(days=365), next_poll=NOW)
    async with open_store(str(tmp_path / "s.sqlite3")) as store:
        ids = [(await store.sources.add(Source(url=f"https://{n}.example/"), NOW)).id for n in range(3)]
        before = TypeAdapter(PollState).dump_json(state).decode()
        async with store.database.write() as connection:
            await connection.execute(
                text("UPDATE poll_states SET state = :before WHERE source_id = :id"),
                {"before": before, "id": ids[1]},
            )
        found = await store.sources.due(NOW, 10)
        assert [(source.id, after) for source, after in found] == [
            (ids[0], PollState()),
            (ids[1], state),
            (ids[2], PollState()),
        ]
        assert await store.sources.state(ids[1]) == state


@given(st.timedeltas(), st.datetimes(timezones=st.timezones()), st.text(st.characters(codec="utf-8")))
@pytest.mark.slow
def test_values_written_before_are_read_as_they_were(span: timedelta, moment: datetime, words: str) -> None:
    state = PollState(interval=span, next_poll=moment, etag=words)
    before = TypeAdapter(PollState).dump_json(state).decode()
    assert Shape(PollState).process_result_value(before, DIALECTS[0]) == TypeAdapter(PollState).validate_json(
        before
    )


def test_text_of_another_class_is_kept_as_text() -> None:
    class Marked(str):
        """As lxml gives what an expression finds."""

    shape = Shape(Part)
    stored = shape.process_bind_param(Part(payload=Marked("a"), plain="b"), DIALECTS[0])
    assert shape.process_result_value(stored, DIALECTS[0]) == Part(payload="a", plain="b")
