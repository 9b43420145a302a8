"""The parts of ``scale.py`` that are processes of their own: the world, and a worker of the desk.

python -m benchmarks.scale_desk world PORT
python -m benchmarks.scale_desk worker DATABASE WORLD [SECONDS, after which a dead worker's sends are in doubt]
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import event

sys.path.insert(0, str(Path(__file__).parents[1]))

from digests.brief.extractive.summarizer import ExtractiveSummarizer
from digests.clock import utc_now
from digests.deliver.outbox import SHARED, Outbox
from digests.deliver.pacing import Pacer
from digests.desk import Asks, Desk, Editor, Intake
from digests.desk.live import DeskSettings
from digests.desk.runner import HOLD, ROLES, Runner, works_of
from digests.jobs.local import RelayedJobs
from digests.jobs.shared import open_shared_jobs
from digests.model import Article, Chat, Delivery, Digest, Entry, Failure, Page, Part
from digests.ports import Absent, Doubt, Found, Outcome, Sent, Unknown
from digests.read.extract import read_article
from digests.store import SqlStore, open_store
from digests.watch.cadence import Bounds
from digests.watch.feeds import FeedReader
from digests.watch.http import HttpFetcher

TOGETHER = 4  # feeds, pages and sends that one worker waits for at the same time, each
FEED, PAGE, SEND = (0.15, 0.3), (0.15, 0.3), 0.1  # seconds until the world answers
PLATFORM = "wire"


# ---------------------------------------------------------------- the world


class World:
    """Feeds with three items each, their pages, and a platform; all answer after a while."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.posted: Counter[str] = Counter()

    async def feed(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        await asyncio.sleep(random.uniform(*FEED))
        self.done["polls"] += 1
        if request.headers.get("if-none-match") == '"1"':
            return web.Response(status=304)
        items = "".join(
            f"<item><guid>{name}-{n}</guid><title>Report {n} of {name}</title><link>http://{request.host}/page/{name}-{n}</link></item>"
            for n in range(3)
        )
        body = f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>"
        return web.Response(text=body, content_type="application/rss+xml", headers={"etag": '"1"'})

    async def page(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        await asyncio.sleep(random.uniform(*PAGE))
        self.done["pages"] += 1
        words = " ".join(
            f"Council {name} granted lot {n} of {name} to its {n} tenants on Monday." for n in range(12)
        )
        return web.Response(
            text=f"<html><body><article><h1>{name}</h1><p>{words}</p></article></body></html>",
            content_type="text/html",
        )

    async def send(self, request: web.Request) -> web.Response:
        asked = await request.json()
        await asyncio.sleep(SEND)
        self.done["sends"] += 1
        self.posted[asked["nonce"]] += 1
        return web.json_response({"id": asked["nonce"]})

    async def state(self, _: web.Request) -> web.Response:
        doubled = sum(count - 1 for count in self.posted.values())
        return web.json_response({"done": self.done, "posted": list(self.posted), "doubled": doubled})

    async def found(self, request: web.Request) -> web.Response:
        return web.json_response({"found": request.match_info["nonce"] in self.posted})


async def run_world(port: int) -> None:
    world = World()
    app = web.Application()
    app.router.add_get("/feed/{name}", world.feed)
    app.router.add_get("/page/{name}", world.page)
    app.router.add_post("/send", world.send)
    app.router.add_get("/found/{nonce}", world.found)
    app.router.add_get("/state", world.state)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


# ---------------------------------------------------------------- a worker


class Wire:
    """``ports.Channel`` over HTTP."""

    platform = PLATFORM

    def __init__(self, http: aiohttp.ClientSession, world: str) -> None:
        self._http = http
        self._world = world

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        return tuple(
            Part(payload=item.brief.headline, plain=item.brief.headline, stories=(item.story_id,))
            for item in digest.items
        )

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        try:
            async with self._http.post(f"{self._world}/send", json={"nonce": delivery.nonce}) as answer:
                return Sent((await answer.json())["id"])
        except aiohttp.ClientError as error:
            return Doubt(type(error).__name__)

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        async with self._http.get(f"{self._world}/found/{delivery.nonce}") as answer:
            return Found(delivery.nonce) if (await answer.json())["found"] else Absent()


def counted(store: SqlStore) -> Counter[str]:
    """Statements from here on, by the beginning of each."""
    seen: Counter[str] = Counter()

    def note(_c: Any, _cursor: Any, statement: str, _v: Any, _x: Any, _many: bool) -> None:
        seen[" ".join(statement.split()[:3])] += 1

    event.listen(store.database._writer.sync_engine, "before_cursor_execute", note)
    return seen


class OwnThread:
    """Parses in this process: what is measured is waiting, and the world's texts are harmless."""

    async def run(self, function: Any, *args: Any) -> Any:
        return function(*args)


async def run_worker(database: str, world: str, lease: timedelta) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with (
        open_store(database) as store,
        open_shared_jobs(database) as queue,
        aiohttp.ClientSession() as http,
        HttpFetcher(allow_private=True, ports=None, spacing=0.0, per_host=1000) as fetcher,
    ):
        offload: Any = OwnThread()

        async def extract(entry: Entry, page: Page | None) -> Article | Failure:
            return read_article(entry, page)

        channels = {PLATFORM: Wire(http, world)}
        jobs = RelayedJobs(queue, works_of(ROLES))
        readers = {"feed": FeedReader(fetcher, offload)}
        intake = Intake(
            store,
            readers,
            fetcher,
            extract,
            DeskSettings(
                bounds=Bounds(shortest=timedelta(minutes=5), longest=timedelta(hours=6)), together=TOGETHER
            ),
            per_host=TOGETHER,  # all are at one address here
            hold=HOLD,
        )
        share = lease / SHARED.lease  # its times keep their proportions
        options = type(SHARED)(
            lease=lease,
            hold=SHARED.hold * share,
            send_timeout=SHARED.send_timeout * share,
            concurrency=TOGETHER,
        )
        outbox = Outbox(store, channels, utc_now, pacer=Pacer({}), options=options)
        summarizer = ExtractiveSummarizer()
        editor = Editor(store, DeskSettings(summarizer=summarizer), channels, utc_now, nudge=outbox.wake)
        desk = Desk(
            store,
            intake,
            editor,
            outbox,
            Asks(readers, fetcher, extract, DeskSettings(summarizer=summarizer), offload, utc_now),
            jobs,
            utc_now,
        )
        statements = counted(store)
        print("ready", flush=True)
        working = asyncio.create_task(Runner(desk, ROLES, alone=False).run(grace=timedelta(seconds=5)))
        await asyncio.wait({working, asyncio.ensure_future(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        print(json.dumps(statements), flush=True)


def end_with_parent() -> None:
    """A process whose parent is gone has nobody to work for."""
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    if sys.argv[1] == "world":
        asyncio.run(run_world(int(sys.argv[2])))
    else:
        lease = timedelta(seconds=float(sys.argv[4])) if sys.argv[4:] else SHARED.lease
        asyncio.run(run_worker(sys.argv[2], sys.argv[3], lease))
