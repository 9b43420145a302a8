"""What a chat may have beyond its briefs: judged by its interest, translated, opened by a note, ordered.

Each is asked for within its part of the time a digest waits and within the budget; where a model is
missing, late or wrong, the digest goes out without it, or with what needs no model. What a model answered
is remembered, so that nothing unchanged is paid twice, nor by two chats at the same moment.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar
from weakref import WeakValueDictionary

from pydantic import TypeAdapter

from digests.brief.extras import interest as interests
from digests.brief.extras import note as notes
from digests.brief.extras import translate as translations
from digests.brief.extras.new_facts import new_facts
from digests.clock import Clock
from digests.desk.live import DeskSettings
from digests.edit.compose import by_theme
from digests.model import Article, Brief, Chat, Digest, Failure, FailureKind, LeftOut
from digests.ports import Candidate, Store

log = logging.getLogger(__name__)

INTEREST = 0.5
"""The share of the briefs' time that judging the interest may take of it."""
BEYOND = 0.4
"""The share of the briefs' time that their translations, and after them the note, may take beside it: with
all of them a digest is not a minute late, and a desk that gives a slow model more time gives it for all."""
GRACE = timedelta(seconds=1)
"""An answer that has not come by itself, nor was given up, is not waited for any longer than this."""

_BRIEF = TypeAdapter(Brief)
_SCORE = TypeAdapter(float)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Judged:
    """Stories told in full, stories told as headlines, and what is left out, with the entries it uses up."""

    told: Sequence[Candidate]
    minor: Sequence[Candidate] = ()
    left_out: tuple[LeftOut, ...] = ()
    entry_ids: tuple[int, ...] = ()


class Assistant:
    """The models are asked in their order; where there are none, only what needs none is done."""

    def __init__(self, store: Store, live: DeskSettings, clock: Clock) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    # ------------------------------------------------------------ interest

    async def judge(self, chat: Chat, candidates: Sequence[Candidate], now: datetime) -> Judged:
        """Sort stories by how well they fit the chat's interest, their order kept."""
        wish = chat.settings.interest.strip()
        if not wish or not candidates:
            return Judged(candidates)
        articles = [candidate.story.lead for candidate in candidates]
        scores = await self._scores(chat, wish, articles, now)
        told: list[tuple[Candidate, float]] = []
        minor: list[tuple[Candidate, float]] = []
        out: list[tuple[Candidate, float]] = []
        for candidate, score in zip(candidates, scores, strict=True):
            (told if score >= interests.TOLD else minor if score >= interests.LISTED else out).append(
                (candidate, score)
            )
        for candidate, score in out:
            log.info("Chat %s: “%s” is left out, %.0f of 10", chat.id, candidate.story.lead.title, score)
        return Judged(
            [candidate for candidate, _ in told],
            [candidate for candidate, _ in minor],
            tuple(LeftOut(story_id=c.story.id, headline=c.story.lead.title, score=s) for c, s in out),
            tuple(entry for candidate, _ in out for entry in candidate.entry_ids),
        )

    async def _scores(self, chat: Chat, wish: str, articles: Sequence[Article], now: datetime) -> list[float]:
        asked = interests.read_interest(wish, chat.settings.language or "en")
        scores = [interests.relevance(asked, article) for article in articles]
        models = self._live.models
        if not models:
            return scores
        version = models.remembered_by(models.prompts.interest)
        keys = [
            _key(version, wish, article.title, *article.sentences[:2], article.url) for article in articles
        ]
        missing = []
        for place, key in enumerate(keys):
            known = await self._store.answers.get(key)
            if known is None:
                missing.append(place)
            else:
                scores[place] = _SCORE.validate_json(known)
        chunks = [missing[at : at + interests.AT_ONCE] for at in range(0, len(missing), interests.AT_ONCE)]
        until = self._clock() + self._live.deadline * INTEREST
        answers = await asyncio.gather(
            *(
                self._in_time(
                    interests.score_stories(
                        models, wish, [articles[p] for p in chunk], chat_id=chat.id, deadline=until
                    ),
                    until,
                )
                for chunk in chunks
            )
        )
        for chunk, answer in zip(chunks, answers, strict=True):
            if isinstance(answer, Failure):
                log.warning("Chat %s: its interest was judged by words: %s", chat.id, answer.reason)
                continue
            for place, score in answer.items():
                scores[chunk[place]] = score
                await self._store.answers.save(keys[chunk[place]], str(score), now)
        return scores

    # ------------------------------------------------------------ developments

    async def news_of(self, chat: Chat, candidate: Candidate) -> tuple[Article, ...]:
        """Of a story told before, the later articles with what is new in them; () where that can't be told."""
        if not chat.settings.changes or not candidate.told:
            return ()
        posted = await self._store.digests.posted(chat.id, candidate.story.id)
        if posted is None:
            return ()
        later = [a for a in candidate.story.articles if a.entry_id in candidate.entry_ids]
        return new_facts(posted[0].brief, later)

    # ------------------------------------------------------------ translation

    async def translated(
        self, chat: Chat, brief: Brief, now: datetime, briefed: datetime | None = None
    ) -> Brief:
        """The brief in the chat's language; as it is, and marked, where that can't be had.

        ``briefed`` is when the last brief of its digest must be there: however many are
        translated, one after the other, none is waited for longer than ``BEYOND`` past that.
        """
        language = chat.settings.language or ""
        if not chat.settings.translate or not translations.needs_translation(brief, language):
            return brief
        models = self._live.models
        if not models:
            return replace(brief, warnings=(*brief.warnings, translations.UNTRANSLATED))
        key = _key(models.remembered_by(models.prompts.translate), language, *_texts(brief))
        until = (briefed or self._clock()) + self._live.deadline * BEYOND
        answer = await self._once(
            key,
            _BRIEF,
            lambda: translations.translate(models, brief, language, chat_id=chat.id, deadline=until),
            now,
            until,
        )
        if isinstance(answer, Failure):
            log.warning("A brief could not be translated to %s: %s", language, answer.reason)
            return replace(brief, warnings=(*brief.warnings, translations.UNTRANSLATED))
        return answer

    # ------------------------------------------------------------ the whole digest

    async def finished(
        self, chat: Chat, digest: Digest, now: datetime, briefed: datetime | None = None
    ) -> Digest:
        """The digest ordered, opened by a note, and marked to be read aloud, as the chat wishes.

        ``briefed`` is when the last of its briefs had to be there.
        """
        wish = chat.settings
        headed = any(item.heading for item in digest.items)  # then they stand together already
        items = by_theme(digest.items) if wish.order == "topics" and not headed else digest.items
        digest = replace(digest, items=items, spoken=wish.voice and bool(items))
        models = self._live.models
        if not models or not wish.note or len(items) < notes.FEWEST:
            return digest
        briefs = [item.brief for item in items]
        texts = (text for brief in briefs for text in _texts(brief))
        key = _key(models.remembered_by(models.prompts.note), *texts)
        until = (briefed or self._clock()) + self._live.deadline * BEYOND * 2
        note = await self._once(
            key, _BRIEF, lambda: notes.write_note(models, briefs, chat_id=chat.id, deadline=until), now, until
        )
        if isinstance(note, Failure):
            log.warning("Chat %s: its digest goes without a note: %s", chat.id, note.reason)
            return digest
        return replace(digest, note=note)

    # ------------------------------------------------------------ asking

    async def _once(
        self,
        key: str,
        shape: TypeAdapter[Value],
        ask: Callable[[], Awaitable[Value | Failure]],
        now: datetime,
        until: datetime,
    ) -> Value | Failure:
        """The remembered answer, or the one asked for now; two who ask for the same wait for one."""
        async with self._asking.setdefault(key, asyncio.Lock()):
            known = await self._store.answers.get(key)
            if known is not None:
                return shape.validate_json(known)
            answer = await self._in_time(ask(), until)
            if not isinstance(answer, Failure):
                await self._store.answers.save(key, shape.dump_json(answer).decode(), now)
            return answer

    async def _in_time(self, asked: Awaitable[Value | Failure], until: datetime) -> Value | Failure:
        """The answer, or why there is none; whatever happens, hardly later than ``until``."""
        try:
            async with asyncio.timeout((until - self._clock() + GRACE).total_seconds()):
                return await asked
        except TimeoutError:
            return Failure(FailureKind.TIMEOUT, "The model did not answer in time.")
        except Exception:  # a slip in reading an answer must not cost the digest
            log.exception("What a model was asked for failed unexpectedly")
            return Failure(FailureKind.MODEL, "It failed unexpectedly; the log has the details.")


def _texts(brief: Brief) -> list[str]:
    """All that a brief says and rests on."""
    supports = [str(sentence.support) for sentence in brief.sentences]
    return [
        brief.headline,
        *(sentence.text for sentence in brief.sentences),
        *supports,
        *(sentence.text for sentence in brief.source_sentences),
    ]


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
