"""A week of the desk in minutes: does it keep its memory, its tasks and its file handles?

    python benchmarks/soak.py
    python benchmarks/soak.py --quick --json -

The whole desk runs: real HTTP to sites on this machine, real reading in other processes, SQLite.
Its clock is set on by ``--step`` minutes after each cycle, and nobody waits in between. Sources
publish at random (log-normal rates); sites and the chat platform fail in every way at random:
500, 429, connections cut, junk, slow answers; floods, refusals, answers lost. Memory is this
process's and its readers' after a collection, at the end of each day. A delay is from an item's
appearing on its site to the message that tells it being taken, in the desk's time, for chats that
are told at once; so it holds the wait for the next poll, and a step of the clock at most.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sys
import tempfile
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil
from aiohttp import web

from bot import logs
from bot.app import App, open_app
from bot.config import Settings, SourceSettings
from digests.model import Chat, ChatSettings, Delivery, Digest, Part, Subscription
from digests.ports import Absent, Channel, Doubt, Found, NotSent, Outcome, Refused, Sent, Unknown, Wait

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
LISTED = 15  # items in a feed
FAULTY = 0.05  # of a site's answers
DOUBTFUL = 0.03  # of the platform's answers
SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "le",
    "mi",
    "no",
    "pu",
    "ra",
    "se",
    "ti",
    "vo",
    "zu",
    "kar",
    "len",
)


class FastClock:
    """Real seconds, and on top of them whatever it was set on by."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return START + self.ahead + timedelta(seconds=time.monotonic() - self._began)


class Sites:
    """Feeds whose items appear at their times, and their articles."""

    def __init__(self, count: int, days: int, clock: FastClock, rng: random.Random) -> None:
        self.clock, self.rng = clock, rng
        self.faults: Counter[str] = Counter()
        self.appear: list[list[datetime]] = []
        for _ in range(count):
            rate = min(rng.lognormvariate(0.3, 1.2), 40.0)  # items a day
            times, at = [], START + timedelta(days=rng.expovariate(rate))
            while at < START + days * DAY:
                times.append(at)
                at += timedelta(days=rng.expovariate(rate))
            self.appear.append(times)
        self.base = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{site}/feed", self.feed)
        app.router.add_get("/{site}/{item}", self.article)
        return app

    async def _fault(self, request: web.Request) -> web.StreamResponse | None:
        if self.rng.random() > FAULTY:
            return None
        kind = self.rng.choice(["500", "429", "cut", "junk", "slow", "gone"])
        self.faults[kind] += 1
        if kind == "cut":
            assert request.transport is not None
            request.transport.abort()
        if kind == "slow":
            await asyncio.sleep(0.05)
            return None
        if kind == "junk":
            return web.Response(body=bytes(self.rng.randrange(256) for _ in range(400)))
        status = {"500": 500, "429": 429, "gone": 404}.get(kind, 500)
        return web.Response(status=status, headers={"Retry-After": "600"} if kind == "429" else {})

    async def feed(self, request: web.Request) -> web.StreamResponse:
        fault = await self._fault(request)
        if fault is not None:
            return fault
        site = int(request.match_info["site"])
        there = bisect_right(self.appear[site], self.clock())
        tag = f'"{there}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        items = "".join(
            f"<item><title>{words(site, n, 6)}</title><link>{self.base}/{site}/{n}</link>"
            f"<guid>{site}-{n}</guid><pubDate>{self.appear[site][n]:%a, %d %b %Y %H:%M:%S +0000}</pubDate></item>"
            for n in reversed(range(max(0, there - LISTED), there))
        )
        body = f'<rss version="2.0"><channel><title>Site {site}</title>{items}</channel></rss>'
        return web.Response(text=body, content_type="application/rss+xml", headers={"ETag": tag})

    async def article(self, request: web.Request) -> web.StreamResponse:
        fault = await self._fault(request)
        if fault is not None:
            return fault
        site, item = int(request.match_info["site"]), int(request.match_info["item"])
        text = "".join(
            f"<p>{' '.join(words(site, item, 14, n) + '.' for n in (p, p + 9))}</p>" for p in range(6)
        )
        title = words(site, item, 6)
        page = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article></body></html>"
        return web.Response(text=page, content_type="text/html")


def words(site: int, item: int, count: int, part: int = 0) -> str:
    """Made-up words that no other item has, so that no two items are one story."""
    rng = random.Random(f"{site} {item} {part}")
    made = ("".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(count))
    return " ".join(made).capitalize()


class SoakChannel:
    """A platform that fails now and then, and notes how old what it takes is."""

    platform = "soak"

    def __init__(self, sites: Sites, clock: FastClock, rng: random.Random) -> None:
        self.sites, self.clock, self.rng = sites, clock, rng
        self.faults: Counter[str] = Counter()
        self.taken = 0
        self.delays: list[float] = []
        self._told: set[tuple[int, str]] = set()
        self._there: dict[str, str] = {}

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
        for url in delivery.content.plain.splitlines():
            site, item = (int(part) for part in url.rsplit("/", 2)[1:])
            if (chat.id, url) not in self._told:
                self._told.add((chat.id, url))
                self.delays.append((self.clock() - self.sites.appear[site][item]).total_seconds())

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        there = self._there.get(delivery.nonce)
        return Found(there) if there else Absent()


@asynccontextmanager
async def soaking(
    sources: int, chats: int, days: int, folder: Path
) -> AsyncIterator[tuple[App, FastClock, SoakChannel]]:
    rng = random.Random(8)
    clock = FastClock()
    sites = Sites(sources, days, clock, rng)
    runner = web.AppRunner(sites.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sites.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    base = Settings()
    settings = base.model_copy(update={
        "store": base.store.model_copy(update={"url": str(folder / "soak.sqlite3")}),
        "watch": base.watch.model_copy(update={"allow_private": True}),
        "sources": tuple(SourceSettings(url=f"{sites.base}/{n}/feed", name=f"Site {n}") for n in range(sources)),
    })  # fmt: skip
    channel = SoakChannel(sites, clock, rng)
    try:
        async with open_app(settings, console=False, clock=clock) as app:
            cast("dict[str, Channel]", app.channels)["soak"] = channel
            await follow(app, chats, sources, rng)
            yield app, clock, channel
    finally:
        await runner.cleanup()


async def follow(app: App, chats: int, sources: int, rng: random.Random) -> None:
    """Half of the chats are told at once, half daily at some hour; each follows five sources."""
    store = app.desk.store
    for n in range(chats):
        cadence = "instant" if n % 2 else f"daily {rng.randrange(24):02}:00"
        wanted = Chat(platform="soak", address=str(n), settings=ChatSettings(cadence=cadence))
        chat = await store.chats.ensure(wanted, START)
        for source in rng.sample(range(1, sources + 1), min(5, sources)):
            await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source), START)
        await store.chats.schedule(chat.id, START)


def look(day: int, clock: FastClock) -> dict[str, Any]:
    """What the process holds now."""
    gc.collect()
    process = psutil.Process()
    readers = process.children()
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
    with tempfile.TemporaryDirectory() as folder:
        async with soaking(sources, chats, days, Path(folder)) as (app, clock, channel):
            began, rows, entries, cycles = time.monotonic(), [look(0, clock)], 0, 0
            while clock.ahead < days * DAY and time.monotonic() - began < seconds:
                entries += (await app.desk.cycle()).entries
                cycles += 1
                clock.ahead += step
                if clock.ahead // DAY >= len(rows):
                    await app.desk.prune()
                    rows.append({**look(len(rows), clock), "entries": entries, "sent": channel.taken})
                    print(rows[-1], file=sys.stderr)
            delays = sorted(channel.delays)
            return {
                "sources": sources,
                "chats": chats,
                "days": clock.ahead / DAY,
                "step_s": step.total_seconds(),
                "wall_s": round(time.monotonic() - began, 1),
                "cycles": cycles,
                "entries": entries,
                "messages": channel.taken,
                "site_faults": dict(channel.sites.faults),
                "platform_faults": dict(channel.faults),
                "instant": {"told": len(delays), **{
                    name: round(delays[int(share * (len(delays) - 1))]) if delays else None
                    for name, share in (("p50_s", 0.5), ("p90_s", 0.9), ("p99_s", 0.99), ("most_s", 1.0))
                }},
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
    sources, chats, step, seconds = (20, 6, 120.0, 35.0) if args.quick else (2_000, 500, 1.0, 1e9)
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
