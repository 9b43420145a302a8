"""When to poll a source again, and whether its admins have something to hear.

Everything is a value: the state before, what the poll gave, the moment, the bounds, who waits for the
source's news, the price of a poll, and a source of chance for the jitter that keeps sources from falling
into step.

A source that somebody follows at once is polled again when the lateness to be expected is worth a poll: the
rates expected since the last one, to a power, add up to the price (the square root would be best for the mean
lateness; a little more serves the latest ones better). The price
is what makes a desk keep its allowance of polls, see ``Allowance``.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from digests.model import Demand, Failure, FailureKind, PollState, Rhythm
from digests.ports import Polled

_FIVE: Final = timedelta(minutes=5)
_DAY: Final = timedelta(days=1)
_HALF_LIFE: Final = 60.0  # days after which an entry counts half
_LASTING: Final = _HALF_LIFE / math.log(2)  # days that count, of endless ones
_NEIGHBOURS: Final = (0.12, 0.23, 0.3, 0.23, 0.12)  # an entry at seven speaks for six to eight too
_HOURS_PRIOR: Final = 4.0  # entries that would be spread evenly over the day
_DAYS_PRIOR: Final = 10.0  # and over the week
_MINUTES_PRIOR: Final = 20.0  # and over the hour as most do: at its full, its half, its quarters
_SLOTS: Final = (
    1.6,
    0.9,
    0.9,
    1.1,
    0.9,
    0.8,
    1.3,
    0.8,
    0.8,
    1.1,
    0.9,
    0.9,
)  # of five minutes; their mean is 1
_RATE_PRIOR: Final = 0.25  # entries, in as many days: what is expected of a source nothing is known of
_BURST: Final = 1.0  # how much the pace of the last few entries counts
_KEPT: Final = 5  # of the newest entries: four gaps
_LATE: Final = 9  # entries whose lateness is kept


def learned(rhythm: Rhythm, moments: Iterable[datetime], now: datetime, *, told: bool = False) -> Rhythm:
    """The rhythm with those of the moments that are new to it; moments to come are left out.

    ``told``: the entries came before this, by a push, so that it says nothing of how late they were found.
    """
    last = rhythm.newest[-1] if rhythm.newest else None
    new = sorted({one for one in moments if one <= now and (last is None or one > last)})
    if not new:
        return rhythm
    hours, days, minutes = list(rhythm.hours), list(rhythm.days), list(rhythm.minutes)
    # what a source had published before it was first asked was not found late
    found = () if told or rhythm.first is None else tuple(int((now - one).total_seconds()) for one in new)
    for one in new:
        if last is not None:
            fade = 0.5 ** ((one - last) / _DAY / _HALF_LIFE)
            hours = [count * fade for count in hours]
            days = [count * fade for count in days]
            minutes = [count * fade for count in minutes]
        hours[one.hour] += 1
        days[one.weekday()] += 1
        minutes[one.minute // 5] += 1
        last = one
    return Rhythm(
        hours=tuple(round(count, 4) for count in hours),
        days=tuple(round(count, 4) for count in days),
        minutes=tuple(round(count, 4) for count in minutes),
        first=rhythm.first or new[0],
        newest=(*rhythm.newest, *new)[-_KEPT:],
        late=(*rhythm.late, *found)[-_LATE:],
    )


def lateness(seconds: Sequence[float]) -> timedelta | None:
    """From published to found, the median of these; None where there are none yet."""
    return timedelta(seconds=median(seconds)) if seconds else None


def expected(rhythm: Rhythm, start: datetime) -> Iterator[tuple[float, timedelta]]:
    """Entries a day expected from ``start`` on, as (rate, how long it holds), without end.

    The rate changes every five minutes. What was published until ``start`` is all that is used.
    """
    seen, timed = sum(rhythm.hours), sum(rhythm.minutes)
    usual = _usual(rhythm, start, seen)
    burst = _burst(rhythm, start)
    moment = start
    while True:
        until = moment.replace(minute=moment.minute // 5 * 5, second=0, microsecond=0) + _FIVE
        hour = (24 * _around(rhythm.hours, moment.hour) + _HOURS_PRIOR) / (seen + _HOURS_PRIOR)
        day = (7 * rhythm.days[moment.weekday()] + _DAYS_PRIOR) / (seen + _DAYS_PRIOR)
        slot = moment.minute // 5
        minute = (12 * rhythm.minutes[slot] + _MINUTES_PRIOR * _SLOTS[slot]) / (timed + _MINUTES_PRIOR)
        yield max(usual * hour * day, burst) * minute, until - moment
        moment = until


def _usual(rhythm: Rhythm, now: datetime, seen: float) -> float:
    """Entries a day. The first one only marks where counting began."""
    if rhythm.first is None:
        return 1.0
    span = max((now - rhythm.first) / _DAY, 0.0)
    counted = _LASTING * (1 - math.exp(-span / _LASTING))
    faded: float = seen * 0.5 ** (max((now - rhythm.newest[-1]) / _DAY, 0.0) / _HALF_LIFE)
    return (max(faded - 0.5, 0.0) + _RATE_PRIOR) / (counted + _RATE_PRIOR)


def _burst(rhythm: Rhythm, now: datetime) -> float:
    """Entries a day by the pace of the last few, the silence since then included."""
    gaps = len(rhythm.newest) - 1
    if gaps < 1:
        return 0.0
    return _BURST * gaps / (max((now - rhythm.newest[0]) / _DAY, 0.0) + 0.001)


def _around(hours: tuple[float, ...], hour: int) -> float:
    return sum(share * hours[(hour + off) % 24] for share, off in zip(_NEIGHBOURS, range(-2, 3), strict=True))


_JITTER: Final = 0.05  # of the wait, either way
_LEAD: Final = (timedelta(minutes=2), timedelta(minutes=7))  # before a digest, by chance between these
HASTENED: Final = timedelta(minutes=5)  # before a digest, and after a wish to hear at once
_PLANNED: Final = 0.99  # of the polls a day; the rest are what people ask for
_DRIFT: Final = 0.1  # a day, of what the waits were too short by
_WEIGHT: Final = 0.65  # of the expected rate
_LATEST: Final = 1.03  # times the even interval: how long a source that is followed at once may wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How often a source may and must be polled, and when its failing is worth telling.

    ``polls_a_day`` is what a source may cost on average over all the desk's. ``shortest`` and ``longest``
    bound every wait. ``longest_backoff`` caps the wait after failures: a failing source is never given up.
    ``pushed`` is the interval of a source whose hub tells what is new, ``unfollowed`` of one nobody follows.
    """

    polls_a_day: float = 48.0
    shortest: timedelta = timedelta(minutes=5)
    longest: timedelta = timedelta(hours=6)
    unfollowed: timedelta = timedelta(days=1)
    longest_backoff: timedelta = timedelta(days=1)
    pushed: timedelta = timedelta(hours=6)
    tell_after: int = 3  # failures in a row

    @property
    def even(self) -> timedelta:
        """Between two polls of a source if all were polled evenly."""
        return _DAY / (self.polls_a_day * _PLANNED)


AT_ONCE: Final = Demand(at_once=True)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Keeps a desk at its polls a day by the price of a poll.

    The mean of the waits that polls were given is the mean time between two polls of a source, whatever the
    mix of sources; it is held at ``bounds.even`` over some weeks, so that a week with much news may cost more
    than one without. ``polls`` and ``waits`` (days) are sums in which what lies a week back counts half.
    A value: ``spent`` gives the next one.
    """

    bounds: Bounds
    drift: float = 0.0  # the logarithm of what the price was raised by
    polls: float = 50.0
    waits: float = 0.0
    at: datetime | None = None

    @property
    def price(self) -> float:
        """Entries a day to the power ``_WEIGHT``, times days."""
        return 0.5 * (self.bounds.even / _DAY) * math.exp(self.drift + self._short())

    def _short(self) -> float:
        """How much too short the waits were, as a logarithm: 0 is just right."""
        if not self.waits:
            return 0.0
        return max(-2.0, min(2.0, math.log(self.polls * (self.bounds.even / _DAY) / self.waits)))

    def spent(self, wait: timedelta, now: datetime) -> Allowance:
        """After a poll that was given this wait."""
        days = max((now - self.at) / _DAY, 0.0) if self.at else 0.0
        fade = 0.5 ** (days / 7)
        waits = self.waits or self.polls * (self.bounds.even / _DAY)
        drift = self.drift + self._short() * min(days, 1.0) * _DRIFT
        return Allowance(
            self.bounds,
            max(-4.0, min(4.0, drift)),
            self.polls * fade + 1,
            waits * fade + wait / _DAY,
            now if self.at is None else max(now, self.at),
        )


def after_poll(
    state: PollState,
    result: Polled | Failure,
    now: datetime,
    bounds: Bounds,
    rng: random.Random,
    demand: Demand = AT_ONCE,
    price: float = 0.0125,
) -> PollState:
    """The state to remember after a poll.

    ``told_bad`` in the result that differs from the one before is the decision to tell the
    admins: once when the source goes bad, once when it is back.
    """
    if isinstance(result, Failure):
        return _failed(state, result, now, bounds, rng)
    page, asks = result.page, state if result.feed is None else result.feed
    rhythm = _rhythm(state, result, now)
    interval = _interval(state, result, rhythm, now, bounds, demand, price)
    if asks.ttl is not None:
        interval = max(interval, min(asks.ttl, bounds.longest))
    wait = _jittered(interval, rng)
    if demand.digest is not None:
        wait = _before_digest(wait, demand.digest - now, bounds, rng)
    if page.max_age is not None:
        wait = max(wait, min(page.max_age, bounds.longest))
    if state.pushed_until is not None and state.pushed_until > now:
        wait = max(wait, min(_jittered(bounds.pushed, rng), state.pushed_until - now))
    return PollState(  # one for every poll, and ``replace`` takes twice as long
        etag=page.etag or (state.etag if page.not_modified else None),
        last_modified=page.last_modified or (state.last_modified if page.not_modified else None),
        next_poll=_past_skipped_hours(now + wait, asks.skip_hours),
        last_poll=now,
        last_ok=now,
        interval=interval,
        body_hash=state.body_hash if page.not_modified else page.body_hash or body_hash(page.body),
        marks=state.marks if result.feed is None else result.marks,
        ttl=asks.ttl,
        skip_hours=asks.skip_hours,
        ended=state.ended,
        moved=state.moved,
        pushed_until=state.pushed_until,
        rhythm=rhythm,
    )


def body_hash(body: bytes) -> str:
    """What tells whether a body is the one of last time."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _failed(
    state: PollState, failure: Failure, now: datetime, bounds: Bounds, rng: random.Random
) -> PollState:
    failures = state.failures + 1
    base = max(state.interval, bounds.shortest)
    wait = min(base * 2 ** min(failures - 1, 16), bounds.longest_backoff)
    wait = min(_jittered(wait, rng), bounds.longest_backoff)
    if failure.retry_after is not None:
        wait = max(wait, min(failure.retry_after, bounds.longest_backoff))
    ended = failure.kind is FailureKind.GONE and state.moved is None
    return replace(
        state,
        moved=None,  # the next try is at the address that was given
        next_poll=now + wait,
        last_poll=now,
        failures=failures,
        failure=failure,
        ended=ended,
        told_bad=state.told_bad or ended or failures >= bounds.tell_after,
    )


def _rhythm(state: PollState, result: Polled, now: datetime) -> Rhythm:
    if result.feed is None:
        return state.rhythm
    moments = [*result.older, *(entry.published for entry in result.feed.entries if entry.published)]
    pushed = state.pushed_until is not None and state.pushed_until > now
    return learned(state.rhythm, moments, now, told=pushed)


def _interval(
    state: PollState,
    result: Polled,
    rhythm: Rhythm,
    now: datetime,
    bounds: Bounds,
    demand: Demand,
    price: float,
) -> timedelta:
    """How long the source may wait by what is expected of it and who waits for it."""
    if demand.at_once:
        latest = min(bounds.even * _LATEST, bounds.longest)
        return max(_worth(rhythm, now, price, latest), bounds.shortest)
    if demand.digest is not None:
        return max(min(_listed(state, result, rhythm, now), bounds.longest), bounds.shortest)
    return max(bounds.unfollowed, bounds.shortest)


def _worth(rhythm: Rhythm, now: datetime, price: float, latest: timedelta) -> timedelta:
    """How long until a poll is worth its price."""
    wait = timedelta(0)
    for rate, lasts in expected(rhythm, now):
        cost: float = rate**_WEIGHT * (lasts / _DAY)
        if cost >= price:
            return min(wait + lasts * (price / cost), latest)
        price -= cost
        wait += lasts
        if wait >= latest:
            return latest
    raise AssertionError("what is expected has no end")


def _listed(state: PollState, result: Polled, rhythm: Rhythm, now: datetime) -> timedelta:
    """Half the time after which a feed that publishes at its newest pace drops an entry it shows."""
    if result.feed is None:
        return state.interval * 1.5
    if len(rhythm.newest) < 2:
        return timedelta.max
    gap = max(now - rhythm.newest[0], timedelta(minutes=1)) / len(rhythm.newest)
    return gap * max(len(result.feed.entries) + len(result.older), 1) / 2


def _before_digest(wait: timedelta, until: timedelta, bounds: Bounds, rng: random.Random) -> timedelta:
    """A wait that ends shortly before the digest, if else it went on beyond, or ended just before."""
    lead = _LEAD[0] + (_LEAD[1] - _LEAD[0]) * rng.random()
    if until <= lead:  # this poll was the one for the digest
        return wait
    close = until - lead
    return close if wait > close - bounds.shortest else wait


def _jittered(wait: timedelta, rng: random.Random) -> timedelta:
    return wait * rng.uniform(1 - _JITTER, 1 + _JITTER)


def _past_skipped_hours(moment: datetime, skip: frozenset[int]) -> datetime:
    """The first moment from then on in an hour (UTC) that the feed does not ask to skip."""
    if len(skip) >= 24:  # asks never to be polled: taken as a mistake
        return moment
    while moment.hour in skip:
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment
