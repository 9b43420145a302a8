"""When a source is polled again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.model import Demand, Entry, Failure, FailureKind, Feed, Page, PollState, Rhythm
from digests.ports import Polled
from digests.watch.cadence import AT_ONCE, Allowance, Bounds, after_poll, body_hash

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
BOUNDS = Bounds()
PAGE = Page(url="https://a.example/", status=200, body=b"x", etag='"1"')
FRESH = PollState()
DOWN = Failure(FailureKind.CONNECT, "a.example can't be reached")


class Middle(random.Random):
    """No jitter: always the middle of the range."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def published_every(step: timedelta, last: timedelta = timedelta(0)) -> Feed:
    return Feed(entries=tuple(Entry(published=NOW - last - n * step) for n in range(20)))


def wait(
    feed: Feed | None,
    page: Page = PAGE,
    state: PollState = FRESH,
    bounds: Bounds = BOUNDS,
    demand: Demand = AT_ONCE,
    price: float = 0.0105,
) -> timedelta:
    after = after_poll(state, Polled(feed=feed, page=page), NOW, bounds, Middle(), demand, price)
    assert after.next_poll is not None
    return after.next_poll - NOW


UNKNOWN = wait(None)  # what a source nothing is known of waits at that price


def test_a_source_followed_at_once_is_polled_the_sooner_the_more_it_publishes() -> None:
    waits = [wait(published_every(timedelta(minutes=one))) for one in (1, 20, 60, 300, 3000)]
    assert waits == sorted(waits)
    assert waits[0] == BOUNDS.shortest
    assert wait(published_every(timedelta(days=90), timedelta(days=5))) == BOUNDS.even * 1.03
    each_hour = published_every(timedelta(hours=1), timedelta(minutes=20))
    assert wait(each_hour) < wait(published_every(timedelta(hours=1), timedelta(days=9)))
    assert wait(Feed()) == UNKNOWN
    assert (
        timedelta(days=0.9 * 0.0105) < UNKNOWN < timedelta(days=1.1 * 0.0105)
    )  # from one minute to the next
    assert wait(each_hour) < wait(each_hour, price=0.05)


def test_a_source_that_only_a_digest_waits_for_is_polled_shortly_before_it() -> None:
    def before(hours: float, feed: Feed | None) -> timedelta:
        return wait(feed, demand=Demand(digest=NOW + timedelta(hours=hours)))

    seldom = published_every(timedelta(hours=9))
    assert before(20, seldom) == BOUNDS.longest
    assert timedelta(minutes=2) <= timedelta(hours=4) - before(4, seldom) <= timedelta(minutes=7)
    assert before(0.02, seldom) == BOUNDS.longest  # this poll was the digest's
    # twenty entries of half an hour are gone after ten hours
    assert timedelta(hours=2) < before(20, published_every(timedelta(minutes=30))) < timedelta(hours=6)
    assert before(20, None) == FRESH.interval * 1.5
    assert before(20, Feed()) == BOUNDS.longest


def test_a_source_nobody_waits_for_is_polled_once_a_day() -> None:
    assert wait(published_every(timedelta(minutes=1)), demand=Demand()) == timedelta(days=1)


def test_a_longer_wait_asked_for_is_kept_within_bounds() -> None:
    assert wait(Feed(ttl=timedelta(hours=2))) == timedelta(hours=2)
    assert wait(Feed(ttl=timedelta(days=20))) == BOUNDS.longest


def spend(allowance: Allowance, rate: Callable[[float], float], days: int) -> float:
    """Polls a day of the last half, of one source whose wait follows the price at that rate."""
    now, polls = NOW, 0
    end, half = NOW + timedelta(days=days), NOW + timedelta(days=days / 2)
    while now < end:
        polls += now >= half
        step = timedelta(days=rate(allowance.price))
        allowance = allowance.spent(step, now)
        now += step
    return polls / (days / 2)


@pytest.mark.parametrize("share", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("polls_a_day", [24.0, 48.0])
def test_an_allowance_is_kept_whatever_a_price_buys(share: float, polls_a_day: float) -> None:
    allowance = Allowance(Bounds(polls_a_day=polls_a_day))
    assert spend(allowance, lambda price: price * share, 120) == pytest.approx(polls_a_day, rel=0.06)


def test_a_clock_that_goes_back_spends_nothing_anew() -> None:
    allowance = Allowance(BOUNDS).spent(timedelta(minutes=30), NOW)
    assert allowance.spent(timedelta(minutes=30), NOW - timedelta(days=9)).at == NOW


def test_max_age_is_waited_for_within_bounds() -> None:
    assert wait(Feed(), replace(PAGE, max_age=timedelta(hours=2))) == timedelta(hours=2)
    assert wait(Feed(), replace(PAGE, max_age=timedelta(days=1))) == timedelta(hours=6)
    assert wait(Feed(), replace(PAGE, max_age=timedelta(0))) == UNKNOWN


def test_hours_to_skip_are_skipped_unless_all_are() -> None:
    feed = Feed(skip_hours=frozenset({12, 13, 14}))
    assert NOW + wait(feed) == NOW.replace(hour=15, minute=0)
    assert wait(Feed(skip_hours=frozenset(range(24)))) == UNKNOWN


def test_validators_and_the_body_are_remembered() -> None:
    after = after_poll(PollState(), Polled(feed=Feed(), page=PAGE), NOW, BOUNDS, Middle())
    assert (after.etag, after.body_hash, after.last_ok) == ('"1"', body_hash(b"x"), NOW)
    same = Page(url="https://a.example/", status=304, body=b"", not_modified=True)
    again = after_poll(after, Polled(feed=None, page=same), NOW, BOUNDS, Middle())
    assert (again.etag, again.body_hash) == ('"1"', body_hash(b"x"))
    plain = after_poll(again, Polled(feed=Feed(), page=replace(PAGE, etag=None)), NOW, BOUNDS, Middle())
    assert plain.etag is None


def test_failures_wait_longer_up_to_a_day_and_never_stop() -> None:
    state, waits, told = PollState(), [], []
    for _ in range(40):
        state = after_poll(state, DOWN, NOW, BOUNDS, Middle())
        assert state.next_poll is not None
        waits.append(state.next_poll - NOW)
        told.append(state.told_bad)
    assert waits[:4] == [timedelta(minutes=30 * 2**n) for n in range(4)]
    assert waits[-1] == timedelta(days=1)
    assert told[:4] == [False, False, True, True]
    assert not state.ended
    back = after_poll(state, Polled(feed=Feed(), page=PAGE), NOW, BOUNDS, Middle())
    assert (back.told_bad, back.failures, back.failure) == (False, 0, None)


def test_retry_after_is_waited_for() -> None:
    asked = replace(DOWN, retry_after=timedelta(hours=5))
    after = after_poll(PollState(), asked, NOW, BOUNDS, Middle())
    assert after.next_poll == NOW + timedelta(hours=5)


def test_gone_ends_polling_and_is_told_at_once() -> None:
    after = after_poll(PollState(), Failure(FailureKind.GONE, "gone", 410), NOW, BOUNDS, Middle())
    assert after.ended
    assert after.told_bad


@given(st.integers(), st.integers(0, 50), st.booleans())
def test_the_wait_is_within_bounds_whatever_the_jitter(seed: int, failures: int, fails: bool) -> None:
    state = PollState(failures=failures)
    result = DOWN if fails else Polled(feed=Feed(), page=PAGE)
    after = after_poll(state, result, NOW, BOUNDS, random.Random(seed))
    assert after.next_poll is not None
    assert BOUNDS.shortest * 0.9 <= after.next_poll - NOW <= BOUNDS.longest_backoff


def test_what_a_feed_asks_for_holds_while_it_is_unchanged() -> None:
    feed = Feed(ttl=timedelta(hours=3), skip_hours=frozenset({15, 16}))
    after = after_poll(FRESH, Polled(feed=feed, page=PAGE), NOW, BOUNDS, Middle())
    same = Page(url=PAGE.url, status=304, body=b"", not_modified=True)
    again = after_poll(after, Polled(feed=None, page=same), NOW, BOUNDS, Middle())
    assert again.next_poll == NOW.replace(hour=17, minute=0)
    assert again.interval >= timedelta(hours=3)
    changed = after_poll(again, Polled(feed=Feed(), page=PAGE), NOW, BOUNDS, Middle())
    assert (changed.ttl, changed.skip_hours) == (None, frozenset())


def test_all_that_a_poll_says_nothing_of_is_remembered() -> None:
    before = PollState(
        etag='"1"',
        last_modified="Tue, 24 Nov 2026 12:00:00 GMT",
        next_poll=NOW,
        last_poll=NOW - timedelta(hours=1),
        last_ok=NOW - timedelta(hours=2),
        interval=timedelta(hours=1),
        failures=2,
        failure=DOWN,
        ended=True,
        told_bad=True,
        body_hash="hash",
        marks="marks",
        ttl=timedelta(hours=2),
        skip_hours=frozenset({3}),
        moved="https://b.example/",
        pushed_until=NOW - timedelta(days=1),
        rhythm=Rhythm(first=NOW - timedelta(days=1), newest=(NOW - timedelta(days=1),)),
    )
    assert all(getattr(before, field.name) != field.default for field in fields(PollState))
    same = Page(url=PAGE.url, status=304, body=b"", not_modified=True)
    after = after_poll(before, Polled(feed=None, page=same), NOW, BOUNDS, Middle())
    well = replace(before, failures=0, failure=None, told_bad=False, last_poll=NOW, last_ok=NOW)
    assert after == replace(well, interval=after.interval, next_poll=after.next_poll)


def test_a_pushed_source_is_polled_rarely_and_at_its_leases_end_at_the_latest() -> None:
    leased = replace(FRESH, pushed_until=NOW + timedelta(days=3))
    assert wait(Feed(), state=leased) == timedelta(hours=6)
    assert wait(Feed(), state=replace(leased, pushed_until=NOW + timedelta(hours=2))) == timedelta(hours=2)
    assert wait(Feed(), state=replace(leased, pushed_until=NOW)) == UNKNOWN


def test_where_the_new_address_fails_the_old_one_is_asked_again() -> None:
    moved = replace(FRESH, moved="https://b.example/")
    gone = Failure(FailureKind.GONE, "gone", 410)
    after = after_poll(moved, gone, NOW, BOUNDS, Middle())
    assert (after.moved, after.ended) == (None, False)
    assert after_poll(after, gone, NOW, BOUNDS, Middle()).ended
