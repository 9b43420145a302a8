"""Telegram's entities: nested properly, counted in UTF-16, and whatever the text, accepted."""

from __future__ import annotations

import re
import time
import unicodedata
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.render.clean import visible
from bot.render.rich import Rich, Span, bold, code, link, plain
from bot.render.telegram_entities import (
    CAPTION,
    ENTITIES,
    INERT,
    LIMIT,
    Entity,
    Message,
    draw,
    messages,
    pieces,
    utf16,
    web_link,
)
from tests.bot.render.jumbled import jumbled
from tests.examples import examples
from tests.fakes.strict_telegram import Accepted, Refusal, accept, parse_html


def accepted(message: Message, limit: int = LIMIT) -> Accepted:
    entities = [{k: v for k, v in asdict(e).items() if v is not None} for e in message.entities]
    kept = accept(message.text, entities, limit=limit)
    assert (kept.text, kept.entities) == (message.text, entities)  # nothing had to be mended
    return kept


def kinds(rich: Rich) -> list[tuple[str, str]]:
    message = draw(rich)
    units = message.text.encode("utf-16-le")
    return [
        (e.type, units[e.offset * 2 : (e.offset + e.length) * 2].decode("utf-16-le"))
        for e in message.entities
    ]


def test_offsets_count_utf16_units() -> None:
    message = draw((Span("🗞 "), bold("Ночь"), Span(" "), link("👨‍👩‍👧 page", "https://a.example/x")))
    assert [(e.type, e.offset, e.length) for e in message.entities] == [("bold", 3, 4), ("text_link", 8, 13)]


def test_neighbours_of_one_style_are_one_entity_and_styles_nest() -> None:
    rich = (
        Span("a ", bold=True),
        Span("b ", bold=True, italic=True),
        Span("c", italic=True),
        Span(" d", quote=True),
        Span(" e", quote=True, bold=True, code=True),
        Span("f", url="https://a.example", code=True, bold=True),
    )
    assert kinds(rich) == [
        ("bold", "a b"), ("italic", "b"), ("italic", "c"), ("blockquote", "d e"), ("code", "e"),
        ("text_link", "f"), ("bold", "f"),
    ]  # fmt: skip


def test_a_long_quotation_is_shown_collapsed() -> None:
    assert kinds((Span("word " * 40, quote=True),))[0][0] == "expandable_blockquote"


def test_blank_space_around_a_text_is_not_sent() -> None:
    assert draw((Span("\n "), Span(" bold \n", bold=True), Span(" "))) == Message(
        "bold", draw((bold("bold"),)).entities
    )
    assert messages((Span("  \n"),)) == []


@pytest.mark.parametrize(
    "url",
    ["tg://user?id=1", "javascript:alert(1)", "https://", "http://localhost/", "https://a.example/ b", "https://[bad",
     "https://a.example:99999/", "https://good.example@evil.example/", "https://evil.example\\@good.example/",
     "https://a.example/" + "x" * 2100, "", None],
)  # fmt: skip
def test_a_link_telegram_would_not_take_is_text(url: str | None) -> None:
    assert web_link(url) is None
    assert draw((Span("here", url=url),)).entities == ()


def test_more_styles_than_a_message_may_have_go_into_several() -> None:
    rich = tuple(span for n in range(260) for span in (bold(f"w{n}"), Span(" ")))
    parts = messages(rich)
    assert len(parts) == 4
    assert all(len(part.entities) <= ENTITIES for part in parts)
    assert sum(len(part.entities) for part in parts) == 260


MENTIONS = [
    f"{before}{mention}{after}"
    for before in ("", "news ", "(", "é", "https://a.example/", "\u200b", "_", "@")
    for mention in ("@everyone", "@durov", "@a_b", "tg://user?id=77", "TG://resolve?domain=x")
    for after in ("", "!")
]


@pytest.mark.parametrize("title", MENTIONS)
def test_a_mention_in_a_title_calls_no_one(title: str) -> None:
    assert accept(title).pings or "\u200b" in title or title[0] in "_é"  # it would, as it stands
    for rich in (
        (Span(title),),
        (bold(title),),
        (link(title, "https://a.example"),),
        (Span(title, quote=True),),
    ):
        for message in messages(rich):
            assert accepted(message).pings == []
            assert message.text.replace(INERT, "") == plain(rich).replace("\u200b", "")


def test_a_mention_cut_into_spans_calls_no_one() -> None:
    assert accepted(messages((Span("by @"), bold("durov")))[0]).pings == []
    for rich in ((Span("by @"), bold("durov")), (Span("by "), bold("@durov")), (bold("by @d"), Span("urov"))):
        assert messages(rich)[0].text == f"by @{INERT}durov"


def test_a_cut_calls_no_one_and_makes_no_command() -> None:
    for what in ("@durov", "/stop"):
        for before in range(4090, 4099):
            for message in messages((Span("x" * before + what),), commands=False):
                assert accepted(message).pings == []
                assert not message.text.startswith(what)


def test_the_limits_are_telegrams() -> None:
    assert (LIMIT, CAPTION, ENTITIES) == (4096, 1024, 100)
    assert [len(message.text) for message in messages((Span("x" * 4096),))] == [4096]
    assert [len(message.text) for message in messages((Span("x" * 4097),))] == [4096, 1]


def test_the_limits_are_reached_and_not_passed() -> None:
    assert (utf16("\uffff"), utf16("\U00010000")) == (1, 2)
    for count, texts in ((100, 1), (101, 2)):
        rich = tuple(span for _ in range(count) for span in (bold("a"), Span(" ")))
        assert len(messages(rich)) == texts
    for length, kind in ((160, "blockquote"), (161, "expandable_blockquote")):
        (message,) = messages((Span("x" * length, quote=True),))
        assert [entity.type for entity in message.entities] == [kind]


def test_a_span_of_nothing_does_not_cut_a_style() -> None:
    assert draw((bold("a"), Span(""), bold("b"))).entities == (Entity("bold", 0, 2),)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://a.example/" + "x" * 2030, True),
        ("https://a.example/" + "x" * 2031, False),
        ("https://a.example:0/", False),
        ("https://a.example:1/", True),
    ],
)
def test_an_address_of_sane_length_and_port_is_taken(url: str, taken: bool) -> None:
    assert web_link(url) == (url if taken else None)


def test_commands_in_a_digest_can_not_be_tapped_and_in_an_answer_can() -> None:
    assert messages((Span("/stop a/b"),), commands=False)[0].text == f"/{INERT}stop a/b"
    assert messages((Span("/stop"),))[0].text == plain(pieces((Span("/stop"),))[0]) == "/stop"
    assert messages((code("/add @name"),), commands=False)[0].text == "/add @name"


hostile = jumbled(
    [
        *"@/<>&_*[]()~`#+-=|{}.! \n\u202e\u200d👩🏽🇫é\u030a\u0301م日",
        "@durov",
        "a@b",
        "tg:",
        "//",
        "#tag",
        "$TON",
        "t.me/x",
    ]
)
long = st.sampled_from(
    ["word. " * 900, "日本。" * 700, "👨‍👩‍👧" * 600, "مرحبا بكم " * 500, "\n" * 50, "a@" * 2500, "x/" * 2048]
)
styled = st.builds(
    Span,
    st.integers(0, 5).flatmap(lambda which: hostile if which else long),
    bold=st.booleans(),
    italic=st.booleans(),
    code=st.booleans(),
    quote=st.booleans(),
    url=st.one_of(st.none(), st.sampled_from(["https://a.example/x", "tg://user?id=1"]), hostile),
)


def check_any_text(rich: Rich) -> None:
    """Every part is accepted as it is, calls no one, and together they hold the whole text."""
    shown = [unicodedata.normalize("NFC", visible(span.text)) for span in rich]
    whole = re.sub("[\u030a\u0333\u033f]", "", "".join(shown))
    parts = pieces(rich)
    assert re.sub(rf"\s|{INERT}", "", "".join(map(plain, parts))) == re.sub(rf"\s|{INERT}", "", whole)
    for part in parts:
        assert utf16(plain(part)) <= LIMIT
        assert accepted(draw(part)).pings == []


riches = st.lists(styled, min_size=1, max_size=6).map(tuple)


@settings(max_examples=60, deadline=None)
@given(riches)
@pytest.mark.slow
def test_any_text_is_accepted_and_nothing_of_it_is_lost(rich: Rich) -> None:
    check_any_text(rich)


@pytest.mark.slow
@settings(
    max_examples=examples(5_000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.generate],
)
@given(riches)
def test_thousands_of_texts_are_accepted(rich: Rich) -> None:
    check_any_text(rich)


@pytest.mark.parametrize(
    ("text", "entities", "why"),
    [
        ("", [], "text is empty"),
        (" \n", [], "text is empty"),
        ("\ud800", [], "UTF-8"),
        ("👍" * 2049, [], "too long"),
        ("abc", [{"type": "bold", "offset": 1, "length": 5}], "BOUNDS"),
        ("👍a", [{"type": "bold", "offset": 1, "length": 1}], "surrogate"),
        ("abc", [{"type": "blink", "offset": 0, "length": 1}], "unsupported type"),
        ("abc", [{"type": "text_link", "offset": 0, "length": 1, "url": "x y"}], "invalid URL"),
        ("abc", [{"type": "text_mention", "offset": 0, "length": 1}], "user expected"),
        ("abc", [{"type": "bold", "offset": 0, "length": 0}], "wrong offset"),
        ("a bc", [{"type": "bold", "offset": 1, "length": 1}], "nothing but spaces"),
        ("abc", [{"type": "bold", "offset": 0, "length": 2}, {"type": "italic", "offset": 1, "length": 2}], "overlap"),
        ("abc", [{"type": "code", "offset": 0, "length": 2}, {"type": "bold", "offset": 0, "length": 2}], "overlap"),
        ("a" * 101, [{"type": "bold", "offset": n, "length": 1} for n in range(101)], "too many"),
    ],
)  # fmt: skip
def test_the_strict_rules_refuse(text: str, entities: list[dict[str, object]], why: str) -> None:
    with pytest.raises(Refusal, match=why):
        accept(text, entities)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("<b>a", "Can't find end tag"),
        ("a</b>", "Unexpected end tag"),
        ("<b><i>a</b></i>", "Unmatched end tag"),
        ("a < b", "Unsupported start tag"),
        ("<script>a</script>", "Unsupported start tag"),
        ("<span>a</span>", "tg-spoiler"),
    ],
)
def test_markup_that_does_not_parse_is_refused(source: str, why: str) -> None:
    with pytest.raises(Refusal, match=f"can't parse entities: .*{why}"):
        accept(source, parse_mode="HTML")


def test_markup_that_parses_gives_text_and_entities() -> None:
    assert parse_html('<b>a &amp; b</b> &copy; <a href="https://a.example/?x&amp;y">li<i>nk</i></a>') == (
        "a & b &copy; link",
        [
            {"type": "bold", "offset": 0, "length": 5},
            {"type": "text_link", "url": "https://a.example/?x&y", "offset": 13, "length": 4},
            {"type": "italic", "offset": 15, "length": 2},
        ],
    )


def test_thousands_of_names_in_one_answer_cost_what_their_length_costs() -> None:
    rich = tuple(Span(f"{number}. @user{number}@mastodon.example\n") for number in range(10_000))
    start = time.process_time()
    assert len(messages(rich, commands=False)) > 50
    assert time.process_time() - start < 3  # twelve where each name was held against all
