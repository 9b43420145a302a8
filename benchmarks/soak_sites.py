"""The sites of the soak, in a process of their own: what they hold is not the desk's."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import time
import urllib.request
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
LISTED = 15  # items in a feed
FAULTY = 0.05  # of a site's answers
MOST_A_DAY = 40.0  # items of one site
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu", "kar", "len")  # fmt: skip


class FastClock:
    """Real seconds, and on top of them whatever it was set on by, in every process alike."""

    def __init__(self, ahead: Any) -> None:
        self._ahead = ahead  # seconds, shared
        self._began = time.monotonic()  # the same clock in each process of a machine

    @property
    def ahead(self) -> timedelta:
        """What it was set on by in all."""
        return timedelta(seconds=self._ahead.value)

    def set_on(self, step: timedelta) -> None:
        self._ahead.value += step.total_seconds()

    def __call__(self) -> datetime:
        return START + self.ahead + timedelta(seconds=time.monotonic() - self._began)


def appearances(sites: int, days: int) -> list[array[float]]:
    """For each site, when its items appear: seconds since ``START``; the same at each call."""
    rng = random.Random(8)
    end = days * DAY.total_seconds()
    found = []
    for _ in range(sites):
        pause = DAY.total_seconds() / min(rng.lognormvariate(0.3, 1.2), MOST_A_DAY)
        times, at = array("d"), rng.expovariate(1 / pause)
        while at < end:
            times.append(at)
            at += rng.expovariate(1 / pause)
        found.append(times)
    return found


def words(site: int, item: int, count: int, part: int = 0) -> str:
    """Made-up words that no other item has."""
    rng = random.Random(f"{site} {item} {part}")
    made = ("".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(count))
    return " ".join(made).capitalize()


class Sites:
    """Feeds whose items appear at their times, and their articles."""

    def __init__(self, appear: list[array[float]], clock: FastClock) -> None:
        self.clock, self.appear = clock, appear
        self.rng = random.Random(9)
        self.faults: Counter[str] = Counter()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/faults", self.met)
        app.router.add_get("/{site}/feed", self.feed)
        app.router.add_get("/{site}/{item}", self.article)
        return app

    async def met(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(self.faults)

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
            return web.Response(body=self.rng.randbytes(400))
        status = {"500": 500, "429": 429, "gone": 404}.get(kind, 500)
        return web.Response(status=status, headers={"Retry-After": "600"} if kind == "429" else {})

    async def feed(self, request: web.Request) -> web.StreamResponse:
        fault = await self._fault(request)
        if fault is not None:
            return fault
        site = int(request.match_info["site"])
        times = self.appear[site]
        there = bisect_right(times, (self.clock() - START).total_seconds())
        tag = f'"{there}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        base = f"http://{request.host}/{site}"
        items = "".join(
            f"<item><title>{words(site, n, 6)}</title><link>{base}/{n}</link><guid>{site}-{n}</guid>"
            f"<pubDate>{START + timedelta(seconds=times[n]):%a, %d %b %Y %H:%M:%S +0000}</pubDate></item>"
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


@dataclass(frozen=True, slots=True)
class Served:
    """The sites' process, and where they are."""

    base: str
    pid: int

    def faults(self) -> dict[str, int]:
        """How often each kind was met."""
        with urllib.request.urlopen(f"{self.base}/faults") as answer:
            found: dict[str, int] = json.load(answer)
        return found


@contextmanager
def served(sites: int, days: int) -> Iterator[tuple[Served, FastClock]]:
    """The sites in their process, and the clock they share with this one."""
    context = multiprocessing.get_context("spawn")
    clock = FastClock(context.RawValue("d", 0.0))
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(sites, days, clock, theirs), daemon=True)
    process.start()
    try:
        yield Served(ours.recv(), process.pid or 0), clock
    finally:
        process.kill()
        process.join()


def _serve(sites: int, days: int, clock: FastClock, ready: Connection) -> None:
    asyncio.run(_answer(Sites(appearances(sites, days), clock), ready))


async def _answer(sites: Sites, ready: Connection) -> None:
    runner = web.AppRunner(sites.app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ready.send(f"http://127.0.0.1:{runner.addresses[0][1]}")
    await asyncio.Event().wait()
