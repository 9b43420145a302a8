"""What a person asks for outside the schedule: a summary, a look at what a source would give."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from digests.clock import Clock
from digests.desk.intake import Extract, read_entry
from digests.desk.live import DeskSettings
from digests.edit.compose import Pick, compose
from digests.model import (
    Article,
    Brief,
    BriefRequest,
    Chat,
    Digest,
    Entry,
    Failure,
    FailureKind,
    Feed,
    Page,
    PollState,
    Source,
    Story,
)
from digests.ports import Fetcher, SourceReader
from digests.watch.discover import discover
from digests.watch.http import ARTICLE_LIMIT
from digests.watch.offload import Offload
from digests.watch.opml import read_opml

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Summary:
    """The answer to a request for a summary: the article as read, and its brief."""

    article: Article
    brief: Brief


class Asks:
    """Answers a person's questions; writes nothing."""

    def __init__(
        self,
        readers: Mapping[str, SourceReader],
        fetcher: Fetcher,
        extract: Extract,
        live: DeskSettings,
        offload: Offload,
        clock: Clock,
    ) -> None:
        self._readers = readers
        self._fetcher = fetcher
        self._extract = extract
        self._live = live
        self._offload = offload
        self._clock = clock

    async def summarize_url(self, url: str, wish: BriefRequest) -> Summary | Failure:
        """Fetch, read and brief one address; ``wish.articles`` is filled in."""
        article = await self.read_url(url)
        return article if isinstance(article, Failure) else await self.summarize_article(article, wish)

    async def read_url(self, url: str) -> Article | Failure:
        """Fetch and read one address."""
        page = await self._fetcher.get(url, limit=ARTICLE_LIMIT)
        return page if isinstance(page, Failure) else await self.read_page(page)

    async def read_page(self, page: Page) -> Article | Failure:
        """Read a document at hand: HTML, PDF or plain text, by its content type."""
        return await self._extract(Entry(url=page.url), page)

    async def summarize_page(self, page: Page, wish: BriefRequest) -> Summary | Failure:
        """Read and brief a document at hand."""
        article = await self.read_page(page)
        return article if isinstance(article, Failure) else await self.summarize_article(article, wish)

    async def summarize_article(self, article: Article, wish: BriefRequest) -> Summary | Failure:
        """Brief what was read already."""
        brief = await self._live.summarizer.brief(
            replace(wish, articles=(article,)), self._clock() + self._live.deadline
        )
        return brief if isinstance(brief, Failure) else Summary(article, brief)

    async def summarize_text(self, text: str, wish: BriefRequest) -> Summary | Failure:
        """Brief a text a person gave."""
        page = Page(url="", status=200, body=text.encode(), content_type="text/plain", charset="utf-8")
        return await self.summarize_page(page, wish)

    async def find(self, text: str) -> tuple[Source, ...] | Failure:
        """The sources behind what a person pasted; several where they have to pick."""
        return await discover(text, self._fetcher, self._offload)

    async def opml(self, body: bytes) -> tuple[Source, ...] | Failure:
        """The feeds of an OPML list."""
        return await self._offload.run(read_opml, body)

    async def of_file(self, function: Callable[[bytes], Read | Failure], body: bytes) -> Read | Failure:
        """What a module-level function makes of a file that a person sent, done where it holds up nobody."""
        return await self._offload.run(function, body)

    async def look(self, source: Source, now: datetime) -> Feed | Failure:
        """Read a source as if for the first time."""
        reader = self._readers.get(source.kind)
        if reader is None:
            return Failure(FailureKind.UNSUPPORTED, f"There is no reader for sources of kind “{source.kind}”")
        polled = await reader.read(source, PollState(), now)
        if isinstance(polled, Failure):
            return polled
        if polled.feed is None or not polled.feed.entries:
            return Failure(FailureKind.EMPTY, "It can be read, but there is no item in it")
        return polled.feed

    async def sample(self, source: Source, chat: Chat, now: datetime, items: int = 2) -> Digest | Failure:
        """What a chat would be posted from a source now; nothing is stored."""
        feed = await self.look(source, now)
        if isinstance(feed, Failure):
            return feed
        entries = [
            replace(entry, id=number, source_id=source.id)
            for number, entry in enumerate(feed.entries[:items], 1)
        ]
        read = await asyncio.gather(*(self._told(entry, chat) for entry in entries))
        picks = [pick for pick in read if isinstance(pick, Pick)]
        if not picks:
            return next(failure for failure in read if isinstance(failure, Failure))
        named = replace(source, name=source.name or feed.title)
        return compose(chat, picks, {source.id: named}, now)

    async def _told(self, entry: Entry, chat: Chat) -> Pick | Failure:
        article = await read_entry(self._fetcher, self._extract, entry)
        if isinstance(article, Failure):
            return article
        wish = chat.settings
        request = BriefRequest(
            articles=(article,), sentences=wish.sentences, words=wish.words, characters=wish.characters
        )
        brief = await self._live.summarizer.brief(request, self._clock() + self._live.deadline)
        if isinstance(brief, Failure):
            return brief
        story = Story(id=entry.id, lead_id=article.id, articles=(article,))
        return Pick(story=story, brief=brief, entry_ids=(entry.id,))
