from datetime import UTC, datetime, timedelta

from digests.group.rank import HALF_LIFE, rank
from digests.model import Article, Story
from digests.ports import Candidate

NOW = datetime(2031, 5, 4, 12, tzinfo=UTC)


def candidate(
    id: int, *, sources: int = 1, hours: float | None = 1, version: int = 1, told: int = 0
) -> Candidate:
    updated = None if hours is None else NOW - timedelta(hours=hours)
    articles = tuple(Article(id=id * 100 + n, source_id=n) for n in range(sources))
    story = Story(id=id, articles=articles, version=version, updated=updated)
    return Candidate(story=story, entry_ids=(), told=told)


def order(*candidates: Candidate) -> list[int]:
    return [ranked.candidate.story.id for ranked in rank(candidates, NOW)]


def test_more_sources_come_first() -> None:
    assert order(candidate(1), candidate(2, sources=4)) == [2, 1]


def test_two_articles_of_one_source_count_once() -> None:
    story = Story(id=1, articles=(Article(id=1, source_id=1), Article(id=2, source_id=1)), updated=NOW)
    [ranked] = rank([Candidate(story=story, entry_ids=(), told=0)], NOW)
    assert ranked.sources == 1.0


def test_fresher_comes_first() -> None:
    assert order(candidate(1, hours=20), candidate(2, hours=1)) == [2, 1]


def test_a_development_of_what_was_told_is_lifted() -> None:
    assert order(
        candidate(1, version=2), candidate(2, version=2, told=1), candidate(3, version=2, told=2)
    ) == [
        2,
        1,
        3,
    ]


def test_the_parts_add_up_to_the_score() -> None:
    [ranked] = rank([candidate(1, sources=3, hours=12, version=2, told=1)], NOW)
    assert (ranked.sources, ranked.freshness, ranked.development) == (2.0, 1.5, 1.0)
    assert ranked.score == 4.5


def test_a_date_to_come_is_now_and_a_missing_one_a_half_life_ago() -> None:
    future, missing = (rank([candidate(1, hours=h)], NOW)[0].freshness for h in (-50, None))
    assert future == 3.0
    assert missing == rank([candidate(1, hours=HALF_LIFE.total_seconds() / 3600)], NOW)[0].freshness


def test_ties_go_to_the_newer_story_then_the_smaller_id() -> None:
    assert order(candidate(2), candidate(1)) == [1, 2]
    assert order(candidate(1, hours=None), candidate(2, hours=12)) == [2, 1]


def test_newest_is_what_was_published_last_not_what_was_found_last() -> None:
    def found_now(id_: int, hours: float | None) -> Candidate:
        published = None if hours is None else NOW - timedelta(hours=hours)
        article = Article(id=id_, entry_id=id_, source_id=1, published=published)
        return Candidate(story=Story(id=id_, articles=(article,), updated=NOW), entry_ids=(id_,), told=0)

    assert order(found_now(1, 120), found_now(2, 1), found_now(3, None)) == [3, 2, 1]
