"""Digests and answers as Discord messages: a strict validator takes them all, and no text is lost."""

from __future__ import annotations

import json
import re
import string
import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.render.clean import clean, visible
from bot.render.digest_text import digest_text
from bot.render.discord_markdown import BREAK, escape
from bot.render.discord_messages import (
    digest_parts,
    messages,
    plain_payload,
    spoken_part,
    texts,
    thread_name,
    without_pictures,
)
from bot.render.rich import Rich, Span, link, plain, text
from digests.model import Brief, BriefSentence, Chat, ChatSettings, Digest, DigestItem, Link, Part
from tests.bot.mention_titles import mention_titles
from tests.bot.render.any_digest import NOW, addresses, digests, long_words, words
from tests.examples import examples
from tests.fakes.discord_limits import LAYOUT, is_empty, message_errors, pings, said

FEW = settings(max_examples=12, deadline=None)
MANY = settings(max_examples=examples(680), deadline=None, phases=[Phase.generate])

spans = st.builds(
    Span, text=long_words, bold=st.booleans(), italic=st.booleans(), code=st.booleans(), quote=st.booleans(),
    url=st.one_of(st.none(), addresses),
)  # fmt: skip
riches = st.lists(spans, max_size=6).map(tuple)


def story(headline: str, brief: str = "", url: str = "https://news.example/a", **more: object) -> DigestItem:
    sentences = (BriefSentence(brief, (0,)),) if brief else ()
    return DigestItem(
        story_id=int(more.pop("story_id", 1)), version=1,  # type: ignore[call-overload]
        brief=Brief(headline=headline, sentences=sentences, source_sentences=()),
        links=(Link("News", url),), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def digest(*told: DigestItem, **more: object) -> Digest:
    return Digest(chat_id=1, created=NOW, items=told, **more)  # type: ignore[arg-type]


BARE = Chat(platform="discord", address="1", kind="text")
BELOW = (("👍", "nd1:0:d:n:like:all"), ("…", "nd1:0:d:n:story:all"))


def opens(story: int) -> tuple[str, str]:
    return "⋯", f"nd1:0:d:n:story:={story}"


@lru_cache(4)
def drawn(one: Digest) -> tuple[Part, ...]:
    """Its parts; the properties below look at the same digest one after another."""
    return digest_parts(one, BARE)


told = lru_cache(4)(messages)


def taken(payload: dict[str, Any]) -> list[Any]:
    """What Discord has against a message as it is sent."""
    flags = LAYOUT if payload.get("components") else 0
    return message_errors(payload | {"flags": flags}) or (["empty"] if is_empty(payload) else [])


def payloads(one: Digest, **settings: Any) -> list[dict[str, Any]]:
    chat = replace(BARE, settings=ChatSettings(**settings))
    return [json.loads(part.payload) for part in (digest_parts(one, chat) if settings else drawn(one))]


def shown(one: Digest, **settings: Any) -> list[dict[str, Any]]:
    """The components in the frame of its only message."""
    (payload,) = payloads(one, **settings)
    frame: list[dict[str, Any]] = payload["components"][0]["components"]
    return frame


def letters(value: str) -> str:
    """The text as a reader sees it: no space, no mark that markdown reads."""
    return re.sub(rf"[\s{BREAK}{re.escape(string.punctuation)}]+", "", value)


def read(value: str) -> str:
    """The letters of what Discord would show of a markdown text: link targets and marks are not shown."""
    value = re.sub(r"(?<!\\)\]\(<[^>]*>\)", "]", value)
    return letters(value)


# ---------------------------------------------------------------- properties


@FEW
@given(digests)
@pytest.mark.slow
def test_any_digest_gives_messages_that_discord_takes(one: Digest) -> None:
    for part in (*drawn(one), *digest_parts(one, BARE, below=BELOW, opens=opens)):
        assert taken(json.loads(part.payload)) == []


@FEW
@given(digests)
@pytest.mark.slow
def test_the_plain_parts_of_any_digest_join_to_its_whole_text_and_are_taken_too(one: Digest) -> None:
    parts = drawn(one)
    assert "".join(part.plain for part in parts) == plain(digest_text(one, chat=BARE))
    for part in parts:
        assert taken(plain_payload(part.plain)) == []
        assert taken(plain_payload(part.plain, edit=True)) == []


@FEW
@given(digests)
@pytest.mark.slow
def test_no_letter_of_any_digest_is_lost_in_its_components(one: Digest) -> None:
    seen = read("\n".join(said(payload["components"]) for payload in payloads(one)))
    for item in (*one.items, *one.headlines):
        assert letters(clean(item.brief.headline, 500)) in seen
        for sentence in item.brief.sentences if item in one.items else ():
            assert letters(clean(sentence.text)) in seen


@FEW
@given(digests)
@pytest.mark.slow
def test_a_digest_with_buttons_keeps_every_headline_and_whole_sentences_from_the_first(one: Digest) -> None:
    parts = digest_parts(one, BARE, below=BELOW, opens=opens)
    seen = read("\n".join(said(json.loads(part.payload)["components"]) for part in parts))
    for item in (*one.items, *one.headlines):
        assert letters(clean(item.brief.headline, 500)) in seen
        for sentence in item.brief.sentences[:1] if item in one.items else ():
            assert letters(clean(sentence.text)) in seen
    assert {story for part in parts for story in part.stories} == {
        item.story_id for item in (*one.items, *one.headlines)
    }


@FEW
@given(riches)
@pytest.mark.slow
def test_any_answer_gives_contents_that_discord_takes_and_loses_no_letter(rich: Rich) -> None:
    parts = told(rich)
    for part in parts:
        assert message_errors({"content": part}) == []
        assert part.strip()
        assert pings(part, None) == []
    wanted = letters("".join(visible(span.text) for span in rich))
    seen = iter(read("".join(parts)))
    assert all(letter in seen for letter in wanted)  # in order, with hosts of links between


@FEW
@given(words)
def test_escaping_pings_no_one_and_undone_gives_the_text(value: str) -> None:
    escaped = escape(value)
    assert pings(escaped, None) == []
    undone = re.sub(r"\\([^0-9A-Za-z\s])", r"\1", escaped).replace(BREAK, "")
    assert undone == value.replace(BREAK, "")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # it would hide what failed
def test_thousands_of_messages_are_taken_and_lose_nothing() -> None:
    count = 0

    @MANY
    @given(digests, riches)
    def check(one: Digest, rich: Rich) -> None:
        nonlocal count
        for test, value in (
            (test_any_digest_gives_messages_that_discord_takes, one),
            (test_the_plain_parts_of_any_digest_join_to_its_whole_text_and_are_taken_too, one),
            (test_no_letter_of_any_digest_is_lost_in_its_components, one),
            (test_any_answer_gives_contents_that_discord_takes_and_loses_no_letter, rich),
        ):
            test.hypothesis.inner_test(value)  # type: ignore[attr-defined]
        count += 2 * len(drawn(one)) + len(told(rich))  # each part: drawn and plain

    check()
    assert count >= examples(5_000)


# ---------------------------------------------------------------- examples


def test_a_story_alone_is_its_picture_its_headline_as_a_link_and_its_sources() -> None:
    one = digest(story("A *bold* claim", "It rained.", image="https://i.example/p.jpg", published=NOW))
    assert shown(one) == [
        {"type": 12, "items": [{"media": {"url": "https://i.example/p.jpg"}}]},
        {"type": 10, "content": "### [A \\*bold\\* claim](<https://news.example/a>)\nIt rained.\n"
                                "-# [News](<https://news.example/a>)"},
    ]  # fmt: skip
    (payload,) = payloads(one)
    assert payload["components"][0]["accent_color"] == 0x2F6FDE


def test_the_top_story_has_a_large_picture_the_others_a_small_one_and_all_can_be_off() -> None:
    picture = "https://i.example/p.jpg"
    two = digest(story("A", image=picture), story("B", story_id=2, image=picture), title="Morning")
    title, large, top, other = shown(two)
    assert title == {"type": 10, "content": "### 📰 Morning · 2 stories"}
    assert (large["type"], top["type"]) == (12, 10)
    assert other["accessory"] == {"type": 11, "media": {"url": picture}}
    assert other["components"][0]["content"].startswith("**[B](<https://news.example/a>)**")
    assert [one["type"] for one in shown(two, images=False)] == [10]


def test_a_story_without_a_picture_has_a_button_that_opens_it() -> None:
    (part,) = digest_parts(digest(story("A", "It rained."), title="Morning"), BARE, below=BELOW, opens=opens)
    frame, row = json.loads(part.payload)["components"]
    assert frame["components"][1]["accessory"]["custom_id"] == "nd1:0:d:n:story:=1"
    assert [button["label"] for button in row["components"]] == ["👍", "…"]


def fair(count: int, words: str = "The council voted on the plan. ", times: int = 6) -> Digest:
    sentences = tuple(BriefSentence(f"{words * times}".strip(), (0,)) for _ in range(3))
    stories = [story(f"Story {n} of a usual length for a headline", story_id=n) for n in range(1, count + 1)]
    return digest(
        *(replace(one, brief=replace(one.brief, sentences=sentences)) for one in stories), title="Morning"
    )


def test_ten_stories_are_one_message_where_a_press_opens_the_rest_of_each() -> None:
    ten = fair(10, times=5)
    (part,) = digest_parts(ten, BARE, below=BELOW, opens=opens)
    assert part.stories == tuple(range(1, 11))
    assert taken(json.loads(part.payload)) == []
    (top, *others) = texts(json.loads(part.payload)["components"])[1:]
    assert "…" not in top
    assert all(text.count("The council") < top.count("The council") for text in others)
    assert all(" …\n" in text for text in others)
    assert len(digest_parts(ten, BARE)) > 1  # without a button nothing may be left out
    assert "".join(p.plain for p in digest_parts(ten, BARE)) == plain(digest_text(ten, chat=BARE))


def test_what_does_not_fit_a_message_even_so_is_told_whole_and_rings_once() -> None:
    parts = digest_parts(fair(10, times=20), BARE, below=BELOW, opens=opens)
    assert len(parts) > 1
    assert [one for part in parts for one in part.stories] == list(range(1, 11))
    assert "".join(p.plain for p in parts) == plain(digest_text(fair(10, times=20), chat=BARE))
    assert [json.loads(part.payload)["silent"] for part in parts] == [False] + [True] * (len(parts) - 1)
    quiet = replace(BARE, settings=ChatSettings(silent=True))
    assert all(json.loads(part.payload)["silent"] for part in digest_parts(fair(2), quiet))


def test_the_limits_are_reached_and_not_passed() -> None:
    assert [len(plain_payload("x" * length)["content"]) for length in (2000, 2001)] == [2000, 0]
    assert [len(messages(text("x" * length))) for length in (2000, 2001)] == [1, 2]
    for count, parts in ((12, 1), (13, 2)):  # each of three components, and the frame, the title, the row
        told = digest(*(story(f"S{n}", story_id=n) for n in range(count)), title="T")
        drawn_ = digest_parts(told, BARE, below=BELOW[:1], opens=opens)
        assert len(drawn_) == parts
        assert [taken(json.loads(part.payload)) for part in drawn_] == [[]] * parts
    sizes = [len(said(payload["components"])) for payload in payloads(digest(story("A", "b" * 3900)))]
    assert len(sizes) == 1
    assert len(payloads(digest(story("A", "b" * 3960)))) == 2


def test_a_picture_that_discord_refuses_leaves_its_story() -> None:
    picture = "https://i.example/p.jpg"
    two = digest(story("A", image=picture), story("B", story_id=2, image=picture), title="Morning")
    (payload,) = payloads(two)
    bare = without_pictures(payload["components"])
    assert "i.example" not in json.dumps(bare)
    assert texts(bare) == texts(payload["components"])
    assert taken({"components": bare}) == []


def test_eighty_mention_titles_ping_no_one_even_without_the_second_lock() -> None:
    titles = mention_titles()
    assert len(set(titles)) == 80
    assert sum(bool(pings(title, None)) for title in titles) >= 50
    found: list[str] = []
    for title in titles:
        one = digest(story(title, title), title=title)
        for part in digest_parts(one, BARE):
            payload = json.loads(part.payload)
            values = [said(payload["components"]), plain_payload(part.plain)["content"]]
            found += [ping for value in values for ping in pings(value, None)]
    assert found == []


@pytest.mark.parametrize(
    ("one", "name"),
    [
        (digest(story("A", "b"), title="Morning"), "Morning"),
        (digest(story("x" * 300, "b")), "x" * 99 + "…"),
        (digest(title="\u202e"), "March 1, 2026"),
    ],
)
def test_a_forum_post_has_a_name_of_at_most_100_characters(one: Digest, name: str) -> None:
    assert thread_name(one) == name


def test_a_recording_comes_without_a_sound_under_its_digests_name() -> None:
    part = spoken_part(digest(story("A *b*"), id=7))
    payload = {"content": r"🔊 A \*b\*", "embeds": [], "name": "A *b*", "silent": True}
    assert (json.loads(part.payload), part.plain, part.audio) == (payload, "🔊 A *b*", 7)


def test_what_no_one_sees_is_left_out_of_an_answer() -> None:
    assert messages((Span("a\u202eb "), Span("c\u2066d", code=True), Span("\u200b"))) == ("ab `cd`",)
    assert messages(text("\u200b \n")) == ()


def test_a_long_answer_is_cut_between_sentences_and_a_link_stays_whole() -> None:
    rich = (*text("One sentence. " * 140), link("the whole of a link", "https://a.example/" + "p" * 600))
    first, second = messages(rich)
    assert first.endswith("sentence.")
    assert "[the whole of a link](<https://a.example/" in second
    assert unicodedata.is_normalized("NFC", first)


def test_in_a_forum_each_story_may_be_a_post_of_its_own() -> None:
    long = "A sentence of fair length. " * 130
    one = digest(
        story("Harbour opens", "It did.", story_id=1, topics=("local",)),
        story("Ferry sinks", long, story_id=2, topics=("sea",), heading="sea"),
        title="Morning", headlines=(story("Small one", story_id=3), story("Smaller one", story_id=4)),
    )  # fmt: skip
    parts = digest_parts(one, BARE, posts=True)
    told = [json.loads(part.payload) for part in parts]
    names = [(payload["name"], payload["first"]) for payload in told]
    assert names == [("Harbour opens", True), ("Ferry sinks", True), ("More headlines", True)]
    assert [payload["topics"] for payload in told[:2]] == [["local"], ["sea"]]
    assert [part.stories for part in parts] == [(1,), (2,), (3, 4)]
    assert "".join(part.plain for part in parts) == "".join(part.plain for part in digest_parts(one, BARE))
    for payload in told:
        assert taken(payload) == []


@FEW
@given(digests)
@pytest.mark.slow
def test_any_digest_in_posts_of_its_own_is_taken_whole(one: Digest) -> None:
    parts = digest_parts(one, BARE, posts=True)
    for part in parts:
        payload = json.loads(part.payload)
        assert taken(payload) == []
        assert 0 < len(payload["name"]) <= 100
    whole = "".join(part.plain for part in digest_parts(one, BARE))
    assert "".join(part.plain for part in parts) == whole


def test_a_role_is_named_in_the_first_message_and_only_where_the_desk_set_it() -> None:
    told = [story(f"Story {n}", "x " * 1500, story_id=n) for n in range(1, 4)]
    first, *more = payloads(digest(*told, title="Now", role="77"))
    assert texts(first["components"])[0] == "<@&77>"
    assert (first["role"], [payload["role"] for payload in more]) == ("77", [""] * len(more))
    (bare,) = payloads(digest(story("<@&77> hello")))
    assert bare["role"] == ""
    (wrong,) = payloads(digest(story("hello"), role="everyone"))
    assert "everyone" not in said(wrong["components"])


def test_a_headline_without_a_web_address_is_no_link() -> None:
    assert shown(digest(story("A", "b", "ftp://a.example")))[0]["content"] == "### A\nb\n-# News"


def test_a_post_of_the_whole_digest_has_its_title_and_each_topics_post_its_heading() -> None:
    told = digest(story("A", heading="rail"), story("B", story_id=2, heading="city"), title="Morning")
    assert [payload["name"] for payload in payloads(told)] == ["Morning · 2 stories"]
    posts = [json.loads(part.payload) for part in digest_parts(told, BARE, posts=True)]
    assert [texts(payload["components"])[0].partition("\n")[0] for payload in posts] == [
        "### 📰 Morning · 2 stories", "-# ▎ City"
    ]  # fmt: skip
