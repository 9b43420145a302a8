"""The news of the desk that ``crash.py`` kills: feeds that grow by themselves, served on loopback by
a process of its own, and the desk's real intake and editor, which make digests of them.

    python benchmarks/crash_news.py --port 8123

Every item has a mark of its own in its title, so that one can count how often a chat was told it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[1]))

from digests.clock import Clock
from digests.desk.editor import Editor
from digests.desk.intake import Intake
from digests.desk.live import DeskSettings
from digests.model import Article, ChatSettings, Entry, Failure, Page, Source, Subscription
from digests.read.extract import read_article
from digests.store import SqlStore
from digests.watch.cadence import Bounds
from digests.watch.feeds import FeedReader
from digests.watch.http import HttpFetcher
from digests.watch.offload import Offload

FIRST = 1  # items in each feed at the start
PERIOD = 60.0  # seconds between two new items of a feed
EACH = 8  # sources a chat is subscribed to
BOUNDS = Bounds(shortest=timedelta(seconds=5), longest=timedelta(seconds=20))
SETTINGS = ChatSettings(cadence="instant", stories=30, updates="off")
MARK = re.compile(r"q(\d{3})x(\d{3})")
SYLLABLES = "ba de fi go hu ka le mi no pu ra se ti vo wu za che sto bri gla plo tru".split()  # noqa: SIM905


# ---------------------------------------------------------------- the feeds


class Feeds:
    """Feed ``n`` grows by one item every ``PERIOD`` seconds, until the news is told to stop."""

    def __init__(self, feeds: int) -> None:
        self._feeds = feeds
        self._start = time.monotonic()
        self._stopped: float | None = None

    def count(self, feed: int) -> int:
        passed = (self._stopped or time.monotonic()) - self._start
        return FIRST + int(passed / PERIOD + feed / self._feeds)

    async def feed(self, request: web.Request) -> web.Response:
        number = int(request.match_info["feed"])
        base = f"http://{request.host}"
        items = "".join(
            f"<item><title>{title(number, n)}</title><link>{base}/page/{number}/{n}</link>"
            f'<guid isPermaLink="false">{number}-{n}</guid></item>'
            for n in range(self.count(number), 0, -1)
        )
        text = (
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>Paper {number}</title>'
            f"<link>{base}/</link>{items}</channel></rss>"
        )
        return web.Response(text=text, content_type="application/rss+xml")

    async def page(self, request: web.Request) -> web.Response:
        number, n = int(request.match_info["feed"]), int(request.match_info["item"])
        body = "".join(f"<p>{sentence}</p>" for sentence in sentences(number, n))
        name = title(number, n)
        return web.Response(
            text=f"<html lang=en><head><title>{name}</title></head><body><article><h1>{name}</h1>{body}</article>",
            content_type="text/html",
        )

    async def stop(self, _request: web.Request) -> web.Response:
        """The news stands still from now on; how many items each feed has."""
        self._stopped = self._stopped or time.monotonic()
        return web.json_response([self.count(feed) for feed in range(self._feeds)])


def title(feed: int, item: int) -> str:
    first, second, third = words(random.Random(f"title {feed} {item}"), 3)
    return f"The {first} of {second} comes to {third} q{feed:03}x{item:03}"


def sentences(feed: int, item: int) -> list[str]:
    chance = random.Random(f"text {feed} {item}")
    return [
        "The {} {} from {} was {} to the {} of {} and {} with a {} {}.".format(*words(chance, 9))
        for _ in range(5)
    ]


def words(chance: random.Random, count: int) -> list[str]:
    """Made up, so that no two reports share enough of them to be taken for one event."""
    return ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(count)]


def serve(port: int, sources: int) -> None:
    feeds = Feeds(sources)
    app = web.Application()
    app.router.add_get("/feed/{feed}", feeds.feed)
    app.router.add_get("/page/{feed}/{item}", feeds.page)
    app.router.add_get("/stop", feeds.stop)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


# ---------------------------------------------------------------- the newsroom


class Newsroom:
    """The desk's intake and editor, as they are."""

    def __init__(self, store: SqlStore, intake: Intake, editor: Editor, clock: Clock) -> None:
        self._store, self._intake, self._editor, self._clock = store, intake, editor, clock

    async def subscribe(self, base: str, count: int) -> None:
        """So many sources, each for two chats or more."""
        now = self._clock()
        sources = [
            await self._store.sources.add(Source(url=f"{base}/feed/{feed}"), now) for feed in range(count)
        ]
        for place, chat in enumerate(await self._store.chats.all()):
            await self._store.chats.set_settings(chat.id, SETTINGS)
            await self._store.chats.schedule(chat.id, now)
            for feed in feeds_of(place, count):
                await self._store.subscriptions.add(
                    Subscription(chat_id=chat.id, source_id=sources[feed].id, created=now), now
                )

    async def work(self) -> int:
        """What is due, once through; how much came of it."""
        found = await self._intake.poll_due(self._clock())
        while read := await self._intake.read_new(self._clock()):
            found += read
        await self._intake.group_new(self._clock())
        return found + await self._editor.edit_due(self._clock())

    async def work_on(self) -> None:
        while True:
            await self.work()
            await asyncio.sleep(0.05)


def feeds_of(chat: int, sources: int) -> list[int]:
    """Those that the chat is subscribed to; others are to half of them too."""
    half = EACH // 2
    starts = (chat * half, chat * half + sources // 2)
    return [(start + n) % sources for start in starts for n in range(half)]


@asynccontextmanager
async def open_newsroom(
    store: SqlStore, platform: str, channel: Any, clock: Clock, nudge: Callable[[], None]
) -> AsyncIterator[Newsroom]:
    async with (
        HttpFetcher(allow_private=True, ports=None, per_host=0, clock=clock) as fetcher,
        Offload() as offload,
    ):
        intake = Intake(
            store,
            {"feed": FeedReader(fetcher, offload)},
            fetcher,
            _extract,
            DeskSettings(bounds=BOUNDS, together=20),
        )
        editor = Editor(store, DeskSettings(), {platform: channel}, clock, nudge=nudge)
        yield Newsroom(store, intake, editor, clock)


async def _extract(entry: Entry, page: Page | None) -> Article | Failure:
    return read_article(entry, page)


# ---------------------------------------------------------------- counting


def told(database: sqlite3.Connection, counts: list[int]) -> Counter[str]:
    """``untold``: items that a chat subscribed to and that stand in none of its digests; ``retold``:
    those that stand in two."""
    times: dict[int, Counter[str]] = defaultdict(Counter)
    for chat_id, content in database.execute("SELECT chat_id, content FROM deliveries"):
        times[chat_id].update({mark.group() for mark in MARK.finditer(content)})
    counted: Counter[str] = Counter(items=sum(counts), untold=0, retold=0)
    chats = [row[0] for row in database.execute("SELECT id FROM chats ORDER BY id")]
    for place, chat_id in enumerate(chats):
        wanted = {
            f"q{feed:03}x{n:03}" for feed in feeds_of(place, len(counts)) for n in range(1, counts[feed] + 1)
        }
        counted["untold"] += len(wanted - times[chat_id].keys())
        counted["retold"] += sum(count > 1 for count in times[chat_id].values())
    return counted


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--sources", type=int, default=200)
    options = arguments.parse_args()
    serve(options.port, options.sources)
