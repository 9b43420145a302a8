"""Columns keep moments exactly and text as far as a database can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from digests.model import Chat, ChatSettings, Part
from digests.store.columns import Moment, Shape, storable

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
