"""How far the desk goes: machines, database, lateness and cost for 10 thousand to a million of each.

    python benchmarks/capacity.py
    python benchmarks/capacity.py --quick --json -

Three things go in. The cost of each step is measured here, now, on this machine (one core, real
code), and what the database bears on PostgreSQL: on the one that NEWSDESK_TEST_POSTGRES names, else
on one of its own, which need not survive a loss of power; on SQLite where this machine has none. How
feeds behave is published: of 12,611 feeds harvested over eight months, 8,155 published anything,
10,794,285 items (ROSES, LIP6); 25 % of feeds show nothing for days (Liu and others, IMC 2005); how
unevenly they publish is taken from ``DIR/stories/*.csv`` with a column ``publisher``, where --data
gives such a folder. What platforms allow is theirs: 30 messages a second for one Telegram token, 50
for one of Discord. Assumed, and named in the result: without such a folder, how rates are spread
(log-normal), what chats ask for, that subscriptions follow a power law, what a machine costs.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import math
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import NormalDist

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.capacity_store import NOW, measured
from benchmarks.group import speed as grouping_speed
from benchmarks.scale_main import with_postgres
from benchmarks.watch import race
from bot.render.discord_messages import digest_parts
from digests.brief.extractive.summarizer import ExtractiveSummarizer
from digests.edit.compose import Pick, compose
from digests.model import (
    Article,
    Brief,
    BriefRequest,
    Chat,
    Entry,
    Feed,
    Page,
    PollState,
    Story,
)
from digests.ports import Polled
from digests.read.extract import read_article
from digests.watch.cadence import Bounds, after_poll

# Published (see above).
PUBLISHING = 8_155 / 12_611  # the share of feeds that publish at all
ITEMS_A_DAY = 10_794_285 / 8_155 / 243  # of a publishing feed
TELEGRAM_RATE, DISCORD_RATE = 30.0, 50.0  # messages a second for one token

# Assumed; change them on the command line.
SPREAD = 1.6  # sigma of the log-normal rates
SUBSCRIPTIONS = 5  # of a chat
DAILY = 0.6  # of chats; the rest are told at once
BUSIEST_HOUR = 0.25  # of the daily chats want the same minute: one zone's morning
PARTS = 2.0  # messages of a daily digest
ON_TELEGRAM = 0.5
BUSY = 0.6  # of a core may be used
CORES, MEMORY, MONTHLY = (
    4,
    8.0,
    24.0,
)  # one machine: cores, gigabytes, euros a month; more memory at that price
WINDOW_DAYS = 7  # for which a story may grow


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of one core."""

    unchanged: float
    changed: float
    read: float
    group: float
    brief: float
    edit: float
    deliver: float
    statements_a_poll: float
    statements_a_delivery: float
    commits_a_second: float
    live_article_kb: float  # of memory, in the index that groups
    database: str


def timed(step: Callable[[], object], seconds: float) -> float:
    """Seconds of processor time one call takes, over as many as fit."""
    step()
    began, calls = time.process_time(), 0
    while time.process_time() - began < seconds:
        step()
        calls += 1
    return (time.process_time() - began) / calls


def article() -> Article:
    facts = [
        f"In district {n} the council of Vale granted {n * 7} homes {n * 3} million euros on Monday, {n} people said."
        for n in range(1, 26)
    ]
    return Article(id=1, title="The council of Vale grants homes money", url="https://a.example/1", language="en",
                   paragraphs=tuple(facts), sentences=tuple(facts), site="A", published=NOW)  # fmt: skip


def step_costs(seconds: float) -> dict[str, float]:
    one = article()
    html = f"<html><body><article><h1>{one.title}</h1>{''.join(f'<p>{p}</p>' for p in one.paragraphs)}</article></body></html>"
    page = Page(url=one.url, status=200, body=html.encode(), content_type="text/html")
    summarizer = ExtractiveSummarizer()
    loop = asyncio.new_event_loop()

    def brief() -> Brief:
        made = loop.run_until_complete(summarizer.brief(BriefRequest(articles=(one,)), None))
        assert isinstance(made, Brief)
        return made

    story = Story(id=1, lead_id=1, articles=(one,))
    chat = Chat(id=1, platform="telegram", address="1")
    picks = [Pick(story=story, brief=brief(), entry_ids=(n,), updated=False) for n in range(10)]
    try:
        return {
            "read": timed(lambda: read_article(Entry(url=one.url, title=one.title), page), seconds),
            "brief": timed(brief, seconds),
            "edit": timed(lambda: digest_parts(compose(chat, picks, {}, NOW), chat), seconds),
        }
    finally:
        loop.close()


def measure(quick: bool) -> Costs:
    sweep = race(150, 10) if quick else race(5_000, 30)
    steps = step_costs(0.3 if quick else 2.0)
    grouping = grouping_speed(5_000 if quick else 50_000, 200 if quick else 1_000, 5 if quick else 30)
    postgres = os.environ.get("NEWSDESK_TEST_POSTGRES", "")
    with tempfile.TemporaryDirectory() as folder:
        database, stored = asyncio.run(measured(postgres, Path(folder) / "capacity.sqlite3", quick=quick))
    return Costs(
        unchanged=1 / sweep["ours_304_per_s"],  # fetch, guard, cadence and store, one process
        changed=1 / sweep["ours_per_s"],
        read=steps["read"],
        group=1 / grouping["articles_per_s"],
        brief=steps["brief"],
        edit=steps["edit"],
        deliver=stored["deliver"],
        statements_a_poll=stored["statements_a_poll"],
        statements_a_delivery=stored["statements_a_delivery"],
        commits_a_second=stored["commits_a_second"],
        live_article_kb=grouping["memory_mb"] * 1000 / grouping["live_articles"],
        database=database,
    )


@dataclass(frozen=True, slots=True)
class Watching:
    """A day of one feed, the mean of many."""

    polls: float
    changed: float
    items: float
    lateness: float  # seconds from an item's appearing to the poll that finds it, the median


def spread_of(folder: Path | None) -> float:
    """The sigma of the log-normal rates: that under which the busiest tenth of publishers would have the
    share of items that it has in the folder's headlines. Without any, what is assumed."""
    counts: Counter[str] = Counter()
    for file in sorted(folder.glob("stories/*.csv")) if folder else ():
        with file.open(encoding="utf-8", newline="") as lines:
            counts.update(row["publisher"] for row in csv.DictReader(lines) if row.get("publisher"))
    tenth = counts.most_common(len(counts) // 10)
    if not tenth:
        return SPREAD
    busiest = sum(count for _, count in tenth) / counts.total()
    return NormalDist().inv_cdf(busiest) + NormalDist().inv_cdf(0.9)


def watching(feeds: int, days: int, spread: float, seed: int = 7) -> Watching:
    """Feeds with published rates, polled as the desk decides, for some days after settling."""
    rng, bounds = random.Random(seed), Bounds()
    polls = changed = items = 0
    late: list[float] = []
    for _ in range(feeds):
        rate = 0.0
        if rng.random() < PUBLISHING:
            rate = rng.lognormvariate(math.log(ITEMS_A_DAY) - spread**2 / 2, spread)
        state, now = PollState(), NOW
        appear = _next(NOW, rate, rng)
        recent: list[datetime] = []
        while now < NOW + timedelta(days=days + 2):
            counted = now >= NOW + timedelta(days=2)
            found = []
            while appear <= now:
                found.append(appear)
                appear = _next(appear, rate, rng)
            recent = (recent + found)[-30:]
            page = Page(
                url="https://a.example/", status=200 if found else 304, body=b"", not_modified=not found
            )
            feed = Feed(entries=tuple(Entry(published=at) for at in recent)) if found else None
            state = after_poll(state, Polled(feed=feed, page=page), now, bounds, rng)
            if counted:
                polls, changed, items = polls + 1, changed + bool(found), items + len(found)
                late += [(now - at).total_seconds() for at in found]
            now = state.next_poll or now
    late.sort()
    whole = feeds * days
    return Watching(polls / whole, changed / whole, items / whole, late[len(late) // 2] if late else 0.0)


def _next(after: datetime, rate: float, rng: random.Random) -> datetime:
    return after + timedelta(days=rng.expovariate(rate)) if rate > 0 else datetime.max.replace(tzinfo=UTC)


def plan(count: int, costs: Costs, feed: Watching) -> dict[str, float | int | str]:
    """What ``count`` sources and as many chats need, on average and in their busiest minute."""
    day = 86_400
    polls, changed, items = (x * count / day for x in (feed.polls, feed.changed, feed.items))
    daily = DAILY * count
    # an item reaches SUBSCRIPTIONS chats on average, of which some are told at once
    instant = items * SUBSCRIPTIONS * (1 - DAILY)
    digests = daily / day + instant
    messages = daily * PARTS / day + instant
    cores = (
        (polls - changed) * costs.unchanged + changed * costs.changed + items * (costs.read + costs.group + costs.brief)
        + digests * costs.edit + messages * costs.deliver
    )  # fmt: skip
    statements = (
        polls * costs.statements_a_poll + items * 6 + digests * 6 + messages * costs.statements_a_delivery
    )
    commits = polls / 50 + items * 2 + digests + messages * 2
    burst = daily * BUSIEST_HOUR * PARTS
    telegram, discord = burst * ON_TELEGRAM / TELEGRAM_RATE, burst * (1 - ON_TELEGRAM) / DISCORD_RATE
    tokens = math.ceil(max(telegram / 900, messages * ON_TELEGRAM / TELEGRAM_RATE / BUSY, 1))
    machines = math.ceil(cores / (BUSY * CORES)) or 1
    databases = commits / (costs.commits_a_second * BUSY)
    grouper = items * WINDOW_DAYS * day * costs.live_article_kb / 1e6
    full_at = {  # all grows with the count
        "one grouper's memory": count * MEMORY / grouper,
        "one Telegram token's send limit": count
        / max(telegram / 900, messages * ON_TELEGRAM / (TELEGRAM_RATE * BUSY)),
        "one database's write rate": count / databases,
    }
    first, reached = min(full_at.items(), key=lambda wall: wall[1])
    return {
        "sources_and_chats": count,
        "polls_per_s": round(polls, 1),
        "items_per_s": round(items, 2),
        "messages_per_s": round(messages, 1),
        "cores": round(cores, 2),
        "machines": machines,
        "grouper_gb": round(grouper, 1),
        "statements_per_s": round(statements),
        "commits_per_s": round(commits, 1),
        "of_one_database": round(databases, 2),
        "last_digest_late_s_telegram": round(telegram),
        "last_digest_late_s_discord": round(discord),
        "telegram_tokens_for_15_min": tokens,
        "euros_a_month": round((machines + math.ceil(databases) + max(0.0, grouper / MEMORY - 1)) * MONTHLY),
        "grouper_full_at": round(full_at["one grouper's memory"]),
        "telegram_full_at": round(full_at["one Telegram token's send limit"]),
        "database_full_at": round(full_at["one database's write rate"]),
        "first_wall": first if reached < count else "none",
    }


def table(rows: Sequence[dict[str, float | int | str]]) -> str:
    names = list(rows[0])
    return "\n".join(f"{name:32}" + "".join(f"{row[name]!s:>34}" for row in rows) for name in names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="under 50 s")
    parser.add_argument("--data", type=Path, metavar="DIR", help="take how unevenly feeds publish from there")
    parser.add_argument("--json", metavar="FILE", help="write one JSON object; - for standard output")
    args = parser.parse_args()
    with_postgres()
    costs = measure(args.quick)
    spread = spread_of(args.data)
    feed = watching(300 if args.quick else 3_000, 3 if args.quick else 14, spread)
    rows = [plan(count, costs, feed) for count in (10_000, 100_000, 1_000_000)]
    assumed = {"spread": round(spread, 2), "subscriptions": SUBSCRIPTIONS, "daily": DAILY, "same_minute": BUSIEST_HOUR,
               "parts": PARTS, "cores_a_machine": CORES, "gigabytes_a_machine": MEMORY, "euros_a_machine": MONTHLY}  # fmt: skip
    result = {"costs": asdict(costs), "feed_a_day": asdict(feed), "assumed": assumed, "plans": rows}
    if args.json == "-":
        print(json.dumps(result))
    elif args.json:
        Path(args.json).write_text(json.dumps(result, indent=2), encoding="utf-8")
    if args.json != "-":
        print(f"measured on {costs.database}, seconds of a core:")
        for name, value in asdict(costs).items():
            print(f"  {name:24}{value if isinstance(value, str) else round(value, 6)}")
        print(f"a feed's day: {asdict(feed)}\nassumed: {assumed}\n{table(rows)}")


if __name__ == "__main__":
    main()
