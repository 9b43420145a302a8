"""What belongs together stands together, and nothing else moves."""

from __future__ import annotations

from digests.edit.compose import by_theme
from digests.model import Brief, DigestItem


def item(number: int, *topics: str, told: tuple[str, ...] = ()) -> DigestItem:
    brief = Brief(headline=f"{number}", sentences=(), source_sentences=(), topics=told)
    return DigestItem(story_id=number, version=1, brief=brief, links=(), topics=topics)


def order(*items: DigestItem) -> list[int]:
    return [one.story_id for one in by_theme(items)]


def test_each_topic_follows_its_weightiest_story() -> None:
    assert order(item(1, "world"), item(2, "sport"), item(3, "World"), item(4), item(5, "sport")) == [
        1,
        3,
        2,
        5,
        4,
    ]


def test_a_story_joins_the_first_of_its_topics_that_is_open() -> None:
    assert order(item(1, "world"), item(2, "sport"), item(3, "health", "world")) == [1, 3, 2]


def test_a_briefs_own_topics_come_before_its_sources() -> None:
    assert order(item(1, "world", told=("science",)), item(2, "world"), item(3, "x", told=("science",))) == [
        1,
        3,
        2,
    ]


def test_without_topics_nothing_moves() -> None:
    assert order(item(3), item(1), item(2)) == [3, 1, 2]
    assert by_theme(()) == ()
