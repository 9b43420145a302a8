"""One host, source or page that hangs takes its own time and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digests.desk import intake as intake_module
from digests.desk.intake import EACH, Intake
from digests.desk.live import DeskSettings
from digests.desk.runner import Aside
from digests.model import Article, Entry, Failure, Feed, Page, PollState, Source
from digests.ports import Polled
from digests.store import SqlStore, open_store
from digests.testing import FakeFetcher

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GOOD = "https://good.example/"


class Reader:
    """Reads a source of ``good.example`` at once; any other when ``open`` is set."""

    kind = "feed"

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.asked: list[str] = []
        self.at_once = self.most = 0

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled:
        self.asked.append(source.url)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        if not source.url.startswith(GOOD):
            await self.open.wait()
        self.at_once -= 1
        return Polled(feed=Feed(), page=Page(url=source.url, status=200, body=b"x"))


class Fetcher(FakeFetcher):
    """Gets a page of ``good.example`` at once; any other when ``open`` is set."""

    def __init__(self) -> None:
        super().__init__({})
        self.open = asyncio.Event()

    async def get(self, url: str, **asked: Any) -> Page | Failure:
        self.requests.append(url)
        if not url.startswith(GOOD):
            await self.open.wait()
        return Page(url=url, status=200, body=b"x")


async def extract(entry: Entry, page: Page | None) -> Article | Failure:
    return Article(entry_id=entry.id, source_id=entry.source_id, url=entry.url, title=entry.title)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with open_store(str(tmp_path / "s.sqlite3")) as opened:
        yield opened


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what it looks at tells nobody
            await asyncio.sleep(0.01)


async def test_a_hundred_sources_of_a_host_that_hangs_leave_the_others_their_turns(store: SqlStore) -> None:
    reader = Reader()
    intake = Intake(store, {"feed": reader}, FakeFetcher({}), extract, DeskSettings(together=10))
    for number in range(100):
        await store.sources.add(Source(url=f"https://tar.example/{number}"), NOW)
    await store.sources.add(Source(url=GOOD), NOW)
    sweep = asyncio.create_task(intake.poll_due(NOW))
    await until(lambda: GOOD in reader.asked)
    assert reader.most <= intake_module.PER_HOST + 1
    later = NOW + timedelta(days=2)  # nobody follows it: it is asked once a day
    for _ in range(200):  # it is due again before the others have ended
        await intake.poll_due(later)
        if reader.asked.count(GOOD) == 2:
            break
        await asyncio.sleep(0.01)
    assert reader.asked.count(GOOD) == 2
    reader.open.set()
    await sweep
    assert len(reader.asked) == 102


async def test_slow_sources_on_many_hosts_are_given_a_fifth_of_the_slots(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "SLOW", 0.05)
    reader = Reader()
    intake = Intake(store, {"feed": reader}, FakeFetcher({}), extract, DeskSettings(together=10))
    slow = [await store.sources.add(Source(url=f"https://t{n}.example/"), NOW) for n in range(8)]
    first = asyncio.create_task(intake.poll_due(NOW))
    await until(lambda: len(reader.asked) == 8)  # nobody knows them yet
    await asyncio.sleep(0.1)
    reader.open.set()
    await first
    reader.open.clear()
    await store.sources.add(Source(url=GOOD), NOW)
    await store.sources.polled({source.id: PollState(last_ok=NOW) for source in slow})
    reader.most = 0
    second = asyncio.create_task(intake.poll_due(NOW))
    await until(lambda: GOOD in reader.asked)
    await asyncio.sleep(0.1)
    assert reader.most <= 3
    reader.open.set()
    await second
    assert len(reader.asked) == 17
    assert {source.id for source in slow[2:]}.isdisjoint(intake._slow)  # which were quick again


async def test_pages_that_hang_keep_no_other_source_unread(store: SqlStore) -> None:
    fetcher = Fetcher()
    intake = Intake(store, {}, fetcher, extract, DeskSettings(together=10))
    evil = await store.sources.add(Source(url="https://tar.example/"), NOW)
    good = await store.sources.add(Source(url=GOOD), NOW)
    await store.entries.add(
        [(Entry(source_id=evil.id, url=f"https://tar.example/{n}"), [f"e{n}"]) for n in range(300)], NOW
    )
    await store.entries.add([(Entry(source_id=good.id, url=f"{GOOD}{n}"), [f"g{n}"]) for n in range(20)], NOW)
    aside, read = Aside(0.05), 0
    for _ in range(10):  # sweeps
        while entries := await intake.unread(NOW):
            read += await aside.run(intake.read_pages(entries, NOW)) or 0
    assert len([url for url in fetcher.requests if url.startswith(GOOD)]) == 20
    assert len([url for url in fetcher.requests if not url.startswith(GOOD)]) <= intake_module.PER_HOST
    await until(lambda: len(intake._reading) == EACH)  # the good ones are stored by then
    await aside.close()
    assert intake._reading == {}


async def test_while_slow_pages_fill_their_share_no_more_of_their_sources_are_taken(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "SLOW", 0.0)
    fetcher = Fetcher()
    intake = Intake(store, {}, fetcher, extract, DeskSettings(together=5))
    evil = await store.sources.add(Source(url="https://tar.example/"), NOW)
    fetcher.open.set()
    await store.entries.add([(Entry(source_id=evil.id, url="https://tar.example/0"), ["e"])], NOW)
    assert await intake.read_new(NOW) == 1  # slow from now on
    fetcher.open.clear()
    await store.entries.add(
        [(Entry(source_id=evil.id, url=f"https://tar.example/{n}"), [f"e{n}"]) for n in range(1, 9)], NOW
    )
    taken = await intake.unread(NOW, limit=1)
    reading = asyncio.create_task(intake.read_pages(taken, NOW))
    await until(lambda: len(fetcher.requests) == 2)
    assert await intake.unread(NOW) == []
    fetcher.open.set()
    assert await reading == 1
    assert len(await intake.unread(NOW)) == 7


async def test_only_so_many_entries_wait_in_memory(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_module, "MOST_READ", 3)
    intake = Intake(store, {}, Fetcher(), extract, DeskSettings())
    good = await store.sources.add(Source(url=GOOD), NOW)
    await store.entries.add([(Entry(source_id=good.id, url=f"{GOOD}{n}"), [f"g{n}"]) for n in range(5)], NOW)
    assert len(await intake.unread(NOW)) == 3
    assert await intake.unread(NOW) == []


async def test_only_so_many_sources_wait_in_memory(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_module, "MOST_WAITING", 2)
    reader = Reader()
    intake = Intake(store, {"feed": reader}, FakeFetcher({}), extract, DeskSettings(), per_host=1)
    for number in range(6):
        await store.sources.add(Source(url=f"https://tar.example/{number}"), NOW)
    reader.open.set()
    assert await intake.poll_due(NOW) == 0
    assert len(reader.asked) == 6


async def test_work_goes_on_aside_and_what_it_raises_then_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def work(seconds: float, error: Exception | None = None) -> int:
        await asyncio.sleep(seconds)
        if error is not None:
            raise error
        return 7

    aside = Aside(0.02)
    assert await aside.run(work(0)) == 7
    with pytest.raises(ValueError, match="at once"):
        await aside.run(work(0, ValueError("at once")))
    assert await aside.run(work(0.05)) is None
    assert await aside.run(work(0.05, ValueError("late"))) is None
    await asyncio.sleep(0.1)
    assert "Work that went on aside broke off" in caplog.text
    assert aside._going_on == set()


async def test_who_waits_for_work_aside_takes_it_along_when_cancelled() -> None:
    ended = asyncio.Event()

    async def work() -> int:
        try:
            await asyncio.sleep(9)
        finally:
            ended.set()
        return 0

    aside = Aside(5)
    waiting = asyncio.create_task(aside.run(work()))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.wait_for(ended.wait(), 1)
