"""Addresses compared and made absolute."""

from __future__ import annotations

import pytest

from digests.text.links import absolute, canonical, host

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
