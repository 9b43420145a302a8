"""Feeds to values: each format's fields, and documents made to hurt."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from digests.model import Entry, Failure, FailureKind, Feed
from digests.text.encoding import decode
from digests.text.machine_dates import machine_date
from digests.watch import fields
from digests.watch.feeds import parse_feed

URL = "https://site.example/feed"


def parsed(document: str | bytes) -> Feed:
    body = document.encode() if isinstance(document, str) else document
    feed = parse_feed(body, "", None, URL)
    assert isinstance(feed, Feed), feed
    return feed


RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
  xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel><title>Desk &amp;amp; Co</title><link>/home</link><language>en-gb</language><ttl>90</ttl>
<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="/feed"/>
<skipHours><hour>24</hour><hour>3</hour></skipHours>
<item><title>AT&amp;amp;T &lt;b&gt;up&lt;/b&gt;</title><link>/a?x=1</link><guid isPermaLink="false">id-1</guid>
<description>short</description><content:encoded><![CDATA[<p>long</p>]]></content:encoded>
<dc:creator>Jane Doe</dc:creator><author>joe@site.example (Joe Roe)</author>
<pubDate>Tue, 24 Nov 2026 10:00:00 +0200</pubDate><category>World</category><category>World</category>
<media:thumbnail url="/pic.jpg"/><enclosure url="/sound.mp3" type="audio/mpeg"/></item>
<item><guid>https://site.example/b</guid><media:group><media:title>Video</media:title>
<media:content url="x.png" medium="image"/></media:group></item>
<item><title>Sound</title><enclosure url="/only.mp3" type="audio/mpeg"/><itunes:image href="/art.jpg"/></item>
</channel></rss>"""


def test_rss_with_its_usual_namespaces() -> None:
    feed = parsed(RSS)
    assert (feed.title, feed.site_url, feed.language) == ("Desk & Co", "https://site.example/home", "en-gb")
    assert (feed.ttl, feed.skip_hours) == (timedelta(minutes=90), frozenset({0, 3}))
    assert (feed.hub, feed.self_url) == ("https://hub.example/", URL)
    first, second, third = feed.entries
    assert first == Entry(
        guid="id-1",
        url="https://site.example/a?x=1",
        title="AT&T up",
        html="<p>long</p>",
        authors=("Jane Doe", "Joe Roe"),
        published=datetime(2026, 11, 24, 8, tzinfo=UTC),
        image="https://site.example/pic.jpg",
        language="en-gb",
        tags=("World",),
    )
    assert (second.url, second.title, second.image) == (
        "https://site.example/b", "Video", "https://site.example/x.png",
    )  # fmt: skip
    assert (third.url, third.image) == ("https://site.example/only.mp3", "https://site.example/art.jpg")


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://other.example/">
<title type="html">A &lt;i&gt;b&lt;/i&gt;</title><link href="/"/><link rel="self" href="/atom"/>
<entry><id>tag:1</id><title type="text">1 &lt; 2</title><link rel="edit" href="/e"/><link href="/one"/>
<published>2026-11-24T10:00:00Z</published><updated>2026-11-24T11:30:00.5+01:00</updated>
<author><name>Ann</name><email>a@b.example</email></author><category term="news" label="News"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Hi <b>you</b></p></div></content></entry>
<entry><id>tag:2</id><title>Two</title><link rel="alternate" type="text/plain" href="/t"/>
<link rel="alternate" type="text/html" href="/h"/><summary>a &amp; b</summary></entry></feed>"""


def test_atom() -> None:
    feed = parsed(ATOM)
    assert (feed.title, feed.site_url, feed.language) == ("A b", "https://other.example/", "de")
    one, two = feed.entries
    assert (one.title, one.url, one.authors, one.tags) == (
        "1 < 2",
        "https://other.example/one",
        ("Ann",),
        ("news",),
    )
    assert one.html == "<div><p>Hi <b>you</b></p></div>"
    assert one.updated == datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
    assert (two.url, two.html) == ("https://other.example/h", "a &amp; b")


def test_rdf_and_the_syndication_module() -> None:
    feed = parsed(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>T</title>'
        "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency></channel>"
        '<item rdf:about="https://a.example/1"><title>One</title></item></rdf:RDF>'
    )
    assert feed.ttl == timedelta(hours=12)
    assert [(e.guid, e.url, e.title) for e in feed.entries] == [
        ("https://a.example/1", "https://a.example/1", "One")
    ]


def test_json_feed() -> None:
    feed = parsed(
        '{"version":"https://jsonfeed.org/version/1.1","title":"J","home_page_url":"/","feed_url":"/f.json",'
        '"hubs":[{"type":"WebSub","url":"https://hub.example/"}],"language":"fr","items":[{"id":7,"url":"/7",'
        '"title":"Seven","content_text":"a<b","authors":[{"name":"N"},{}],"tags":["t",1],'
        '"date_published":"2026-11-24T10:00:00Z","image":"i.png"},{"id":"https://x.example/8","author":{"name":"O"},'
        '"content_html":"<p>h</p>"},"junk"]}'
    )
    assert (feed.hub, feed.self_url) == ("https://hub.example/", "https://site.example/f.json")
    seven, eight = feed.entries
    assert (seven.guid, seven.url, seven.html, seven.authors, seven.tags) == (
        "7", "https://site.example/7", "a&lt;b", ("N",), ("t",),
    )  # fmt: skip
    assert (eight.url, eight.html, eight.authors) == ("https://x.example/8", "<p>h</p>", ("O",))


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (b"", FailureKind.EMPTY),
        (b" \n ", FailureKind.EMPTY),
        (b"<!DOCTYPE html><html><body>hi</body></html>", FailureKind.NOT_A_FEED),
        (b"<html><head></head></html>", FailureKind.NOT_A_FEED),
        (b"<opml version='2.0'></opml>", FailureKind.NOT_A_FEED),
        (b"\x89PNG\r\n\x1a\n\0\0\0", FailureKind.NOT_A_FEED),
        (b"{", FailureKind.NOT_A_FEED),
        (b"{}", FailureKind.NOT_A_FEED),
        (b"[1]", FailureKind.NOT_A_FEED),
        (b"{" + b'"a":[' * 100_000, FailureKind.NOT_A_FEED),
        (b"plain words", FailureKind.NOT_A_FEED),
        (b"\xff\xfe<\0h\0t\0m\0l\0>\0", FailureKind.NOT_A_FEED),
    ],
)
def test_what_is_no_feed_is_told(document: bytes, kind: FailureKind) -> None:
    found = parse_feed(document, "", None, URL)
    assert isinstance(found, Failure)
    assert found.kind is kind


SECRET = "the-secret-in-the-file"


def item(inner: str, before: str = "", space: str = "") -> str:
    return f"{before}<rss {space}><channel><item>{inner}</item></channel></rss>"


def billion(levels: int, of: str = "ENTITY") -> str:
    lines = "".join(f'<!{of} a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE rss [<!{of} a0 "lol">{lines}]>'


XML_ATTACKS = {
    "billion laughs": item("<title>&a9;</title>", billion(10)),
    "billion laughs in text": item("<description>&a9;</description>", billion(10)),
    "quadratic": item("<title>" + "&a;" * 50_000 + "</title>", f'<!DOCTYPE rss [<!ENTITY a "{"x" * 50_000}">]>'),
    "external file": item("<title>&x;</title>", '<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>'),
    "external http": item("<title>&x;</title>", '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>'),
    "public": item("<title>&x;</title>", '<!DOCTYPE rss [<!ENTITY x PUBLIC "-//x" "file://{secret}">]>'),
    "parameter": item("<title>&x;</title>", '<!DOCTYPE rss [<!ENTITY % p SYSTEM "file://{secret}"> %p;]>'),
    "external dtd": item("<title>t</title>", '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">'),
    "public dtd": item("<title>t</title>", '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "file://{secret}">'),
    "lower case doctype": item("<title>&x;</title>", '<!doctype rss [<!entity x system "file://{secret}">]>'),
    "doctype after a long comment": item(
        "<title>&x;</title>", f'<!--{"c" * 9000}--><!DOCTYPE rss [<!ENTITY x SYSTEM "file://{{secret}}">]>'
    ),
    "never closed doctype": item("<title>t</title>", "<!DOCTYPE rss ["),
    "self reference": item("<title>&x;</title>", '<!DOCTYPE rss [<!ENTITY x "&x;">]>'),
    "attribute default": item("<title>t</title>", '<!DOCTYPE rss [<!ATTLIST item a CDATA "b">]>'),
    "xinclude": item(
        '<title><xi:include href="file://{secret}" parse="text"/></title>',
        space='xmlns:xi="http://www.w3.org/2001/XInclude"',
    ),
    "stylesheet": item("<title>t</title>", '<?xml-stylesheet type="text/xsl" href="file://{secret}"?>'),
    "deep": "<rss><channel><item>" + "<a>" * 100_000,
    "deep and closed": "<rss><channel><item><description>" + "<a>" * 50_000 + "</a>" * 50_000
    + "</description></item></channel></rss>",
    "deep in atom": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content type="xhtml">' + "<a>" * 20_000
    + "</a>" * 20_000 + "</content></entry></feed>",
    "many items": "<rss><channel>" + "<item><title>t</title></item>" * 100_000 + "</channel></rss>",
    "many attributes": "<rss><channel><item " + " ".join(f'a{n}="1"' for n in range(50_000)) + "/></channel></rss>",
    "doubled attributes": "<rss><channel><item " + 'a="1" ' * 50_000 + "/></channel></rss>",
    "many namespaces": "<rss " + " ".join(f'xmlns:n{n}="u:{n}"' for n in range(20_000)) + "><channel/></rss>",
    "many tags": "<rss><channel><item>" + "".join(f"<t{n}/>" for n in range(100_000)) + "</item></channel></rss>",
    "long name": f"<rss><channel><item><{'a' * 1_000_000}/></item></channel></rss>",
    "long author": item(f"<author>{'a@b.example (' * 50_000}</author>"),
    "long title": item(f"<title>{'&lt;' * 500_000}</title>"),
    "long date": item(f"<pubDate>{'1' * 1_000_000}</pubDate>"),
    "long link": item(f"<link>http://{'a' * 1_000_000}/</link>"),
    "open tags in a title": item(f"<title><![CDATA[{'<a ' * 300_000}]]></title>"),
    "open comments": item(f"<title><![CDATA[{'<!--' * 300_000}]]></title>"),
    "ampersands": item(f"<title>{'&' * 1_000_000}</title>"),
    "never closed cdata": "<rss><channel><item><title>" + "<![CDATA[" * 100_000,
    "bad characters": item("<title>a\x00b\x0bc\ufffe</title>"),
    "numbers beyond": item("<title>&#xFFFFFFFF;&#0;&#xD800;</title>"),
    "undeclared prefix": item("<media:title>t</media:title><x:y/>"),
    "two roots": "<rss><channel/></rss><rss><channel/></rss>",
    "quoted in doctype": item("<title>t</title>", '<!DOCTYPE rss [<!ENTITY a "]>">]>'),
}  # fmt: skip


@pytest.mark.parametrize("name", XML_ATTACKS)
@pytest.mark.slow
def test_no_document_hurts(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "secret.txt"
    path.write_text(SECRET)
    document = XML_ATTACKS[name].replace("{secret}", str(path))
    start = time.process_time()
    found = parse_feed(document.encode("utf-8", "surrogatepass"), "text/xml", None, URL)
    assert time.process_time() - start < 2
    assert SECRET not in repr(found)
    if isinstance(found, Feed):
        assert len(found.entries) <= fields.MAX_ITEMS
        for entry in found.entries:
            assert (
                max(len(entry.title), len(entry.guid), *(len(a) for a in (*entry.authors, "")))
                <= fields.MAX_FIELD
            )
            assert len(entry.html) <= fields.MAX_CONTENT
            assert "lollol" not in entry.title + entry.html


def test_there_are_as_many_attacks_as_there_should_be() -> None:
    assert len({*XML_ATTACKS.values()}) >= 25


def test_halves_of_characters_in_json_are_dropped() -> None:
    feed = parsed(
        r'{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","title":"a\ud800\u0000b","tags":["\udfff"]}]}'
    )
    assert (feed.entries[0].title, feed.entries[0].tags) == ("ab", ("",))


def test_a_broken_feed_is_read_as_far_as_it_goes() -> None:
    feed = parsed(
        "<rss><channel><item><title>a &nbsp; b & c &copy;</title><link>http://x.example/?a=1&b=2</link>"
    )
    assert feed.entries[0].title == "a b & c ©"
    assert feed.entries[0].url == "http://x.example/?a=1&b=2"


WORDS = {
    "utf-8": "Grüße, мир 世界", "utf-16": "Grüße, мир 世界", "utf-16-le": "Grüße, мир", "utf-16-be": "Grüße, мир",
    "utf-32": "Grüße, мир", "utf-8-sig": "Grüße, мир", "cp1252": "Grüße “so”", "iso-8859-1": "Grüße",
    "iso-8859-15": "Grüße €", "koi8-r": "привет мир", "cp1251": "привет мир", "gb18030": "世界新闻",
    "gb2312": "世界新闻", "big5": "世界新聞", "shift_jis": "世界のニュース", "euc-jp": "世界のニュース",
    "euc-kr": "세계 뉴스", "iso-2022-jp": "世界のニュース",
    "cp1254": "şehir", "cp1256": "مرحبا", "iso-8859-7": "Ελλάδα", "tis-620": "ข่าว",
}  # fmt: skip
LIES = ["none", "server tells", "document tells", "server lies, utf-8 body", "both lie"]


@pytest.mark.parametrize("encoding", WORDS)
@pytest.mark.parametrize("lie", LIES[:3])
def test_text_in_its_declared_encoding(encoding: str, lie: str) -> None:
    declared = f' encoding="{encoding}"' if lie == "document tells" else ""
    text = f'<?xml version="1.0"{declared}?><rss><channel><item><title>{WORDS[encoding]}</title></item></channel></rss>'
    found = parse_feed(text.encode(encoding), "", encoding if lie == "server tells" else None, URL)
    assert isinstance(found, Feed)
    if lie != "none" or encoding.startswith("utf"):
        assert found.entries[0].title == WORDS[encoding]


@pytest.mark.parametrize(
    "claim", ["iso-8859-1", "utf-16", "koi8-r", "nonsense", "utf-7", "rot13", "\0", "us-ascii"]
)
@pytest.mark.parametrize("inside", ["", ' encoding="iso-8859-1"', ' encoding="utf-16"', ' encoding="x-none"'])
def test_utf_8_is_known_whatever_is_claimed(claim: str, inside: str) -> None:
    text = (
        f'<?xml version="1.0"{inside}?><rss><channel><item><title>Grüße, мир</title></item></channel></rss>'
    )
    found = parse_feed(text.encode(), "", claim, URL)
    assert isinstance(found, Feed)
    assert found.entries[0].title == "Grüße, мир"


def test_a_few_stray_bytes_do_not_spoil_utf_8() -> None:
    assert decode("мир ".encode() * 50 + b"\xff") == "мир " * 50 + "\ufffd"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue, 24 Nov 2026 10:00:00 GMT", (2026, 11, 24, 10, 0, 0)),
        ("24 Nov 2026 10:00 +0530", (2026, 11, 24, 4, 30, 0)),
        ("Tuesday, 24-Nov-26 10:00:00 UTC", (2026, 11, 24, 10, 0, 0)),
        ("Tue Nov 24 10:00:00 2026", (2026, 11, 24, 10, 0, 0)),
        ("Tue, 24 Nov 2026 10:00:00 PST", (2026, 11, 24, 18, 0, 0)),
        ("2026-11-24T10:00:00-05:00", (2026, 11, 24, 15, 0, 0)),
        ("2026-11-24T24:00:00Z", (2026, 11, 25, 0, 0, 0)),
        ("2026-11-24", (2026, 11, 24, 0, 0, 0)),
        ("2026-11", (2026, 11, 1, 0, 0, 0)),
        ("2026", (2026, 1, 1, 0, 0, 0)),
        ("20261124", (2026, 11, 24, 0, 0, 0)),
        ("2026-11-24 10:00:60", (2026, 11, 24, 10, 0, 59)),
        ("2026-11-24T10:00+02", (2026, 11, 24, 8, 0, 0)),
        ("2026-13-40", None), ("31 Foo 2026 10:00", None), ("31 Feb 2026 10:00:00 GMT", None), ("soon", None),
        ("", None), (None, None), ("9999-12-31T23:59:59-23:00", None),
    ],
)  # fmt: skip
def test_dates_as_met_in_the_wild(text: str | None, moment: tuple[int, ...] | None) -> None:
    assert machine_date(text) == (None if moment is None else datetime(*moment, tzinfo=UTC))  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "data:text/plain,x", "mailto:a@b.example", "http://[x"]
)
def test_no_other_kind_of_link_passes(url: str | None) -> None:
    assert fields.link(URL, url) == ""


def test_western_text_that_claims_to_be_utf_8_is_read_as_windows_does() -> None:
    text = "<?xml version='1.0' encoding='utf-8'?><rss><channel><item><title>Zoë Müller</title></item></channel></rss>"
    found = parse_feed(text.encode("cp1252"), "", "utf-8", URL)
    assert isinstance(found, Feed)
    assert found.entries[0].title == "Zoë Müller"
