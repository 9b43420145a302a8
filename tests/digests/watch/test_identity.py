"""What is new, under every way feeds have of showing the same thing again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digests.model import Entry
from digests.watch import identity
from digests.watch.identity import Decided, all_keys, keyed, keys_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def entry(number: int, **changes: object) -> Entry:
    made = Entry(
        guid=f"id-{number}",
        url=f"https://site.example/{number}",
        title=f"Title {number}",
        html=f"<p>A text that is long enough to tell number {number} from the others</p>",
        published=NOW - timedelta(hours=number),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def news(entries: list[Entry], known: dict[str, int], now: datetime) -> Decided:
    return identity.news(keyed(entries), known, now)


def known(*entries: Entry) -> dict[str, int]:
    return {key: n for n, e in enumerate(entries, start=1) for key in keys_of(e)}


def test_a_first_reading_is_all_new_the_newest_last() -> None:
    decided = news([entry(1), entry(2), entry(3)], {}, NOW)
    assert [e.guid for e, _ in decided.new] == ["id-3", "id-2", "id-1"]
    assert not decided.updated


def test_what_was_seen_is_not_new() -> None:
    entries = [entry(n) for n in range(5)]
    assert news(entries, known(*entries), NOW) == news([], {}, NOW)


def test_rotated_guids_post_nothing() -> None:
    entries = [entry(n) for n in range(5)]
    rotated = [replace(e, guid=f"new-{e.guid}") for e in entries]
    assert not news(rotated, known(*entries), NOW).new
    assert not news(rotated, known(*entries), NOW).updated


def test_rotated_guids_and_tracking_post_nothing() -> None:
    entries = [entry(n) for n in range(5)]
    moved = [
        replace(e, guid="", url=e.url.replace("https://", "http://m.") + "/?utm_source=rss#top")
        for e in entries
    ]
    assert not news(moved, known(*entries), NOW).new


def test_a_new_address_with_the_same_text_is_known() -> None:
    moved = entry(1, guid="x", url="https://elsewhere.example/1")
    assert not news([moved], known(entry(1)), NOW).new


def test_an_edit_is_an_update_of_the_known_one() -> None:
    decided = news([entry(2, title="Corrected")], known(entry(1), entry(2)), NOW)
    assert not decided.new
    assert [(e.id, e.title) for e, _ in decided.updated] == [(2, "Corrected")]


def test_twice_in_one_reading_is_once() -> None:
    assert len(news([entry(1), entry(1), entry(1, guid="other")], {}, NOW).new) == 1


def test_one_address_for_all_is_no_identity() -> None:
    entries = [entry(n, url="https://site.example/") for n in range(3)]
    assert len(news(entries, {}, NOW).new) == 3


def test_one_guid_for_all_is_no_identity() -> None:
    entries = [entry(n, guid="0") for n in range(3)]
    assert len(news(entries, {}, NOW).new) == 3


def test_hardly_any_text_is_no_identity() -> None:
    assert len(news([entry(1, title="", html=""), entry(2, title="", html="")], {}, NOW).new) == 2
    assert not news([entry(1, title="x", html="")], known(entry(1, title="y", html="")), NOW).updated


def test_nothing_at_all_is_still_one_entry() -> None:
    assert len(news([Entry(), Entry()], {}, NOW).new) == 1


def test_wrong_dates_neither_vanish_nor_jump_the_queue() -> None:
    future, ancient = NOW + timedelta(days=400), datetime(1970, 1, 1, tzinfo=UTC)
    entries = [entry(1, published=future), entry(2, published=None), entry(3, published=ancient), entry(4)]
    decided = news(entries, {}, NOW)
    assert [e.guid for e, _ in decided.new] == ["id-4", "id-3", "id-2", "id-1"]
    assert [e.published for e, _ in decided.new] == [NOW - timedelta(hours=4), NOW, None, NOW]
    assert all(e.found == NOW for e, _ in decided.new)


def test_a_clock_a_little_ahead_is_now_and_a_future_change_is_dropped() -> None:
    made = entry(1, published=NOW + timedelta(minutes=2), updated=NOW + timedelta(days=2))
    ((found, _),) = news([made], {}, NOW).new
    assert (found.published, found.updated) == (NOW, None)


def test_long_identities_are_shortened() -> None:
    assert all(
        len(key) <= 122 for key in keys_of(entry(1, guid="g" * 1000, url="https://a.example/" + "b" * 900))
    )


@given(st.lists(st.integers(0, 20), max_size=30), st.sets(st.integers(0, 20)))
def test_read_again_nothing_is_new(numbers: list[int], before: set[int]) -> None:
    seen = known(*(entry(n) for n in before))
    entries = [entry(n) for n in numbers]
    decided = news(entries, seen, NOW)
    assert {e.guid for e, _ in decided.new} == {f"id-{n}" for n in set(numbers) - before}
    after = seen | {key: 99 for _, keys in decided.new for key in keys}
    assert not news(entries, after, NOW).new
    assert set(all_keys(keyed(entries))) >= {key for _, keys in decided.new for key in keys}


def test_further_keys_of_a_known_entry_are_learned() -> None:
    entry = Entry(guid="1", url="https://a.example/one", title="A title that is long enough to tell it apart")
    known = dict.fromkeys(keys_of(entry), 7)
    assert news([entry], known, NOW).learned == {}
    renamed = replace(entry, guid="other", url="https://a.example/two")
    decided = news([renamed], known, NOW)
    assert (decided.new, decided.updated) == ((), ())
    assert decided.learned == {7: keys_of(renamed)[:2]}
