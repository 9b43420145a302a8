"""What votes do to a story's place: bounded, explainable, one feature at a time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digests.group.rank import MOST, features, rank, taste, weights
from digests.model import Article, Source, Story, Vote
from digests.ports import Candidate

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def story(number: int, source: int, title: str) -> Story:
    article = Article(id=number, source_id=source, title=title, sentences=(), language="en")
    return Story(id=number, lead_id=number, articles=(article,), updated=NOW)


def vote(about: Story, value: int, person: str = "t:1") -> Vote:
    return Vote(
        chat_id=1, story_id=about.id, person=person, value=value, features=features(about, SOURCES), at=NOW
    )


SOURCES = {
    1: Source(id=1, url="https://a.example/", topics=("Sport",)),
    2: Source(id=2, url="https://b.example/"),
}
FOOTBALL, BRIDGE = story(1, 1, "Rovers win the cup"), story(2, 2, "Bridge closed after crash")


def test_a_vote_is_about_sources_topics_and_words() -> None:
    found = features(FOOTBALL, SOURCES)
    assert found[:2] == ("source:1", "topic:sport")
    assert all(one.startswith("term:") for one in found[2:])
    assert len(found) > 3
    assert features(BRIDGE, {})[0] == "source:2"


def test_weights_grow_with_votes_and_stay_within_one() -> None:
    assert weights([vote(FOOTBALL, -1)])["source:1"] == pytest.approx(-1 / 3)
    many = weights([vote(FOOTBALL, -1, f"t:{n}") for n in range(500)])
    assert -1 < many["source:1"] < -0.99
    assert weights([vote(FOOTBALL, 1), vote(FOOTBALL, -1, "t:2")])["source:1"] == 0
    assert weights([]) == {}


def test_taste_is_bounded_and_unknown_is_nothing() -> None:
    liked = weights([vote(FOOTBALL, 1, f"t:{n}") for n in range(500)])
    assert taste(features(FOOTBALL, SOURCES), liked) == MOST
    assert taste(features(BRIDGE, SOURCES), liked) == 0
    hated = {name: -weight for name, weight in liked.items()}
    assert taste(features(FOOTBALL, SOURCES), hated) == -MOST
    assert taste((), liked) == 0


def test_a_liked_story_goes_first_and_a_disliked_one_last() -> None:
    candidates = [Candidate(story=one, entry_ids=(one.id,), told=0) for one in (FOOTBALL, BRIDGE)]
    assert [r.candidate.story.id for r in rank(candidates, NOW)] == [1, 2]
    weighed = weights([vote(FOOTBALL, -1)])
    tastes = {one.id: taste(features(one, SOURCES), weighed) for one in (FOOTBALL, BRIDGE)}
    ranked = rank(candidates, NOW, tastes=tastes)
    assert [r.candidate.story.id for r in ranked] == [2, 1]
    assert ranked[1].taste == tastes[1] < 0
