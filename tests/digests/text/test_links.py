"""Addresses compared and made absolute."""

from __future__ import annotations

import pytest

from digests.text.links import absolute, canonical, host, public, shown

SAME = [
    ("https://www.site.example/a/b", "http://site.example/a/b/"),
    ("https://site.example/a?utm_source=x&id=1", "https://site.example/a?id=1&fbclid=2"),
    ("https://site.example/a?b=1&a=2", "https://site.example/a?a=2&b=1"),
    ("https://site.example/a#part", "https://site.example/a"),
    ("https://m.site.example/a", "https://site.example/a"),
    ("https://mobile.site.example/a", "https://amp.site.example/a"),
    ("https://site.example/a/amp", "https://site.example/a/"),
    ("https://site.example/amp/a", "https://site.example/a"),
    ("https://site.example/a.amp.html", "https://site.example/a.html"),
    ("https://site.example/a?amp=1", "https://site.example/a"),
    ("https://site.example/a/index.html", "https://site.example/a"),
    ("https://site.example:443/a", "http://site.example:80/a"),
    ("https://SITE.example./a", "https://site.example/a"),
    ("https://www.google.com/amp/s/site.example/a", "https://site.example/a"),
    ("https://site-example.cdn.ampproject.org/c/s/site.example/a", "https://site.example/a"),
    ("https://site.example/a?source=rss", "https://site.example/a"),
    ("https://site.example/%7Ejoe", "https://site.example/~joe"),
]
DIFFERENT = [
    ("https://site.example/a", "https://site.example/b"),
    ("https://site.example/a?id=1", "https://site.example/a?id=2"),
    ("https://site.example/a?source=42", "https://site.example/a?source=43"),
    ("https://site.example/A", "https://site.example/a"),
    ("https://site.example:8080/a", "https://site.example/a"),
    ("https://site.example/#!/a", "https://site.example/#!/b"),
    ("https://de.site.example/a", "https://fr.site.example/a"),
    ("https://site.example/lamp", "https://site.example/l"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_addresses_of_one_document(one: str, other: str) -> None:
    assert canonical(one) == canonical(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_addresses_of_two_documents(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "url", ["", "x", "mailto:a@b.example", "http://", "http://[x", "http://a.example:x/"]
)
def test_what_is_no_web_address_has_no_name(url: str) -> None:
    assert canonical(url) == ""


def test_a_cache_address_without_the_inner_one_keeps_its_path() -> None:
    assert canonical("https://x.cdn.ampproject.org/v0.js") == "x.cdn.ampproject.org/v0.js"


def test_host_and_absolute() -> None:
    assert host("https://WWW.Site.example:80/a") == "site.example"
    assert host("http://[x") == host("nothing") == ""
    assert absolute("https://a.example/b/", "c") == "https://a.example/b/c"
    assert absolute("https://a.example/", "javascript:x") == absolute("https://a.example/", "http://[") == ""


@pytest.mark.parametrize(
    ("url", "seen", "linked"),
    [
        ("https://a.example/feed", "https://a.example/feed", None),
        ("https://a.example/feed?format=rss&lang=de", "https://a.example/feed?format=rss&lang=de", None),
        ("https://a.example/videos.xml?channel_id=UCx1234567890abcdefABCDE",
         "https://a.example/videos.xml?channel_id=UCx1234567890abcdefABCDE", None),
        ("https://a.example/feed?token=S3CRET", "https://a.example/feed?token=…", "https://a.example/"),
        ("https://a.example/feed?auth_key=x&page=2", "https://a.example/feed?auth_key=…&page=2", "https://a.example/"),
        ("https://ann:pw@a.example/feed", "https://a.example/feed", "https://a.example/"),
        ("https://a.example/feed?x=9f8e7d6c5b4a39281706f5e4", "https://a.example/feed?x=…", "https://a.example/"),
        ("https://a.example/feed?9f8e7d6c5b4a39281706f5e4", "https://a.example/feed?…", "https://a.example/"),
        ("https://a.example/feed?flag&key=", "https://a.example/feed?flag&key=", None),
        ("https://a.example/p/9f8e7d6c5b4a39281706f5e4/rss", "https://a.example/p/…/rss", "https://a.example/"),
        ("https://a.example/feed#token=x", "https://a.example/feed", "https://a.example/"),
        ("https://a.example/2026/11/29/the-council-votes", "https://a.example/2026/11/29/the-council-votes", None),
        ("https://[nonsense", "…", ""),
        ("https://a.example/season-2024-of-the-pod/rss", "https://a.example/season-2024-of-the-pod/rss", None),
    ],
)  # fmt: skip
def test_of_an_address_others_see_nothing_secret(url: str, seen: str, linked: str | None) -> None:
    assert shown(url) == seen
    assert public(url) == (url if linked is None else linked)
