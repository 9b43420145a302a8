"""Digests and answers as Discord messages: a strict validator takes them all, and no text is lost."""

from __future__ import annotations

import json
import re
import string
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.render.clean import clean, visible
from bot.render.digest_text import digest_text
from bot.render.discord_embeds import digest_parts, messages, plain_payload, spoken_part, thread_name
from bot.render.discord_markdown import BREAK, escape
from bot.render.rich import Rich, Span, link, plain, text
from digests.model import Brief, BriefSentence, ChatSettings, Digest, DigestItem, Link, Part
from tests.bot.mention_titles import mention_titles
from tests.bot.render.jumbled import jumbled
from tests.examples import examples
from tests.fakes.discord_limits import embed_size, is_empty, message_errors, pings

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
FEW = settings(max_examples=12, deadline=None)
MANY = settings(max_examples=examples(580), deadline=None, phases=[Phase.generate])

HOSTILE = (
    "@everyone", "@here", "<@123456789012345678>", "<@&123456789012345678>", "<#1>", "<t:0:R>", "<:x:1>",
     "<a:x:1>", "</x:1>", "**b**", "__u__", "~~s~~", "||x||", "`c`", "```\nc\n```", "# h", "-# s", "- l", "1. l",
     "> q", ">>> q", "[a](https://evil.example)", "https://evil.example/x", "discord.gg/abc", "\\", "\u202e",
     "\U0001f468\u200d\U0001f469\u200d\U0001f467", "שלום", "السلام", "ｗ", "\n",
    "@", "here", "https:", "//", " ", "  ", " 1", "-",
)  # fmt: skip
words = jumbled(HOSTILE)
long_words = st.one_of(
    words,
    st.tuples(words, st.integers(1, 300)).map(lambda pair: f"{pair[0]} " * pair[1]),
    st.tuples(st.sampled_from("_a*`é漢"), st.integers(1, 6000)).map(lambda pair: pair[0] * pair[1]),
)
addresses = st.one_of(
    st.sampled_from(
        ["https://news.example/a", "http://b.example/x?y=1&z=(2)", "https://example.com/" + "x" * 3000,
         "javascript:alert(1)", "https://", "", "https://пример.example/я", "https://user:pw@evil.example/",
         "https://a.example/)**[x](<b>)", "https://[::1]/", "https://a b.example/"]
    ),
    words,
)  # fmt: skip
items = st.builds(
    DigestItem,
    story_id=st.integers(1, 50),
    version=st.just(1),
    brief=st.builds(
        lambda headline, sentences: Brief(
            headline=headline,
            sentences=tuple(BriefSentence(one, (0,)) for one in sentences),
            source_sentences=(),
        ),
        long_words,
        st.lists(long_words, max_size=3),
    ),
    links=st.lists(st.builds(Link, site=words, url=addresses), max_size=4).map(tuple),
    image=st.one_of(st.none(), addresses),
    updated=st.booleans(),
    published=st.one_of(st.none(), st.just(NOW)),
)
digests = st.builds(
    Digest, chat_id=st.just(1), created=st.just(NOW), items=st.lists(items, max_size=6).map(tuple),
    headlines=st.lists(items, max_size=6).map(tuple), title=words,
)  # fmt: skip
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


@lru_cache(4)
def drawn(one: Digest) -> tuple[Part, ...]:
    """Its parts; the properties below look at the same digest one after another."""
    return digest_parts(one, ChatSettings())


told = lru_cache(4)(messages)


def payloads(one: Digest, chat: ChatSettings | None = None) -> list[dict[str, object]]:
    parts = digest_parts(one, chat) if chat else drawn(one)
    return [json.loads(part.payload) for part in parts]


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
    for payload in payloads(one):
        assert message_errors(payload) == []
        assert not is_empty(payload)


@FEW
@given(digests)
@pytest.mark.slow
def test_the_plain_parts_of_any_digest_join_to_its_whole_text_and_are_taken_too(one: Digest) -> None:
    parts = drawn(one)
    assert "".join(part.plain for part in parts) == plain(digest_text(one))
    for part in parts:
        assert message_errors(plain_payload(part.plain)) == []
        assert not is_empty(plain_payload(part.plain))


@FEW
@given(digests)
@pytest.mark.slow
def test_no_letter_of_any_digest_is_lost_in_its_embeds(one: Digest) -> None:
    shown = ""
    for payload in payloads(one):
        shown += str(payload["content"])
        for embed in payload["embeds"]:  # type: ignore[attr-defined]
            shown += embed.get("title", "") + "\n" + embed.get("description", "")
    seen = read(shown)
    for item in (*one.items, *one.headlines):
        headline = letters(clean(item.brief.headline, 500))
        assert headline in seen
        if item in one.items:
            assert letters(clean(item.brief.text)) in seen


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
    taken = 0

    @MANY
    @given(digests, riches)
    def check(one: Digest, rich: Rich) -> None:
        nonlocal taken
        for test, value in (
            (test_any_digest_gives_messages_that_discord_takes, one),
            (test_the_plain_parts_of_any_digest_join_to_its_whole_text_and_are_taken_too, one),
            (test_no_letter_of_any_digest_is_lost_in_its_embeds, one),
            (test_any_answer_gives_contents_that_discord_takes_and_loses_no_letter, rich),
        ):
            test.hypothesis.inner_test(value)  # type: ignore[attr-defined]
        taken += 2 * len(drawn(one)) + len(told(rich))  # each part: drawn and plain

    check()
    assert taken >= examples(5_000)


# ---------------------------------------------------------------- examples


def test_a_story_is_an_embed_with_its_link_and_time_and_sources() -> None:
    (payload,) = payloads(
        digest(story("A *bold* claim", "It rained.", image="https://i.example/p.jpg", published=NOW))
    )
    assert payload["embeds"] == [
        {"title": r"A \*bold\* claim", "url": "https://news.example/a", "color": 0x2F6FDE,
         "description": "It rained.\n🔗 [News (news.example)](<https://news.example/a>)",
         "image": {"url": "https://i.example/p.jpg"}, "timestamp": NOW.isoformat()}
    ]  # fmt: skip


def test_in_a_digest_of_several_stories_images_are_small_and_can_be_off() -> None:
    two = digest(story("A", image="https://i.example/p.jpg"), story("B", story_id=2), title="Morning")
    (shown,) = payloads(two)
    assert shown["content"] == "**📰 Morning**"
    assert shown["embeds"][0]["thumbnail"] == {"url": "https://i.example/p.jpg"}  # type: ignore[index]
    (hidden,) = payloads(two, ChatSettings(images=False))
    assert "thumbnail" not in hidden["embeds"][0]  # type: ignore[index]


def test_ten_long_stories_become_messages_that_each_stay_under_the_sum() -> None:
    told = [story(f"Story {i}", "A sentence of news. " * 60, story_id=i) for i in range(1, 11)]
    parts = digest_parts(digest(*told, title="Morning"), ChatSettings(silent=True))
    assert len(parts) > 1
    assert [one for part in parts for one in part.stories] == list(range(1, 11))
    assert all(json.loads(part.payload)["silent"] for part in parts)


def test_long_addresses_count_towards_the_sum_of_a_message() -> None:
    told = [story(f"Story {i}", "Short.", f"https://a.example/{'p' * 900}", story_id=i) for i in range(1, 11)]
    sums = [sum(map(embed_size, payload["embeds"])) for payload in payloads(digest(*told))]  # type: ignore[call-overload]
    assert len(sums) == 2
    assert max(sums) <= 6000
    short = [story(f"Story {i}", story_id=i) for i in range(1, 13)]
    assert [len(payload["embeds"]) for payload in payloads(digest(*short))] == [10, 2]  # type: ignore[arg-type]


def test_the_limits_are_reached_and_not_passed() -> None:
    assert [len(plain_payload("x" * length)["content"]) for length in (2000, 2001)] == [2000, 0]
    assert [len(messages(text("x" * length))) for length in (2000, 2001)] == [1, 2]
    for length, kept in ((256, True), (257, False)):
        (payload,) = payloads(digest(story("x" * length, "b")))
        assert ("title" in payload["embeds"][0]) is kept  # type: ignore[index]
    address = "https://a.example/" + "p" * 300
    (short,) = payloads(digest(story("t", "b", address)))
    room = 4096 - len(short["embeds"][0]["description"]) + 1  # type: ignore[index]
    for length, kept in ((room, True), (room + 1, False)):
        first = payloads(digest(story("t", "b" * length, address)))[0]["embeds"][0]  # type: ignore[index]
        assert ("title" in first) is kept


def sums(last: int) -> list[int]:
    """The sizes of the messages of six stories, the last one's headline of this length."""
    address = "https://a.example/" + "p" * 920
    told = [story("h" * (last if n == 6 else 9), "b", address, story_id=n) for n in range(1, 7)]
    return [sum(map(embed_size, payload["embeds"])) for payload in payloads(digest(*told))]  # type: ignore[call-overload]


def test_a_message_of_6000_is_one_and_of_6001_two() -> None:
    (small,) = sums(1)
    assert sums(6001 - small) == [6000]
    assert len(sums(6002 - small)) == 2


def test_a_story_that_fills_an_embed_still_fits_as_plain_text() -> None:
    for length in range(3700, 4000, 20):
        one = digest(story("a" * 250, "b" * length, updated=True), story("c", story_id=2))
        for part in digest_parts(one, ChatSettings()):
            assert message_errors(json.loads(part.payload)) == []
            assert message_errors(plain_payload(part.plain)) == []


def test_eighty_mention_titles_ping_no_one_even_without_the_second_lock() -> None:
    titles = mention_titles()
    assert len(set(titles)) == 80
    assert sum(bool(pings(title, None)) for title in titles) >= 50
    found: list[str] = []
    for title in titles:
        one = digest(story(title, title), title=title)
        for part in digest_parts(one, ChatSettings()):
            payload = json.loads(part.payload)
            texts = [payload["content"], plain_payload(part.plain)["content"]]
            texts += [embed[name] for embed in payload["embeds"] for name in ("title", "description")]
            found += [ping for value in texts for ping in pings(value, None)]
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
    long = "A sentence of fair length. " * 300
    one = digest(
        story("Harbour opens", "It did.", story_id=1, topics=("local",)),
        story("Ferry sinks", long, story_id=2, topics=("sea",), heading="sea"),
        title="Morning", headlines=(story("Small one", story_id=3), story("Smaller one", story_id=4)),
    )  # fmt: skip
    parts = digest_parts(one, ChatSettings(), posts=True)
    told = [json.loads(part.payload) for part in parts]
    names = [(payload["name"], payload["first"]) for payload in told]
    assert names == [("Harbour opens", True), ("Ferry sinks", True), ("More headlines", True)]
    assert [payload["topics"] for payload in told[:2]] == [["local"], ["sea"]]
    assert [part.stories for part in parts] == [(1,), (2,), (3, 4)]
    assert "".join(part.plain for part in parts) == "".join(
        part.plain for part in digest_parts(one, ChatSettings())
    )
    for payload in told:
        assert message_errors(payload) == []


@FEW
@given(digests)
@pytest.mark.slow
def test_any_digest_in_posts_of_its_own_is_taken_whole(one: Digest) -> None:
    parts = digest_parts(one, ChatSettings(), posts=True)
    for part in parts:
        payload = json.loads(part.payload)
        assert message_errors(payload) == []
        assert not is_empty(payload)
        assert 0 < len(payload["name"]) <= 100
    whole = "".join(part.plain for part in digest_parts(one, ChatSettings()))
    assert "".join(part.plain for part in parts) == whole


def test_a_role_is_named_in_the_first_message_and_only_where_the_desk_set_it() -> None:
    told = [story(f"Story {n}", "x " * 1500, story_id=n) for n in range(1, 4)]
    first, *more = payloads(digest(*told, title="Now", role="77"))
    assert str(first["content"]).startswith("<@&77> ")
    assert (first["role"], [payload["role"] for payload in more]) == ("77", [""] * len(more))
    (bare,) = payloads(digest(story("<@&77> hello")))
    assert bare["role"] == ""
    (wrong,) = payloads(digest(story("hello"), role="everyone"))
    assert "everyone" not in str(wrong["content"])


def test_without_an_address_or_a_title_no_embed_has_a_link() -> None:
    for one in (story("A", "b", "ftp://a.example"), story("x" * 300, "b")):
        assert "url" not in payloads(digest(one))[0]["embeds"][0]  # type: ignore[index]


def test_a_post_of_the_whole_digest_has_its_title_and_each_topics_post_its_heading() -> None:
    told = digest(story("A", heading="rail"), story("B", story_id=2, heading="city"), title="Morning")
    assert [payload["name"] for payload in payloads(told)] == ["Morning"]
    posts = [json.loads(part.payload) for part in digest_parts(told, ChatSettings(), posts=True)]
    assert [payload["content"] for payload in posts] == ["**📰 Morning**", "**▎ City**"]
