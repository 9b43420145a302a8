"""What a chat's rules keep and leave out."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.edit.filters import LONGEST, Sifted, check, sift
from digests.model import Article, Rule, Source, Story

SOURCES = {
    1: Source(id=1, url="https://herald.example/", name="Herald", topics=("World",)),
    2: Source(id=2, url="https://post.example/", name="Post", topics=("sport",)),
}


def article(id: int = 1, source: int = 1, **more: object) -> Article:
    values: dict[str, object] = {
        "title": "Ferry hits Quay Bridge",
        "paragraphs": ("A ferry struck the bridge on Monday.", "Climate  change was not to blame."),
        "language": "en",
        "byline": "Jane Doe and Bo Li",
    }
    return Article(id=id, source_id=source, **(values | more))  # type: ignore[arg-type]


def story(*articles: Article) -> Story:
    return Story(id=articles[0].id, lead_id=articles[0].id, articles=articles)


def rule(kind: str, pattern: str, source: int | None = None, role: str = "") -> Rule:
    return Rule(chat_id=1, source_id=source, kind=kind, pattern=pattern, role=role)


def sifted(stories: list[Story], *rules: Rule) -> Sifted:
    return sift(stories, rules, SOURCES, {1, 2})


def matches(pattern: str, one: Article) -> bool:
    return not sifted([story(one)], rule("hide", pattern)).kept


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("ferry", True),
        ("FERRY", True),
        ("ferr", False),  # words, not pieces of them
        ("erry", False),
        ('"climate change"', True),
        ("“climate change”", True),
        ("climate change", True),
        ('"change climate"', False),
        ("title:ferry", True),
        ("title:climate", False),
        ("Title: quay bridge", True),
        ("/fer+y|tram/", True),
        ("/^a ferry/", True),
        ("/tram/", False),
        ("title:/bridge$/", True),
        ('author:"jane doe"', True),
        ("author:doe", True),
        ("author:ferry", False),
        ("topic:world", True),
        ("topic:#World", True),
        ("topic:sport", False),
        ("language:en", True),
        ("language:EN-gb", True),
        ("language:de", False),
        ("http://x", False),  # a colon of no field is a text like any other
    ],
)
def test_a_pattern_finds_what_it_says_and_nothing_else(pattern: str, found: bool) -> None:
    assert matches(pattern, article()) is found


@pytest.mark.parametrize(
    ("title", "word", "found"),
    [
        ("東京で地震が発生", "地震", True),
        ("東京で地震が発生", "津波", False),
        ("Überschwemmung in Köln", "köln", True),
        ("STRASSE gesperrt", "straße", True),
        ("Землетрясение в Турции", "турции", True),
        ("the C++ committee", "c++", True),
        ("ﬁre in the port", "fire", True),
    ],
)
def test_words_are_found_in_any_script(title: str, word: str, found: bool) -> None:
    assert matches(word, article(title=title, paragraphs=())) is found


def test_the_rule_that_left_a_story_out_is_named() -> None:
    ferry, tram = story(article(1)), story(article(2, title="Tram strike", paragraphs=()))
    hide = rule("hide", "ferry")
    assert sifted([ferry, tram], rule("hide", "plane"), hide) == Sifted((1,), ((0, hide),), ())


def test_only_needs_one_of_its_rules() -> None:
    ferry, tram = story(article(1)), story(article(2, title="Tram strike", paragraphs=()))
    bus = story(article(3, title="Bus lane", paragraphs=()))
    only = (rule("only", "ferry"), rule("only", "tram"))
    assert sifted([ferry, tram, bus], *only) == Sifted((0, 1), ((2, only[0]),), ())


def test_a_story_of_too_few_sources_waits_for_more() -> None:
    alone, both = story(article(1)), story(article(2), article(3, source=2))
    least = rule("least", "2")
    assert sifted([alone, both], least) == Sifted((1,), ((0, least),), ())
    assert sifted([alone, both], rule("least", "2", source=1)).kept == (1,)


def test_a_sources_rule_leaves_its_other_sources_alone() -> None:
    hide = rule("hide", "ferry", source=1)
    mine, other, both = (
        story(article(1)),
        story(article(2, source=2)),
        story(article(3), article(4, source=2)),
    )
    assert sifted([mine, other, both], hide) == Sifted((1, 2), ((0, hide),), ())


def test_a_source_the_chat_does_not_follow_can_not_tell_the_story() -> None:
    hide = rule("hide", "ferry", source=1)
    both = story(article(3), article(4, source=9))
    assert sift([both], [hide], SOURCES, {1}).left_out == ((0, hide),)


def test_a_watched_story_is_named_and_one_with_a_role_first() -> None:
    plain, loud = rule("watch", "ferry"), rule("watch", "bridge", role="77")
    tram = story(article(2, title="Tram strike", paragraphs=()))
    assert sifted([story(article(1)), tram], plain, loud).watched == ((0, loud),)
    assert sifted([story(article(1))], plain, rule("watch", "bridge", source=2)).watched == ((0, plain),)
    assert sifted([story(article(1))], plain, rule("hide", "quay")).watched == ()


def test_a_rule_of_an_older_version_does_nothing() -> None:
    for kind, pattern in (("hide", "/(/"), ("least", "many"), ("only", ""), ("glow", "ferry")):
        assert sifted([story(article(1))], rule(kind, pattern)).kept == (0,)


@pytest.mark.parametrize(
    ("kind", "pattern", "code"),
    [
        ("glow", "ferry", "kind"),
        ("hide", "  ", "empty"),
        ("hide", '""', "empty"),
        ("hide", "title:", "empty"),
        ("hide", "x" * (LONGEST + 1), "long"),
        ("least", "many", "number"),
        ("least", "1", "number"),
        ("least", "21", "number"),
        ("hide", "language:klingon", "language"),
        ("hide", "/(/", "expression"),
        ("hide", "/(?=x)/", "expression"),
        ("watch", "/((a{100}){100}){100}/", "expression"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_reason(kind: str, pattern: str, code: str) -> None:
    with pytest.raises(ValueError, match=code) as error:
        check(kind, pattern)
    if code == "expression":
        assert error.value.args[1]


def test_no_expression_stalls() -> None:
    long = article(title="", paragraphs=("a" * 99_000 + "!",))
    started = time.perf_counter()
    for pattern in ("/(a+)+$/", "/(a|aa)+$/", "/(.*a){12}$/", "/(a*)*b/"):
        assert not matches(pattern, long)
    assert time.perf_counter() - started < 1


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_is_refused(pattern: str) -> None:
    reason = ""
    try:
        check("hide", pattern)
    except ValueError as error:
        reason = error.args[0]
    assert reason in {"", "empty", "language", "expression"}
    sifted([story(article(1))], rule("hide", pattern))
