"""A story that develops: the posted message is edited, answered, or left, as the chat wishes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from digests.desk import Desk
from digests.model import Article, Chat, Entry, Source, Subscription
from tests.bot.conftest import open_desk
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.slow
ANN = 7
EARLY = (
    "A barge struck the Quay Bridge in Marrow on Tuesday and four people were hurt, the harbour master said."
)
LATER = (
    "The Quay Bridge in Marrow opens again on Friday, the county said, three weeks after a barge struck it."
)


@dataclass
class Town:
    desk: Desk
    server: TelegramServer
    chat: Chat
    source: Source

    async def tell(self, number: int, text: str, *, story: int | None, develops: bool = False) -> int:
        """Put an article into a story as the intake would."""
        now = datetime.now(UTC)
        store = self.desk.store
        url = f"https://town.example/{number}"
        entry = Entry(source_id=self.source.id, guid=url, url=url, title=text[:40])
        ((entry),) = await store.entries.add([(entry, (f"g:{url}",))], now)
        article = Article(
            entry_id=entry.id, source_id=self.source.id, url=url, title=f"Quay Bridge, report {number}",
            paragraphs=(text,), sentences=(text,), language="en", published=now + timedelta(seconds=number),
        )  # fmt: skip
        article = await store.articles.add(article, now)
        return await store.stories.place(article.id, story, develops=develops, now=now)

    async def deliver(self) -> None:
        await self.desk.editor.edit_due(self.desk.clock())
        await self.desk.outbox.deliver_due()


@asynccontextmanager
async def town(folder: Path, updates: str) -> AsyncIterator[Town]:
    async with TelegramServer() as server:
        server.world.add_private(ANN)
        telegram = {"token": SecretStr(server.token), "base_url": server.base_url}
        async with open_desk(folder, (), console=False, telegram=telegram) as (app, _):
            await app.start()
            now, store = app.desk.clock(), app.desk.store
            source = await store.sources.add(Source(url="https://town.example/feed", name="Town"), now)
            chat = await store.chats.ensure(Chat(platform="telegram", address=str(ANN)), now)
            settings = replace(chat.settings, cadence="instant", updates=updates)
            await store.chats.set_settings(chat.id, settings)
            await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), now)
            yield Town(app.desk, server, chat, source)


async def test_a_development_edits_the_message_already_posted(tmp_path: Path) -> None:
    async with town(tmp_path, "edit") as at:
        story = await at.tell(1, EARLY, story=None)
        await at.deliver()
        await at.tell(2, LATER, story=story, develops=True)
        await at.deliver()
        first, edited = at.server.accepted
        assert (first["method"], edited["method"]) == ("sendMessage", "editMessageText")
        assert edited["message_id"] == first["message_id"]
        assert "updated" in edited["text"]
        assert "Friday" in edited["text"]
        assert "Friday" not in first["text"]
        await at.deliver()
        assert len(at.server.accepted) == 2


async def test_a_development_may_answer_the_first_message_instead(tmp_path: Path) -> None:
    async with town(tmp_path, "reply") as at:
        story = await at.tell(1, EARLY, story=None)
        await at.deliver()
        await at.tell(2, LATER, story=story, develops=True)
        await at.deliver()
        first, answer = at.server.accepted
        assert answer["method"] == "sendMessage"
        assert answer["reply_to"] == first["message_id"]
        assert "Friday" in answer["text"]


@pytest.mark.parametrize(("updates", "develops"), [("off", True), ("edit", False)])
async def test_what_adds_nothing_or_is_not_wanted_posts_nothing(
    tmp_path: Path, updates: str, develops: bool
) -> None:
    async with town(tmp_path, updates) as at:
        story = await at.tell(1, EARLY, story=None)
        await at.deliver()
        await at.tell(2, LATER, story=story, develops=develops)
        await at.deliver()
        assert len(at.server.accepted) == 1
        assert not await at.desk.store.digests.pending(at.chat.id)
