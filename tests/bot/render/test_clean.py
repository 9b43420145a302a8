"""Outside text: what is dropped, what has to stay, and the host a link really leads to."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render.clean import MARKS, clean, host_of

ENGLAND = "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbeng") + "\U000e007f"


@pytest.mark.parametrize(
    ("dirty", "shown"),
    [
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("\u2066a\u2069\u200e\u200f\u061c b", "a b"),
        ("pay\u200bpal \u2060\ufeffnow\u00ad", "paypal now"),
        ("a\u200db\u200cc", "abc"),
        ("hi" + "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all"), "hi"),
        (ENGLAND[:-1], "\U0001f3f4"),  # a flag that is not finished
        ("a\ufe00b\U000e0101c", "abc"),  # selectors that select nothing
        ("z" + "\u0301" * 60, "z" + "\u0301" * MARKS),
        ("a\x00b\x1b[31mc\x9bd", "ab[31mcd"),
        ("one\n two\u2028three\u00a0\u3000four\u3164five", "one two three four five"),
        ("\ud83dlone", "lone"),
        ("\ue000private", "private"),
        (" \t ", ""),
    ],
)
def test_what_no_one_should_see_is_dropped(dirty: str, shown: str) -> None:
    assert clean(dirty) == shown


@pytest.mark.parametrize(
    "text",
    [
        "👨‍👩‍👧 a family",
        "👩🏽‍🚀",
        "🏳️‍🌈",
        "🏴‍☠️",
        ENGLAND,
        "❤️ 1️⃣ ☎︎",
        "می‌خواهم",
        "ක්‍ෂ",
        "क्‍ष",
        "葛\U000e0100",
        "שָׁלוֹם Việt Nam",
        "🇺🇦 🇫🇷",
    ],
)
def test_what_a_script_or_an_emoji_needs_stays(text: str) -> None:
    assert clean(text) == text


def test_a_long_text_is_cut_between_graphemes() -> None:
    assert clean("👨‍👩‍👧" * 10, 12) == "👨‍👩‍👧" * 2 + "…"
    assert len(clean("\u200b" * 100_000 + "x" * 100, 50)) <= 50
    assert clean("x" * 10, 10) == "x" * 10
    assert clean("x" * 11, 10) == "x" * 9 + "…"
    assert clean("👨‍👩‍👧👨‍👩‍👧", 3) == "…"


def test_a_text_has_4000_characters_unless_said_otherwise_and_eight_times_that_are_looked_at() -> None:
    assert clean("x" * 4000) == "x" * 4000
    assert clean("x" * 4001) == "x" * 3999 + "…"
    assert clean("\u200b" * (8 * 50 - 1) + "xy", 50) == "x"


def test_four_marks_stay_on_a_letter() -> None:
    assert clean("a" + "\u0301" * 4) == clean("a" + "\u0301" * 9) == "a" + "\u0301" * 4


def test_lines_stay_where_they_are_wanted() -> None:
    assert clean("a \r\n\n\n\n b\u2029c", lines=True) == "a\n\nb\nc"


hostile = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\u200d\u200c\u202e\u2066\ufe0f\u0301\U000e0067\U000e007f🏴👩🏽❤ \n0#م葛a"),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(hostile, st.booleans())
def test_cleaning_twice_is_cleaning_once(text: str, lines: bool) -> None:
    once = clean(text, lines=lines)
    assert clean(once, lines=lines) == once
    assert not regex.search(r"[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\p{Cs}\x00-\x09\x7f-\x9f]", once)


LONGEST = ".".join(("a" * 63,) * 3) + "." + "b" * 61  # 253 characters, the most a host may have


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.example.com/a?b", "example.com"),
        ("https://good.example@evil.example/", "evil.example"),
        ("https://evil.example\\@good.example", "evil.example"),
        ("https://EXAMPLE.com.:8443", "example.com"),
        ("https://аpple.com", "xn--pple-43d.com"),  # a Cyrillic first letter
        ("https://xn--80ak6aa92e.com", "xn--80ak6aa92e.com"),  # all Cyrillic, looks Latin
        ("https://пример.рф/", "пример.рф"),
        ("https://例え.jp", "例え.jp"),
        ("https://a漢ひカ.jp", "a漢ひカ.jp"),  # written together
        (f"https://{LONGEST}/", LONGEST),
        (f"https://a{LONGEST}/", rf"a{LONGEST[:-2]}\u2026"),
        ("https://ɢoogle.com", "xn--oogle-wmc.com"),
        ("https://example.comノlogin.evil.example", "example.xn--comlogin-634g.evil.example"),
        ("https://ノート.jp", "ノート.jp"),
        ("https://münchen.de", "münchen.de"),
        ("https://xn--.example", "xn--.example"),
        ("https://xn--mnchen-3ya.de", "münchen.de"),
        ("https://a_b.example", "a_b.example"),
        ("https://a\u2603\U0001f4a9.example", r"a\u2603\U0001f4a9.example"),
        ("http://[::1]/", "[::1]"),
        ("http://[bad", ""),
        ("mailto:a@b.example", ""),
    ],
)
def test_the_host_shown_is_where_the_link_leads(url: str, host: str) -> None:
    assert host_of(url) == host
