"""A site with several feeds, one without any, and what other readers' lists of them look like."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

HEADLINES = [f"The harbour council decides on question {n} of the year" for n in range(4)]


def feed(name: str) -> str:
    items = "".join(
        f"<item><title>{name} reports on matter {n}</title><guid>{n}</guid>"
        f"<description>{name} looked into matter {n} and found that the ferry runs late.</description></item>"
        for n in (1, 2, 3)
    )
    return f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>"


@asynccontextmanager
async def several_feeds() -> AsyncIterator[str]:
    """``/two/`` names two feeds, ``/none/`` none but lists articles; ``/town.xml``, ``/sea.xml``."""

    def two(_: web.Request) -> str:
        links = "".join(
            f"<link rel='alternate' type='application/rss+xml' href='/{name}.xml'>"
            for name in ("town", "sea")
        )
        return f"<html><head>{links}</head><body>Two</body></html>"

    def none(_: web.Request) -> str:
        rows = "".join(
            f"<div class='card'><h2><a href='/none/2026/story-number-{n}.html'>{title}</a></h2></div>"
            for n, title in enumerate(HEADLINES)
        )
        return f"<html><head><title>Harbour List</title></head><body>{rows}<p><a href='/about'>About</a></p></body></html>"

    def answering(text: str, kind: str):  # type: ignore[no-untyped-def]
        async def answer(request: web.Request) -> web.Response:
            made = {"two": two, "none": none}.get(text)
            return web.Response(text=made(request) if made else text, content_type=kind)

        return answer

    app = web.Application()
    app.add_routes(
        [
            web.get("/two/", answering("two", "text/html")),
            web.get("/none/", answering("none", "text/html")),
            web.get("/town.xml", answering(feed("Town Desk"), "application/rss+xml")),
            web.get("/sea.xml", answering(feed("Sea Desk"), "application/rss+xml")),
        ]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def opml(base: str) -> bytes:
    """Two feeds in nested categories, one that is not there, one aimed inside."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Mine</title></head><body>
<outline text="World"><outline text="Harbours">
  <outline type="rss" text="Town Desk" xmlUrl="{base}/town.xml" htmlUrl="{base}/"/></outline></outline>
<outline type="rss" text="Sea" xmlUrl="{base}/sea.xml"/>
<outline type="rss" text="Gone" xmlUrl="{base}/gone.xml"/>
<outline type="rss" text="Inside" xmlUrl="http://169.254.169.254/latest"/>
</body></opml>""".encode()
