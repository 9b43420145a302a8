"""A feed of which only the changed items were read is decided as the whole feed would be."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digests.desk.intake import Intake
from digests.desk.live import DeskSettings
from digests.memory import settle
from digests.model import Article, Entry, Failure, FailureKind, Page, PollState, Source
from digests.ports import Polled
from digests.store import SqlStore, open_store
from digests.testing import FakeFetcher
from digests.watch.feeds import FeedReader
from digests.watch.offload import Offload

NOW = datetime(2026, 3, 1, tzinfo=UTC)
URL, OTHER = "https://a.example/feed", "https://b.example/feed"


def item(n: int, text: str = "The council met on Monday to weigh the plan.", **own: str) -> str:
    guid, link = own.get("guid", f"id-{n}"), own.get("link", f"https://a.example/{n}")
    return (
        f"<item><title>Report {n}</title><guid isPermaLink='false'>{guid}</guid><link>{link}</link>"
        f"<description>{text} {n}</description></item>"
    )


def page(*items: str, url: str = URL) -> Page:
    body = f"<rss version='2.0'><channel><title>Desk</title>{''.join(items)}</channel></rss>".encode()
    return Page(url=url, status=200, body=body)


class Desk:
    """An intake whose feeds say what a test wants them to."""

    def __init__(self, store: SqlStore, offload: Offload) -> None:
        self.fetcher = FakeFetcher({})
        self.store = store
        self.reader = FeedReader(self.fetcher, offload)
        self.intake = Intake(store, {"feed": self.reader}, self.fetcher, no_article, DeskSettings())

    async def poll(self, *items: str, url: str = URL) -> tuple[int, int]:
        source = await self.store.sources.add(Source(url=url), NOW)
        self.fetcher.pages[url] = page(*items, url=url)
        taken = await self.intake.poll(source, NOW)
        assert taken.failure is None
        return taken.new, taken.updated

    async def titles(self, url: str = URL) -> list[str]:
        source = await self.store.sources.by_url(url)
        assert source is not None
        return [entry.title for entry in await self.store.entries.newest(source.id, 99)]


async def no_article(entry: Entry, page: Page | None) -> Article | Failure:
    return Failure(FailureKind.EMPTY, "not asked here")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_store(str(tmp_path / "s.sqlite3")) as store, Offload() as offload:
        yield Desk(store, offload)


async def test_new_items_are_new_and_an_edit_is_an_edit(desk: Desk) -> None:
    assert await desk.poll(item(2), item(1)) == (2, 0)
    assert await desk.poll(item(3), item(2), item(1)) == (1, 0)
    assert await desk.poll(item(3), item(2, "Corrected: the plan is older than was said."), item(1)) == (0, 1)
    assert await desk.poll(item(4), item(3, "Corrected as well, on the same day."), item(1)) == (1, 1)
    assert await desk.titles() == ["Report 4", "Report 3", "Report 2", "Report 1"]


async def test_another_order_and_other_guids_bring_nothing(desk: Desk) -> None:
    await desk.poll(item(3), item(2), item(1))
    assert await desk.poll(item(1), item(3), item(2)) == (0, 0)
    assert await desk.poll(*(item(n, guid=f"other-{n}") for n in (3, 2, 1))) == (0, 0)
    assert await desk.poll(item(4), *(item(n, guid=f"third-{n}") for n in (3, 2, 1))) == (1, 0)


async def test_an_address_that_items_share_does_not_make_a_new_one_an_edit(desk: Desk) -> None:
    home = "https://a.example/"
    assert await desk.poll(item(1, link=home)) == (1, 0)
    # seen without the first it would be an edit of it; only both show that the address tells nothing
    assert await desk.poll(item(2, link=home), item(1, link=home)) == (1, 0)
    assert await desk.titles() == ["Report 2", "Report 1"]


async def test_two_feeds_with_equal_items_each_have_them(desk: Desk) -> None:
    assert await desk.poll(item(2), item(1)) == (2, 0)
    assert await desk.poll(item(2), item(1), url=OTHER) == (2, 0)
    assert await desk.poll(item(3), item(2), item(1), url=OTHER) == (1, 0)
    assert await desk.titles() == ["Report 2", "Report 1"]


async def test_what_was_not_stored_is_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.poll(item(1))

    async def broken(*_: object) -> list[Entry]:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(desk.store.entries, "add", broken)
        with pytest.raises(RuntimeError):
            await desk.poll(item(2), item(1))
    assert await desk.poll(item(2), item(1)) == (1, 0)


async def test_a_feed_that_can_then_not_be_read_whole_has_failed(desk: Desk) -> None:
    await desk.poll(item(1))
    source = await desk.store.sources.by_url(URL)
    assert source is not None
    await desk.poll(item(2), item(1))
    read = desk.reader.read

    class Half:
        kind = "feed"

        async def read(self, source: Source, state: PollState, now: datetime) -> Polled | Failure:
            polled = await read(source, state, now)
            assert isinstance(polled, Polled)
            assert polled.whole is not None

            async def late() -> Failure:
                return Failure(FailureKind.TIMEOUT, "the document could not be read within 5 seconds")

            return Polled(feed=polled.feed, page=polled.page, marks=polled.marks, whole=late)

    intake = Intake(desk.store, {"feed": Half()}, desk.fetcher, no_article, DeskSettings())
    desk.fetcher.pages[URL] = page(item(2, "Corrected: the plan is older than was said."), item(1))
    taken = await intake.poll(source, NOW + timedelta(hours=1))
    assert taken.failure is not None
    assert (await desk.store.sources.state(source.id)).failures == 1
    assert await desk.poll(item(2, "Corrected: the plan is older than was said."), item(1)) == (
        0,
        1,
    )  # nothing was lost


@pytest.mark.slow
def test_what_is_there_at_the_start_is_left_alone_by_the_collector() -> None:
    before, bounds = gc.get_freeze_count(), gc.get_threshold()
    try:
        settle()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()
        gc.set_threshold(*bounds)
