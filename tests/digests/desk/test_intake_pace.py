"""How often a desk asks its sources: by who waits for them, within its allowance of polls."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digests.desk.intake import Intake
from digests.desk.live import DeskSettings
from digests.edit.schedule import next_digest
from digests.model import (
    Article,
    Chat,
    ChatSettings,
    Entry,
    Failure,
    FailureKind,
    Feed,
    Page,
    PollState,
    Source,
    Subscription,
)
from digests.ports import Polled
from digests.store import SqlStore, open_store
from digests.testing import FakeFetcher
from digests.watch.cadence import Bounds

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SEEDED = 12


class Reader:
    """Every source publishes something every so often; when they were asked is kept."""

    kind = "feed"

    def __init__(self, every: timedelta) -> None:
        self.every = every
        self.asked: list[tuple[int, datetime]] = []

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled:
        self.asked.append((source.id, now))
        first = now - (now - NOW) % self.every
        entries = [Entry(guid=f"{at}", title=f"At {at}", published=at)
                   for at in (first - n * self.every for n in range(12))]  # fmt: skip
        page = Page(url=source.url, status=200, body=f"{first}".encode())
        return Polled(feed=Feed(entries=tuple(entries)), page=page)


class Desk:
    def __init__(self, store: SqlStore, bounds: Bounds, every: timedelta = 2 * HOUR) -> None:
        async def extract(entry: Entry, page: Page | None) -> Article | Failure:
            return Failure(FailureKind.EMPTY, "not asked here")

        self.store, self.reader, self.now = store, Reader(every), NOW
        self.live = DeskSettings(bounds=bounds)
        self.intake = Intake(
            store,
            {"feed": self.reader},
            FakeFetcher({}),
            extract,
            self.live,
            random_state=random.Random(SEEDED),
        )

    async def follow(self, cadence: str, *sources: Source) -> None:
        settings = ChatSettings(cadence=cadence)
        chat = await self.store.chats.ensure(
            Chat(platform="fake", address=cadence, settings=settings), self.now
        )
        await self.store.chats.schedule(chat.id, next_digest(settings, self.now))
        for source in sources:
            await self.store.subscriptions.add(
                Subscription(chat_id=chat.id, source_id=source.id, created=self.now), self.now
            )

    async def run(self, until: datetime, step: timedelta = MINUTE) -> list[tuple[int, datetime]]:
        """Sweeps until then; the chats' digests go out at their time. What was asked meanwhile."""
        before = len(self.reader.asked)
        while self.now < until:
            await self.intake.poll_due(self.now)
            for chat in await self.store.chats.due(self.now):
                await self.store.chats.schedule(chat.id, next_digest(chat.settings, self.now))
            self.now += step
        return self.reader.asked[before:]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with open_store(str(tmp_path / "s.sqlite3")) as opened:
        yield opened


@pytest.mark.slow
async def test_each_source_is_asked_as_those_wait_who_follow_it(store: SqlStore) -> None:
    """One that a chat follows at once all day, one for a digest shortly before it, one of nobody once."""
    desk = Desk(store, Bounds())
    names = ("at-once", "digest", "both", "nobody")
    sources = {n: await store.sources.add(Source(url=f"https://{n}.example/"), NOW) for n in names}
    await desk.follow("instant", sources["at-once"], sources["both"])
    await desk.follow("daily 08:00", sources["digest"], sources["both"])
    await desk.run(NOW + DAY)
    asked = await desk.run(NOW + 2 * DAY, MINUTE)
    times = {name: [at for id_, at in asked if id_ == source.id] for name, source in sources.items()}
    assert len(times["at-once"]) > 30
    assert len(times["both"]) > 30
    assert len(times["nobody"]) <= 2
    assert len(times["digest"]) <= 10
    eight = NOW + DAY + 8 * HOUR
    last = max(at for at in times["digest"] if at <= eight)
    assert eight - last <= 8 * MINUTE


@pytest.mark.slow
@pytest.mark.parametrize("polls", [24, 48])
async def test_a_desk_of_quiet_sources_keeps_its_allowance(store: SqlStore, polls: int) -> None:
    desk = Desk(store, Bounds(polls_a_day=polls), every=4 * DAY)
    sources = [await store.sources.add(Source(url=f"https://s{n}.example/"), NOW) for n in range(4)]
    await desk.follow("instant", *sources)
    await desk.run(NOW + DAY, 5 * MINUTE)
    asked = await desk.run(NOW + 3 * DAY, 5 * MINUTE)
    assert len(asked) / 2 / len(sources) == pytest.approx(polls, rel=0.15)


@pytest.mark.slow
async def test_a_desk_that_spends_too_much_spends_less_from_day_to_day(store: SqlStore) -> None:
    """It comes down over some weeks, so that a burst of news is worth more than the rule."""
    desk = Desk(store, Bounds())
    sources = [await store.sources.add(Source(url=f"https://s{n}.example/"), NOW) for n in range(4)]
    await desk.follow("instant", *sources)
    days = [len(await desk.run(NOW + day * DAY, 5 * MINUTE)) / len(sources) for day in range(1, 5)]
    assert days[0] > days[1] > days[3]


@pytest.mark.slow
async def test_another_allowance_holds_from_the_next_poll_on(store: SqlStore) -> None:
    desk = Desk(store, Bounds(polls_a_day=48))
    source = await store.sources.add(Source(url="https://s.example/"), NOW)
    await desk.follow("instant", source)
    often = len(await desk.run(NOW + DAY, 2 * MINUTE))
    desk.live.bounds = Bounds(polls_a_day=6)
    await desk.run(desk.now + HOUR)
    seldom = len(await desk.run(desk.now + DAY, 2 * MINUTE))
    assert often > 30
    assert seldom <= 9
