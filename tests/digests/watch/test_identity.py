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


def decided_before(reading: list[Entry], *before: Entry) -> Decided:
    """A reading after other ones brought what was ``before``, each under all its keys."""
    entries = keyed(reading)
    seen = known(*before)
    ids = identity.doubtful(entries, seen)
    return identity.news(entries, seen, NOW, before={n: e for n, e in enumerate(before, 1) if n in ids})


def bulletin(day: int, **changes: object) -> Entry:
    said = [
        "calm with fog in the valleys and a little sun above",
        "storm and heavy snow close the pass for days",
    ]
    made = Entry(
        guid=f"bulletin-{day}",
        url="https://alp.example/bulletin",
        title=f"Day {day}: {said[day % 2][:5]}",
        html=f"<p>{said[day % 2]}</p>",
        published=NOW - timedelta(days=9 - day),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_feed_of_one_item_at_one_address_brings_a_new_one_each_day() -> None:
    decided = decided_before([bulletin(2)], bulletin(1))
    ((new, keys),) = decided.new
    assert (new.guid, decided.updated) == ("bulletin-2", ())
    assert keys == (keys_of(bulletin(2))[0], keys_of(bulletin(2))[2])
    assert decided.takes == {"u:alp.example/bulletin"}


def test_without_guids_the_next_thing_at_an_address_is_new_and_its_edit_is_not() -> None:
    first, second = bulletin(1, guid=""), bulletin(2, guid="")
    assert len(decided_before([second], first).new) == 1
    edited = replace(second, html=second.html.replace("fog", "mist"))
    decided = decided_before([edited], second)
    assert (decided.new, [e.id for e, _ in decided.updated]) == ((), [1])


def test_one_address_for_all_without_guids_is_no_identity() -> None:
    reading = [bulletin(day, guid="", published=NOW) for day in (1, 2)]
    assert len(decided_before(reading).new) == 2
    assert (
        len(decided_before([replace(reading[0], title="A third one", html="<p>Of another kind</p>")]).new)
        == 1
    )


def test_an_anchor_tells_two_releases_apart() -> None:
    first = bulletin(1, guid="", url="https://a.example/log#v1", published=None)
    second = bulletin(2, guid="", url="https://a.example/log#v2", published=None)
    assert len(decided_before([second, first]).new) == 2
    assert len(decided_before([second], first).new) == 1


def test_a_guid_that_is_only_the_address_knows_no_more_than_it() -> None:
    first, second = (bulletin(day, guid="https://alp.example/bulletin") for day in (1, 2))
    assert len(decided_before([second], first).new) == 1
    corrected = replace(first, title="Day 1: fog", html="<p>Wholly other words, the date as it was</p>")
    assert [e.id for e, _ in decided_before([corrected], first).updated] == [1]


def test_a_guid_for_everything_is_no_identity_from_one_reading_to_the_next() -> None:
    first, second = (bulletin(day, guid="0", url=f"https://alp.example/{day}") for day in (1, 2))
    assert len(decided_before([second], first).new) == 1


def test_a_slug_that_follows_its_title_is_an_edit() -> None:
    first = entry(1)
    moved = entry(1, url="https://site.example/corrected", title="Corrected")
    assert [e.id for e, _ in decided_before([moved], first).updated] == [1]


def test_guids_that_change_with_a_clock_in_the_text_bring_nothing_new() -> None:
    first = entry(1, html="<p>Read at 10:01: the bridge over the river will be closed for a week</p>")
    again = entry(
        1, guid="other", html="<p>Read at 10:31: the bridge over the river will be closed for a week</p>"
    )
    decided = decided_before([again], first)
    assert (decided.new, [e.id for e, _ in decided.updated]) == ((), [1])


def test_the_same_words_a_week_later_are_another_item() -> None:
    first = entry(1, title="Open thread", published=NOW - timedelta(days=8))
    again = replace(first, guid="id-2", url="https://site.example/2", published=NOW)
    assert len(decided_before([again], first).new) == 1
    assert not decided_before([replace(again, published=first.published)], first).new  # the site moved


def test_a_counter_is_no_edit() -> None:
    first = entry(
        1, title="A mill becomes a hostel [34 comments]", html="<p>Points: 12</p><p>Comments: 3</p>"
    )
    more = replace(
        first, title="A mill becomes a hostel [51 comments]", html="<p>Points: 80</p><p>Comments: 9</p>"
    )
    decided = decided_before([more], first)
    assert (decided.new, decided.updated) == ((), ())
    assert identity.uncounted("Rovers beat Town (4)") == "Rovers beat Town"
    assert identity.uncounted("[12 comments]") == "[12 comments]"


def test_an_undated_edit_without_a_guid_is_an_edit() -> None:
    first = bulletin(1, guid="", published=None)
    edited = replace(
        first, html="<p>storm and heavy snow close the pass for one day</p>", title="Day 1: snow"
    )
    assert [e.id for e, _ in decided_before([edited], first).updated] == [1]


def test_what_is_known_by_every_key_is_never_new() -> None:
    first = bulletin(1, guid="")
    moved = bulletin(2, guid="", url="https://alp.example/old", published=NOW - timedelta(days=9))
    both = bulletin(2, guid="", url=first.url, published=NOW)
    decided = decided_before([both], first, moved)
    assert (decided.new, decided.updated) == ((), ())
