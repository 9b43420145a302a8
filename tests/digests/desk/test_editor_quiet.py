"""A chat's quiet hours, when its digest is due in the middle of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digests.desk import Editor
from digests.desk.live import DeskSettings
from digests.model import Article, Chat, ChatSettings, Entry, Source, Subscription
from digests.store import open_store
from digests.testing import FakeChannel, FakeClock, FakeSummarizer

NIGHT = datetime(2026, 11, 24, 23, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 7, tzinfo=UTC)


@pytest.mark.parametrize("cadence", ["instant", "hourly", "daily 21:00"])
async def test_what_is_due_in_quiet_hours_comes_when_they_end(tmp_path: Path, cadence: str) -> None:
    """As after an outage, or when the hours were set only then."""
    async with open_store(str(tmp_path / "desk.sqlite3")) as store:
        source = await store.sources.add(Source(url="https://h.example/", name="Herald"), NIGHT)
        settings = replace(ChatSettings(), cadence=cadence, quiet="22:00-07:00", zone="UTC")
        chat = await store.chats.ensure(Chat(platform="fake", address="1", settings=settings), NIGHT)
        await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), NIGHT)
        await store.chats.schedule(chat.id, NIGHT - timedelta(hours=2))
        entry = Entry(source_id=source.id, url="https://h.example/1", title="Tide")
        (entry,) = await store.entries.add([(entry, [entry.url])], NIGHT)
        article = Article(
            entry_id=entry.id, source_id=source.id, url=entry.url, title="Tide", language="en",
            paragraphs=("The tide rose.",), sentences=("The tide rose.",), published=NIGHT,
        )  # fmt: skip
        article = await store.articles.add(article, NIGHT)
        await store.stories.place(article.id, None, develops=False, now=NIGHT)
        clock = FakeClock(NIGHT)
        editor = Editor(store, DeskSettings(summarizer=FakeSummarizer()), {"fake": FakeChannel()}, clock)
        assert await editor.edit_due(NIGHT) == 0
        assert await editor.edit_due(MORNING - timedelta(seconds=1)) == 0
        assert await editor.edit_due(MORNING) == 1
        assert (await store.deliveries.counts())["pending"] == 1


@pytest.mark.slow
async def test_a_correction_waits_for_the_end_of_quiet_hours(tmp_path: Path) -> None:
    async with open_store(str(tmp_path / "desk.sqlite3")) as store:
        source = await store.sources.add(Source(url="https://h.example/", name="Herald"), NIGHT)
        settings = replace(ChatSettings(), quiet="22:00-07:00", zone="UTC")
        chat = await store.chats.ensure(Chat(platform="fake", address="1", settings=settings), NIGHT)
        await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), NIGHT)
        (entry,) = await store.entries.add(
            [(Entry(source_id=source.id, url="https://h.example/1", title="Tide"), ["https://h.example/1"])],
            NIGHT,
        )
        article = Article(
            entry_id=entry.id, source_id=source.id, url=entry.url, title="Tide", language="en",
            paragraphs=("The tide rose.",), sentences=("The tide rose.",), published=NIGHT,
        )  # fmt: skip
        article = await store.articles.add(article, NIGHT)
        await store.stories.place(article.id, None, develops=False, now=NIGHT)
        channel = FakeChannel()
        clock = FakeClock(NIGHT - timedelta(hours=2))
        editor = Editor(store, DeskSettings(summarizer=FakeSummarizer()), {"fake": channel}, clock)
        await editor.edit(chat, clock.now)
        (delivery, _), *_ = await store.deliveries.due(clock.now, 10)
        await store.deliveries.sending(delivery.id, clock.now)
        await store.deliveries.sent(delivery.id, "m1", clock.now)
        fell = replace(article, paragraphs=("The tide fell.",), sentences=("The tide fell.",))
        await store.articles.add(fell, NIGHT)
        assert await editor.edit_due(NIGHT) == 0
        assert (await store.deliveries.counts())["pending"] == 0
        assert await editor.edit_due(MORNING) == 1
        ((edit, _),) = await store.deliveries.due(MORNING, 10)
        assert edit.edits == "m1"
