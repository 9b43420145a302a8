"""How fast the desk sweeps many feeds, beside a bare loop and beside what most bots do.

    python benchmarks/watch.py --feeds 10000
    python benchmarks/watch.py --quick --json -

A server in a process of its own gives N distinct feeds of 30 items (about 19 KB) on loopback.
Each contender runs in a fresh process, one after the other:

    limit    aiohttp GET and the same parser, nothing else; for 304s the GET alone
    ours     the desk's own intake: guard, fetcher, identity, cadence, SQLite store
    steps    ours without the store: what watching itself adds
    parsers  one feed of the race parsed again and again, ours beside two others
    common   httpx and feedparser, a client opened for each fetch, as most bots' code has it
    kept     the same with one client kept, which is as fast as the two go

"changed": every feed has 2 new items of its 30. "304": nothing changed since.
Times are of whole sweeps, the server's share of the two cores included.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.watch_server import ITEMS, NEW, START, feed_template, serve
from digests.desk.intake import Intake
from digests.desk.live import DeskSettings
from digests.memory import settle
from digests.model import Article, Entry, Failure, FailureKind, Page, PollState, Source
from digests.ports import Polled, SourceReader, Store
from digests.store import open_store
from digests.store.tables import poll_states, sources
from digests.watch.cadence import Bounds, after_poll
from digests.watch.feeds import FeedReader, parse_feed
from digests.watch.http import HttpFetcher
from digests.watch.identity import all_keys, keyed, news
from digests.watch.offload import Offload

TOGETHER = 50


# ---------------------------------------------------------------- the contenders


def times(feeds: int) -> int:
    """How often a sweep of so many unchanged feeds is repeated, for one takes a moment only."""
    return max(3, 10_000 // feeds)


async def sweep_all(numbers: Sequence[int], one: Callable[[int], Awaitable[None]]) -> float:
    """Feeds a second with ``TOGETHER`` of them under way."""
    waiting = iter(numbers)

    async def work() -> None:
        for number in waiting:
            await one(number)

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(TOGETHER)))
    return len(numbers) / (time.perf_counter() - start)


async def limit(base: str, feeds: int) -> dict[str, float]:
    async with aiohttp.ClientSession() as session:

        async def changed(number: int) -> None:
            async with session.get(f"{base}/feed/{number}") as response:
                feed = parse_feed(
                    await response.read(), response.content_type, response.charset, "https://a.example/"
                )
                assert not isinstance(feed, Failure)
                assert len(feed.entries) == ITEMS

        async def unchanged(number: int) -> None:
            async with session.get(f"{base}/feed/{number}", headers={"If-None-Match": '"1"'}) as response:
                await response.read()
                assert response.status == 304

        await (await session.get(f"{base}/sweep/1")).read()
        await sweep_all(range(min(feeds, 200)), changed)  # warm
        rate = await sweep_all(range(feeds), changed)
        again = [number % feeds for number in range(feeds * times(feeds))]
        return {"changed": rate, "304": await sweep_all(again, unchanged)}


async def common(base: str, feeds: int) -> dict[str, float]:
    import feedparser
    import httpx

    async def changed(number: int) -> None:
        async with httpx.AsyncClient() as client:
            response = await client.get(f"{base}/feed/{number}")
        assert len(feedparser.parse(response.content).entries) == ITEMS

    return {"changed": await sweep_all(range(feeds), changed)}


async def kept(base: str, feeds: int) -> dict[str, float]:
    import feedparser
    import httpx

    async with httpx.AsyncClient() as client:

        async def changed(number: int) -> None:
            response = await client.get(f"{base}/feed/{number}")
            assert len(feedparser.parse(response.content).entries) == ITEMS

        return {"changed": await sweep_all(range(feeds), changed)}


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1_048_576


async def watch_loop(lags: list[float]) -> None:
    """Note by how much each short sleep is late: the time the loop was held by something else. They
    are as short as is needed to see a tenth of a second, and no shorter: each is work too."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + 0.005
        await asyncio.sleep(0.005)
        lags.append((loop.time() - due) * 1000)


async def load(store: Store, reader: SourceReader) -> None:
    """What the feeds hold before the sweeps that are measured, in large batches."""
    states: dict[int, PollState] = {}
    batch: list[tuple[Entry, tuple[str, ...]]] = []
    for source in await store.sources.all():
        polled = await reader.read(source, PollState(), START)
        assert isinstance(polled, Polled)
        assert polled.feed is not None
        states[source.id] = after_poll(PollState(), polled, START, Bounds(), random.Random(1))
        found = news(keyed(polled.feed.entries), {}, START)
        batch.extend((replace(entry, source_id=source.id), keys) for entry, keys in found.new)
        if len(batch) >= 3000:
            await store.entries.add(batch, START)
            batch.clear()
    await store.entries.add(batch, START)
    await store.sources.polled(states)


def repeat_source(path: str, urls: list[str]) -> None:
    """The only source of the store again under other addresses, in one transaction."""
    names = [column.name for column in sources.c if column.name not in ("id", "url")]
    kept = [column.name for column in poll_states.c if column.name != "source_id"]
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany(
            f"INSERT INTO sources (url, {', '.join(names)}) SELECT ?, {', '.join(names)} FROM sources WHERE id = 1",
            [(url,) for url in urls],
        )
        database.execute(
            f"INSERT INTO poll_states (source_id, {', '.join(kept)}) SELECT sources.id, {', '.join(kept)} "
            "FROM sources, poll_states WHERE source_id = 1 AND sources.id <> 1"
        )


async def steps(base: str, feeds: int) -> dict[str, float]:
    """Our watching alone: guard, fetcher, reader, identity and cadence, and no store."""
    async with HttpFetcher(allow_private=True, ports=None, per_host=0) as fetcher, Offload() as offload:
        reader, rng = FeedReader(fetcher, offload), random.Random(1)
        first: dict[int, tuple[PollState, dict[str, int]]] = {}

        async def one(number: int) -> None:
            state, known = first.get(number, (PollState(), {}))
            polled = await reader.read(Source(url=f"{base}/feed/{number}"), state, START)
            assert isinstance(polled, Polled)
            if polled.feed is not None:
                entries = keyed(polled.feed.entries)
                all_keys(entries)
                decided = news(entries, known, START)
                known = known or {key: 1 for _, keys in decided.new for key in keys}
            first[number] = after_poll(state, polled, START, Bounds(), rng), known

        async with aiohttp.ClientSession() as control:
            await (await control.get(f"{base}/sweep/0")).read()
            await sweep_all(range(feeds), one)
            await (await control.get(f"{base}/sweep/1")).read()
            rate = await sweep_all(range(feeds), one)
            again = [number % feeds for number in range(feeds * times(feeds))]
            return {"changed": rate, "304": await sweep_all(again, one)}


async def ours(base: str, feeds: int) -> dict[str, float]:
    async def extract(entry: Entry, page: Page | None) -> Article | Failure:
        return Failure(FailureKind.UNSUPPORTED, "not part of a sweep")

    with tempfile.TemporaryDirectory() as folder:
        async with (
            open_store(f"sqlite:///{folder}/watch.sqlite3") as store,
            HttpFetcher(allow_private=True, ports=None, per_host=0) as fetcher,
            Offload() as offload,
            aiohttp.ClientSession() as control,
        ):
            reader = FeedReader(fetcher, offload)
            intake = Intake(
                store,
                {"feed": reader},
                fetcher,
                extract,
                DeskSettings(together=TOGETHER),
                per_host=TOGETHER,  # all are at one address here
                random_state=random.Random(1),
            )
            await store.sources.add(Source(url=f"{base}/feed/0"), START)
            repeat_source(f"{folder}/watch.sqlite3", [f"{base}/feed/{number}" for number in range(1, feeds)])

            async def sweep(days: int, times: int = 1) -> tuple[float, int]:
                start, new = time.perf_counter(), 0
                for day in range(days, days + 2 * times, 2):
                    new += await intake.poll_due(now := START + timedelta(days=day))
                    while intake.more:
                        new += await intake.poll_due(now)
                rate = feeds * times / (time.perf_counter() - start)
                assert not await store.sources.due(now, 1)
                return rate, new

            async def move_to(number: int) -> None:
                await (await control.get(f"{base}/sweep/{number}")).read()

            await move_to(0)
            await load(store, reader)
            settle()  # as the desk does once it has started
            lags: list[float] = []
            watching = asyncio.create_task(watch_loop(lags))
            await move_to(1)
            changed, new = await sweep(2)
            assert new == feeds * NEW, new
            unchanged, new = await sweep(4, times(feeds))
            assert new == 0, new
            watching.cancel()
            gc.collect()
            lags.sort()
            return {
                "changed": changed,
                "304": unchanged,
                "rss_mb": resident_mb(),
                "loop_p999_ms": lags[int(len(lags) * 0.999)],
                "loop_worst_ms": lags[-1],
            }


async def parsers(base: str, feeds: int) -> dict[str, float]:
    """One feed of the race parsed again and again; feeds a second, the best of three."""
    import fastfeedparser
    import feedparser

    body = feed_template(0)
    broken = body.replace(b"Report", b"&nbsp;", 1)  # what the fast reader refuses

    def best(parse: Callable[[], Any], times: int) -> float:
        rates = []
        for _ in range(3):
            start = time.perf_counter()
            for _ in range(times):
                parse()
            rates.append(times / (time.perf_counter() - start))
        return max(rates)

    return {
        "own": best(lambda: parse_feed(body, "", None, "https://a.example/"), 300),
        "own_forgiving": best(lambda: parse_feed(broken, "", None, "https://a.example/"), 200),
        "fastfeedparser": best(lambda: fastfeedparser.parse(body), 300),
        "feedparser": best(lambda: feedparser.parse(body), 20),
    }


CONTENDERS = {
    "parsers": parsers,
    "limit": limit,
    "steps": steps,
    "ours": ours,
    "common": common,
    "kept": kept,
}


# ---------------------------------------------------------------- the race


def in_own_process(name: str, base: str, feeds: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--contender", name, "--base", base, "--feeds", str(feeds)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def race(feeds: int, common_feeds: int) -> dict[str, float]:
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    server = context.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    base = f"http://127.0.0.1:{mine.recv()}"
    try:
        before = in_own_process("limit", base, feeds)
        watching = in_own_process("steps", base, feeds)
        desk = in_own_process("ours", base, feeds)
        after = in_own_process("limit", base, feeds)
        usual = in_own_process("common", base, common_feeds)
        best = in_own_process("kept", base, common_feeds)
        parsing = in_own_process("parsers", base, feeds)
    finally:
        server.kill()
        server.join()
    top = {key: (before[key] + after[key]) / 2 for key in before}  # around ours, as machines drift
    return {
        "feeds": feeds,
        "limit_per_s": round(top["changed"], 1),
        "limit_304_per_s": round(top["304"], 1),
        "ours_per_s": round(desk["changed"], 1),
        "ours_304_per_s": round(desk["304"], 1),
        "common_per_s": round(usual["changed"], 1),
        "common_kept_per_s": round(best["changed"], 1),
        "ratio_to_limit_changed": round(desk["changed"] / top["changed"], 3),
        "ratio_to_limit_changed_without_store": round(watching["changed"] / top["changed"], 3),
        "ratio_to_limit_304_without_store": round(watching["304"] / top["304"], 3),
        "ratio_to_limit_304": round(desk["304"] / top["304"], 3),
        "ratio_to_common": round(desk["changed"] / usual["changed"], 2),
        "ratio_to_common_kept": round(desk["changed"] / best["changed"], 2),
        "rss_mb": round(desk["rss_mb"], 1),
        "loop_p999_ms": round(desk["loop_p999_ms"], 2),
        "loop_worst_ms": round(desk["loop_worst_ms"], 2),
        **{f"parse_{name}_per_s": round(rate) for name, rate in parsing.items()},
        "cores": os.cpu_count() or 0,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--feeds", type=int, default=10_000)
    options.add_argument("--quick", action="store_true", help="1,000 feeds, under 50 seconds")
    options.add_argument("--json", metavar="FILE", help="write one JSON object; - is standard output")
    options.add_argument("--contender", choices=sorted(CONTENDERS), help=argparse.SUPPRESS)
    options.add_argument("--base", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.contender:
        json.dump(asyncio.run(CONTENDERS[asked.contender](asked.base, asked.feeds)), sys.stdout)
        return
    found = race(1000 if asked.quick else asked.feeds, 200 if asked.quick else 500)
    if asked.json == "-":
        print(json.dumps(found))
    elif asked.json:
        Path(asked.json).write_text(json.dumps(found) + "\n")
    else:
        for key, value in found.items():
            print(f"{key:>24}  {value:,}")


if __name__ == "__main__":
    main()
