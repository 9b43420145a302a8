"""Long texts: where they are cut, and that nothing gets lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render.rich import Rich, Span, bold, code, link, plain
from bot.render.split import split


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def texts(parts: list[Rich]) -> list[str]:
    return [plain(part) for part in parts]


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("One two.\n\nThree four. Five six.", 24, ["One two.\n\n", "Three four. Five six."]),
        ("One two.\nThree four. Five six.", 24, ["One two.\n", "Three four. Five six."]),
        ("One two. Three four. Five six.", 24, ["One two. Three four. ", "Five six."]),
        ("one two three four five six", 16, ["one two three ", "four five six"]),
        ("A\n\nlong enough paragraph here", 20, ["A\n\nlong enough ", "paragraph here"]),  # no lonely heading
        ("日本。東京です。大阪です。", 8, ["日本。東京です。", "大阪です。"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("", 5, []),
        ("short", 5, ["short"]),
    ],
)
def test_the_best_place_wins(text: str, limit: int, parts: list[str]) -> None:
    assert texts(split((Span(text),), limit, len)) == parts


def test_a_link_and_a_quotation_stay_whole() -> None:
    rich = (Span("Read about it "), link("in the long report of the day", "https://a.example"), Span(" now"))
    assert texts(split(rich, 32, len)) == ["Read about it ", "in the long report of the day ", "now"]
    quoted = (Span("He said "), Span("we will not. Never. ", quote=True), Span("And left."))
    assert texts(split(quoted, 22, len)) == ["He said ", "we will not. Never. ", "And left."]


def test_what_comes_after_a_link_is_cut_as_ever_and_code_stays_whole() -> None:
    rich = (Span("one two "), link("three four", "https://a.example"), Span(" five six seven"))
    assert texts(split(rich, 24, len)) == ["one two three four five ", "six seven"]
    assert texts(split((Span("Say it: "), code("add a source"), Span(" now")), 15, len)) == [
        "Say it: ",
        "add a source ",
        "now",
    ]


def test_a_link_longer_than_a_message_is_one_link_in_each() -> None:
    parts = split((link("word " * 10, "https://a.example"),), 12, len)
    assert all(span.url == "https://a.example" for part in parts for span in part)
    assert texts(parts)[0] == "word word "


def test_a_link_inside_a_long_quotation_stays_whole() -> None:
    rich = (Span("x" * 15 + " ", quote=True), Span("a link here", quote=True, url="https://a.example"))
    assert texts(split(rich, 20, len)) == ["x" * 15 + " ", "a link here"]


def test_right_to_left_words_in_a_sentence_stay_together() -> None:
    assert texts(split((Span("The paper الخبر اليوم مهم جدا said"),), 26, len)) == [
        "The paper ",
        "الخبر اليوم مهم جدا said",
    ]


def test_right_to_left_text_is_cut_between_sentences() -> None:
    assert texts(split((Span("هذا خبر أول. هذا خبر ثان."),), 20, len)) == ["هذا خبر أول. ", "هذا خبر ثان."]


def test_a_grapheme_is_cut_only_when_it_alone_is_too_long() -> None:
    family = "👨‍👩‍👧"
    assert texts(split((Span(family * 3),), utf16(family) + 2, utf16)) == [family] * 3
    assert "".join(texts(split((Span("e" + "\u0301" * 20),), 8, len))) == "e" + "\u0301" * 20


def test_a_heading_does_not_stand_alone() -> None:
    # A part is more than a quarter of what fits: of 20 characters 5 are too few, 6 are enough.
    assert texts(split((Span("abcd\nefg hij klm nop qrs"),), 20, len))[0] == "abcd\nefg hij klm "
    assert texts(split((Span("abcde\nefg hij klm nop qrs"),), 20, len))[0] == "abcde\n"


def test_a_cut_makes_no_name_and_no_command() -> None:
    assert texts(split((Span("abc@def"),), 3, len)) == ["ab", "c@d", "ef"]
    assert texts(split((Span("ab//cd"),), 3, len)) == ["a", "b//", "cd"]
    assert texts(split((Span("éé@def"),), 2, len)) == ["éé", "@d", "ef"]


def test_a_limit_too_small_for_a_character_still_comes_to_an_end() -> None:
    assert texts(split((Span("ab"),), 1, lambda one: 2 * len(one))) == ["a", "b"]


def test_long_runs_of_marks_take_no_time() -> None:
    for char in (".", " ", "\n", "א.", '."', "א "):
        assert split((Span(char * 20_000),), 4096, len)


pieces = st.sampled_from(
    [
        "word ",
        "a.b. ",
        "! ",
        "\n",
        "\n\n",
        "مرحبا ",
        "שלום",
        "日本。",
        "👨‍👩‍👧",
        "e\u0301\u0302",
        "🇫🇷",
        "\ud800",
        "x" * 9,
    ]
)
styles = st.sampled_from(
    [{}, {"bold": True}, {"italic": True}, {"quote": True}, {"url": "https://a.example"}, {"code": True}]
)
riches = st.lists(
    st.builds(lambda text, style: Span(text, **style), st.lists(pieces, max_size=6).map("".join), styles)
).map(tuple)


def utf16_lenient(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@settings(deadline=None)
@given(riches, st.integers(8, 60), st.sampled_from([len, utf16_lenient]))
@pytest.mark.slow
def test_the_parts_fit_and_give_the_text_and_styles_back(
    rich: Rich, limit: int, count: Callable[[str], int]
) -> None:
    parts = split(rich, limit, count)
    assert all(0 < count(plain(part)) <= limit for part in parts)
    assert [(c, s.bold, s.url, s.quote) for part in parts for s in part for c in s.text] == [
        (c, s.bold, s.url, s.quote) for s in rich for c in s.text
    ]
    graphemes = {match.end() for match in regex.finditer(r"\X", plain(rich))}
    at = 0
    for part in parts:
        at += len(plain(part))
        assert at in graphemes


latin = st.lists(st.sampled_from(["word ", "a.b. ", "\n\n", "x" * 9]), min_size=1, max_size=4).map("".join)


@settings(deadline=None)
@given(st.lists(st.tuples(latin, latin), min_size=1, max_size=6), st.integers(40, 60))
@pytest.mark.slow
def test_a_link_that_fits_is_never_cut(pairs: list[tuple[str, str]], limit: int) -> None:
    rich = tuple(
        span
        for number, (before, linked) in enumerate(pairs)
        for span in (Span(before), link(linked, f"https://{number}.example"))
    )
    for number in range(len(pairs)):
        url = f"https://{number}.example"
        assert sum(any(span.url == url for span in part) for part in split(rich, limit, len)) == 1


def test_bold_words_keep_their_style_over_a_cut() -> None:
    parts = split((bold("one two three four"),), 10, len)
    assert [span.bold for part in parts for span in part] == [True] * len(parts)
