"""How long after it was published news was told: counted once, where it was new."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digests.deliver.outbox import Outbox
from digests.desk import Editor
from digests.desk.live import DeskSettings
from digests.model import Article, Chat, ChatSettings, Entry, Source, Subscription
from digests.ports import NoMeter
from digests.store import SqlStore, open_store
from digests.testing import FakeChannel, FakeClock, FakeSummarizer

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
AGO = timedelta(hours=3)


class Heard(NoMeter):
    def __init__(self) -> None:
        self.posts: list[tuple[str, timedelta]] = []

    def posted(self, cadence: str, late: timedelta) -> None:
        self.posts.append((cadence, late))


class Town:
    """One chat, one source that published a story three hours ago."""

    def __init__(self, store: SqlStore, chat: Chat, article: Article) -> None:
        self.store, self.chat, self.article = store, chat, article
        self.heard, self.clock = Heard(), FakeClock(NOW)
        self.channel = FakeChannel()
        channels = {"fake": self.channel}
        self.editor = Editor(store, DeskSettings(summarizer=FakeSummarizer()), channels, self.clock)
        self.outbox = Outbox(store, channels, self.clock, meter=self.heard)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_store(str(tmp_path / "desk.sqlite3")) as store:
        source = await store.sources.add(Source(url="https://h.example/", name="Herald"), NOW)
        settings = ChatSettings(cadence="daily 08:00")
        chat = await store.chats.ensure(Chat(platform="fake", address="1", settings=settings), NOW)
        await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), NOW)
        entry = Entry(source_id=source.id, url="https://h.example/1", title="Tide")
        (entry,) = await store.entries.add([(entry, [entry.url])], NOW)
        text = ("The tide rose.",)
        article = await store.articles.add(
            Article(
                entry_id=entry.id, source_id=source.id, url=entry.url, title="Tide", language="en",
                paragraphs=text, sentences=text, published=NOW - AGO,
            ),
            NOW,
        )  # fmt: skip
        await store.stories.place(article.id, None, develops=False, now=NOW)
        yield Town(store, chat, article)


async def test_news_is_counted_by_the_chats_rhythm_and_once_however_long(town: Town) -> None:
    town.channel.limit = 10  # it takes several messages
    await town.editor.edit(town.chat, NOW)
    assert await town.outbox.deliver_due() > 1
    assert [(cadence, late >= AGO) for cadence, late in town.heard.posts] == [("daily 08:00", True)]


async def test_neither_a_sample_nor_an_edit_is_news(town: Town) -> None:
    await town.editor.edit(town.chat, NOW, sample=True)
    assert await town.outbox.deliver_due() == 1
    fell = ("The tide fell.",)
    await town.store.articles.add(replace(town.article, paragraphs=fell, sentences=fell), NOW)
    assert await town.editor.edit_due(NOW) == 1
    assert await town.outbox.deliver_due() == 1
    assert "fell" in town.channel.texts("1")[0]
    assert town.heard.posts == []


async def test_what_has_no_date_is_not_counted(town: Town) -> None:
    await town.store.articles.add(replace(town.article, published=None), NOW)
    await town.editor.edit(town.chat, NOW)
    assert await town.outbox.deliver_due() == 1
    assert town.heard.posts == []
