"""OPML in and out: as other readers export it, damaged, hostile, and our own."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.model import Failure, Source
from digests.watch.opml import read_opml, write_opml

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
A, B, C = "https://a.example/feed", "https://b.example/feed?x=1&y=2", "https://c.example/rss"

EXPORTS: dict[str, list[tuple[str, str, tuple[str, ...], str]]] = {
    "miniflux": [
        (A, "Harbour Post", ("Ports & Ships",), "feed"),
        (B, "Quay", ("Ports & Ships",), "feed"),
        (C, "C", ("All",), "feed"),
    ],
    "feedly": [  # a feed in two folders is there twice
        (A, "Harbour Post", ("Ports, Ships, Fish", "Mine"), "feed"),
        (B, "Quay", ("Ports, Ships, Fish",), "feed"),
        (C, "C", (), "feed"),
    ],
    "inoreader": [
        (C, "C", (), "feed"),
        (A, "Harbour Post", ("Häfen 🚢",), "feed"),
        (B, "Tom & Jerry's Quay", ("Häfen 🚢",), "feed"),
    ],
    "netnewswire": [  # a comment first, an empty folder, a feed whose name was never known
        (C, "", (), "feed"),
        (A, "Harbour Post", ("Ports",), "feed"),
        (B, "Quay", ("Ports",), "feed"),
    ],
    "freshrss": [  # a namespace of its own, a folder that another list fills, a page that is no feed
        (C, "C", ("Uncategorized",), "feed"),
        (A, "Harbour Post", ("Ports",), "feed"),
        (B, "Quay", ("Ports",), "page"),
    ],
    "tiny_tiny_rss": [  # categories in categories; its settings, labels and filters as outlines
        (A, "Harbour Post", ("World", "Ports"), "feed"),
        (B, "Quay", ("World",), "feed"),
        (C, "C", (), "feed"),
    ],
}
"""What each of these readers exports, and what is read of it."""


def exported(reader: str) -> str:
    return (Path(__file__).parent / "opml" / f"{reader}.opml").read_text(encoding="utf-8")


def read(body: str | bytes) -> list[Source]:
    sources = read_opml(body.encode() if isinstance(body, str) else body)
    assert not isinstance(sources, Failure)
    return list(sources)


def facts(sources: list[Source]) -> list[tuple[str, str, tuple[str, ...], str]]:
    return [(s.url, s.name, s.topics, s.kind) for s in sources]


@pytest.mark.parametrize("reader", EXPORTS)
def test_a_readers_export_is_read_written_and_read_again(reader: str) -> None:
    document, expected = exported(reader), EXPORTS[reader]
    once = read(document)
    assert facts(once) == expected
    again = read(write_opml(once, "Desk", NOW))
    feeds = [(url, name or url, topics, kind) for url, name, topics, kind in expected if kind == "feed"]
    assert sorted(facts(again)) == sorted(feeds)


@pytest.mark.parametrize("reader", EXPORTS)
@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-be with a mark", "declared", "crlf", "spaces first"]
)
def test_an_export_is_read_in_whatever_bytes_it_comes(reader: str, encoding: str) -> None:
    document, expected = exported(reader), EXPORTS[reader]
    body = {
        "utf-16-be with a mark": lambda: codecs.BOM_UTF16_BE + document.encode("utf-16-be"),
        "declared": lambda: document.replace("🚢", "?").replace("UTF-8", "iso-8859-1").encode("iso-8859-1"),
        "crlf": lambda: document.replace("\n", "\r\n").encode(),
        "spaces first": lambda: b"\n  " + document.encode(),
    }.get(encoding, lambda: document.encode(encoding))()
    assert [url for url, *_ in facts(read(body))] == [url for url, *_ in expected]


@pytest.mark.parametrize("attribute", ["xmlUrl", "xmlurl", "xmlURL", "XMLURL", "XmlUrl"])
def test_an_attribute_is_known_in_any_case(attribute: str) -> None:
    assert [s.url for s in read(f'<opml><body><outline TEXT="A" {attribute}="{A}"/></body></opml>')] == [A]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("feed://a.example/feed", A),
        ("feed:https://a.example/feed", A),
        (" https://a.example/feed ", A),
        ("a.example/feed", A),
        ("rsshub://a/feed", "rsshub://a/feed"),
        ("", None),
        ("  ", None),
    ],
)
def test_an_address_that_cannot_be_read_is_kept_to_be_told_and_none_is_a_folder(
    given: str, address: str | None
) -> None:
    sources = read(
        f'<opml><body><outline text="F" xmlUrl="{given}"><outline text="C" xmlUrl="{C}"/></outline></body></opml>'
    )
    expected = [(C, ("F",))] if address is None else [(address, ()), (C, ())]
    assert [(s.url, s.topics) for s in sources] == expected


CATEGORIES = {
    "/World/Europe,Politics": ("World", "Europe", "Politics"),
    "a, b ,,c": ("a", "b", "c"),
    "/": (),
    "": (),
    "a,a,/a/b": ("a", "b"),
}


@pytest.mark.parametrize("category", CATEGORIES)
def test_categories_as_an_attribute_are_topics_too(category: str) -> None:
    (source,) = read(f'<opml><body><outline text="A" xmlUrl="{A}" category="{category}"/></body></opml>')
    assert source.topics == CATEGORIES[category]


DAMAGED = {
    "a namespace around it": '<opml xmlns="u:o"><body><outline text="W"><outline text="A" xmlUrl="%s"/></outline></body></opml>',
    "entities of HTML": '<opml><body><outline text="W"><outline text="A &nbsp;&copy;" xmlUrl="%s"/></outline></body></opml>',
    "a document type": '<!DOCTYPE opml><OPML><BODY><OUTLINE text="W"><OUTLINE text="A" xmlUrl="%s"/></OUTLINE></BODY></OPML>',
    "never closed": '<opml><body><outline text="W"><outline text="A" xmlUrl="%s"/>',
    "no body": '<opml><outline text="W"><outline text="A" xmlUrl="%s"/></outline></opml>',
    "a bare ampersand": '<opml><body><outline text="W"><outline text="A & B" xmlUrl="%s"/></outline></body></opml>',
    "the same twice": '<opml><body><outline text="W"><outline text="A" xmlUrl="%s"/><outline text="B" xmlUrl="%s"/>'
    "</outline></body></opml>",
}


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_list_is_read_as_far_as_it_goes(how: str) -> None:
    (source,) = read(DAMAGED[how].replace("%s", A))
    assert (source.url, source.topics) == (A, ("W",))
    assert source.name.startswith("A")


@pytest.mark.parametrize(
    "body",
    [b"", b"no", b"<rss/>", b"<opml><body/></opml>", b"<opml><body>" + b"<outline text='x'>" * 50_000,
     b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body><outline text="&x;"/></body></opml>'],
)  # fmt: skip
def test_what_is_no_list_is_told(body: bytes) -> None:
    assert isinstance(read_opml(body), Failure)


names = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), exclude_characters="<&\ufffe\uffff"),
                min_size=1, max_size=20)  # fmt: skip


@given(st.lists(st.tuples(names, st.lists(names, max_size=3, unique=True)), max_size=8))
@pytest.mark.slow
def test_a_list_written_is_read_again(rows: list[tuple[str, list[str]]]) -> None:
    sources = [
        Source(url=f"https://a.example/{n}", name=name, topics=tuple(topics))
        for n, (name, topics) in enumerate(rows)
    ]
    written = write_opml([*sources, Source(url="https://t.me/s/x", kind="telegram")], "Desk", NOW)
    read = read_opml(written)
    if not sources:
        assert isinstance(read, Failure)
        return
    assert not isinstance(read, Failure)
    assert sorted(read, key=lambda s: s.url) == sorted(sources, key=lambda s: s.url)
