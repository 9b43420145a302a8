"""Strategies for digests out of hostile words, which every platform has to take."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from digests.model import Brief, BriefSentence, Digest, DigestItem, Link
from tests.bot.render.jumbled import jumbled

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)

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


def numbered(one: Digest) -> Digest:
    """A digest tells a story once."""
    count = itertools.count(1)
    told, listed = (
        tuple(replace(item, story_id=next(count)) for item in some) for some in (one.items, one.headlines)
    )
    return replace(one, items=told, headlines=listed)


digests = st.builds(
    Digest, chat_id=st.just(1), created=st.just(NOW), items=st.lists(items, max_size=6).map(tuple),
    headlines=st.lists(items, max_size=6).map(tuple), title=words,
).map(numbered)  # fmt: skip
