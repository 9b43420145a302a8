"""Archives of feeds come into the library, and to no chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digests.desk import Intake
from digests.desk.backfilling import Backfill, Backfilled, read_document, subscribe
from digests.desk.live import DeskSettings
from digests.desk.placing import Placing
from digests.model import Article, Chat, Entry, Failure, Page, Source, Subscription
from digests.store import SqlStore, open_store
from digests.testing import FakeFetcher
from digests.watch.feeds import FeedReader
from digests.watch.offload import Offload

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEED = "https://a.example/feed"


def atom(*numbers: int, older: str = "", rel: str = "prev-archive") -> str:
    """A feed of items, each as many days old as its number says."""
    link = f'<link rel="self" href="/self"/><link rel="{rel}" href="{older}"/>' if older else ""
    items = "".join(
        f"<entry><id>urn:{n}</id><title>Report {n} from the harbour</title>"
        f'<link href="https://a.example/{n}"/><updated>{NOW - timedelta(days=n):%Y-%m-%dT%H:%M:%SZ}</updated>'
        f"<published>{NOW - timedelta(days=n):%Y-%m-%dT%H:%M:%SZ}</published>"
        f"<summary>Harbour number {n} was opened by the mayor.</summary></entry>"
        for n in numbers
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title>{link}{items}</feed>'


async def article(entry: Entry, page: Page | None) -> Article | Failure:
    return Article(
        entry_id=entry.id, source_id=entry.source_id, url=entry.url, title=entry.title,
        published=entry.published, paragraphs=(entry.title,), sentences=(entry.title,),
    )  # fmt: skip


class Place:
    """A followed source with archives, in a store."""

    def __init__(self, store: SqlStore, offload: Offload) -> None:
        self.store, self.offload = store, offload
        self.fetcher = FakeFetcher({})
        self.intake = Intake(
            store, {"feed": FeedReader(self.fetcher, offload)}, self.fetcher, article, DeskSettings()
        )
        self.told: list[tuple[int, int]] = []

    async def open(self) -> None:
        self.source = await self.store.sources.add(Source(url=FEED), NOW)
        self.chat = await self.store.chats.ensure(Chat(platform="console", address="1"), NOW)
        await self.store.subscriptions.add(Subscription(chat_id=self.chat.id, source_id=self.source.id), NOW)

    async def backfill(self, *, pages: int = 10, days: int = 90, source: Source | None = None) -> Backfilled:
        filling = Backfill(
            self.store, self.intake, self.fetcher, self.offload, pages=pages, since=NOW - timedelta(days=days)
        )
        return await filling.run(source or self.source, NOW, lambda *done: self.told.append(done))

    async def titles(self) -> set[str]:
        return {entry.title.split()[1] for entry in await self.store.entries.newest(self.source.id, 99)}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with open_store(str(tmp_path / "s.sqlite3")) as store, Offload() as offload:
        place = Place(store, offload)
        await place.open()
        yield place


def archives(place: Place, rel: str = "prev-archive") -> None:
    place.fetcher.pages |= {
        FEED: atom(1, 2, older="/2026-02", rel=rel),
        "https://a.example/2026-02": atom(2, 3, 4, older="/2026-01", rel=rel),
        "https://a.example/2026-01": atom(40, 41, older="/2026-02", rel=rel),  # a circle
    }


@pytest.mark.parametrize("rel", ["prev-archive", "next"])
async def test_archives_are_found_and_posted_to_nobody(place: Place, rel: str) -> None:
    archives(place, rel)
    done = await place.backfill()
    assert (done.pages, done.new, done.read, done.failure) == (2, 4, 4, None)
    assert place.told[-1] == (4, 4)
    found = await place.store.library.search(place.chat.id, "harbour", 9)
    assert {hit.article.title.split()[1] for hit in found} == {"3", "4", "40", "41"}
    assert {(NOW - hit.found).days for hit in found} == {3, 4, 40, 41}
    assert await place.store.digests.candidates(place.chat.id, 99) == []
    chat = await place.store.chats.get(place.chat.id)
    assert chat is not None
    assert chat.next_digest == place.chat.next_digest


async def test_what_the_feed_itself_holds_is_left_to_the_poll_and_comes(place: Place) -> None:
    archives(place)
    await place.backfill()
    assert (await place.intake.poll(place.source, NOW)).new == 2
    await place.intake.read_new(NOW)
    await place.intake.group_new(NOW)
    await Placing(place.store).catch_up(place.chat.id, NOW)
    candidates = await place.store.digests.candidates(place.chat.id, 99)
    titles = {article.title.split()[1] for one in candidates for article in one.story.articles}
    assert {"1", "2"} <= titles
    assert sum(len(one.entry_ids) for one in candidates) == 2


async def test_a_backfilled_item_that_the_feed_brings_later_is_not_new(place: Place) -> None:
    archives(place)
    await place.backfill()
    place.fetcher.pages[FEED] = atom(3, 4)
    assert (await place.intake.poll(place.source, NOW)).new == 0
    again = await place.backfill()
    assert (again.pages, again.new) == (0, 0)


@pytest.mark.parametrize("samples", [0, 1, 2])
async def test_who_subscribes_later_is_shown_the_newest_and_nothing_of_the_archives(
    place: Place, samples: int
) -> None:
    archives(place)
    await place.intake.poll(place.source, NOW)
    await place.backfill()
    await place.intake.read_new(NOW)
    await place.intake.group_new(NOW)
    late = await place.store.chats.ensure(Chat(platform="fake", address="2"), NOW)
    new, shown = await subscribe(place.store, late, place.source, "fake:1", NOW, newest=samples)
    assert new
    assert [entry.title.split()[1] for entry in shown] == ["1", "2"][:samples]
    chat = await place.store.chats.get(late.id)
    assert chat is not None
    assert chat.next_digest is not None
    await Placing(place.store).catch_up(late.id, NOW)
    candidates = await place.store.digests.candidates(late.id, 99)
    assert sorted(id_ for one in candidates for id_ in one.entry_ids) == sorted(one.id for one in shown)


async def test_a_second_run_brings_nothing_twice(place: Place) -> None:
    archives(place)
    first = await place.backfill(pages=1)
    assert (first.pages, first.new) == (1, 2)
    second = await place.backfill()
    assert (second.pages, second.new) == (2, 2)


async def test_days_end_it(place: Place) -> None:
    archives(place)
    place.fetcher.pages["https://a.example/2026-01"] = atom(40, older="/none")
    done = await place.backfill(days=10)
    assert (done.pages, done.new, done.failure) == (2, 2, None)
    assert await place.titles() == {"3", "4"}
    assert "https://a.example/none" not in place.fetcher.requests


async def test_what_fails_midway_keeps_what_came(place: Place) -> None:
    archives(place)
    del place.fetcher.pages["https://a.example/2026-01"]
    done = await place.backfill()
    assert done.failure is not None
    assert "404" in done.failure.reason
    assert (done.new, done.read) == (2, 2)
    assert len(await place.store.library.search(place.chat.id, "harbour", 9)) == 2
    place.fetcher.pages["https://a.example/2026-01"] = "<html>gone</html>"
    done = await place.backfill()
    assert done.failure is not None
    assert "not a feed" in done.failure.reason


async def test_what_names_no_archive_gives_nothing(place: Place) -> None:
    place.fetcher.pages[FEED] = '{"version": "https://jsonfeed.org/version/1.1", "title": "A", "items": []}'
    assert (await place.backfill()).pages == 0
    place.fetcher.pages[FEED] = (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>A</title>'
        '<link>https://a.example/</link><atom:link rel="next" href="/old"/></channel></rss>'
    )
    place.fetcher.pages["https://a.example/old"] = atom(7)
    assert (await place.backfill()).new == 1  # in RSS it stands in the channel
    failed = await place.backfill(source=Source(id=place.source.id, url=FEED, kind="page"))
    assert failed.failure is not None
    assert "only feeds" in failed.failure.reason


async def test_a_chat_that_went_meanwhile_is_no_matter(place: Place) -> None:
    archives(place)
    get = place.store.chats.get

    async def gone(chat_id: int) -> Chat | None:
        await get(chat_id)
        return None

    object.__setattr__(place.store.chats, "get", gone)
    assert (await place.backfill()).new == 4


async def test_a_cancelled_run_leaves_nothing_to_be_posted_and_the_next_goes_on(place: Place) -> None:
    archives(place)
    entries = place.store.entries
    add = entries.add
    added = asyncio.Event()

    async def slowly(*words: object) -> list[Entry]:
        stored = await add(*words)  # type: ignore[arg-type]
        added.set()
        await asyncio.sleep(0.05)  # between the items and their use
        return stored

    object.__setattr__(entries, "add", slowly)
    running = asyncio.create_task(place.backfill())
    await added.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    object.__setattr__(entries, "add", add)
    assert running.cancelled()
    await place.intake.read_new(NOW)
    await place.intake.group_new(NOW)
    assert await place.titles() == {"3", "4"}
    assert await place.store.digests.candidates(place.chat.id, 99) == []
    assert (await place.backfill()).new == 2
    assert await place.titles() == {"3", "4", "40", "41"}


@pytest.mark.parametrize(
    ("body", "older"),
    [
        (atom(1, older="/old"), "https://a.example/old"),
        (atom(1, older="/old", rel="Next"), "https://a.example/old"),
        (atom(1, older="/new", rel="next-archive"), ""),
        (atom(1).replace("</feed>", '<link rel="next" href="/2"/><link rel="prev-archive" href="/1"/></feed>'),
         "https://a.example/1"),
        ('<rss><channel><title>A</title><link>/x</link><link rel="next" href="/2"/></channel></rss>',
         "https://a.example/2"),
        (atom(1, older="javascript:alert(1)"), ""),
        ('{"version": "https://jsonfeed.org/version/1.1", "title": "A", "items": []}', ""),
    ],
)  # fmt: skip
def test_the_document_before_is_named_by_a_link(body: str, older: str) -> None:
    read = read_document(Page(url=FEED, status=200, body=body.encode()))
    assert not isinstance(read, Failure)
    assert read[1] == older


def test_what_is_no_feed_names_nothing() -> None:
    assert isinstance(read_document(Page(url=FEED, status=200, body=b"<html>gone</html>")), Failure)
