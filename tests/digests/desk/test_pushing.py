"""Hubs are a help: whatever one of them or its address does, no poll suffers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digests.desk.intake import Intake
from digests.desk.live import DeskSettings
from digests.desk.pushing import AGAIN, ANSWER, Pushing
from digests.model import Article, Entry, Failure, FailureKind, Feed, Page, Source
from digests.store import SqlStore, open_store
from digests.testing import FakeFetcher
from digests.watch.offload import Offload

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GOOD, BAD = "https://good.example/hub", "https://bad.example/hub"


class Poster:
    """Takes every form but that of a hub that makes it raise."""

    def __init__(self) -> None:
        self.posted: list[str] = []

    async def post(self, url: str, form: Mapping[str, str]) -> Page | Failure:
        self.posted.append(url)
        if url == BAD:
            raise ValueError("an address nobody thought of")
        return Page(url=url, status=202, body=b"")


async def no_article(entry: Entry, page: Page | None) -> Article | Failure:
    return Failure(FailureKind.EMPTY, "not asked here")


async def nobody() -> None:
    pass


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with open_store(str(tmp_path / "s.sqlite3")) as opened:
        yield opened


async def pushing_of(store: SqlStore, *hubs: str) -> tuple[Pushing, Poster, list[Source]]:
    intake = Intake(store, {}, FakeFetcher({}), no_article, DeskSettings())
    poster = Poster()
    pushing = Pushing(store, intake, poster, Offload(), lambda: NOW, "https://desk.example", nobody)
    sources = []
    for number, hub in enumerate(hubs):
        source = await store.sources.add(Source(url=f"https://s{number}.example/"), NOW)
        await pushing.saw(source, Feed(hub=hub))
        sources.append(source)
    return pushing, poster, sources


async def test_a_hub_that_makes_the_client_raise_keeps_no_other_from_being_asked(store: SqlStore) -> None:
    pushing, poster, sources = await pushing_of(store, BAD, GOOD)
    await pushing.tend(NOW)
    assert sorted(poster.posted) == [BAD, GOOD]
    bad, good = [await store.pushes.of_source(source.id) for source in sources]
    assert bad is not None
    assert good is not None
    assert bad.next_try == NOW + AGAIN
    assert good.next_try == NOW + ANSWER


async def test_a_hub_is_not_asked_again_at_the_next_sweep_whatever_it_did(store: SqlStore) -> None:
    pushing, poster, _ = await pushing_of(store, BAD, GOOD)
    for minute in range(5):
        await pushing.tend(NOW + timedelta(minutes=minute))
    assert sorted(poster.posted) == [BAD, GOOD]
