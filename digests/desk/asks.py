"""What a person asks for outside the schedule: a summary, a look at what a source would give."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TypeVar

from digests.brief.extras.answer import LONGEST, UNKNOWN, answer_by_quoting, answer_with, asked
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
from digests.ports import Fetcher, SourceReader, Store, Workers
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


# ------------ A person's question, answered from articles the chat's sources brought.

PATIENCE = timedelta(seconds=20)
"""What a person waits at least; as long as a digest waits for its briefs, where that is more."""
MOST_WORDS, EACH = 8, 40
"""How many of a question's words the archive is searched for, and how many articles each may bring."""
MOST_TEXT = 400_000
"""Characters of the articles that are looked at, the first of them first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A brief whose source sentences' ``article`` is the place in ``articles``."""

    brief: Brief
    articles: tuple[Article, ...]


class Questions:
    """Answers from what was read, or says that it is not there. Without models: by quoting alone."""

    def __init__(
        self, store: Store, live: DeskSettings, clock: Clock, workers: Workers | None = None
    ) -> None:
        self._store = store
        self._workers = workers
        self._live = live
        self._clock = clock

    async def about_stories(self, question: str, chat: Chat, story_ids: Sequence[int]) -> Answer | Failure:
        """From these stories, as far as the chat sees them."""
        return await self._answer(question, chat, await self._told(chat, story_ids))

    async def about_digest(self, question: str, chat: Chat) -> Answer | Failure:
        """From the stories of the chat's last digest."""
        stories = [
            item.story_id
            for digest in await self._store.digests.last(chat.id, 1)
            for item in (*digest.items, *digest.headlines)
        ]
        return await self._answer(question, chat, await self._told(chat, stories))

    async def about_all(self, question: str, chat: Chat) -> Answer | Failure:
        """From all that the chat's sources brought, and all that it was told."""
        found: dict[int, Article] = {}
        words = sorted(asked(question[:LONGEST], chat.settings.language or "en"), key=len, reverse=True)
        for word in words[:MOST_WORDS]:
            hits = await self._store.library.search(chat.id, word, EACH)
            found.update((hit.article.id, hit.article) for hit in hits)
        return await self._answer(question, chat, [found[id_] for id_ in sorted(found, reverse=True)])

    async def _told(self, chat: Chat, story_ids: Sequence[int]) -> list[Article]:
        story = self._store.library.story
        stories = [await story(chat.id, story_id) for story_id in dict.fromkeys(story_ids)]
        return [article for story in stories if story is not None for article in story.lead_first]

    async def _quoted(self, question: str, articles: Sequence[Article]) -> Brief | Failure:
        if self._workers is None:
            return answer_by_quoting(question, articles)
        return await self._workers.run(answer_by_quoting, question, tuple(articles))

    async def _answer(self, question: str, chat: Chat, articles: Sequence[Article]) -> Answer | Failure:
        articles = _within(articles)
        if not articles:
            return Failure(FailureKind.EMPTY, "There is nothing read to answer it from.")
        answer: Brief | Failure = Failure(FailureKind.EMPTY, UNKNOWN)
        if self._live.models:
            answer = await answer_with(
                self._live.models,
                question,
                articles,
                chat_id=chat.id,
                deadline=self._clock() + max(self._live.deadline, PATIENCE),
            )
        # a model that finds nothing may not have looked well: the sentences themselves are looked at as well
        if isinstance(answer, Failure) or not answer.sentences:
            answer = await self._quoted(question, articles)
        if isinstance(answer, Failure):
            return answer
        return _only_cited(answer, articles)


def _only_cited(brief: Brief, articles: Sequence[Article]) -> Answer:
    """The answer with only the articles and sentences it rests on."""
    used = sorted({index for sentence in brief.sentences for index in sentence.support})
    sources = [brief.source_sentences[index] for index in used]
    places = list(dict.fromkeys(source.article for source in sources))
    return Answer(
        replace(
            brief,
            sentences=tuple(
                replace(sentence, support=tuple(used.index(index) for index in sentence.support))
                for sentence in brief.sentences
            ),
            source_sentences=tuple(
                replace(source, article=places.index(source.article)) for source in sources
            ),
        ),
        tuple(articles[place] for place in places),
    )


def _within(articles: Sequence[Article]) -> Sequence[Article]:
    """The first articles that hold ``MOST_TEXT`` together, one at least."""
    sizes = accumulate(len(article.text) for article in articles)
    count = sum(1 for size in sizes if size <= MOST_TEXT)
    return articles[: max(1, count)]
