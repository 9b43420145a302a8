"""The whole desk under a clock that is wrong for a while."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import open_app
from bot.config import SourceSettings
from bot.demo.newsroom import serve
from digests.clock import utc_now
from tests.bot.conftest import settings_for

pytestmark = pytest.mark.slow


class Clock:
    def __init__(self) -> None:
        self.off = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.off


@pytest.mark.parametrize("year", [2099, 1971])
async def test_it_polls_and_posts_again_and_nothing_was_forgotten(tmp_path: Path, year: int) -> None:
    clock = Clock()
    async with serve(datetime.now(UTC)) as newsroom:
        sources = tuple(SourceSettings(url=url, name=name) for url, name, _ in newsroom.feeds)
        settings = settings_for(tmp_path, sources, cadence="daily")
        async with open_app(settings, console=True, clock=clock, out=io.StringIO()) as app:
            store = app.desk.store
            looked = await app.desk.mind_clock(None)
            await app.desk.cycle()
            kept = await store.articles.recent(clock() - timedelta(days=9))
            assert kept
            clock.off = datetime(year, 6, 1, tzinfo=UTC) - utc_now()
            looked = await app.desk.mind_clock(looked)
            await app.desk.cycle()
            await app.desk.prune()
            clock.off = timedelta()
            await app.desk.mind_clock(looked)
            assert len(await store.sources.due(clock(), 99)) == (len(sources) if year == 2099 else 0)
            for chat in await store.chats.all():
                assert chat.next_digest is not None
                assert chat.next_digest - clock() < timedelta(days=1, hours=2)
            found = {
                article.entry_id for article, _ in await store.articles.recent(clock() - timedelta(days=9))
            }
            assert found >= {article.entry_id for article, _ in kept}


async def test_a_running_desk_sees_the_clock_go_back(tmp_path: Path) -> None:
    clock = Clock()
    clock.off = datetime(2099, 1, 1, tzinfo=UTC) - utc_now()
    async with serve(datetime.now(UTC)) as newsroom:
        url, name, _ = newsroom.feeds[0]
        settings = settings_for(tmp_path, (SourceSettings(url=url, name=name),))
        async with open_app(settings, console=True, clock=clock, out=io.StringIO()) as app:
            running = asyncio.create_task(app.run(grace=timedelta(seconds=1)))

            async def polled(years: range) -> None:
                async with asyncio.timeout(30):
                    while True:
                        states = (await app.desk.store.sources.states()).values()
                        if [state for state in states if state.last_poll and state.last_poll.year in years]:
                            return
                        await asyncio.sleep(0.1)

            await polled(range(2099, 2100))
            clock.off = timedelta()
            await polled(range(2000, 2099))
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
