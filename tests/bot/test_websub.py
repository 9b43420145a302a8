"""A hub on loopback pushes what a feed publishes: asked, asked back, signed, renewed, fallen back from."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.app import App, open_app
from bot.config import DashboardSettings, SourceSettings
from digests.clock import utc_now
from digests.errors import ConfigError
from digests.model import Source
from tests.bot.conftest import settings_for

pytestmark = pytest.mark.slow


def item(number: int) -> str:
    return (
        f"<item><title>Ferry number {number} runs again from Monday</title><guid>n{number}</guid>"
        f"<description>The ferry with the number {number} runs again, the harbour office said.</description></item>"
    )


@dataclass
class Hub:
    """A site with a feed and its hub. ``grants`` is the lease; ``asked`` the forms that came."""

    base: str = ""
    items: list[int] = field(default_factory=lambda: [1])
    grants: int = 600
    broken: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    polls: int = 0

    def feed(self, items: list[int]) -> bytes:
        atom = "xmlns:atom='http://www.w3.org/2005/Atom'"
        links = (
            f"<atom:link rel='hub' href='{self.base}/hub'/><atom:link rel='self' href='{self.base}/feed'/>"
        )
        return (
            f"<rss version='2.0' {atom}><channel><title>Harbour</title>{links}"
            f"{''.join(map(item, items))}</channel></rss>"
        ).encode()

    async def on_feed(self, _: web.Request) -> web.Response:
        self.polls += 1
        return web.Response(body=self.feed(self.items), content_type="application/rss+xml")

    async def on_hub(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if self.broken:
            raise web.HTTPServiceUnavailable
        return web.Response(status=202)

    async def ask_back(self, **changed: str) -> tuple[int, str]:
        form = self.asked[-1]
        query = {
            "hub.mode": "subscribe",
            "hub.topic": form["hub.topic"],
            "hub.challenge": "say-this",
            "hub.lease_seconds": str(self.grants),
        } | {name.replace("_", ".", 1): value for name, value in changed.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.get(form["hub.callback"], params=query) as answer,
        ):
            return answer.status, await answer.text()

    async def push(self, items: list[int], method: str = "sha256", secret: str | None = None) -> int:
        form, body = self.asked[-1], self.feed(items)
        key = (secret or form["hub.secret"]).encode()
        signature = f"{method}={hmac.new(key, body, getattr(hashlib, method)).hexdigest()}"
        headers = {"Content-Type": "application/rss+xml", "X-Hub-Signature": signature}
        async with (
            aiohttp.ClientSession() as session,
            session.post(form["hub.callback"], data=body, headers=headers) as answer,
        ):
            return answer.status


@dataclass
class Time:
    now: datetime = field(default_factory=utc_now)

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def running(hub: Hub) -> AsyncIterator[Hub]:
    site = web.Application()
    site.add_routes([web.get("/feed", hub.on_feed), web.post("/hub", hub.on_hub)])
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hub.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield hub
    await runner.cleanup()


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    async with running(Hub()) as one:
        yield one


@asynccontextmanager
async def desk_with(hub: Hub, folder: Path, time: Time, port: int) -> AsyncIterator[tuple[App, Source]]:
    sources = (SourceSettings(url=f"{hub.base}/feed", name="Harbour"),)
    dashboard = DashboardSettings(listen=f"127.0.0.1:{port}", public_url=f"http://127.0.0.1:{port}")
    settings = settings_for(folder, sources).model_copy(update={"dashboard": dashboard})
    async with open_app(settings, console=True, clock=time, out=io.StringIO()) as app:
        await app.start()
        (source,) = await app.desk.store.sources.all()
        yield app, source


async def titles(app: App, source: Source) -> int:
    return len(await app.desk.store.entries.newest(source.id, 100))


async def test_what_a_hub_pushes_is_taken_in_and_polls_grow_rare(
    hub: Hub, tmp_path: Path, unused_tcp_port: int
) -> None:
    time = Time()
    async with desk_with(hub, tmp_path, time, unused_tcp_port) as (app, source):
        await app.desk.cycle()
        assert hub.asked == []  # the first reading found the hub
        await app.desk.cycle()
        form = hub.asked[0]
        assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", f"{hub.base}/feed")
        assert await hub.ask_back(hub_topic="https://other.example/feed") == (404, "")
        assert await hub.ask_back(hub_mode="unsubscribe") == (404, "")
        hub.grants = 86_400
        assert await hub.ask_back() == (200, "say-this")

        assert await titles(app, source) == 1
        for number, method in enumerate(("sha1", "sha256", "sha384", "sha512"), 2):
            assert await hub.push([number, number - 1], method) == 202
            assert await titles(app, source) == number
        assert await hub.push([99], secret="guessed") == 202
        assert await titles(app, source) == 5  # not believed

        time.now += timedelta(hours=1)
        await app.desk.cycle()
        state = await app.desk.store.sources.state(source.id)
        assert state.next_poll is not None
        assert state.next_poll - time.now > timedelta(hours=5)


async def test_a_lease_is_renewed_before_it_ends_and_polls_return_with_its_end(
    hub: Hub, tmp_path: Path, unused_tcp_port: int
) -> None:
    time = Time()
    async with desk_with(hub, tmp_path, time, unused_tcp_port) as (app, source):
        await app.desk.cycle()
        await app.desk.cycle()
        assert (await hub.ask_back())[0] == 200  # for ten minutes
        time.now += timedelta(minutes=9, seconds=1)
        await app.desk.cycle()
        assert len(hub.asked) == 2
        assert hub.asked[1]["hub.callback"] == hub.asked[0]["hub.callback"]
        hub.broken = True
        time.now += timedelta(hours=7)
        await app.desk.cycle()
        state = await app.desk.store.sources.state(source.id)
        assert state.pushed_until is None
        assert state.next_poll is not None
        assert state.next_poll - time.now < timedelta(hours=1)
        asked = len(hub.asked)
        await app.desk.cycle()
        assert len(hub.asked) == asked  # a hub that fails is left alone for hours


async def test_a_hub_that_says_no_and_one_nobody_asked(
    hub: Hub, tmp_path: Path, unused_tcp_port: int
) -> None:
    async with desk_with(hub, tmp_path, Time(), unused_tcp_port) as (app, source):
        await app.desk.cycle()
        await app.desk.cycle()
        await hub.ask_back()
        assert source.id in app.desk.intake.leases
        assert (await hub.ask_back(hub_mode="denied"))[0] == 200
        await app.desk.cycle()
        assert app.desk.intake.leases == {}
        await app.desk.store.sources.remove(source.id)
        assert await hub.push([2]) == 410
        assert (await hub.ask_back())[0] == 404
        huge = io.BytesIO(b" " * 6_000_000)
        with suppress(aiohttp.ClientOSError):  # the server may close before all of it is sent
            async with (
                aiohttp.ClientSession() as session,
                session.post(hub.asked[-1]["hub.callback"], data=huge) as answer,
            ):
                assert answer.status == 410


async def test_the_desk_stops_while_a_hub_hangs_on(hub: Hub, tmp_path: Path, unused_tcp_port: int) -> None:
    async with desk_with(hub, tmp_path, Time(), unused_tcp_port):
        reader, writer = await asyncio.open_connection("127.0.0.1", unused_tcp_port)
        writer.write(b"GET / HTTP/1.1\r\n")
        await writer.drain()
    async with asyncio.timeout(12):
        await reader.read()
    writer.close()


async def test_a_taken_port_is_told(hub: Hub, tmp_path: Path, unused_tcp_port: int) -> None:
    async with desk_with(hub, tmp_path, Time(), unused_tcp_port):
        with pytest.raises(ConfigError, match="can't listen at 127"):
            async with desk_with(hub, tmp_path, Time(), unused_tcp_port):
                pass
