"""Items read before are cut out of a feed; whatever is new or edited is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.model import Entry, Failure
from digests.watch.feeds import OLDER, Reading, parse_feed, read_changed
from digests.watch.fields import MAX_ITEMS

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
URL = "https://site.example/feed"


def item(n: int, text: str = "As it was.", guid: str = "id") -> str:
    moment = (START + timedelta(hours=n)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return (
        f"<item><title>Report {n}</title><link>/news/{n}</link><guid>{guid}-{n}</guid>"
        f"<pubDate>{moment}</pubDate><description><![CDATA[<p>{text}</p>]]></description></item>"
    )


def rss(*items: str, head: str = "<title>Desk</title>") -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def read(body: bytes, marks: str | None = None) -> Reading:
    reading = read_changed(body, "", None, URL, marks)
    assert not isinstance(reading, Failure)
    return reading


def entries(body: bytes) -> tuple[Entry, ...]:
    feed = parse_feed(body, "", None, URL)
    assert not isinstance(feed, Failure)
    return feed.entries


def test_a_first_reading_gives_everything() -> None:
    body = rss(item(2), item(1))
    reading = read(body)
    assert reading.feed.entries == entries(body)
    assert not reading.partial
    assert reading.marks


def test_of_the_next_only_what_is_new_is_given_as_the_whole_would_give_it() -> None:
    before = read(rss(*(item(n) for n in range(30, 0, -1))))
    body = rss(*(item(n) for n in range(32, 2, -1)))
    reading = read(body, before.marks)
    assert reading.partial
    assert reading.feed.entries == entries(body)[:2]
    assert reading.feed.title == "Desk"
    assert list(reading.older) == [START + timedelta(hours=n) for n in range(30, 30 - OLDER, -1)]
    assert reading.marks == read(body).marks  # the same notes, however it was read


def test_an_edited_item_is_read_again() -> None:
    before = read(rss(item(2), item(1)))
    (edited,) = read(rss(item(2), item(1, "Corrected.")), before.marks).feed.entries
    assert (edited.guid, edited.html) == ("id-1", "<p>Corrected.</p>")


def test_a_feed_that_changes_every_guid_is_read_whole() -> None:
    before = read(rss(item(2), item(1)))
    rotated = read(rss(item(2, guid="x"), item(1, guid="x")), before.marks)
    assert not rotated.partial
    assert [entry.guid for entry in rotated.feed.entries] == ["x-2", "x-1"]


def test_another_order_is_nothing_new() -> None:
    before = read(rss(item(3), item(2), item(1)))
    reading = read(rss(item(1), item(3), item(2)), before.marks)
    assert reading.partial
    assert reading.feed.entries == ()


def test_an_item_that_went_and_comes_back_is_read_again() -> None:
    first = read(rss(item(2), item(1)))
    without = read(rss(item(2)), first.marks)
    assert [entry.guid for entry in read(rss(item(2), item(1)), without.marks).feed.entries] == ["id-1"]


def test_what_stands_between_items_stays() -> None:
    before = read(rss(item(2), item(1)))
    reading = read(
        rss(item(3), "<ttl>45</ttl>", item(2), "<skipHours><hour>3</hour></skipHours>"), before.marks
    )
    assert reading.partial
    assert (reading.feed.ttl, reading.feed.skip_hours) == (timedelta(minutes=45), frozenset({3}))


def test_atom_and_a_base_for_all_of_it() -> None:
    def atom(*numbers: int) -> bytes:
        inner = "".join(
            f'<entry><id>urn:{n}</id><title>T{n}</title><link href="{n}"/><content>text {n}</content></entry>'
            for n in numbers
        )
        head = '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://base.example/">'
        return f"{head}<title>Desk</title>{inner}</feed>".encode()

    (entry,) = read(atom(3, 2, 1), read(atom(2, 1)).marks).feed.entries
    assert (entry.guid, entry.url, entry.html) == ("urn:3", "https://base.example/3", "text 3")


DOUBTFUL = {
    "an item in a comment": rss(item(2), f"<!--{item(9)}-->", item(1)),
    "an item in another's text": rss(item(2), item(1, "an <item> of mine</item>")),
    "an item that does not close": rss(item(2), "<item/>", item(1)),
    "an element named alike": rss(item(2), "<itemlist></itemlist>", item(1)),
    "closed before it opens": rss(item(2), "<![CDATA[</item>]]>", item(1), "<![CDATA[<item>]]>"),
    "not in UTF-8": rss(item(2), item(1, "Grüße")).decode().encode("latin-1"),
    "more than are read": rss(*(item(n) for n in range(MAX_ITEMS + 1))),
    "no items": rss(),
    "a JSON feed": b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "T"}]}',
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_where_items_cannot_be_told_apart_nothing_is_left_out(name: str) -> None:
    body = DOUBTFUL[name]
    first = read(body)
    assert first.marks is None
    good = read(rss(item(2), item(1)))
    again = read(body, good.marks)
    assert again.feed.entries == first.feed.entries == entries(body)
    assert not again.partial


def test_what_is_left_must_be_well_formed_and_hold_as_many_entries() -> None:
    known = read(rss(item(2), item(1))).marks
    for odd in (item(3, "&nbsp;]]>&nbsp;<![CDATA["), f"<other>{item(3)}</other>"):
        body = rss(odd, item(2), item(1))
        reading = read(body, known)
        assert not reading.partial
        assert reading.feed.entries == entries(body)


def test_a_document_that_is_no_feed_is_refused_whatever_was_known() -> None:
    marks = read(rss(item(1))).marks
    assert isinstance(read_changed(b"<html><item></item></html>", "", None, URL, marks), Failure)


@pytest.mark.parametrize("marks", ["no base64!", "QUJD", "é"])
def test_notes_that_are_none_count_for_nothing(marks: str) -> None:
    body = rss(item(2), item(1))
    assert read(body, marks).feed.entries == entries(body)


@given(
    st.lists(st.tuples(st.integers(1, 12), st.booleans()), unique_by=lambda pair: pair[0]),
    st.lists(st.tuples(st.integers(1, 12), st.booleans()), unique_by=lambda pair: pair[0]),
)
@pytest.mark.slow
def test_given_is_exactly_what_the_last_reading_did_not_hold(
    before: list[tuple[int, bool]], after: list[tuple[int, bool]]
) -> None:
    def made(versions: list[tuple[int, bool]]) -> bytes:
        return rss(*(item(n, "Edited." if edited else "As it was.") for n, edited in versions))

    first = read(made(before))
    reading = read(made(after), first.marks)
    known = set(first.feed.entries)
    assert [e for e in reading.feed.entries if e not in known] == [
        e for e in entries(made(after)) if e not in known
    ]
    if reading.partial:
        assert known.isdisjoint(reading.feed.entries)
