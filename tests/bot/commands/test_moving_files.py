"""Files that people send to be imported: any of them is read or refused in words, in bounds."""

from __future__ import annotations

import json

import pytest

from bot.commands.moving import MOST, MOST_RULES, Moved, read_moved
from digests.model import Failure


def own(**fields: object) -> bytes:
    return json.dumps({"format": "newsdesk.chat", "version": 1, **fields}).encode()


@pytest.mark.parametrize("topics", [5, True, "abc", None, {"a": 1}, 1e308])
def test_topics_of_any_kind_are_read_or_left_out(topics: object) -> None:
    one = {"url": "https://a.example/f", "topics": topics}
    moved = read_moved(own(subscriptions=[one]))
    assert isinstance(moved, Moved)
    assert [source.topics for source in moved.sources] == [()]


def test_a_number_too_large_for_a_number_is_no_fault() -> None:
    moved = read_moved(
        b'{"format":"newsdesk.chat","version":1,"subscriptions":[{"url":"https://a.example/","topics":1e400}]}'
    )
    assert isinstance(moved, Moved)


def test_as_much_is_taken_in_as_is_used() -> None:
    many = [{"url": f"https://a.example/{n}"} for n in range(5_000)]
    rules = [{"kind": "hide", "pattern": "x"}] * 5_000
    moved = read_moved(own(subscriptions=many, rules=rules))
    assert isinstance(moved, Moved)
    assert (len(moved.sources), len(moved.rules)) == (MOST + 1, MOST_RULES)
    listed = read_moved("\n".join(f"https://a.example/{n}" for n in range(5_000)).encode())
    assert isinstance(listed, Moved)
    assert len(listed.sources) == MOST + 1


@pytest.mark.parametrize(
    "body", [b"<opml/>", b"[", b"", b"nothing in it", b'{"a": [[]]}', b"[" + b"[]," * 200_000 + b"0]"]
)
def test_what_is_no_list_is_refused(body: bytes) -> None:
    assert isinstance(read_moved(body), Failure)


def test_a_kind_of_source_stays_what_it_is() -> None:
    kinds = ("tides", "page", "", None, 5, "x" * 60)
    moved = read_moved(own(subscriptions=[{"url": "https://a.example/f", "kind": kind} for kind in kinds]))
    assert isinstance(moved, Moved)
    assert [source.kind for source in moved.sources] == ["tides", "page", "feed", "feed", "feed", "x" * 40]


def test_settings_are_those_that_a_chat_may_have() -> None:
    topics = [f"topic {number}" for number in range(20)]
    moved = read_moved(
        own(settings={"topics": topics, "language": "de", "headings": True, "style": "bullets"})
    )
    assert isinstance(moved, Moved)
    assert moved.settings is not None
    assert moved.settings.topics == tuple(topics[:12])
    assert (moved.settings.language, moved.settings.headings, moved.settings.style) == ("de", True, "bullets")
    for wrong in ({"topics": ["x" * 60]}, {"style": "songs"}, {"headings": "perhaps"}):
        assert isinstance(read_moved(own(settings=wrong)), Failure)
    other = read_moved(own(settings={"language": "tlh"}))
    assert isinstance(other, Moved)
    assert other.settings is not None
    assert other.settings.language is None
