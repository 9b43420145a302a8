"""A feed's own name is a claim: where it is another's, the host is shown."""

from __future__ import annotations

import pytest

from digests.edit.outlets import goes_by, outlets, place
from digests.model import Source

OWN = Source(id=1, url="https://www.bbc.example/news.xml", name="BBC News", origin="config")
FIRST = Source(id=2, url="https://gazette.example/rss", name="The Gazette")


@pytest.mark.parametrize(
    ("name", "url", "shown"),
    [
        ("BBC News", "https://evil.example/rss", "evil.example"),
        ("b\u00adbc  NEWS", "https://evil.example/rss", "evil.example"),
        ("BBC News Extra", "https://evil.example/rss", "evil.example"),
        ("BBC News", "https://feeds.bbc.example/world.xml", "BBC News"),
        ("The Gazette", "https://www.evil.example/rss", "evil.example"),
        ("Some Gazette", "https://evil.example/rss", "Some Gazette"),
        ("BBС Nеws", "https://evil.example/rss", "evil.example"),  # two letters of it are Cyrillic
        ("", "https://evil.example/rss", "evil.example"),
        ("!?", "https://evil.example/rss", "evil.example"),
        ("Новости Би-би-си", "https://evil.example/rss", "Новости Би-би-си"),
    ],
)
def test_a_name_of_another_site_is_shown_as_the_host(name: str, url: str, shown: str) -> None:
    added = Source(id=3, url=url, name=name)
    assert {id_: one.name for id_, one in outlets([OWN], [FIRST, added]).items()} == {
        1: "BBC News",
        2: "The Gazette",
        3: shown,
    }


def test_what_the_operator_calls_its_sources_stands() -> None:
    twin = Source(id=4, url="https://mirror.example/rss", name="BBC News", origin="admin")
    unnamed = Source(id=5, url="https://bare.example/rss", origin="config")
    found = outlets([OWN, twin, unnamed], [twin, OWN])
    assert {one.name for one in found.values()} == {"BBC News", ""}


def test_on_a_host_of_many_the_place_there_is_told() -> None:
    telegram = Source(id=6, url="https://t.me/s/evil", name="BBC News", kind="telegram")
    own = Source(id=1, url="https://t.me/s/bbcnews", name="BBC News", kind="telegram", origin="config")
    assert place(telegram) == "t.me/evil"
    assert place(Source(url="https://t.me/", kind="telegram")) == "t.me"
    assert place(Source(url="nothing", kind="feed")) == "nothing"
    assert outlets([own], [telegram])[6].name == "t.me/evil"


@pytest.mark.parametrize(
    ("name", "host", "says"),
    [
        ("The Herald", "herald.example", True),
        ("The Guardian", "theguardian.com", True),
        ("Deutsche Welle", "dw.com", True),
        ("BBC World", "bbc.co.uk", True),
        ("NHK", "www3.nhk.or.jp", True),
        ("Harbour Herald", "harbour-herald.example", True),
        ("Hacker News", "github.com", False),
        ("BBC", "bbc.evil.example", False),  # whoever has evil.example chose the first label
        ("BBC", "bbc.co.example", False),
        ("الإذاعة", "الإذاعة.example", True),
        ("ラジオ・ラッド", "ラジオ・ラッド.example", True),
        ("Café News", "cafe.example", True),
        ("BBC", "bbç.example", False),
        ("Com", "dw.com", False),
        ("", "", False),
        ("Intranet", "intranet", False),
    ],
)
def test_a_name_may_say_its_host(name: str, host: str, says: bool) -> None:
    assert goes_by(name, host) is says
