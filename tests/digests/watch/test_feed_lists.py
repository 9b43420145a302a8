"""Other bots' lists of feeds: JSON of any shape, and text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from digests.model import Failure, FailureKind
from digests.watch.opml import MAX_LISTED, read_feed_list


def read(value: Any) -> list[tuple[str, str]] | FailureKind:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    found = read_feed_list(body)
    return found.kind if isinstance(found, Failure) else [(s.url, s.name) for s in found]


A, B = "https://a.example/feed", "https://b.example/rss"


@pytest.mark.parametrize(
    "value",
    [
        [{"title": "A", "url": A}, {"title": "B", "url": B}, {"url": A}],
        {"rssList": {"1": {"title": "A", "link": A, "channel": "5"}, "2": {"title": "B", "link": B}}},
        {
            "results": [
                {"title": "A", "url": A, "connections": [{"url": "https://x.example/"}]},
                {"name": "B", "url": B},
            ]
        },
        f"Title: A\nLink: {A}\n\n**Title:** B\n**Link:** <{B}>\n".encode(),
    ],
)
def test_the_shapes_there_are(value: Any) -> None:
    assert read(value) == [(A, "A"), (B, "B")]


def test_bare_addresses_count_too() -> None:
    assert read([A, "no address", 5, None]) == [(A, "")]
    assert read(f"{A}\n- {B}".encode()) == [(A, ""), (B, "")]


def test_what_is_none_says_so() -> None:
    assert read(b"") == FailureKind.EMPTY
    assert read(b"{ nothing") == FailureKind.UNREADABLE
    assert read({"url": "javascript:alert(1)"}) == FailureKind.EMPTY
    assert read({"version": 1, "feeds": []}) == FailureKind.EMPTY
    assert read(b"[" * 100_000) == FailureKind.UNREADABLE
    deep: Any = [A]
    for _ in range(20):
        deep = [deep]
    assert read(deep) == FailureKind.EMPTY


def test_a_list_is_bounded() -> None:
    many = [f"https://a.example/{n}" for n in range(MAX_LISTED + 5)]
    assert len(read(many)) == MAX_LISTED  # type: ignore[arg-type]
    assert len(read("\n".join(many).encode())) == MAX_LISTED  # type: ignore[arg-type]


def test_a_file_of_a_million_nothings_is_not_read() -> None:
    """Each empty list would take some hundred bytes; an address behind as many empty lines is not looked for."""
    assert read(f'["{A}"{", []" * 1_000_000}]'.encode()) == FailureKind.UNREADABLE
    assert read(b"\n" * 1_000_000 + A.encode()) == FailureKind.EMPTY
    assert read(b"\r\n" * 50_000 + A.encode()) == [(A, "")]
