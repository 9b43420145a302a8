"""How late news is, and at what price: python benchmarks/fresh.py [--json -] [--data DIR]

``DIR/traces/feeds.jsonl`` holds lines with ``feed`` and ``moments``, when a feed's entries were published
(ISO 8601). Each feed is replayed from its first moment, 120 days at most, with the code that paces a desk's
polls; all feeds share one desk and so one allowance of polls. They begin in one week, each on its own
weekday and hour. A poll sees every entry published by then; the entries of the first poll are not counted.

Printed for each allowance: minutes from published to polled (p50, p90, p99) and polls a source and day of
sources that somebody follows at once; beside them polling evenly with the same allowance. Then sources that
only a digest each day at 08:00 follows: polls a day, and how old the oldest entry was that a digest lacked
though it was published (the worst of all digests).
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from digests.model import Entry, Feed, Page, PollState  # noqa: E402
from digests.ports import Polled  # noqa: E402
from digests.watch.cadence import Allowance, Bounds, Demand, after_poll  # noqa: E402

DATA = ROOT.parent / "shared" / "lab"
WEEK = timedelta(days=7)
START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
LONGEST = timedelta(days=120)
LISTED = 20  # entries a feed shows


@dataclass(frozen=True)
class Trace:
    feed: str
    moments: Sequence[datetime]


def load(path: Path) -> list[Trace]:
    """The traces, each moved by whole weeks so that all begin in one week."""
    traces = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        moments = sorted(datetime.fromisoformat(one).astimezone(UTC) for one in row["moments"])
        moved = (moments[0] - START) // WEEK * WEEK
        moments = [one - moved for one in moments if one <= moments[0] + LONGEST]
        traces.append(Trace(row["feed"], moments))
    return traces


@dataclass
class Result:
    late: list[timedelta]
    missing: list[timedelta]
    polls: int
    days: float

    def at(self, share: float) -> float:
        """Minutes."""
        late = sorted(self.late)
        return (
            round(late[min(len(late) - 1, int(share * len(late)))] / timedelta(minutes=1), 1) if late else 0.0
        )

    def figures(self) -> dict[str, float]:
        return {
            "p50_min": self.at(0.5),
            "p90_min": self.at(0.9),
            "p99_min": self.at(0.99),
            "polls_per_source_day": round(self.polls / self.days, 1),
        }


Wait = Callable[[int, datetime, Sequence[datetime]], datetime]
"""When a source (its place) is polled next, after a poll now that saw these moments."""


def replay(traces: Sequence[Trace], wait: Wait) -> Result:
    due = [(trace.moments[0], place) for place, trace in enumerate(traces)]
    heapq.heapify(due)
    seen = [0] * len(traces)
    result = Result([], [], 0, 0.0)
    polled: list[list[datetime]] = [[] for _ in traces]
    while due:
        now, place = heapq.heappop(due)
        moments = traces[place].moments
        result.polls += 1
        polled[place].append(now)
        known = bisect_right(moments, now)
        if len(polled[place]) > 1:
            result.late += [now - one for one in moments[seen[place] : known]]
        seen[place] = known
        if now >= moments[-1]:
            result.days += (now - moments[0]) / timedelta(days=1)
        else:
            heapq.heappush(due, (wait(place, now, moments[max(0, known - LISTED) : known]), place))
    for trace, polls in zip(traces, polled, strict=True):
        result.missing += lacking(trace.moments, polls)
    return result


def digest_after(now: datetime) -> datetime:
    today = now.replace(hour=8, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def lacking(moments: Sequence[datetime], polls: Sequence[datetime]) -> list[timedelta]:
    """Of each digest: the age of the oldest entry that was published but not polled, 0 if there is none."""
    found = []
    digest = digest_after(moments[0])
    while digest <= moments[-1]:
        last = polls[bisect_right(polls, digest) - 1]
        missed = moments[bisect_right(moments, last) : bisect_right(moments, digest)]
        found.append(digest - missed[0] if missed else timedelta(0))
        digest += timedelta(days=1)
    return found


def desk(bounds: Bounds, demand: Callable[[datetime], Demand], seed: int = 1) -> Wait:
    """Polls paced as a desk does."""
    states: dict[int, PollState] = {}
    allowance = Allowance(bounds)
    chance = random.Random(seed)

    def wait(place: int, now: datetime, moments: Sequence[datetime]) -> datetime:
        entries = tuple(Entry(source_id=place, title="", published=one) for one in reversed(moments))
        before = states.get(place, PollState())
        known = set(before.rhythm.newest)
        new = any(one not in known for one in moments)
        page = Page(url="https://feed.example/", status=200 if new else 304, body=b"")
        read = Polled(feed=Feed(title="", entries=entries) if new else None, page=page)
        nonlocal allowance
        after = after_poll(before, read, now, bounds, chance, demand(now), allowance.price)
        states[place] = after
        assert after.next_poll is not None
        allowance = allowance.spent(after.next_poll - now, now)
        return after.next_poll

    return wait


def even(minutes: float) -> Wait:
    return lambda place, now, moments: now + timedelta(minutes=minutes)


def measure(traces: Sequence[Trace]) -> dict[str, Any]:
    result: dict[str, Any] = {"feeds": len(traces)}
    for polls in (48, 24):
        at_once = replay(traces, desk(Bounds(polls_a_day=polls), lambda now: Demand(at_once=True)))
        figures = at_once.figures() | {"items": len(at_once.late)}
        even_ = replay(traces, even(24 * 60 / polls)).figures()
        if polls == 48:
            result |= figures
        result[f"at_{polls}"] = figures
        result[f"even_{polls}"] = even_
    daily = replay(traces, desk(Bounds(), lambda now: Demand(digest=digest_after(now))))
    result["digest_missing_min"] = round(max(daily.missing, default=timedelta(0)) / timedelta(minutes=1), 1)
    result["digest_polls_per_source_day"] = round(daily.polls / daily.days, 1)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="the folder with traces/")
    parser.add_argument("--quick", action="store_true", help="the same: it takes some seconds")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="where the figures go; - for standard output"
    )
    asked = parser.parse_args()
    path = asked.data / "traces" / "feeds.jsonl"
    if not path.is_file():
        print(
            f"There are no traces at {path}; name the folder that holds traces/ with --data.", file=sys.stderr
        )
        return 2
    text = json.dumps(measure(load(path)), indent=2)
    if asked.json is None or str(asked.json) == "-":
        print(text)
    else:
        asked.json.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
