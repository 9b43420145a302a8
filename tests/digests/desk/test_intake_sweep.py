"""A sweep: many sources stored together, none harmed by another, moved ones followed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digests.desk import sweep as readings
from digests.desk.intake import Intake
from digests.desk.live import DeskSettings
from digests.model import Article, Entry, Failure, FailureKind, Feed, Page, PollState, Source
from digests.ports import Polled
from digests.store import SqlStore, open_store
from digests.testing import FakeFetcher

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TEXT = "The council met on Monday to weigh the plan for the harbour."


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with open_store(str(tmp_path / "s.sqlite3")) as opened:
        yield opened


class Reader:
    """Gives what stands for an address; raises what is an exception."""

    kind = "feed"

    def __init__(self, answers: Mapping[str, Polled | Failure | Exception]) -> None:
        self.answers = dict(answers)
        self.slow: dict[str, asyncio.Event] = {}
        self.reads = 0

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled | Failure:
        self.reads += 1
        if source.url in self.slow:
            await self.slow[source.url].wait()
        answer = self.answers[source.url]
        if isinstance(answer, Exception):
            raise answer
        return answer


def polled(url: str, *titles: str, moved_to: str | None = None) -> Polled:
    entries = tuple(Entry(guid=title, title=title, html=f"{TEXT} {title}") for title in titles)
    page = Page(url=moved_to or url, status=200, body=url.encode(), moved_to=moved_to)
    return Polled(feed=Feed(entries=entries), page=page)


async def intake_of(
    store: SqlStore, answers: Mapping[str, Polled | Failure | Exception]
) -> tuple[Intake, Reader, dict[str, Source]]:
    async def extract(entry: Entry, page: Page | None) -> Article | Failure:
        return Failure(FailureKind.EMPTY, "not asked here")

    reader = Reader(answers)
    sources = {url: await store.sources.add(Source(url=url), NOW) for url in answers}
    return Intake(store, {"feed": reader}, FakeFetcher({}), extract, DeskSettings()), reader, sources


async def titles(store: SqlStore, source: Source) -> list[str]:
    return [entry.title for entry in reversed(await store.entries.newest(source.id, 99))]


@pytest.mark.slow
async def test_many_sources_are_stored_in_a_few_transactions(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = [f"https://s{n}.example/" for n in range(60)]
    # the same GUIDs everywhere: identities belong to one source
    intake, _, sources = await intake_of(store, {url: polled(url, "two", "one") for url in urls})
    calls = 0
    add = store.entries.add

    async def counted(entries: list[tuple[Entry, tuple[str, ...]]], now: datetime) -> list[Entry]:
        nonlocal calls
        calls += 1
        return await add(entries, now)

    monkeypatch.setattr(store.entries, "add", counted)
    assert await intake.poll_due(NOW) == 120
    assert calls <= 5
    for source in sources.values():
        assert await titles(store, source) == ["one", "two"]
        assert (await store.sources.state(source.id)).last_ok == NOW
    assert await intake.poll_due(NOW) == 0  # none is due


@pytest.mark.slow
async def test_a_sweep_takes_every_page_and_reads_no_further_than_it_stores(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "BATCH", 30)
    urls = [f"https://s{n}.example/" for n in range(70)]
    intake, reader, sources = await intake_of(store, {url: polled(url, "one") for url in urls})
    intake._live.together = 2  # pages of 20
    stored, save, storing = 0, store.sources.polled, asyncio.Event()

    async def slowly(states: Mapping[int, PollState]) -> None:
        nonlocal stored
        await storing.wait()
        stored += len(states)
        await save(states)

    monkeypatch.setattr(store.sources, "polled", slowly)
    sweep = asyncio.create_task(intake.poll_due(NOW))
    await asyncio.sleep(0.3)
    assert stored == 0
    assert reader.reads <= 64  # a batch being stored, one waiting, and what was under way
    storing.set()
    assert await sweep == 70
    assert (stored, intake.more) == (70, False)
    assert {(await store.sources.state(source.id)).last_ok for source in sources.values()} == {NOW}


async def test_nothing_new_adds_nothing_and_an_edit_updates(store: SqlStore) -> None:
    url = "https://a.example/"
    intake, reader, sources = await intake_of(store, {url: polled(url, "two", "one")})
    assert (await intake.poll(sources[url], NOW)).new == 2
    again = await intake.poll(sources[url], NOW)
    assert (again.new, again.updated) == (0, 0)
    known = polled(url, "two", "one")
    assert known.feed is not None
    edited = replace(known.feed.entries[0], html=f"{TEXT} Edited.")
    reader.answers[url] = replace(known, feed=Feed(entries=(edited, known.feed.entries[1])))
    taken = await intake.poll(sources[url], NOW)
    assert (taken.new, taken.updated) == (0, 1)
    assert [entry.html for entry in await store.entries.newest(sources[url].id, 1)] == [edited.html]


async def test_a_slow_source_keeps_no_other_waiting(store: SqlStore) -> None:
    slow, quick = "https://slow.example/", "https://quick.example/"
    intake, reader, sources = await intake_of(store, {slow: polled(slow, "s"), quick: polled(quick, "q")})
    reader.slow[slow] = asyncio.Event()
    sweep = asyncio.create_task(intake.poll_due(NOW))
    for _ in range(500):
        if await titles(store, sources[quick]):
            break
        await asyncio.sleep(0.01)
    assert await titles(store, sources[quick]) == ["q"]
    assert await intake.poll_due(NOW) == 0  # the slow one is under way
    reader.slow[slow].set()
    assert await sweep == 2


async def test_a_sweep_that_is_cut_off_leaves_nothing_under_way(store: SqlStore) -> None:
    url = "https://a.example/"
    intake, reader, sources = await intake_of(store, {url: polled(url, "one")})
    reader.slow[url] = asyncio.Event()
    sweep = asyncio.create_task(intake.poll_due(NOW))
    await asyncio.sleep(0.05)
    sweep.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sweep
    reader.slow.clear()
    assert await intake.poll_due(NOW) == 1
    assert await titles(store, sources[url]) == ["one"]


async def test_a_source_that_raises_or_fails_stops_no_other(store: SqlStore) -> None:
    bad, down, good = "https://bad.example/", "https://down.example/", "https://good.example/"
    failure = Failure(FailureKind.TIMEOUT, "too slow")
    intake, _, sources = await intake_of(
        store, {bad: RuntimeError("a bug"), down: failure, good: polled(good, "one")}
    )
    assert await intake.poll_due(NOW) == 1
    assert await titles(store, sources[good]) == ["one"]
    assert (await store.sources.state(sources[down].id)).failure == failure
    state = await store.sources.state(sources[bad].id)
    assert state.failure is not None
    assert state.failure.kind is FailureKind.UNREADABLE
    assert state.next_poll is not None
    assert state.next_poll > NOW


async def test_what_can_not_be_stored_harms_only_its_source(store: SqlStore) -> None:
    """A date without a zone is a bug of a reader; the others of its batch are stored alone."""
    bad, good = "https://bad.example/", "https://good.example/"
    broken = Entry(guid="b", title="b", html=TEXT, found=NOW.replace(tzinfo=None))
    answers = {
        bad: replace(polled(bad), feed=Feed(entries=(broken,))),
        good: polled(good, "one"),
    }
    intake, _, sources = await intake_of(store, answers)
    assert await intake.poll_due(NOW) == 1
    assert await titles(store, sources[good]) == ["one"]
    assert (await store.sources.state(sources[good].id)).failure is None
    assert (await store.sources.state(sources[bad].id)).failures == 1


async def test_a_source_removed_meanwhile_harms_no_other(store: SqlStore) -> None:
    gone, good = "https://gone.example/", "https://good.example/"
    intake, reader, sources = await intake_of(store, {gone: polled(gone, "g"), good: polled(good, "one")})
    reader.slow = {gone: asyncio.Event()}
    reader.slow[good] = reader.slow[gone]
    sweep = asyncio.create_task(intake.poll_due(NOW))
    await asyncio.sleep(0.02)
    await store.sources.remove(sources[gone].id)
    reader.slow[gone].set()
    assert await sweep == 1
    assert await titles(store, sources[good]) == ["one"]


async def test_a_source_that_moved_for_good_is_followed_on_its_own_host(store: SqlStore) -> None:
    """Elsewhere it would come to stand, with what it published, where another's is."""
    old, new, taken = "https://old.example/", "https://www.old.example/new", "https://old.example/taken"
    other = "https://old.example/other"
    away = "https://away.example/"
    answers = {
        old: polled(old, "one", moved_to=new),
        other: polled(other, "two", moved_to=taken),
        taken: polled(taken, "three"),
        away: polled(away, "four", moved_to="https://victim.example/"),
    }
    intake, _, sources = await intake_of(store, answers)
    assert await intake.poll_due(NOW) == 4
    urls = {source.id: source.url for source in await store.sources.all()}
    assert urls == {
        sources[old].id: new, sources[other].id: other, sources[taken].id: taken, sources[away].id: away
    }  # fmt: skip


async def test_a_source_of_the_file_keeps_its_address(store: SqlStore) -> None:
    url = "https://old.example/"
    intake, _, sources = await intake_of(store, {url: polled(url, moved_to="https://new.example/")})
    await store.sources.update(replace(sources[url], origin="config"))
    await intake.poll_due(NOW)
    assert await store.sources.by_url(url) is not None


async def test_admins_are_told_once_and_again_where_it_could_not_be(store: SqlStore) -> None:
    url = "https://down.example/"
    intake, reader, sources = await intake_of(store, {url: Failure(FailureKind.GONE, "gone for good")})
    told: list[tuple[str, bool]] = []
    heard = False

    async def tell(source: Source, state: PollState) -> None:
        told.append((source.url, state.failure is not None))
        if not heard:
            raise RuntimeError("nobody is there")

    intake._tell = tell
    await intake.poll(sources[url], NOW)
    assert not (await store.sources.state(sources[url].id)).told_bad
    heard = True
    for _ in range(2):
        await intake.poll(sources[url], NOW)
    assert told == [(url, True)] * 2
    reader.answers[url] = polled(url, "one")
    for _ in range(2):
        await intake.poll(sources[url], NOW)
    assert told == [*[(url, True)] * 2, (url, False)]
