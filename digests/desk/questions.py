"""A person's question, answered from articles the chat's sources brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import accumulate

from digests.brief.extras.answer import LONGEST, UNKNOWN, answer_by_quoting, answer_with
from digests.brief.extras.retrieve import asked
from digests.clock import Clock
from digests.desk.live import DeskSettings
from digests.model import Article, Brief, Chat, Failure, FailureKind
from digests.ports import Store, Workers

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
