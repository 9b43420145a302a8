"""A chat's own stories: of what it follows alone, whatever stands beside it on the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digests.desk.placing import Placing
from digests.group.stories import StoryIndex, report_of
from digests.model import Article, Chat, Entry, Source, Subscription
from digests.store import SqlStore, open_store

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
BRIDGE = "The council of Northvale voted to close the old Quay Bridge for repairs until March, said Mayor Ana Soto."
STORM = "Storm Edda cut the power of 40,000 homes in Eastport on Sunday night, said the utility Gridline."
OTHER = "A farmer in Marrow sold seven sheep to the butcher Jon Pell at the market."


class Town:
    """Articles come in as the intake brings them: the desk's own are grouped, the others left."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.index = StoryIndex()
        self.now = NOW
        self.number = 0

    async def source(self, origin: str = "chat") -> Source:
        self.number += 1
        return await self.store.sources.add(
            Source(url=f"https://s{self.number}.example/", origin=origin), self.now
        )

    async def chat(self, *sources: Source) -> Chat:
        self.number += 1
        chat = await self.store.chats.ensure(Chat(platform="fake", address=str(self.number)), self.now)
        for source in sources:
            await self.store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), self.now)
        return chat

    async def report(self, source: Source, *texts: str, title: str = "") -> Article:
        self.number += 1
        self.now += timedelta(minutes=10)
        entry = Entry(source_id=source.id, url=f"{source.url}{self.number}", title=title or texts[0][:50])
        (entry,) = await self.store.entries.add([(entry, [entry.url])], self.now)
        article = Article(
            entry_id=entry.id, source_id=source.id, url=entry.url, title=entry.title, language="en",
            paragraphs=texts, sentences=texts, published=self.now,
        )  # fmt: skip
        article = await self.store.articles.add(article, self.now)
        if source.origin == "chat":
            await self.store.stories.leave([article.id], self.now)
            return article
        report = report_of(article, self.now)
        placement = self.index.place(report, self.now)
        develops = placement.kind == "development"
        story = await self.store.stories.place(
            article.id, placement.story_id, develops=develops, now=self.now
        )
        self.index.record(report, story)
        return article

    async def told(self, chat: Chat) -> list[set[int]]:
        """The articles of each of the chat's stories."""
        await Placing(self.store).catch_up(chat.id, self.now)
        found = await self.store.digests.candidates(chat.id, 99)
        return [{article.id for article in one.story.articles} for one in found]


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_store(str(tmp_path / "s.sqlite3")) as store:
        yield Town(store)


async def test_reports_of_what_people_added_are_one_story_where_both_are_followed(town: Town) -> None:
    one, two = await town.source(), await town.source()
    both, single = await town.chat(one, two), await town.chat(two)
    first = await town.report(one, BRIDGE)
    second = await town.report(two, BRIDGE)
    other = await town.report(two, OTHER)
    assert await town.told(both) == [{first.id, second.id}, {other.id}]
    assert await town.told(single) == [{second.id}, {other.id}]


async def test_a_report_joins_the_desks_story_and_the_desks_joins_one_that_was_first(town: Town) -> None:
    own, more, added = await town.source("config"), await town.source("config"), await town.source()
    chat = await town.chat(own, more, added)
    storm = await town.report(own, STORM)
    copied = await town.report(added, STORM)
    early = await town.report(added, BRIDGE)
    late = await town.report(own, BRIDGE)
    again = await town.report(more, BRIDGE)  # the desk's story of it stands for the chat's by now
    assert await town.told(chat) == [{storm.id, copied.id}, {early.id, late.id, again.id}]
    plain = await town.chat(own, more)
    assert await town.told(plain) == [{storm.id}, {late.id, again.id}]


async def test_a_bridge_that_somebody_else_builds_joins_nothing(town: Town) -> None:
    """A foreign report that says two things at once, before, between or after them."""
    ours, theirs = await town.source(), await town.source()
    chat, stranger = await town.chat(ours), await town.chat(ours, theirs)
    await town.report(theirs, STORM, BRIDGE)
    bridge = await town.report(ours, BRIDGE)
    await town.report(theirs, BRIDGE, STORM)
    storm = await town.report(ours, STORM)
    await town.report(theirs, STORM, BRIDGE)
    assert await town.told(chat) == [{bridge.id}, {storm.id}]
    assert len(await town.told(stranger)) < 4  # they have it as they follow it


async def test_what_came_before_is_known_after_a_restart_and_in_pieces(town: Town) -> None:
    source, other = await town.source(), await town.source()
    chat = await town.chat(source, other)
    first = await town.report(source, BRIDGE)
    assert await town.told(chat) == [{first.id}]
    second = await town.report(other, BRIDGE)
    assert await town.told(chat) == [{first.id, second.id}]
    assert await town.told(chat) == [{first.id, second.id}]


async def test_who_begins_to_follow_what_people_added_goes_on_with_the_desks_stories(town: Town) -> None:
    own, added = await town.source("config"), await town.source()
    chat = await town.chat(own)
    first = await town.report(own, BRIDGE)
    assert await town.told(chat) == [{first.id}]
    await town.store.subscriptions.add(Subscription(chat_id=chat.id, source_id=added.id), town.now)
    second = await town.report(added, BRIDGE)
    assert await town.told(chat) == [{first.id, second.id}]


async def test_all_of_it_is_placed_where_a_person_looks_through_it(town: Town) -> None:
    source = await town.source()
    article = await town.report(source, BRIDGE)
    chat = await town.chat()
    wish = Subscription(chat_id=chat.id, source_id=source.id, after_entry=article.entry_id)
    await town.store.subscriptions.add(wish, town.now)
    assert await town.told(chat) == []
    assert await town.store.library.trending(chat.id, NOW, 9) == []
    await Placing(town.store).catch_up(chat.id, town.now, fresh=False)
    (story,) = await town.store.library.trending(chat.id, NOW, 9)
    assert story.articles == (article,)
