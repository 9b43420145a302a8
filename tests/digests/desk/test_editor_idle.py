"""Chats that are told at once are due all the time; those with nothing new must cost next to nothing."""

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

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def test_only_chats_with_something_new_are_edited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store(str(tmp_path / "desk.sqlite3")) as store:
        chats = []
        for name, cadence in [("busy", "instant"), ("idle", "instant"), ("daily", "daily 11:00")]:
            source = await store.sources.add(Source(url=f"https://{name}.example/"), NOW)
            settings = replace(ChatSettings(), cadence=cadence, zone="UTC")
            chat = await store.chats.ensure(Chat(platform="fake", address=name, settings=settings), NOW)
            await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), NOW)
            await store.chats.schedule(chat.id, NOW - timedelta(hours=1))
            chats.append((chat, source))
        (busy, source), (_, _), (daily, _) = chats
        new = Entry(source_id=source.id, url="https://busy.example/1", title="Tide")
        (entry,) = await store.entries.add([(new, [new.url])], NOW)
        article = Article(
            entry_id=entry.id, source_id=source.id, url=entry.url, title="Tide", language="en",
            paragraphs=("The tide rose.",), sentences=("The tide rose.",), published=NOW,
        )  # fmt: skip
        article = await store.articles.add(article, NOW)
        await store.stories.place(article.id, None, develops=False, now=NOW)
        asked: list[int] = []
        candidates = store.digests.candidates

        async def noted(chat_id: int, limit: int) -> object:
            asked.append(chat_id)
            return await candidates(chat_id, limit)

        monkeypatch.setattr(store.digests, "candidates", noted)
        editor = Editor(
            store, DeskSettings(summarizer=FakeSummarizer()), {"fake": FakeChannel()}, FakeClock(NOW)
        )
        assert await editor.edit_due(NOW) == 1
        assert sorted(asked) == [busy.id, daily.id]
        moved = await store.chats.get(daily.id)
        assert moved is not None
        assert moved.next_digest == datetime(2026, 11, 25, 11, tzinfo=UTC)
        asked.clear()
        assert await editor.edit_due(NOW) == 0
        assert asked == []
