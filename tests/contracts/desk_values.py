"""A store with short ways to put values in it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime

from digests.deliver.decide import new_nonce
from digests.model import (
    Article,
    Brief,
    BriefSentence,
    Chat,
    Delivery,
    Digest,
    DigestItem,
    Entry,
    Link,
    Part,
    Source,
    SourceSentence,
    Subscription,
)
from digests.store import SqlStore

BRIEF = Brief(
    headline="A bridge opens",
    sentences=(BriefSentence("It opened.", (0,)),),
    source_sentences=(SourceSentence("It opened on Monday."),),
    language="en",
)


@dataclass
class Desk:
    store: SqlStore
    now: datetime
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def source(self) -> Source:
        return await self.store.sources.add(Source(url=f"https://s{next(self._numbers)}.example/"), self.now)

    async def chat(self, *sources: Source, kind: str = "private", platform: str = "telegram") -> Chat:
        number = next(self._numbers)
        chat = await self.store.chats.ensure(
            Chat(platform=platform, address=f"{number}", kind=kind, title=f"chat {number}"), self.now
        )
        for source in sources:
            await self.store.subscriptions.add(
                Subscription(chat_id=chat.id, source_id=source.id, created_by="test:1"), self.now
            )
        return chat

    async def entry(self, source: Source, title: str = "A bridge opens") -> Entry:
        entry = Entry(source_id=source.id, title=title, url=f"{source.url}{next(self._numbers)}")
        (entry,) = await self.store.entries.add([(entry, [entry.url])], self.now)
        return entry

    async def article(self, entry: Entry) -> Article:
        article = Article(
            entry_id=entry.id,
            source_id=entry.source_id,
            url=entry.url,
            title=entry.title,
            paragraphs=("It opened on Monday.",),
            sentences=("It opened on Monday.",),
        )
        return await self.store.articles.add(article, self.now)

    async def told_entry(
        self, source: Source, story_id: int | None = None, *, develops: bool = False
    ) -> tuple[Entry, int]:
        """An entry that was read and put into a story."""
        entry = await self.entry(source)
        article = await self.article(entry)
        return entry, await self.store.stories.place(article.id, story_id, develops=develops, now=self.now)

    async def compose(
        self, chat: Chat, parts: int = 1, *, stories: tuple[int, ...] = (), entries: tuple[int, ...] = ()
    ) -> Digest:
        """A digest of ``parts`` deliveries; the stories are all told in the last one."""
        items = tuple(
            DigestItem(
                story_id=story,
                version=1,
                brief=BRIEF,
                links=(Link(site="s", url="https://s.example/"),),
                entry_ids=entries,
            )
            for story in stories
        )
        digest = Digest(chat_id=chat.id, created=self.now, items=items, title="Digest")
        deliveries = [
            Delivery(
                digest_id=0,
                chat_id=chat.id,
                part=number,
                content=Part(
                    payload=f"<b>{chat.address}.{number}</b>",
                    plain=f"{chat.address}.{number}",
                    stories=stories if number == parts - 1 else (),
                ),
                nonce=new_nonce(),
            )
            for number in range(parts)
        ]
        return await self.store.digests.compose(digest, deliveries, (), None, self.now)

    async def send_first(self, message_id: str = "m1") -> Delivery:
        """Send the delivery that is due first."""
        delivery, _ = (await self.store.deliveries.due(self.now, 1))[0]
        assert await self.store.deliveries.sending(delivery.id, self.now)
        await self.store.deliveries.sent(delivery.id, message_id, self.now)
        return delivery
