"""What is forgotten and what stays, and that a year's database stops growing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from digests.model import (
    Article,
    AuditEntry,
    Brief,
    BriefSentence,
    Chat,
    Delivery,
    Digest,
    DigestItem,
    Entry,
    Hold,
    Limit,
    ModelBatch,
    Mute,
    Part,
    RetentionPolicy,
    Source,
    SourceSentence,
    Subscription,
    Usage,
    Vote,
    Withheld,
)
from digests.store import SqlStore, open_store
from digests.store.tables import metadata

START = datetime(2026, 1, 1, 8, tzinfo=UTC)
MONTH = timedelta(days=40)
KEEP = RetentionPolicy(articles=MONTH, digests=MONTH, audit=MONTH, calls=MONTH, identities=20)


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
        if now.toordinal() % 3 == 0:
            await self._else(now, told)
        return added

    async def _else(self, now: datetime, told: list[DigestItem]) -> None:
        """What else a day leaves behind."""
        store, chat, word = self.store, self.chat.id, f"{now:%j}"
        for item in told:
            await store.feedback.vote(
                Vote(chat_id=chat, story_id=item.story_id, person="p", value=1, features=(word,), at=now)
            )
            await store.feedback.mute(
                Mute(chat_id=chat, kind="story", target=item.story_id, until=now + timedelta(days=7))
            )
            left = Withheld(story_id=item.story_id, source_id=self.source.id, title="A title",
                            url="https://a.example/", rule="hide x", at=now)  # fmt: skip
            await store.rules.withhold(chat, [left])
        await store.people.note(AuditEntry(chat_id=chat, person="p", what=f"/settings {word}", at=now))
        await store.answers.save(f"answer {word}", "words " * 50, now)
        batch = ModelBatch(writer="openai", name=word, submitted=now, briefs=())
        await store.batches.end((await store.batches.add(batch)).id)
        hold = Hold(model="m", chat_id=chat, source_id=1, amount=5, day=f"{now:%Y-%m-%d}")
        for settled in (True, False):
            held = await store.spend.reserve(hold, ())
            assert isinstance(held, Hold)
            if settled:
                await store.spend.settle(held, 5, Usage(1, 1))
        await store.spend.first_warning(Limit(chat, f"{now:%Y-%m-%d}", 5))
        await store.sign_ins.offer(f"key {word}", f"p{word}", now, now + timedelta(minutes=5))
        (digest,) = await store.digests.last(chat, 1)
        if await store.recordings.begin(digest.id, now):
            voice = Delivery(digest_id=digest.id, chat_id=chat, part=1, nonce=f"v{word}",
                             content=Part(payload="{}", plain=""))  # fmt: skip
            await store.recordings.finish(digest.id, b"sound" * 4000, voice)
        for due, _ in await store.deliveries.due(now, 10):
            await store.deliveries.sending(due.id, now)
            await store.deliveries.sent(due.id, "2", now)

    async def forget(self, now: datetime) -> None:
        """What the desk does every hour."""
        await self.store.answers.forget(now - KEEP.articles)
        await self.store.recordings.forget(now - timedelta(days=2))
        await self.store.retention.prune(now, KEEP)


@pytest.fixture
async def year(tmp_path: Path) -> AsyncIterator[Year]:
    async with open_store(str(tmp_path / "year.sqlite3")) as store:
        source = await store.sources.add(Source(url="https://a.example/feed"), START)
        chat = await store.chats.ensure(Chat(platform="telegram", address="1"), START)
        await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), START)
        yield Year(store, source, chat)


@pytest.mark.slow
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
    grew: set[str] = set()
    for n in range(365):
        now = START + timedelta(days=n)
        await year.day(now, 1)
        if n % 3 == 0:
            await year.forget(now)
        if n in (30, 90, 180, 270, 364):
            async with year.store.database.read() as connection:
                pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            sizes.append(pages)
    assert sizes[0] < sizes[1]
    # every table that a day adds to, whatever its name
    async with year.store.database.read() as connection:
        for table in metadata.sorted_tables:
            rows = await connection.scalar(select(func.count()).select_from(table))
            assert rows is not None
            assert rows <= 43 * 4, table.name
            grew.update({table.name} if rows > 1 else ())
    assert {
        "votes",
        "audit",
        "withheld",
        "model_calls",
        "model_batches",
        "budget_warnings",
        "searchable",
    } <= grew
    assert max(sizes[1:]) <= min(sizes[1:]) * 1.05, sizes
