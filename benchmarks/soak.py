"""A week of the desk in minutes: does it keep its memory, its tasks and its file handles?

    python benchmarks/soak.py
    python benchmarks/soak.py --quick --json -

The whole desk runs: real HTTP to sites on this machine, real reading in other processes, SQLite.
Its clock is set on by ``--step`` minutes after each cycle, and nobody waits in between. Sources
publish at random (log-normal rates); sites and the chat platform fail in every way at random:
500, 429, connections cut, junk, slow answers; floods, refusals, answers lost. The sites are a
process of their own and what the platform took is noted in a file, so that memory is the desk's
and its readers' alone, after a collection, at the end of each day. A delay is from an item's
appearing on its site to the first message that tells it being taken, in the desk's time, for chats
that are told at once and follow its site; so it holds the wait for the next poll, and a step of
the clock at most. ``late`` names the items that took longer than a day, and where the time went.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO, cast

sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil

from benchmarks.soak_sites import DAY, START, FastClock, Served, appearances, served
from bot import logs
from bot.app import App, open_app
from bot.config import Settings, SourceSettings
from digests.model import Chat, ChatSettings, Delivery, Digest, Part, PollState, Subscription
from digests.ports import Absent, Channel, Doubt, Found, NotSent, Outcome, Refused, Sent, Unknown, Wait

DOUBTFUL = 0.03  # of the platform's answers


class SoakChannel:
    """A platform that fails now and then, and notes how old what it takes is."""

    platform = "soak"

    def __init__(self, clock: FastClock, notes: TextIO) -> None:
        self.clock, self.notes = clock, notes
        self.rng = random.Random(10)
        self.faults: Counter[str] = Counter()
        self.taken = 0
        self._there: dict[str, str] = {}  # the newest messages

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        urls = [link.url for item in (*digest.items, *digest.headlines) for link in item.links]
        stories = tuple(item.story_id for item in digest.items)
        return (Part(payload=json.dumps(urls), plain="\n".join(urls), stories=stories),)

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        await asyncio.sleep(0)
        outcome: Outcome | None = None
        if self.rng.random() < DOUBTFUL:
            outcome = self.rng.choice([
                Wait(timedelta(minutes=5)), NotSent("no connection"), Doubt("the answer was lost"), Refused("markup"),
            ])  # fmt: skip
            if isinstance(outcome, Refused) and delivery.plain:
                outcome = None
        if outcome is not None:
            self.faults[type(outcome).__name__] += 1
        if outcome is None or isinstance(outcome, Doubt):
            self._take(chat, delivery)
        return outcome or Sent(str(self.taken))

    def _take(self, chat: Chat, delivery: Delivery) -> None:
        self.taken += 1
        self._there = dict([*self._there.items(), (delivery.nonce, str(self.taken))][-50:])
        if chat.settings.cadence != "instant":
            return
        after = (self.clock() - START).total_seconds()
        for url in delivery.content.plain.splitlines():
            site, item = url.rsplit("/", 2)[1:]
            print(chat.id, site, item, after, file=self.notes)

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        there = self._there.get(delivery.nonce)
        return Found(there) if there else Absent()


@asynccontextmanager
async def soaking(
    sources: int, chats: int, sites: Served, clock: FastClock, folder: Path
) -> AsyncIterator[tuple[App, SoakChannel]]:
    base = Settings()
    settings = base.model_copy(update={
        "store": base.store.model_copy(update={"url": str(folder / "soak.sqlite3")}),
        "watch": base.watch.model_copy(update={"allow_private": True}),
        "sources": tuple(SourceSettings(url=f"{sites.base}/{n}/feed", name=f"Site {n}") for n in range(sources)),
    })  # fmt: skip
    with (folder / "told.txt").open("w", encoding="ascii") as notes:
        channel = SoakChannel(clock, notes)
        async with open_app(settings, console=False, clock=clock) as app:
            cast("dict[str, Channel]", app.channels)["soak"] = channel
            await follow(app, chats, sources)
            yield app, channel


async def follow(app: App, chats: int, sources: int) -> None:
    """Half of the chats are told at once, half daily at some hour; each follows five sources."""
    store, rng = app.desk.store, random.Random(11)
    for n in range(chats):
        cadence = "instant" if n % 2 else f"daily {rng.randrange(24):02}:00"
        wanted = Chat(platform="soak", address=str(n), settings=ChatSettings(cadence=cadence))
        chat = await store.chats.ensure(wanted, START)
        for source in rng.sample(range(1, sources + 1), min(5, sources)):
            await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source), START)
        await store.chats.schedule(chat.id, START)


def delays(folder: Path, sources: int, days: int) -> Iterator[tuple[float, int, int, int]]:
    """Seconds, chat, site and item: of each item the first message that told it to each chat that
    follows its site. A story may link what other sites wrote of it before the chat's own."""
    appear, told = appearances(sources, days), set()
    with closing(sqlite3.connect(folder / "soak.sqlite3")) as store:
        sites = dict(store.execute("SELECT id, CAST(substr(name, 6) AS INTEGER) FROM sources"))
        followed = {
            (chat, sites[source])
            for chat, source in store.execute("SELECT chat_id, source_id FROM subscriptions")
        }
    with (folder / "told.txt").open(encoding="ascii") as notes:
        for line in notes:
            chat, site, item = map(int, line.split()[:3])
            if (chat, site, item) not in told and (chat, site) in followed:
                told.add((chat, site, item))
                yield float(line.split()[3]) - appear[site][item], chat, site, item


def life(folder: Path, site: int, item: int) -> dict[str, Any]:
    """When the item was found and read, how often in vain, and its story's reports."""
    with closing(sqlite3.connect(folder / "soak.sqlite3")) as store:
        store.row_factory = sqlite3.Row
        row = store.execute(
            "SELECT e.found, e.read_failures, e.failure, a.story_id, (SELECT count(*) FROM articles b"
            " WHERE b.story_id = a.story_id) AS reports FROM entries e"
            " LEFT JOIN articles a ON a.entry_id = e.id WHERE e.url LIKE ?",
            (f"%/{site}/{item}",),
        ).fetchone()
    return dict(row) if row else {}


class Polls:
    """Counts a desk's polls of each source."""

    def __init__(self, app: App) -> None:
        self.counts: Counter[int] = Counter()
        self._store = app.desk.store
        self._polled = self._store.sources.polled
        self._store.sources.polled = self.polled  # type: ignore[method-assign]

    async def polled(self, states: Mapping[int, PollState]) -> None:
        self.counts.update(states.keys())
        await self._polled(states)

    async def a_day(self, days: float) -> dict[str, float]:
        """Of a source on average: of those that a chat told at once follows, and of all."""
        at_once = {
            source.id
            for chat in await self._store.chats.all()
            if chat.settings.cadence == "instant"
            for _, source in await self._store.subscriptions.of_chat(chat.id)
        }
        every = {source.id for source in await self._store.sources.all()}
        return {
            name: round(sum(self.counts[one] for one in ids) / max(len(ids), 1) / days, 1)
            for name, ids in (("at_once", at_once), ("all", every))
        }


def look(day: int, sites: Served) -> dict[str, Any]:
    """What the process holds now."""
    gc.collect()
    process = psutil.Process()
    readers = [
        child
        for child in process.children()
        if child.pid != sites.pid and any("spawn_main" in word for word in child.cmdline())
    ]
    return {
        "day": day,
        "rss_mb": round(process.memory_info().rss / 1e6, 1),
        "readers_rss_mb": round(sum(reader.memory_info().rss for reader in readers) / 1e6, 1),
        "handles": process.num_fds(),
        "threads": process.num_threads(),
        "readers": len(readers),
        "objects": len(gc.get_objects()),
        "tasks": dict(
            sorted(Counter(task.get_name().rstrip("0123456789-") for task in asyncio.all_tasks()).items())
        ),
    }


async def soak(sources: int, chats: int, days: int, step: timedelta, seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, served(sources, days) as (sites, clock):
        folder = Path(name)
        async with soaking(sources, chats, sites, clock, folder) as (app, channel):
            polls = Polls(app)
            began, rows, entries, cycles = time.monotonic(), [look(0, sites)], 0, 0
            while clock.ahead < days * DAY and time.monotonic() - began < seconds:
                entries += (await app.desk.cycle()).entries
                cycles += 1
                clock.set_on(step)
                if clock.ahead // DAY >= len(rows):
                    await app.desk.prune()
                    row = {
                        "entries": entries,
                        "sent": channel.taken,
                        "wall_s": round(time.monotonic() - began),
                    }
                    rows.append(look(len(rows), sites) | row)
                    print(rows[-1], file=sys.stderr)
            wall = time.monotonic() - began
            polls_a_day = await polls.a_day(clock.ahead / DAY)
            site_faults = await asyncio.to_thread(sites.faults)
        found = sorted(delays(folder, sources, days))
        late = [one for one in found if one[0] > DAY.total_seconds()]
        return {
            "sources": sources,
            "chats": chats,
            "days": clock.ahead / DAY,
            "step_s": step.total_seconds(),
            "wall_s": round(wall, 1),
            "cycles": cycles,
            "entries": entries,
            "polls_per_source_day": polls_a_day,
            "messages": channel.taken,
            "site_faults": site_faults,
            "platform_faults": dict(channel.faults),
            "instant": {"told": len(found), **{
                name: round(found[int(share * (len(found) - 1))][0]) if found else None
                for name, share in (("p50_s", 0.5), ("p90_s", 0.9), ("p99_s", 0.99), ("most_s", 1.0))
            }},
            "late": [
                {"after_s": round(after), "chat": chat, "site": site, "item": item, **life(folder, site, item)}
                for after, chat, site, item in late[-10:]
            ],
            "days_seen": rows,
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--quick", action="store_true", help="fewer sources and chats, longer steps; under 50 s"
    )
    parser.add_argument("--json", metavar="FILE", help="write one JSON object; - for standard output")
    parser.add_argument("--sources", type=int)
    parser.add_argument("--chats", type=int)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument(
        "--step", type=float, metavar="MINUTES", help="how far the clock is set on after a cycle"
    )
    parser.add_argument("--seconds", type=float, help="stop after so long, with what there is")
    args = parser.parse_args()
    logs.set_up("CRITICAL", "auto", ())
    sources, chats, step, seconds = (20, 6, 120.0, 35.0) if args.quick else (2_000, 500, 10.0, 1e9)
    result = asyncio.run(
        soak(
            args.sources or sources, args.chats or chats, args.days, timedelta(minutes=args.step or step),
            args.seconds or seconds,
        )
    )  # fmt: skip
    if args.json and args.json != "-":
        Path(args.json).write_text(json.dumps(result, indent=2), encoding="utf-8")
    print(json.dumps(result) if args.json == "-" else json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
