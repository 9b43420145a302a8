"""Moments as feeds and pages write them, outside any standard."""

from __future__ import annotations

import pytest

from digests.text.machine_dates import parse_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("to, 15 loka 2026 11:34:37 +0000", "2026-10-15T11:34:37+00:00"),
        ("lun, 05 ott 2026 18:55:00 GMT", "2026-10-05T18:55:00+00:00"),
        ("5 de octubre de 2026 18:55", "2026-10-05T18:55:00+00:00"),
        ("Di., 3. März 2026 08:00 MEZ", "2026-03-03T07:00:00+00:00"),
        ("mar. 10 févr. 2026 08:00:00 +0100", "2026-02-10T07:00:00+00:00"),
        ("Вт, 10 мар 2026 08:00:00 MSK", "2026-03-10T05:00:00+00:00"),
        ("2026년 3월 9일 오후 2:05", "2026-03-09T14:05:00+00:00"),
        ("2026年3月9日 09:05", "2026-03-09T09:05:00+00:00"),
        ("Sat Apr 25 19:20:36 CEST 2026", "2026-04-25T17:20:36+00:00"),
        ("Oct 9, 2026 10:15 PM", "2026-10-09T22:15:00+00:00"),
        ("9/27/2026 12:04 AM", "2026-09-27T00:04:00+00:00"),
        ("27/9/2026", "2026-09-27T00:00:00+00:00"),
        ("27.09.26 15:04", "2026-09-27T15:04:00+00:00"),
        ("2026/09/27 15:04:05 GMT-3", "2026-09-27T18:04:05+00:00"),
        ("2026-09-27 15:04 Asia/Kathmandu", "2026-09-27T09:19:00+00:00"),
        ("1790000000", "2026-09-21T14:13:20+00:00"),
    ],
)
def test_a_moment_is_told(text: str, moment: str) -> None:
    told = parse_moment(text)
    assert told is not None
    assert told.isoformat() == moment


@pytest.mark.parametrize(
    "text", ["", "soon", "31.2.2026", "99/99/2026", "2026-09-27 Mars/Olympus", "May", "99:99"]
)
def test_what_is_no_moment_is_none(text: str) -> None:
    assert parse_moment(text) is None
