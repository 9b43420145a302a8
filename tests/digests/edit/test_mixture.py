"""No source and no topic fills a digest while others wait."""

from __future__ import annotations

from digests.edit.compose import mixed
from digests.model import Article, Source, Story
from digests.ports import Candidate


def candidate(number: int, *sources: int) -> Candidate:
    articles = tuple(Article(id=number * 10 + s, source_id=s) for s in sources)
    return Candidate(
        story=Story(id=number, lead_id=articles[0].id if articles else 0, articles=articles),
        entry_ids=(),
        told=0,
    )


def ids(ranked: list[Candidate], most: int, sources: dict[int, Source] | None = None) -> list[int]:
    return [one.story.id for one in mixed(ranked, most, sources or {})]


def test_a_source_has_a_third_at_most_while_others_wait() -> None:
    ranked = [candidate(n, 1) for n in range(1, 7)] + [candidate(n, n) for n in range(7, 12)]
    assert ids(ranked, 6) == [1, 2, 7, 8, 9, 10, 3, 4, 5, 6, 11]


def test_where_nothing_else_waits_it_fills_the_room() -> None:
    assert ids([candidate(n, 1) for n in range(1, 6)], 5) == [1, 2, 3, 4, 5]


def test_a_story_of_several_sources_counts_for_none() -> None:
    ranked = [candidate(n, 1, n + 1) for n in range(1, 5)] + [candidate(9, 2)]
    assert ids(ranked, 3) == [1, 2, 3, 4, 9]


def test_a_topic_has_its_share_too() -> None:
    sources = {n: Source(id=n, url=f"https://{n}.example/", topics=("Sport",)) for n in range(1, 5)}
    ranked = [*(candidate(n, n) for n in range(1, 5)), candidate(5, 5), candidate(6)]
    assert ids(ranked, 4, sources) == [1, 2, 5, 6, 3, 4]
