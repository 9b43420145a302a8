"""A chat's stories where people added sources: of what it follows alone, whoever else reads what.

The desk groups its own sources' reports once, for all chats. Where a chat follows a source that somebody
added, what that brings is grouped for this chat by itself, among the reports of the sources it
follows: which of them are one story is a function of those and of the desk's own, and of nothing that
a stranger posts. A report of the desk's own keeps the desk's story, but joins the chat's where that was
first.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from digests.group.stories import Features, Placement, StoryIndex, report_of
from digests.ports import Placed, Store, Unplaced

REMEMBERED = 1000
"""A chat's newest reports, which a new one is held against."""
_AT_ONCE = 25  # articles out of the store between two breaths of the loop
_FEATURES = 5000  # of reports that are remembered, for the next chat that follows the same source


class Placing:
    """Gives what a chat follows its stories. ``window``: how long reports are held against each other."""

    def __init__(self, store: Store, window: timedelta = timedelta(days=7)) -> None:
        self._store = store
        self._window = window
        self._features = Features(_FEATURES)

    async def catch_up(self, chat_id: int, now: datetime, *, fresh: bool = True) -> None:
        """Place what the chat has not had, or also what it has: where a person looks through all of it."""
        since = now - self._window
        unplaced = self._store.articles.unplaced
        if not await unplaced(chat_id, since, fresh=fresh):
            return
        async with self._store.turns.turn(f"stories {chat_id}"):
            placed = await self._store.articles.placed(chat_id, since, REMEMBERED)
            if not placed:
                await self._store.stories.adopt(chat_id, since)
                placed = await self._store.articles.placed(chat_id, since, REMEMBERED)
            stories = _Stories(
                chat_id, self._store, placed, StoryIndex(self._window, features=self._features)
            )
            await stories.remember()
            waiting = await unplaced(chat_id, since, fresh=fresh)
            # told in the order of events, whichever page was read first
            for one in sorted(waiting, key=lambda w: (w.article.published or w.found, w.article.id)):
                await stories.place(one, now)
                await asyncio.sleep(0)


class _Stories:
    """The stories a chat has now, made anew of what is stored, so that they are the same wherever and
    whenever they are asked for."""

    def __init__(self, chat_id: int, store: Store, placed: list[Placed], index: StoryIndex) -> None:
        self._chat_id = chat_id
        self._store = store
        self._placed = placed
        self._index = index
        self._stands = {one.desks: one.story_id for one in reversed(placed) if one.desks is not None}
        """The chat's story for each of the desk's."""
        self._own = {one.story_id for one in placed} - self._stands.keys()
        """Those that began with what people added."""

    async def remember(self) -> None:
        for start in range(0, len(self._placed), _AT_ONCE):
            some = {one.article_id: one for one in self._placed[start : start + _AT_ONCE]}
            for article in await self._store.articles.many(list(some)):
                one = some[article.id]
                self._index.record(report_of(article, one.found), one.story_id)
                await asyncio.sleep(0)

    async def place(self, one: Unplaced, now: datetime) -> None:
        report = report_of(one.article, one.found)
        placement = self._index.place(report, now)
        story_id, develops = self._story(one, placement)
        story_id = await self._store.stories.place_for(
            self._chat_id, one.article.id, story_id, develops=develops, now=now
        )
        self._index.record(report, story_id)
        if one.desks is None:
            self._own.add(story_id)
        else:
            self._stands.setdefault(one.desks, story_id)

    def _story(self, one: Unplaced, placement: Placement) -> tuple[int | None, bool]:
        """Which story it belongs to, None: one of its own; and whether it develops that."""
        develops = placement.kind == "development"
        if one.desks is None:
            return placement.story_id, develops
        known = self._stands.get(one.desks)
        if known is None:
            joins = placement.story_id in self._own
            return (placement.story_id, develops) if joins else (one.desks, False)
        return known, one.develops or (develops and known == placement.story_id)
