"""What no text from outside keeps, whichever way it comes in."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bot.commands.moving import read_export
from bot.config import load
from digests.model import Entry, Failure, Feed, Page
from digests.read.extract import read_article, read_text
from digests.text.door import admitted, door
from digests.watch.feeds import parse_feed
from digests.watch.opml import read_feed_list, read_opml, write_opml
from digests.watch.pages import parse_list
from digests.watch.telegram import parse_preview

BAD = "\x00\x01\x07\x08\x1b\x7f\x9b\x9d\u061c\u200e\u202a\u202e\u2066\u2069\ud800\udfff\uffff\ufffe"
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def is_clean(text: str) -> bool:
    return not BIDI.search(text) and not any(
        unicodedata.category(one) in ("Cc", "Cs") and one not in "\t\n\r" for one in text
    )


@given(st.text(st.characters(codec=None, categories=None)))
def test_nothing_unwanted_is_left_and_twice_is_once(text: str) -> None:
    once = admitted(text)
    assert is_clean(once)
    assert admitted(once) == once
    once.encode("utf-8")
    etree.Element("x").text = once  # XML takes it


@given(st.text(st.characters(categories=("L", "M", "N", "P", "S", "Zs"))))
def test_words_of_every_script_stay_as_they_are(text: str) -> None:
    assert admitted(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\tb\r\nc", "a\tb\r\nc"),
        (
            "na\u00efve \U0001f468\u200d\U0001f469\u200d\U0001f467",
            "na\u00efve \U0001f468\u200d\U0001f469\u200d\U0001f467",
        ),
        ("\x93quoted\x94 \x96 it\x92s", "“quoted” – it’s"),  # written in Windows' code page
        ("\x1b]0;title\x07\x9b31mred", "]0;title›31mred"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("one\u2028two\x0bthree", "one\ntwo three"),
        ("half \ud83d", "half "),
    ],
)
def test_what_stays(text: str, kept: str) -> None:
    assert admitted(text) == kept


def test_a_value_goes_through_whole_and_stays_itself_where_nothing_is_to_do() -> None:
    feed = Feed(title="Plain", entries=(Entry(title="t", authors=("a",)),))
    assert door(feed) is feed
    dirty = Feed(title="x\x01", entries=(Entry(title="t\x1b", tags=("a\u202e",)),))
    assert door(dirty) == Feed(title="x", entries=(Entry(title="t", tags=("a",)),))
    assert door({"a": ["\x01b", 5, None, True]}) == {"a": ["b", 5, None, True]}


def escaped(text: str) -> str:
    return "".join(f"&#{ord(one)};" for one in text)


def rss(title: str) -> bytes:
    return f"<rss><channel><title>{title}</title><item><title>{title}</title><guid>{title}</guid><author>{title}</author><link>https://a.example/{title}</link><description>{title}</description><category>{title}</category></item></channel></rss>".encode(
        "utf-8", "surrogatepass"
    )


@pytest.mark.parametrize("way", [lambda text: text, escaped, lambda text: f"<![CDATA[{text}]]>"])
def test_feeds(way: object) -> None:
    found = parse_feed(rss(f"Ship{way(BAD)}wreck"))  # type: ignore[operator]
    assert isinstance(found, Feed)
    assert found.title.startswith("Ship")
    assert is_clean(
        found.title + "".join(e.title + e.html + e.guid + e.url + "".join(e.tags) for e in found.entries)
    )


def test_json_feeds() -> None:
    item = {
        "id": f"1{BAD}",
        "url": f"https://a.example/{BAD}",
        "title": f"t{BAD}",
        "content_html": BAD,
        "tags": [BAD + "x"],
    }
    body = json.dumps({"version": "https://jsonfeed.org/version/1", "title": f"Herald{BAD}", "items": [item]})
    found = parse_feed(body.encode())
    assert isinstance(found, Feed)
    (entry,) = found.entries
    assert is_clean(found.title + entry.guid + entry.url + entry.title + entry.html + "".join(entry.tags))


def test_lists_of_feeds_and_what_is_written_of_them() -> None:
    name = f"Herald {escaped(BAD)}"
    opml = f'<opml><body><outline text="{name}" title="{name}" xmlUrl="https://a.example/f"/></body></opml>'
    listed = read_opml(opml.encode())
    assert not isinstance(listed, Failure)
    assert is_clean(listed[0].name)
    other = read_feed_list(json.dumps([{"title": f"Herald{BAD}", "url": "https://a.example/f"}]).encode())
    assert not isinstance(other, Failure)
    assert is_clean(other[0].name)
    from datetime import UTC, datetime

    etree.fromstring(write_opml([*listed, *other], "mine", datetime(2026, 1, 1, tzinfo=UTC)))
    own = read_export(
        json.dumps(
            {
                "format": "newsdesk chat",
                "version": 1,
                "subscriptions": [{"url": "https://a.example/", "name": BAD}],
            }
        ).encode()
    )
    assert own is None or is_clean(repr(own))


def page(body: str) -> Page:
    return Page(
        status=200,
        url="https://a.example/list",
        body=body.encode("utf-8", "surrogatepass"),
        content_type="text/html",
    )


def test_pages_posts_and_articles() -> None:
    links = "".join(
        f'<li><a href="/2026/01/0{n}/a-long-story-{n}">Story {n} {escaped(BAD)} about the harbour</a></li>'
        for n in range(1, 6)
    )
    listed = parse_list(page(f"<html><title>News{escaped(BAD)}</title><ul>{links}</ul></html>"), "")
    assert isinstance(listed, Feed)
    assert is_clean(listed.title + "".join(entry.title for entry in listed.entries))
    post = '<div class="tgme_widget_message " data-post="news/1"><div class="tgme_widget_message_text">One<br>\x01two&#1;{}</div></div>'  # noqa: E501
    posts = parse_preview(page(post.format(escaped(BAD))))
    assert isinstance(posts, Feed)
    assert is_clean(posts.entries[0].title + posts.entries[0].html)
    words = f"The harbour was closed{escaped(BAD)} after the storm, the mayor said. " * 20
    article = read_article(
        Entry(url="https://a.example/1", title=f"Closed{BAD}"),
        page(f"<article><h1>Closed</h1><p>{words}</p></article>"),
    )
    assert not isinstance(article, Failure)
    assert is_clean(article.title + "".join(article.paragraphs) + "".join(article.sentences))
    assert is_clean("".join(read_text(f"Head{BAD}\n\nThe harbour was closed{BAD} today.").paragraphs))


def test_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[[sources]]\nurl = "https://a.example/f"\nname = "Her\\u001b[31mald\\u202E"\n', encoding="utf-8"
    )
    assert load(file).sources[0].name == "Her[31mald"


@pytest.mark.parametrize("claim", ["idna", "punycode", "undefined", "unicode_escape", "utf-7"])
def test_a_page_in_no_pages_encoding_is_read(claim: str) -> None:
    words = "The harbour was closed after the storm, the mayor said. " * 20
    article = read_article(
        Entry(url="https://a.example/1", title="Closed"),
        Page(
            status=200,
            url="https://a.example/1",
            body=f"<article><p>{words}é</p></article>".encode(),
            content_type="text/html",
            charset=claim,
        ),
    )
    assert not isinstance(article, Failure)
    assert "harbour" in article.sentences[0]


def test_references_that_others_put_together_are_none() -> None:
    for reference in ("&#x&#0;D800;", "&#&#0;0;", "&#&#0;xD8&#0;00;", "&&#0;#1;"):
        found = parse_feed(rss(f"Ship {reference}").replace(b"<rss>", b"<!DOCTYPE rss><rss>"))
        assert isinstance(found, Feed)
        assert found.title.startswith("Ship")
