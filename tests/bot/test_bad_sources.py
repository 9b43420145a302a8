"""Sources as bad as they come: each shows its reason, and none keeps another from being read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from bot.config import SourceSettings, WatchSettings
from bot.render.rich import plain
from tests.bot.conftest import open_desk

GOOD = (
    "<rss version='2.0'><channel><title>Good</title><item><title>Bridge in Marrow opens again on Friday</title>"
    "<link>http://127.0.0.1:9/a</link><description>The bridge in Marrow opens again on Friday after three weeks "
    "of repairs, the county said on Monday. It had been closed since a barge struck it.</description></item>"
    "</channel></rss>"
)
LATIN = (
    "<rss version='2.0'><channel><title>Latin</title><item><title>Café in Ödwik sells 400 crêpes a day</title>"
    "<link>http://127.0.0.1:9/b</link><description>A café in Ödwik sold 400 crêpes a day in July, its owner "
    "Zoë Müller told the town paper. She hired two cooks.</description></item></channel></rss>"
)
REASONS = {
    "page": "not a feed",
    "empty": "empty",
    "nothing": "404",
    "broken": "500",
    "slow": "did not finish its answer within 1 seconds",
    "huge": "larger than 5 MiB",
    "binary": "",
}


@pytest_asyncio.fixture
async def site() -> AsyncIterator[str]:
    async def serve(request: web.Request) -> web.StreamResponse:
        kind = request.match_info["kind"]
        if kind == "slow":
            await asyncio.sleep(30)
        if kind == "huge":
            response = web.StreamResponse(headers={"Content-Type": "application/rss+xml"})
            await response.prepare(request)
            for _ in range(50):
                await response.write(b" " * 1_048_576)
            return response
        body = {
            "good": GOOD.encode(),
            "latin": LATIN.encode("latin-1"),  # which is not what its header says
            "page": b"<!doctype html><html><body><h1>Hello</h1></body></html>",
            "empty": b"",
            "broken": b"oops",
            "binary": bytes(range(256)) * 50,
        }.get(kind)
        if body is None:
            raise web.HTTPNotFound
        status = 500 if kind == "broken" else 200
        return web.Response(
            body=body, status=status, headers={"Content-Type": "application/rss+xml; charset=utf-8"}
        )

    app = web.Application()
    app.add_routes([web.get("/{kind}", serve)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.slow
async def test_each_bad_source_shows_its_reason_and_stops_no_other(site: str, tmp_path: Path) -> None:
    kinds = ("good", *REASONS, "latin")
    sources = tuple(SourceSettings(url=f"{site}/{kind}", name=kind) for kind in kinds)
    watch = WatchSettings(allow_private=True, timeout_seconds=1)
    async with open_desk(tmp_path, sources, watch=watch) as (app, printed):
        cycle = await app.desk.cycle()
        listed = plain((await app.ask("sources", "list")).text)
        assert cycle.sent == 1
        assert "Bridge in Marrow opens again on Friday" in printed.getvalue()
        assert "Café in Ödwik sells 400 crêpes a day" in printed.getvalue()
        health = {line.split(". ")[1].split(":")[0]: line for line in listed.splitlines()[1:]}
        for kind, reason in REASONS.items():
            assert "failing (1 in a row)" in health[kind], kind
            assert reason in health[kind]
            assert "next try in" in health[kind]
        for kind in ("good", "latin"):
            assert "fine" in health[kind]


@pytest.mark.slow
async def test_the_terminal_is_told_once_when_a_source_goes_bad_and_once_when_it_is_back(
    tmp_path: Path,
) -> None:
    bodies = [b"<html>", b"<html>", b"<html>", b"<html>", GOOD.encode(), GOOD.encode()]

    async def serve(_: web.Request) -> web.Response:
        return web.Response(body=bodies.pop(0))

    app = web.Application()
    app.add_routes([web.get("/", serve)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with open_desk(tmp_path, (SourceSettings(url=url, name="Gazette"),)) as (opened, printed):
        (source,) = await opened.desk.store.sources.all()
        for _ in range(6):
            await opened.desk.intake.poll(source, opened.desk.clock())
    await runner.cleanup()
    told = " ".join(printed.getvalue().split())
    assert (
        told.count("Gazette (source 1) has failed 3 times in a row: the address gives a web page, not a feed")
        == 1
    )
    assert told.count("has failed") == 1
    assert told.count("Gazette (source 1) works again") == 1


@pytest.mark.slow
async def test_a_move_of_the_files_source_is_remembered_until_the_new_address_fails(tmp_path: Path) -> None:
    asked: list[str] = []
    there = {"/new"}

    async def serve(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/old" and "/new" in there:
            return web.Response(status=301, headers={"Location": "/new"})
        if request.path == "/old" or request.path in there:
            return web.Response(body=GOOD.encode())
        raise web.HTTPGone

    app = web.Application()
    app.add_routes([web.get("/{name}", serve)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/old"
    async with open_desk(tmp_path, (SourceSettings(url=url, name="Gazette"),)) as (opened, _printed):
        (source,) = await opened.desk.store.sources.all()

        async def poll() -> list[str]:
            asked.clear()
            await opened.desk.intake.poll(source, opened.desk.clock())
            return asked

        assert await poll() == ["/old", "/new"]
        assert await poll() == ["/new"]
        there.clear()
        assert await poll() == ["/new"]
        assert await poll() == ["/old"]
        (same,) = await opened.desk.store.sources.all()
        assert (same.url, (await opened.desk.store.sources.state(source.id)).failures) == (url, 0)
    await runner.cleanup()


@pytest.mark.slow
async def test_a_source_that_is_gone_for_good_is_asked_no_more_until_it_is_resumed(tmp_path: Path) -> None:
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append(request.path)
        raise web.HTTPGone

    app = web.Application()
    app.add_routes([web.get("/", serve)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with open_desk(tmp_path, (SourceSettings(url=url, name="Gazette"),)) as (opened, _printed):
        for _ in range(3):
            await opened.desk.cycle()
        assert len(asked) == 1
        assert "ended" in plain((await opened.ask("sources", "list")).text)
        await opened.ask("sources", "resume 1")
        await opened.desk.cycle()
        assert len(asked) == 2
    await runner.cleanup()
