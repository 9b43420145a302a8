"""When to poll a source again, and whether its admins have something to hear.

Everything is a value: the state before, what the poll gave, the moment, the bounds, and a
source of chance for the jitter that keeps sources from falling into step.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from digests.model import Failure, FailureKind, Feed, PollState
from digests.ports import Polled

_JITTER: Final = 0.1  # of the interval, either way
_RECENT: Final = 10  # entries whose dates tell the pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How often a source may and must be polled, and when its failing is worth telling.

    ``longest_backoff`` caps the wait after failures: a failing source is never given up.
    ``pushed`` is the interval of a source whose hub tells what is new.
    """

    shortest: timedelta = timedelta(minutes=10)
    longest: timedelta = timedelta(hours=6)
    longest_backoff: timedelta = timedelta(days=1)
    pushed: timedelta = timedelta(hours=6)
    tell_after: int = 3  # failures in a row


def after_poll(
    state: PollState, result: Polled | Failure, now: datetime, bounds: Bounds, rng: random.Random
) -> PollState:
    """The state to remember after a poll.

    ``told_bad`` in the result that differs from the one before is the decision to tell the
    admins: once when the source goes bad, once when it is back.
    """
    if isinstance(result, Failure):
        return _failed(state, result, now, bounds, rng)
    page, asks = result.page, state if result.feed is None else result.feed
    interval = _interval(state, result, now, bounds, asks.ttl)
    wait = _jittered(interval, rng)
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


def _interval(
    state: PollState, result: Polled, now: datetime, bounds: Bounds, ttl: timedelta | None
) -> timedelta:
    """Half the usual time between two entries; grows gently while nothing changes."""
    feed = result.feed
    wanted = state.interval * 1.25 if feed is None else _pace(feed, result.older, now) or state.interval
    shortest = bounds.shortest
    if ttl is not None:
        shortest = max(shortest, min(ttl, bounds.longest))
    return min(max(wanted, shortest), max(bounds.longest, shortest))


def _pace(feed: Feed, older: Sequence[datetime], now: datetime) -> timedelta | None:
    moments = [*older, *(entry.published for entry in feed.entries if entry.published)]
    moments = sorted((moment for moment in moments if moment <= now), reverse=True)[:_RECENT]
    if len(moments) < 2:
        return None
    usual = (moments[0] - moments[-1]) / (len(moments) - 1)
    silent = now - moments[0]  # a source that fell silent is slowed down by its silence
    return max(usual, silent / 4) / 2


def _jittered(wait: timedelta, rng: random.Random) -> timedelta:
    return wait * rng.uniform(1 - _JITTER, 1 + _JITTER)


def _past_skipped_hours(moment: datetime, skip: frozenset[int]) -> datetime:
    """The first moment from then on in an hour (UTC) that the feed does not ask to skip."""
    if len(skip) >= 24:  # asks never to be polled: taken as a mistake
        return moment
    while moment.hour in skip:
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment
