"""From stories to digests in the outbox: chooses, has them briefed, composes, hands over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digests.brief.chain import headline_brief
from digests.clock import Clock
from digests.desk.assistant import Assistant, Judged
from digests.desk.briefing import Briefing, Wanted
from digests.desk.live import DeskSettings
from digests.desk.placing import Placing
from digests.desk.revising import Revising, Revision, new_delivery
from digests.desk.selection import Selection, select, sources_of
from digests.edit.compose import Pick, compose
from digests.edit.schedule import is_quiet, next_digest, quiet_end
from digests.group.rank import rank
from digests.model import Article, Brief, Chat, Digest, Failure, Part, Story
from digests.ports import Candidate, Channel, Meter, NoMeter, Store

log = logging.getLogger(__name__)

# More than a chat can be told at once, and few enough to rank and brief in a moment.
MOST_CANDIDATES = 200
TOGETHER = 16
"""Chats whose digests are edited at the same time."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit came to: the digest queued, None when there was nothing to tell."""

    digest: Digest | None
    stories: int = 0


def _turn(chat: Chat) -> str:
    """Whose it is, nobody else edits for the chat: it is not told the same twice."""
    return f"edit {chat.id}"


class Editor:
    """Edits each chat's digests. ``nudge`` is called when something waits to be delivered."""

    def __init__(
        self,
        store: Store,
        live: DeskSettings,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        nudge: Callable[[], None] = lambda: None,
        meter: Meter | None = None,
        placing: Placing | None = None,
    ) -> None:
        self._store = store
        self._placing = placing or Placing(store)
        self._channels = channels
        self._nudge = nudge
        self._meter = meter or NoMeter()
        self._assistant = Assistant(store, live, clock)
        self._briefing = Briefing(store, live, clock)
        self._revising = Revising(store, channels, self._picks)
        self._together = asyncio.Semaphore(TOGETHER)

    async def edit_due(self, now: datetime) -> int:
        """Edit a digest for every chat whose time has come; how many were queued.

        What a chat watches for comes whatever its time, except in its quiet hours. Several chats
        at once: none must wait for a model that another's digest waits for.
        """
        edited = await self._put_right(now)
        due = [chat for chat in await self._store.chats.due(now) if not await self._put_off(chat, now)]
        due = await self._with_something(due, now)
        queued = sum(await asyncio.gather(*(self._edit_one(chat, now) for chat in due)))
        watched = await self._highlights(now)
        return (
            edited
            + queued
            + sum(await asyncio.gather(*(self._edit_one(chat, now, only) for chat, only in watched)))
        )

    async def _with_something(self, due: Sequence[Chat], now: datetime) -> list[Chat]:
        """Without the chats told at once that have nothing new: they are due all the time, and
        mostly all of them are such."""
        at_once = {chat.id for chat in due if next_digest(chat.settings, now) == now}
        idle = at_once - await self._store.digests.pending_among(at_once)
        return [chat for chat in due if chat.id not in idle]

    async def _put_right(self, now: datetime) -> int:
        """Edit what a source corrected at once, or after a chat's quiet hours: a wrong message must
        not stand until the next digest. How many edits were queued."""
        edited = 0
        for correction in await self._store.corrections.waiting():
            chat = await self._store.chats.get(correction.chat_id)
            if chat is None or chat.paused or chat.platform not in self._channels:
                continue
            if is_quiet(chat.settings, now):
                continue
            async with self._store.turns.turn(_turn(chat), wait=False) as mine:
                if not mine or correction not in await self._store.corrections.waiting():
                    continue
                until = self._briefing.until()
                sources = await sources_of(self._store, chat.id)
                edited += await self._revising.correct(chat, correction, sources, now, until)
        if edited:
            self._nudge()
        return edited

    async def _put_off(self, chat: Chat, now: datetime) -> bool:
        """In its quiet hours a chat's digest waits for their end, however it came to be due then."""
        end = quiet_end(chat.settings, now)
        if end > now:
            await self._store.chats.schedule(chat.id, end)
        return end > now

    async def _edit_one(self, chat: Chat, now: datetime, only: frozenset[int] | None = None) -> bool:
        if chat.platform not in self._channels:
            return False
        async with self._together:
            try:
                return (await self._edit_due(chat, now, only)).digest is not None
            except Exception:
                # one chat's digest must not keep the others from theirs
                log.exception("The digest for chat %s (%s) could not be edited", chat.id, chat.title)
                return False

    async def edit(
        self, chat: Chat, now: datetime, *, only: frozenset[int] | None = None, sample: bool = False
    ) -> Edited:
        """Queue the chat's digest of what it has not had, and set when the next one is due.

        ``only`` limits it to stories with one of these entries; then the schedule stays.
        """
        async with self._store.turns.turn(_turn(chat)):
            return await self._edit(chat, now, only, sample)

    async def _edit_due(self, chat: Chat, now: datetime, only: frozenset[int] | None) -> Edited:
        """Edit a digest whose time has come, unless somebody else does or just did."""
        async with self._store.turns.turn(_turn(chat), wait=False) as mine:
            current = await self._store.chats.get(chat.id) if mine else None
            if (
                current is None
                or current.paused
                or (only is None and current.next_digest != chat.next_digest)
            ):
                return Edited(None)
            return await self._edit(current, now, only, False)

    async def draft(self, chat: Chat, now: datetime) -> Digest | None:
        """The next digest as it stands, without using it up."""
        chosen = await self.select(chat, now)
        judged = await self._assistant.judge(chat, chosen.new, now)
        until = self._briefing.until()
        liked = chosen.preferences
        picks = await self._picks(chat, judged.told, now, until, minor=judged.minor, liked=liked)
        if not picks and not judged.left_out:
            return None
        digest = replace(compose(chat, picks, chosen.sources, now), left_out=judged.left_out)
        return await self._assistant.finished(chat, digest, now, until)

    async def select(self, chat: Chat, now: datetime) -> Selection:
        """What the chat is to be told next, with the reasons; uses nothing up."""
        return await select(self._store, chat, await self._candidates(chat, now), now)

    async def read_up(self, chat: Chat, now: datetime) -> None:
        """Give all that the chat's sources brought lately its stories, also what the chat has had."""
        await self._placing.catch_up(chat.id, now, fresh=False)

    async def _candidates(self, chat: Chat, now: datetime) -> list[Candidate]:
        await self._placing.catch_up(chat.id, now)
        return await self._store.digests.candidates(chat.id, MOST_CANDIDATES)

    async def _highlights(self, now: datetime) -> list[tuple[Chat, frozenset[int]]]:
        """Chats that something they watch for has come for, with its entries; not in their quiet hours."""
        found: list[tuple[Chat, frozenset[int]]] = []
        for chat_id in sorted(await self._store.rules.watching()):
            chat = await self._store.chats.get(chat_id)
            if chat is None or chat.paused or is_quiet(chat.settings, now):
                continue
            if not await self._store.digests.pending(chat_id):
                continue
            chosen = await self.select(chat, now)
            told = [*chosen.new, *chosen.developed]
            entries = [id_ for c in told if c.story.id in chosen.watched for id_ in c.entry_ids]
            if entries:
                found.append((chat, frozenset(entries)))
        return found

    async def since(self, chat: Chat, since: datetime, now: datetime) -> Digest | None:
        """A digest of what came since then, whether the chat was told it or not; uses nothing up."""
        await self.read_up(chat, now)
        found = await self._store.library.since(chat.id, since, MOST_CANDIDATES)
        chosen = await select(self._store, chat, found, now)
        until, liked = self._briefing.until(), chosen.preferences
        picks = await self._picks(chat, chosen.new, now, until, liked=liked)
        return compose(chat, picks, chosen.sources, now) if picks else None

    async def translated(self, chat: Chat, brief: Brief, now: datetime) -> Brief:
        """The brief in the chat's language where it wants that; marked where it can't be had."""
        return await self._assistant.translated(chat, brief, now)

    def wanted(self, story: Story, chat: Chat, sentences: int) -> Wanted:
        """A story's brief of that length for the chat, as it would be asked for now."""
        return self._briefing.wanted(story.id, story.lead_first, chat, sentences)

    async def missing(self, chat: Chat, now: datetime) -> list[Wanted]:
        """The briefs that the chat's next digest needs and that are not written yet."""
        fresh = (await self.select(chat, now)).new
        wanted = [self.wanted(c.story, chat, _length(chat, place)) for place, c in enumerate(fresh)]
        return [one for one in wanted if await self._store.stories.brief(one.key) is None]

    async def _edit(self, chat: Chat, now: datetime, only: frozenset[int] | None, sample: bool) -> Edited:
        candidates = await self._candidates(chat, now)
        if only is not None:
            candidates = [c for c in candidates if only.intersection(c.entry_ids)]
            due = chat.next_digest
        else:
            due = next_digest(chat.settings, now)
        chosen = await select(self._store, chat, candidates, now)
        await self._store.rules.withhold(chat.id, chosen.withheld)
        fresh, skipped, liked = list(chosen.new), list(chosen.seen), chosen.preferences
        until = self._briefing.until()
        revised: dict[str, Digest] = {}
        on_its_way = self._store.digests.on_its_way  # then its time comes once it is there
        for candidate in [c for c in chosen.developed if not await on_its_way(chat.id, c.story.id)]:
            if candidate.story.id in chosen.followed:  # an edit would tell nobody that there is more
                fresh.append(candidate)
                continue
            match await self._revising.revise(chat, candidate, chosen.sources, now, until, revised):
                case Revision.POST_ANEW:
                    fresh.append(candidate)
                case Revision.UNCHANGED:
                    skipped += candidate.entry_ids
        if revised:
            self._nudge()
        # what was asked for by name, or is a sample, is not held against the chat's interest
        judged = Judged(fresh) if only is not None else await self._assistant.judge(chat, fresh, now)
        skipped += judged.entry_ids
        picks = await self._picks(chat, judged.told, now, until, minor=judged.minor, liked=liked)
        picked = {entry for pick in picks for entry in pick.entry_ids}
        used = [entry for entry in skipped if entry not in picked]
        if not picks:
            if used:
                await self._store.digests.compose(
                    Digest(chat_id=chat.id, created=now, items=()), (), used, due, now
                )
            elif due != chat.next_digest and (due is None or due > now):
                await self._store.chats.schedule(chat.id, due)
            return Edited(None)
        digest = compose(chat, picks, chosen.sources, now, sample=sample)
        digest = replace(digest, role=chosen.role([pick.story.id for pick in picks]))
        digest = await self._assistant.finished(chat, replace(digest, left_out=judged.left_out), now, until)
        parts = _dated(self._channels[chat.platform].parts(digest, chat), digest)
        reply_to = await self._revising.answered(chat, picks)
        deliveries = [
            new_delivery(chat, index, part, reply_to if index == 0 else None)
            for index, part in enumerate(parts)
        ]
        digest = await self._store.digests.compose(digest, deliveries, used, due, now)
        self._meter.edited(len(picks))
        self._nudge()
        return Edited(digest, len(picks))

    async def _picks(
        self,
        chat: Chat,
        candidates: Sequence[Candidate],
        now: datetime,
        until: datetime,
        *,
        minor: Sequence[Candidate] = (),
        whole: bool = False,
        liked: Mapping[int, float] | None = None,
    ) -> list[Pick]:
        """The candidates with their briefs, the ``minor`` ones with a headline alone.

        ``until`` is when the digest no longer waits. ``whole``: also a story told before is told
        as a whole. Those told in full stand in the order of their news value too, where a model
        gave one.
        """
        most = min(chat.settings.stories, len(candidates))
        every = [*candidates, *minor]
        lengths = [_length(chat, place) if place < most else 0 for place in range(len(every))]
        briefs = await asyncio.gather(
            *(
                self._told(c, chat, length, now, until, whole=whole)
                for c, length in zip(every, lengths, strict=True)
            )
        )
        picks = {
            c.story.id: Pick(
                story=c.story,
                brief=brief,
                entry_ids=c.entry_ids,
                updated=c.told > 0,
                minor=place >= len(candidates),
            )
            for place, (c, brief) in enumerate(zip(every, briefs, strict=True))
            if isinstance(brief, Brief)
        }
        scores = {number: pick.brief.score for number, pick in picks.items()}
        values = {number: score for number, score in scores.items() if score is not None}
        if values:
            ranking = rank(every[:most], now, values=values, tastes=liked)
            every[:most] = [ranked.candidate for ranked in ranking]
        return [picks[c.story.id] for c in every if c.story.id in picks]

    async def _told(
        self, candidate: Candidate, chat: Chat, sentences: int, now: datetime, until: datetime, *, whole: bool
    ) -> Brief | Failure:
        """What the chat is told: of a story it knows what is new, where that can be told apart. Where
        nothing can be briefed the headline is told, once, unless a brief that stands would give way."""
        news = () if whole else await self._assistant.news_of(chat, candidate)
        brief = await self.brief(candidate.story, chat, sentences, now, until, articles=news)
        if news and isinstance(brief, Failure):  # too little is new for a brief
            brief = await self.brief(candidate.story, chat, sentences, now, until)
        if isinstance(brief, Failure) and not whole:
            return headline_brief(candidate.story.lead_first, brief.reason)
        return brief

    async def brief(
        self,
        story: Story,
        chat: Chat,
        sentences: int,
        now: datetime,
        until: datetime,
        *,
        articles: Sequence[Article] = (),
    ) -> Brief | Failure:
        """The story's brief at that length in the chat's language; ``articles`` stand in for its own."""
        wanted = self._briefing.wanted(story.id, tuple(articles) or story.lead_first, chat, sentences)
        brief = await self._briefing.brief(wanted, now, until)
        if isinstance(brief, Failure):
            return brief
        return await self._assistant.translated(chat, brief, now, until)


def _length(chat: Chat, place: int) -> int:
    """Sentences of the story at that place: further ones are told as headlines."""
    headlines = chat.settings.style == "headlines" or place >= chat.settings.stories
    return 0 if headlines else chat.settings.sentences


def _dated(parts: Sequence[Part], digest: Digest) -> list[Part]:
    """The parts with when their news was published; a sample's is no news, and a story told before neither."""
    items = () if digest.sample else (*digest.items, *digest.headlines)
    left = {item.story_id: item.published for item in items if item.published and not item.updated}
    dated = []
    for part in parts:
        told = [left.pop(story, None) for story in part.stories]
        dated.append(replace(part, published=tuple(moment for moment in told if moment)))
    return dated
