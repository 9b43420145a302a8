"""What stands in for a model's brief: kept for some hours where the model was there and wrote nothing of use, else not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digests.brief.chain import Chain
from digests.brief.extractive.summarizer import ExtractiveSummarizer
from digests.clock import utc_now
from digests.desk.briefing import STANDS_IN, Briefing, Wanted
from digests.desk.live import DeskSettings
from digests.model import Article, Brief, Chat, Failure, FailureKind
from digests.store import SqlStore, open_store
from digests.testing import FakeSummarizer

LINES = (
    "The council opened the new bridge on Monday.",
    "It cost 14 million euros and took two years to build.",
)
ARTICLE = Article(
    title="Bridge opens", url="https://a.example/1", sentences=LINES, paragraphs=LINES, language="en"
)


class Counting(FakeSummarizer):
    """A plug-in's model that always fails, and how often it was asked."""

    asked = 0

    async def brief(self, *args: object) -> Brief | Failure:  # type: ignore[override]
        self.asked += 1
        assert self.failure is not None
        return self.failure


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with open_store(str(tmp_path / "desk.sqlite3")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("kind", "remembered"),
    [
        (FailureKind.MODEL, True), (FailureKind.UNSUPPORTED, True), (FailureKind.TOO_LARGE, True),
        (FailureKind.TIMEOUT, False), (FailureKind.CONNECT, False), (FailureKind.BUDGET, False),
        (FailureKind.HTTP_STATUS, False),
    ],
)  # fmt: skip
async def test_a_stand_in_for_what_was_no_good_is_remembered_for_some_hours(
    store: SqlStore, kind: FailureKind, remembered: bool
) -> None:
    model = Counting("theirs", Failure(kind, "It was no good."), model=True)
    briefing = Briefing(
        store, DeskSettings(summarizer=Chain([model, ExtractiveSummarizer()], utc_now)), utc_now
    )
    chat = Chat(id=1, platform="fake", address="1")
    wanted: Wanted = briefing.wanted(1, (ARTICLE,), chat, 2)
    now = utc_now()

    async def brief(hours: float) -> Brief:
        found = await briefing.brief(wanted, now + timedelta(hours=hours), briefing.until())
        assert isinstance(found, Brief)
        assert (found.summarizer, found.instead) == ("extractive", kind)
        return found

    first = await brief(0)
    assert await brief(1) == first
    assert model.asked == (1 if remembered else 2)
    before = model.asked
    await brief(STANDS_IN / timedelta(hours=1) + 0.1)
    assert model.asked == before + 1
    assert await store.stories.brief(wanted.key) is None
    longer = replace(chat, settings=replace(chat.settings, words=40))
    assert briefing.wanted(1, (ARTICLE,), longer, 2).key != wanted.key
