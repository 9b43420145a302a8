"""From picked stories to a digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from digests.edit.compose import Pick, compose
from digests.model import (
    Article,
    Brief,
    BriefSentence,
    Chat,
    ChatSettings,
    Link,
    Source,
    SourceSentence,
    Story,
)

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
EVENING = datetime(2026, 11, 24, 20, tzinfo=UTC)
SOURCES = {
    1: Source(id=1, url="https://a.example/feed", name="A Daily", topics=("city",)),
    2: Source(id=2, url="https://b.example/feed", topics=("city", "rail")),
}


def article(number: int, source: int, *, image: str | None = None, site: str = "") -> Article:
    return Article(
        id=number,
        entry_id=number,
        source_id=source,
        url=f"https://x.example/{number}",
        image=image,
        site=site,
    )


def pick(story_id: int, *articles: Article, lead: int) -> Pick:
    brief = Brief(
        headline=f"Story {story_id}",
        sentences=(BriefSentence("It rained.", (0,)),),
        source_sentences=(SourceSentence("It rained."),),
    )
    story = Story(id=story_id, lead_id=lead, articles=articles, version=2)
    return Pick(story=story, brief=brief, entry_ids=tuple(a.entry_id for a in articles))


def test_the_lead_is_named_first_and_each_source_once() -> None:
    story = pick(
        7, article(1, 2, site="B Post"), article(2, 1, image="https://x.example/2.jpg"), article(3, 1), lead=2
    )
    (item,) = compose(Chat(id=5, platform="console", address="1"), [story], SOURCES, NOW).items
    assert item.links == (Link("A Daily", "https://x.example/2"), Link("B Post", "https://x.example/1"))
    assert item.image == "https://x.example/2.jpg"
    assert item.topics == ("city", "rail")
    assert item.entry_ids == (1, 2, 3)
    assert item.version == 2


def test_stories_past_the_chats_limit_become_headlines() -> None:
    chat = Chat(
        id=5, platform="console", address="1", settings=ChatSettings(stories=2, zone="Pacific/Auckland")
    )
    picks = [pick(n, article(n, 1), lead=n) for n in (1, 2, 3)]
    digest = compose(chat, picks, SOURCES, EVENING)
    assert [i.story_id for i in digest.items] == [1, 2]
    assert [i.story_id for i in digest.headlines] == [3]
    assert (digest.chat_id, digest.created, digest.title) == (5, EVENING, "2026-11-25T09:00")


def test_an_article_of_an_unknown_source_is_named_by_its_site() -> None:
    (item,) = compose(
        Chat(id=5, platform="console", address="1"), [pick(1, article(4, 99, site="C"), lead=4)], {}, NOW
    ).items
    assert item.links == (Link("C", "https://x.example/4"),)
    assert item.topics == ()


def topical(number: int) -> Pick:
    return pick(number, article(number, 10 + number), lead=number)


def in_order(picks: dict[int, tuple[str, ...]], **wish: object) -> list[tuple[int, str]]:
    """Story ids with their headings, for stories of sources with these topics."""
    sources = {
        10 + number: Source(id=10 + number, url=f"https://{number}.example/", topics=topics)
        for number, topics in picks.items()
    }
    chat = Chat(id=5, platform="console", address="1", settings=ChatSettings(**wish))  # type: ignore[arg-type]
    digest = compose(chat, [topical(number) for number in picks], sources, NOW)
    return [(item.story_id, item.heading) for item in digest.items]


PICKS: dict[int, tuple[str, ...]] = {1: ("Rail",), 2: (), 3: ("city", "rail"), 4: ("Sport",), 5: ("rail",)}


def test_wished_topics_come_first_in_their_order_and_the_rest_as_ranked() -> None:
    assert in_order(PICKS, topics=("sport", "City")) == [(4, ""), (3, ""), (1, ""), (2, ""), (5, "")]


def test_with_headings_the_stories_of_a_topic_stand_together() -> None:
    assert in_order(PICKS, headings=True) == [(1, "rail"), (5, "rail"), (3, "city"), (4, "sport"), (2, "")]
    assert in_order(PICKS, headings=True, topics=("sport", "rail")) == [
        (4, "sport"), (1, "rail"), (3, "rail"), (5, "rail"), (2, "")
    ]  # fmt: skip


def test_order_never_decides_what_is_a_headline() -> None:
    assert in_order(PICKS, topics=("sport",), stories=3) == [(1, ""), (2, ""), (3, "")]


def test_two_sources_of_one_name_are_told_apart_and_a_report_without_an_address_has_its_sites() -> None:
    sources = {
        1: Source(id=1, url="https://www.a.example/feed", name="News"),
        2: Source(id=2, url="https://b.example/feed/", name="News"),
    }
    second = replace(article(2, 2), url="")
    story = pick(7, article(1, 1), second, replace(article(3, 2), url=article(1, 1).url), lead=1)
    (item,) = compose(Chat(id=5, platform="console", address="1"), [story], sources, NOW).items
    assert item.links == (
        Link("News · a.example/feed", "https://x.example/1"),
        Link("News · b.example/feed", "https://b.example/"),
    )
    nowhere = pick(8, replace(article(1, 9), url=""), replace(article(2, 8), url=""), lead=1)
    (item,) = compose(Chat(id=5, platform="console", address="1"), [nowhere], sources, NOW).items
    assert item.links == (Link("", ""),)
