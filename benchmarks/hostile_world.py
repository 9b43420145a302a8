"""The world of the hostile run: honest and hostile sites, a platform, and the people on it.

A process of its own, so that what it costs is not the desk's. ``serve`` starts it; over the pipe come
its addresses, then it takes ``"calm"``, ``"attack"`` and ``"end"``, and gives what honest people met.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

from tests.fakes.telegram_server import TelegramServer

HONEST, HOSTILE, SLOW, HUBS = (f"127.0.0.{number}" for number in (1, 2, 3, 4))
ANN = 7  # the honest person
EVES = range(100, 112)
HELP = 0.5  # seconds between two of Ann's questions
ATOM = "xmlns:atom='http://www.w3.org/2005/Atom'"
TEXT = (
    "The mayor of Northvale opened the new bridge on Monday. It cost 12 million euros and took three years "
    "to build. Traffic will flow again from Tuesday. The ferry stops at the end of the month. "
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def rss(items: list[tuple[str, str, str]], head: str = "") -> bytes:
    """A feed of (title, address, text)."""
    told = "".join(
        f"<item><title>{escape(title)}</title><link>{escape(url)}</link><guid>{escape(url)}</guid>"
        f"<description>{escape(text)}</description></item>"
        for title, url, text in items
    )
    return f"<rss version='2.0' {ATOM}><channel><title>Feed</title>{head}{told}</channel></rss>".encode()


def sentences() -> dict[str, str]:
    """Texts that are one sentence each, of a quarter of a megabyte, and one of four megabytes."""
    rng = random.Random(1)
    parts = ("ba", "ko", "ti", "mu", "re", "sa", "lo", "vi", "den", "gar", "pol", "nes")
    words = ["".join(rng.choices(parts, k=3)) for _ in range(40_000)]
    return {
        "dots": ".a1" * 80_000,
        "words": " ".join(words)[:250_000],
        "names": ", ".join(word.capitalize() for word in words)[:250_000],
        "figures": " ".join(str(number * 37) for number in range(40_000)),
        "han": "北京市長今天宣布新橋開通將在三月" * 8_000,
        "quotes": "“a b.” " * 40_000,
        "capitals": "A. " * 80_000,
        "long": " ".join(f"{' '.join(words[n : n + 12]).capitalize()}." for n in range(39_000))[:3_900_000],
    }


LONG = "http://a.example/" + "x/" * 2_000
QUERY = "&".join(f"a{number}=b" for number in range(600))
MENDED = ("&#x&#0;D800;", "&a", "<![CDATA[", "]]>", "<a b='", "<!--", "\x01")
FEEDS: dict[str, bytes] = {
    "base": (
        b"<rss xml:base='" + LONG.encode() + b"'><channel><title>t</title><item><title>x</title>"
        + b'<enclosure url="a"/>' * 2_900 + b"</item></channel></rss>"
    ),
    "keys": rss([(f"t{n}", f"https://e.example/{n}?{QUERY}", "a " * 2_000) for n in range(500)]),
    "long": rss([(f"t{n}", f"https://e.example/{n}", "a " * 5_000) for n in range(500)]),
    "deep": b"<rss><channel>" + b"<item>" * 60_000,
    "broken": b"<rss><channel><title>t</title>" + "".join(
        f"<item><title>{mark * 40}</title><link>http://e.example/{n}</link></item>"
        for n, mark in enumerate(MENDED * 20)
    ).encode(),
    "categories": b"<rss><channel><item><title>x</title>" + b"<category>c</category>" * 120_000
    + b"</item></channel></rss>",
    "json": json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [{"url": "a", "image": "b"}] * 500}
    ).encode(),
    "hub1": rss([("x", "https://e.example/h", TEXT)], "<atom:link rel='hub' href='http://exa&#173;mple.com/'/>"),
    "hub2": rss([("x", "https://e.example/h", TEXT)], "<atom:link rel='hub' href='http://[2606:4700::1111]x/'/>"),
    "links": rss([("x", "http://exa\u00admple.com/", TEXT), ("y", "http://xn--a.example/", TEXT)] * 100),
}  # fmt: skip
LIST = "".join(
    f"<li><a href='/2026/11/{n}-of-the-day'>A good headline number {n} of today</a></li>" for n in range(9)
)
PAGE = f"<html><body><ul>{LIST}</ul>" + "<p><a onclick='x()'>A script's link number 1 of today</a></p>" * 9
ROBOTS = "User-agent: *\n" + "Disallow:%\n" * 45_000
IMPORTS: dict[str, bytes] = {
    "lists": b"[" + b"[]," * 600_000 + b"[]]",
    "dicts": b"[" + b"{}," * 600_000 + b"{}]",
    "lines": b"\n" * 2_000_000,
    "titles": b"Title:\n" * 280_000,
    "own": b'{"format":"newsdesk.chat","version":1,"subscriptions":[' + b'{"url":"a"},' * 160_000 + b"{}]}",
    "nested": b"[" * 1_000_000,
    "opml": b"<opml><body>" + b"<outline xmlUrl='http://a.example/'>" * 50_000,
}
WORDS = [
    "/summarize " + ".a1" * 1_350,
    "/summarize " + "a." * 2_000,
    "/subscribe " + " none" * 800,
    "/filter hide /" + "(a+)+" * 40 + "$/",
    "/settings zone " + "a " * 1_900,
    "/search " + "word " * 800,
    "/ask " + "who opened the bridge " * 180,
    "/digest " + "9" * 4_000,
    "/audit " + "9" * 4_000,
    "/filter remove 99999999999999999999",
    "/subscribe http://" + "a" * 3_000,
]
PRESSES = [
    "p:0:d:settings cadence instant",
    "p:::",
    "k:x",
    "p:0:d:" + "like " + "all " * 10,
    "x" * 64,
    "p:0:d:sources remove 1",
]


@dataclass
class World:
    """``polls`` and ``helped``: when the honest feed was asked, and how long Ann waited, by phase."""

    telegram: TelegramServer
    rng: random.Random = field(default_factory=lambda: random.Random(3))
    phase: str = "start"
    polls: dict[str, list[float]] = field(default_factory=dict)
    helped: dict[str, list[float]] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=sentences)
    count: int = 0

    # ------------------------------------------------------------ sites

    async def honest(self, request: web.Request) -> web.StreamResponse:
        if request.path != "/feed":
            return web.Response(text=f"<article><h1>Bridge {request.path}</h1><p>{TEXT * 3}</p></article>",
                                content_type="text/html")  # fmt: skip
        self.polls.setdefault(self.phase, []).append(time.monotonic())
        self.count += 1
        base = self.bases[HONEST]
        items = [(f"Bridge number {n} opens in Northvale", f"{base}/{n}", TEXT) for n in range(self.count)]
        return web.Response(body=rss(items[-20:]), content_type="application/rss+xml")

    async def hostile(self, request: web.Request) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        base = self.bases[HOSTILE]
        if request.path == "/robots.txt":
            return web.Response(text=ROBOTS)
        if request.path.startswith("/feed/"):
            return web.Response(body=FEEDS.get(name, b""), content_type="application/rss+xml")
        if request.path.startswith("/texts"):
            items = [(f"{kind} of the day number {n}", f"{base}/text/{kind}?{n}", "") for n in range(2)
                     for kind in self.texts]  # fmt: skip
            return web.Response(body=rss(items), content_type="application/rss+xml")
        if request.path.startswith("/text/"):
            text = f"<html><body><article><h1>{name} of the day</h1><p>{request.query_string} {self.texts[name]} </p>"
            return web.Response(text=text, content_type="text/html")
        if request.path.startswith("/drips"):
            slow = self.bases[SLOW]
            items = [(f"Item {n} xyz{n}", f"{slow}/{name}/{n}", "short") for n in range(300)]
            return web.Response(body=rss(items), content_type="application/rss+xml")
        if request.path.startswith("/changing"):
            self.count += 1
            head = (f"<atom:link rel='hub' href='{self.bases[HUBS]}/hub'/>"
                    f"<atom:link rel='self' href='{base}/{name}?{self.count}'/>")  # fmt: skip
            return web.Response(body=rss([("x", f"{base}/a", TEXT)], head))
        if request.path.startswith("/failing"):
            return web.Response(status=500)
        return web.Response(text=PAGE, content_type="text/html")

    async def tarpit(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1_000):
            await response.write(b"<p>x")
            await asyncio.sleep(0.5)
        return response

    async def hub(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(600)
        return web.Response()

    # ------------------------------------------------------------ people

    async def ann(self) -> None:
        """Follows the honest feed, asks for help again and again, and notes how long the answer takes."""
        self.telegram.world.say(ANN, ANN, f"/subscribe {self.bases[HONEST]}/feed")
        while True:
            before, began = self._answers(ANN), time.monotonic()
            self.telegram.world.say(ANN, ANN, "/help")
            while self._answers(ANN) == before and time.monotonic() - began < 30:  # noqa: ASYNC110 - a fake tells nobody
                await asyncio.sleep(0.005)
            self.helped.setdefault(self.phase, []).append(time.monotonic() - began)
            await asyncio.sleep(HELP)

    def _answers(self, person: int) -> int:
        return sum(
            1 for m in self.telegram.accepted if str(m["chat_id"]) == str(person) and "/subscribe" in str(m)
        )

    async def eves(self) -> None:
        """Everything at once, and again and again: each in her own private chat."""
        hostile, slow, say = self.bases[HOSTILE], self.bases[SLOW], self.telegram.world.say
        sources = [f"{hostile}/feed/{name}" for name in FEEDS]
        sources += [f"{hostile}/texts/{n}" for n in range(3)] + [f"{hostile}/drips/{n}" for n in range(4)]
        sources += [f"{hostile}/changing/{n}" for n in range(8)] + [
            f"{hostile}/failing/{n}" for n in range(8)
        ]
        sources += [f"{hostile}/list/{n}" for n in range(4)]
        for number, url in enumerate(sources):
            say(EVES[number % len(EVES)], EVES[number % len(EVES)], f"/subscribe {url}")
        for number in range(120):  # more than one hundred messages that can't be answered
            say(EVES[0], EVES[0], f"/subscribe {slow}/burst{number}")
        while True:
            for eve in EVES:
                say(eve, eve, self.rng.choice(WORDS))
                say(
                    eve,
                    eve,
                    f"/summarize {hostile}/text/{self.rng.choice(list(self.texts))}?{self.rng.random()}",
                )
                if eve % 3 == 0:
                    name = self.rng.choice(list(IMPORTS))
                    say(eve, eve, "/import", document=(f"{name}.json", IMPORTS[name], "application/json"))
                self._press(eve)
            await asyncio.sleep(4)

    def _press(self, eve: int) -> None:
        messages = self.telegram.world.place(eve).messages
        if messages:
            for data in PRESSES:
                self.telegram.world.press(eve, eve, max(messages), data=data)

    def met(self) -> dict[str, Any]:
        """What honest people met: mean seconds between polls, and the answers' delays, in each phase."""
        gaps = {p: [b - a for a, b in pairwise(at)] for p, at in self.polls.items()}
        return {
            "poll_gap": {phase: statistics.fmean(found) for phase, found in gaps.items() if found},
            "help": {phase: statistics.fmean(found) for phase, found in self.helped.items()},
            "help_worst": {phase: max(found) for phase, found in self.helped.items()},
            "polls": {phase: len(at) for phase, at in self.polls.items()},
            "helps": {phase: len(found) for phase, found in self.helped.items()},
        }


async def _site(handler: Handler, host: str) -> tuple[web.AppRunner, str]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    return runner, f"http://{host}:{runner.addresses[0][1]}"


async def _serve(pipe: Connection) -> None:
    async with TelegramServer() as telegram:
        world = World(telegram)
        for person in (ANN, *EVES):
            telegram.world.add_private(person)
        for handler, host in (
            (world.honest, HONEST),
            (world.hostile, HOSTILE),
            (world.tarpit, SLOW),
            (world.hub, HUBS),
        ):
            _, world.bases[host] = await _site(handler, host)
        pipe.send((telegram.base_url, telegram.token, world.bases[HONEST]))
        tasks: list[asyncio.Task[None]] = []
        while True:
            word = await asyncio.to_thread(pipe.recv)
            if word == "end":
                break
            world.phase = word
            tasks.append(asyncio.create_task(world.ann() if word == "calm" else world.eves()))
        for task in tasks:
            task.cancel()
        pipe.send(world.met())


def serve(pipe: Connection) -> None:
    """The process's work."""
    asyncio.run(_serve(pipe))
