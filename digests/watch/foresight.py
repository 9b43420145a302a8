"""When a source will publish, by when it did: the hour, the weekday, a burst, a silence.

The expected rate is the usual one (entries a day, older ones for less), times how much of it falls into
this hour and on this weekday, pulled towards "as always" while little is known; a burst of the last
entries counts where it says more. The numbers were fitted on when real feeds published
(``benchmarks/fresh.py``): they matter little within a factor of two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from digests.model import Rhythm

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_HALF_LIFE: Final = 60.0  # days after which an entry counts half
_LASTING: Final = _HALF_LIFE / math.log(2)  # days that count, of endless ones
_NEIGHBOURS: Final = (0.12, 0.23, 0.3, 0.23, 0.12)  # an entry at seven speaks for six to eight too
_HOURS_PRIOR: Final = 4.0  # entries that would be spread evenly over the day
_DAYS_PRIOR: Final = 10.0  # and over the week
_RATE_PRIOR: Final = 0.25  # entries, in as many days: what is expected of a source nothing is known of
_BURST: Final = 0.6  # how much the pace of the last few entries counts
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
    hours, days = list(rhythm.hours), list(rhythm.days)
    # what a source had published before it was first asked was not found late
    found = () if told or rhythm.first is None else tuple(int((now - one).total_seconds()) for one in new)
    for one in new:
        if last is not None:
            fade = 0.5 ** ((one - last) / _DAY / _HALF_LIFE)
            hours = [count * fade for count in hours]
            days = [count * fade for count in days]
        hours[one.hour] += 1
        days[one.weekday()] += 1
        last = one
    return Rhythm(
        hours=tuple(round(count, 4) for count in hours),
        days=tuple(round(count, 4) for count in days),
        first=rhythm.first or new[0],
        newest=(*rhythm.newest, *new)[-_KEPT:],
        late=(*rhythm.late, *found)[-_LATE:],
    )


def lateness(seconds: Sequence[float]) -> timedelta | None:
    """From published to found, the median of these; None where there are none yet."""
    return timedelta(seconds=median(seconds)) if seconds else None


def expected(rhythm: Rhythm, start: datetime) -> Iterator[tuple[float, timedelta]]:
    """Entries a day expected from ``start`` on, as (rate, how long it holds), without end.

    The rate changes at full hours only. What was published until ``start`` is all that is used.
    """
    seen = sum(rhythm.hours)
    usual = _usual(rhythm, start, seen)
    burst = _burst(rhythm, start)
    moment = start
    while True:
        until = moment.replace(minute=0, second=0, microsecond=0) + _HOUR
        hour = (24 * _around(rhythm.hours, moment.hour) + _HOURS_PRIOR) / (seen + _HOURS_PRIOR)
        day = (7 * rhythm.days[moment.weekday()] + _DAYS_PRIOR) / (seen + _DAYS_PRIOR)
        yield max(usual * hour * day, burst), until - moment
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
