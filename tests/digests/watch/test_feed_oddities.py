"""Feeds with the odd turns that real ones take."""

from __future__ import annotations

import base64

import pytest

from digests.model import Entry, Failure, Feed
from digests.text.encoding import decode
from digests.watch.feeds import parse_feed

URL = "https://site.example/feed"
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'


def first(document: str) -> Entry:
    feed = parse_feed(document.encode(), "", None, URL)
    assert isinstance(feed, Feed)
    return feed.entries[0]


def rss(item: str, space: str = "") -> str:
    return f"<rss {space}><channel><item>{item}</item></channel></rss>"


def test_an_image_enclosure_is_the_picture() -> None:
    assert first(rss('<enclosure url="/a.jpg" type="image/jpeg"/>')).image == "https://site.example/a.jpg"


def test_atom_enclosures_are_the_address_where_there_is_no_other() -> None:
    entry = first(f'<feed {ATOM}><entry><link rel="enclosure" href="/a.mp3"/></entry></feed>')
    assert entry.url == "https://site.example/a.mp3"


@pytest.mark.parametrize(
    ("inner", "image", "title"),
    [
        ('<media:content url="/v.mp4" medium="video"><media:thumbnail url="/t.jpg"/></media:content>', "t.jpg", ""),
        ('<media:content url="/p.png"><media:title>T</media:title><media:x/></media:content>', "p.png", "T"),
        ('<media:group><media:content url="/a"><media:credit/></media:content></media:group>', None, ""),
        ('<title>Own</title><media:group><media:title>T</media:title></media:group>', None, "Own"),
    ],
)  # fmt: skip
def test_media_in_its_nestings(inner: str, image: str | None, title: str) -> None:
    entry = first(rss(inner, MEDIA))
    assert (entry.image, entry.title) == (f"https://site.example/{image}" if image else None, title)


def test_of_many_authors_and_tags_some_are_enough() -> None:
    entry = first(
        rss("".join(f"<author>A{n}</author><category>t{n}</category>" for n in range(100)) + "<author/>")
    )
    assert (len(entry.authors), len(entry.tags)) == (20, 50)
    assert first(rss("<author/><category/>")).authors == ()


def test_packed_content_is_unpacked_and_what_only_looks_packed_is_kept() -> None:
    packed = base64.b64encode(b"<p>Hi</p>").decode()
    space = 'xmlns="http://purl.org/atom/ns#"'
    for text, html in ((packed, "<p>Hi</p>"), ("not packed!", "not packed!")):
        entry = first(f'<feed {space}><entry><content mode="base64">{text}</content></entry></feed>')
        assert entry.html == html


def test_escaped_markup_in_a_div_is_markup() -> None:
    entry = first(
        f'<feed {ATOM}><entry><content type="html"><div>a &lt;b&gt;c&lt;/b&gt;</div></content></entry></feed>'
    )
    assert entry.html == "a <b>c</b>"
    entry = first(f'<feed {ATOM}><entry><content type="html"><div><p>x</p></div></content></entry></feed>')
    assert entry.html == "<p>x</p>"


def test_markup_nested_beyond_reason_keeps_its_text() -> None:
    deep = "<a>" * 5000 + "words" + "</a>" * 5000
    assert (
        first(f'<feed {ATOM}><entry><content type="xhtml"><div>{deep}</div></content></entry></feed>').html
        == "words"
    )


def test_a_title_with_thousands_of_pieces_is_bounded() -> None:
    assert len(first(rss(f"<title>{'a<b/>' * 5000}</title>")).title) <= 1000


def test_a_json_feed_behind_a_mark_of_another_encoding_is_read() -> None:
    text = '{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "title": "Ü"}]}'
    feed = parse_feed(text.encode("utf-16"), "", None, URL)
    assert isinstance(feed, Feed)
    assert feed.entries[0].title == "Ü"


def test_an_opml_list_is_no_feed() -> None:
    assert isinstance(parse_feed(b"<opml><body/><channel/></opml>", "", None, URL), Failure)


@pytest.mark.parametrize("start", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_are_known_by_their_first_bytes(start: str) -> None:
    assert decode("<a>ж</a>".encode(start)) == "<a>ж</a>"


def test_bytes_of_no_known_encoding_become_something() -> None:
    assert decode(b"caf\xe9 \x81") == "café \ufffd"


@pytest.mark.parametrize("claim", ["nonsense", "utf-7", "rot13", "utf-16", "a\0b"])
def test_a_claim_that_can_not_be_is_passed_over(claim: str) -> None:
    assert decode(b"caf\xe9", claim) == "café"


def test_markup_in_a_damaged_feed_is_markup_all_the_same() -> None:
    entry = first(
        f'<feed {ATOM}><entry><content type="xhtml"><div><p>a &nbsp; <b>c</b></p></div></content></entry></feed>'
    )
    assert entry.html == "<div><p>a \xa0 <b>c</b></p></div>"
