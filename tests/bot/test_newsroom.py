"""The demo's newsroom serves what it promises."""

from __future__ import annotations

from datetime import UTC, datetime

import aiohttp

from bot.demo.newsroom import serve

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def test_feeds_pages_and_a_broken_feed() -> None:
    async with serve(NOW) as newsroom:
        feeds = {name: (await get(url))[1] for url, name, _ in newsroom.feeds}
        assert feeds["Harbour Herald"].count("<item>") == 3
        assert "<rss" not in feeds["Old Gazette"]
        for url in newsroom.articles:
            status, page = await get(url)
            assert status == 200
            assert "<article>" in page
        assert (await get(f"{newsroom.base}/herald/"))[0] == 200
        for missing in ("nobody/feed.xml", "nobody/", "herald/nothing.html", "nobody/nothing.html"):
            assert (await get(f"{newsroom.base}/{missing}"))[0] == 404
