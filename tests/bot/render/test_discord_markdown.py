"""Discord's markdown: outside text shows as it is written, and what is ours is read as it is meant."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.render.discord_markdown import BREAK, escape, markdown, web_address
from bot.render.rich import Rich, Span, bold, code, link
from tests.fakes.discord_limits import pings


@pytest.mark.parametrize(
    ("outside", "sent"),
    [
        ("**x** _y_ ~~z~~ ||s||", r"\*\*x\*\* \_y\_ \~\~z\~\~ \|\|s\|\|"),
        ("[a](https://evil.example)", r"\[a\](https\://evil.example)"),
        ("<@1> <#2> <:e:3> <t:4:R>", r"\<@1\> \<\#2\> \<\:e:3\> \<t\:4:R\>"),
        ("@everyone", f"@{BREAK}everyone"),
        ("# a\n-# b\n- c\n+ d\n12. e\n> f", "\\# a\n\\-\\# b\n\\- c\n\\+ d\n12\\. e\n\\> f"),
        ("a-b 1.5 c+d", "a-b 1.5 c+d"),
        ("`c`", r"\`c\`"),
        ("discord.gg/abc", r"discord.gg\/abc"),
        ("discord.gift/a discord.new/a", r"discord.gift\/a discord.new\/a"),
        ("DiscordApp.com/invite/a", r"DiscordApp.com\/invite/a"),
        (":joy: 12:30 :+1: a:b", r"\:joy: 12:30 \:+1: a:b"),
        ("mailto:a@b.example", r"mailto\:a@b.example"),
        ("\\", "\\\\"),
    ],
)
def test_outside_text_shows_as_it_is_written(outside: str, sent: str) -> None:
    assert escape(outside) == sent


@pytest.mark.parametrize(
    ("rich", "sent"),
    [
        ((bold("a"), bold("b")), "**ab**"),
        ((Span("x"), bold("a"), bold("b")), "x**ab**"),
        ((Span("q", quote=True),), "> q\n"),
        ((Span("x\n"), Span("q", quote=True)), "x\n> q\n"),
        ((bold(" a "), Span("b")), " **a** b"),
        ((bold("a"), Span("b", italic=True)), f"**a**{BREAK}*b*"),
        ((Span("a*"), bold("b")), rf"a\*{BREAK}**b**"),
        ((code("a_b"),), "`a_b`"),
        ((code("a`b"),), "`` a`b ``"),
        ((code("a``b"),), r"a\`\`b"),
        ((code("@everyone <@1>"),), f"`@{BREAK}everyone <{BREAK}@1>`"),
        ((Span("x"), Span("q\nr", quote=True), Span("y")), "x\n> q\n> r\ny"),
        ((link("news.example", "https://news.example/a"),), "[news.example](<https://news.example/a>)"),
        ((link("Bank", "https://evil.example/a)b"),), r"[Bank](<https://evil.example/a%29b>) (evil.example)"),
        ((link("ample.co", "https://Ample.co/"),), "[ample.co](<https://ample.co/>)"),
        ((link("by Ample.co.", "https://ample.co/"),), "[by Ample.co.](<https://ample.co/>)"),
        ((link("example.com", "https://ample.co/"),), "[example.com](<https://ample.co/>) (ample.co)"),
        ((link("ample.co.uk", "https://ample.co/"),), "[ample.co.uk](<https://ample.co/>) (ample.co)"),
        ((link("ample.co-op", "https://ample.co/"),), "[ample.co-op](<https://ample.co/>) (ample.co)"),
        ((link("x", "javascript:alert(1)"),), "x"),
        ((bold("a"), Span(""), bold("b")), "**ab**"),
        ((code("a"), code("b")), f"`a`{BREAK}`b`"),
        ((code("a\n"), Span("b")), "`a`\nb"),
        ((code("a\nb"),), "a\nb"),
        ((link("x", "https://a.example/" + "y" * 1000),), "x"),
    ],
)
def test_styles_and_links_are_written_so_that_discord_reads_them(rich: Rich, sent: str) -> None:
    assert markdown(rich) == sent


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (None, None),
        ("ftp://a.example", None),
        ("https://user:pw@a.example/", None),
        ("https://a.example:port/", None),
        ("https://пример.example/я", "https://xn--e1afmkfd.example/%D1%8F"),
        ("HTTPS://A.Example/B", "https://a.example/B"),
        ("https://[2001:db8::1]:8/x", "https://[2001:db8::1]:8/x"),
        ("https://a.example//b", "https://a.example//b"),
        ("https://a.example/@everyone/@a", "https://a.example/%40everyone/@a"),
        ("https://a.example/" + "x" * 982, "https://a.example/" + "x" * 982),
        ("https://a.example/" + "x" * 983, None),
        ("https://discord.gg/abc", None),
        ("https://www.discord.com/invite/abc", None),
        ("https://discord.com/blog/a", "https://discord.com/blog/a"),
        ("https://discord.gg.example/a", "https://discord.gg.example/a"),
        ("https://a.example?q=<x>", "https://a.example?q=%3Cx%3E"),
        ("https://a.example/\udc80", None),
        ("https://" + "é" * 70 + ".example", None),
    ],
)
def test_an_address_is_made_safe_or_is_no_link(url: str | None, address: str | None) -> None:
    assert web_address(url) == address


PLAIN = (Span, lambda words: link(words, "javascript:1"), lambda words: code(f"{words}``"))


@pytest.mark.parametrize("first", PLAIN[:2])
@pytest.mark.parametrize("second", PLAIN)
@pytest.mark.parametrize(("mark", "rest"), [("@", "everyone"), ("@", "here"), ("https:", "//evil.example")])
def test_what_begins_in_one_span_and_ends_in_the_next_is_inert(
    first: Callable[[str], Span], second: Callable[[str], Span], mark: str, rest: str
) -> None:
    sent = markdown((first(mark), second(rest)))
    assert pings(sent, None) == []
    assert mark + rest not in sent


def test_no_address_pings_anyone() -> None:
    assert pings(markdown((link("x", "https://a.example/@here?@everyone#@everyone"),)), None) == []
