"""Discord's markdown: outside text shows as it is written, and what is ours is read as it is meant."""

from __future__ import annotations

import pytest

from bot.render.discord_markdown import BREAK, escape, markdown, web_address
from bot.render.rich import Rich, Span, bold, code, link


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
        ((link("x", "javascript:alert(1)"),), "x"),
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
        ("https://a.example?q=<x>", "https://a.example?q=%3Cx%3E"),
        ("https://a.example/\udc80", None),
        ("https://" + "é" * 70 + ".example", None),
    ],
)
def test_an_address_is_made_safe_or_is_no_link(url: str | None, address: str | None) -> None:
    assert web_address(url) == address
