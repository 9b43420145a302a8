"""What is forgotten and what stays, and that a year's database stops growing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digests.model import (
    Article,
    Brief,
    BriefSentence,
    Chat,
    Delivery,
    Digest,
    DigestItem,
    Entry,
    Keep,
    Part,
    Source,
    SourceSentence,
    Subscription,
)
from digests.store import SqlStore, open_store

START = datetime(2026, 1, 1, 8, tzinfo=UTC)
KEEP = Keep(articles=timedelta(days=40), digests=timedelta(days=40), calls=timedelta(days=40), identities=20)


class Year:
    """A desk's days, without the desk: what each step would have stored."""

    def __init__(self, store: SqlStore, source: Source, chat: Chat) -> None:
        self.store, self.source, self.chat = store, source, chat

    async def day(self, now: datetime, items: int = 4) -> list[Entry]:
        """New items, read, grouped, told and posted."""
        words = f"On {now:%d %B} the council of {now:%j} met. " * 20
        fresh = [
            Entry(source_id=self.source.id, guid=f"{now:%j}-{n}", url=f"https://a.example/{now:%j}/{n}",
                  title=f"Day {now:%j}, item {n}", html=f"<p>{words}</p>", found=now)
            for n in range(items)
        ]  # fmt: skip
        added = await self.store.entries.add([(e, [f"guid:{e.guid}"]) for e in fresh], now)
        told = []
        for entry in added:
            article = await self.store.articles.add(
                Article(entry_id=entry.id, source_id=self.source.id, title=entry.title, paragraphs=(words,)),
                now,
            )
            story = await self.store.stories.place(article.id, None, develops=False, now=now)
            brief = Brief(headline=entry.title, sentences=(BriefSentence(words, (0,)),),
                          source_sentences=(SourceSentence(words),))  # fmt: skip
            await self.store.stories.save_brief(f"key {entry.guid}", story, brief, now)
            told.append(DigestItem(story_id=story, version=1, brief=brief, links=(), entry_ids=(entry.id,)))
        digest = Digest(chat_id=self.chat.id, created=now, items=tuple(told))
        delivery = Delivery(digest_id=0, chat_id=self.chat.id, part=0, nonce=f"n{now:%j%H}",
                            content=Part(payload=words, plain=words))  # fmt: skip
        await self.store.digests.compose(digest, [delivery], (), None, now)
        for due, _ in await self.store.deliveries.due(now, 10):
            await self.store.deliveries.sending(due.id, now)
            await self.store.deliveries.sent(due.id, "1", now)
        return added


@pytest.fixture
async def year(tmp_path: Path) -> AsyncIterator[Year]:
    async with open_store(str(tmp_path / "year.sqlite3")) as store:
        source = await store.sources.add(Source(url="https://a.example/feed"), START)
        chat = await store.chats.ensure(Chat(platform="telegram", address="1"), START)
        await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), START)
        yield Year(store, source, chat)


async def test_what_is_old_goes_and_what_a_feed_may_list_is_recognised(year: Year) -> None:
    first = await year.day(START)
    for n in range(1, 10):
        await year.day(START + timedelta(days=n))
    now = START + timedelta(days=42, hours=1)
    gone = await year.store.retention.prune(now, KEEP)
    assert (gone.digests, gone.articles) == (3, 12)
    assert gone.entries == 12  # the newest 20 of 40 stay, and of the other 20 the old ones go
    assert await year.store.entries.known(year.source.id, ["guid:001-0", "guid:010-0"]) == {
        "guid:010-0": first[0].id + 36
    }
    assert await year.store.stories.get(1) is None
    assert await year.store.stories.brief("key 001-0") is None
    assert await year.store.stories.brief("key 010-0") is not None
    # long after, the newest 20 are still known, without their text
    gone = await year.store.retention.prune(START + timedelta(days=300), KEEP)
    assert (gone.digests, gone.articles, gone.entries) == (7, 28, 8)
    newest = await year.store.entries.newest(year.source.id, 100)
    assert len(newest) == 20
    assert {entry.html for entry in newest} == {""}
    assert await year.store.entries.known(year.source.id, ["guid:010-0"])
    assert await year.store.entries.unread(now, 10) == []
    assert (await year.store.retention.prune(START + timedelta(days=300), KEEP)).entries == 0


async def test_a_digest_on_its_way_stays(year: Year) -> None:
    words = Part(payload="{}", plain="late")
    delivery = Delivery(digest_id=0, chat_id=year.chat.id, part=0, nonce="late", content=words)
    await year.store.digests.compose(
        Digest(chat_id=year.chat.id, created=START, items=()), [delivery], (), None, START
    )
    gone = await year.store.retention.prune(START + timedelta(days=300), KEEP)
    assert gone.digests == 0
    assert len(await year.store.deliveries.due(START + timedelta(days=300), 10)) == 1


async def test_a_removed_sources_entries_go_with_their_time(year: Year) -> None:
    await year.day(START)
    await year.store.sources.remove(year.source.id)
    assert (await year.store.retention.prune(START + timedelta(days=39), KEEP)).entries == 0
    assert (await year.store.retention.prune(START + timedelta(days=41), KEEP)).entries == 4


@pytest.mark.slow
async def test_a_year_levels_off(year: Year) -> None:
    """The file grows until what is kept is full, and then no more."""
    path = year.store.database.file
    assert path is not None
    sizes = []
    for n in range(365):
        now = START + timedelta(days=n)
        await year.day(now, 2)
        await year.store.retention.prune(now, KEEP)
        if n in (30, 90, 180, 270, 364):
            async with year.store.database.read() as connection:
                pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            sizes.append(pages)
    assert sizes[0] < sizes[1]
    assert max(sizes[1:]) <= min(sizes[1:]) * 1.05, sizes
