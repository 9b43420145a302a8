"""Stories and the briefs made of them.

The desk groups the reports of its own sources, those of the configuration file, for all chats alike:
``articles.story_id``. What people add is grouped for each chat that follows it, beside what else that
chat follows: ``placements``. A chat's story has the articles of the sources it follows, and its
version, its times and its lead are theirs alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, exists, func, insert, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import Brief, Story
from digests.store.articles import COLUMNS as ARTICLE
from digests.store.articles import STORY, article_of, followed_by, placed_for, seen_by
from digests.store.database import MANY, Database
from digests.store.tables import articles, briefs, entries, placements, stories, subscriptions


@dataclass(frozen=True, slots=True)
class View:
    """A story as a chat has it, and how often each of its entries' reports developed it."""

    story: Story
    changes: Mapping[int, int]


async def views_by_id(
    connection: AsyncConnection, ids: Sequence[int], chat_id: int | None, *, also_told: bool = False
) -> dict[int, View]:
    """Those of the stories of which the chat has articles, those in order of arrival; ``also_told``: with
    what it was told of sources that it follows no more. ``chat_id`` None: as the desk has them."""
    found: dict[int, View] = {}
    may = seen_by(chat_id) if also_told else followed_by(chat_id)
    changes = case(
        (placements.c.article_id.is_not(None), placements.c.changes),
        else_=func.coalesce(articles.c.changes, 0),
    )
    for start in range(0, len(ids), MANY):
        some = ids[start : start + MANY]
        if chat_id is None:
            theirs = select(placements.c.article_id, placements.c.story_id).where(
                placements.c.story_id.in_(some)
            )
            every = union(
                select(articles.c.id.label("article_id"), articles.c.story_id).where(
                    articles.c.story_id.in_(some)
                ),
                theirs,
            ).subquery()
            query = (
                select(*ARTICLE, every.c.story_id.label("story"), articles.c.placed, articles.c.found)
                .add_columns(func.coalesce(articles.c.changes, 0).label("changed"))
                .join(every, every.c.article_id == articles.c.id)
            )
        else:
            among = union(
                select(articles.c.id).where(articles.c.story_id.in_(some)),
                select(placements.c.article_id).where(
                    placements.c.chat_id == chat_id, placements.c.story_id.in_(some)
                ),
            )
            query = (
                select(*ARTICLE, STORY.label("story"), articles.c.placed, articles.c.found)
                .add_columns(changes.label("changed"))
                .join(entries, entries.c.id == articles.c.entry_id)
                .outerjoin(placements, placed_for(chat_id))
                .where(articles.c.id.in_(among), STORY.in_(some), may)
            )
        members: dict[int, list[Any]] = {}
        for row in await connection.execute(query.order_by(articles.c.id)):
            members.setdefault(row.story, []).append(row)
        for row in await connection.execute(select(stories).where(stories.c.id.in_(some))):
            if row.id in members or chat_id is None:
                found[row.id] = _view(row, members.get(row.id, []), own=chat_id is not None)
    return found


def _view(row: Any, members: Sequence[Any], *, own: bool) -> View:
    parts = [article_of(member) for member in members]
    changes = {part.entry_id: member.changed for part, member in zip(parts, members, strict=True)}
    moments = [member.placed or member.found for member in members]
    story = Story(
        id=row.id,
        lead_id=row.lead_id,
        articles=tuple(parts),
        version=1 + sum(changes.values()) if own else row.version,
        started=min(moments) if own else row.started,
        updated=max(moments) if own else row.updated,
    )
    return View(story, changes)


class SqlStories:
    """``ports.Stories``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def place(self, article_id: int, story_id: int | None, *, develops: bool, now: datetime) -> int:
        async with self._database.write() as connection:
            changes = int(develops and story_id is not None)
            placed = story_id or await _opened(connection, article_id, now)
            await connection.execute(
                update(stories)
                .where(stories.c.id == placed)
                .values(updated=now, version=stories.c.version + changes)
            )
            await connection.execute(
                update(articles)
                .where(articles.c.id == article_id)
                .values(story_id=placed, placed=now, changes=changes)
            )
        return placed

    async def leave(self, article_ids: Sequence[int], now: datetime) -> None:
        async with self._database.write() as connection:
            for start in range(0, len(article_ids), MANY):
                some = articles.c.id.in_(article_ids[start : start + MANY])
                await connection.execute(update(articles).where(some).values(placed=now))

    async def place_for(
        self, chat_id: int, article_id: int, story_id: int | None, *, develops: bool, now: datetime
    ) -> int:
        async with self._database.write() as connection:
            known = select(placements.c.story_id).where(
                placements.c.chat_id == chat_id, placements.c.article_id == article_id
            )
            there: int | None = await connection.scalar(known)
            if there is not None:
                return there
            placed = story_id or await _opened(connection, article_id, now)
            await connection.execute(
                insert(placements).values(
                    chat_id=chat_id,
                    article_id=article_id,
                    story_id=placed,
                    changes=int(develops and story_id is not None),
                )
            )
        return placed

    async def adopt(self, chat_id: int, since: datetime) -> None:
        changes = func.coalesce(articles.c.changes, 0)
        there = (
            select(subscriptions.c.chat_id, articles.c.id, articles.c.story_id, changes)
            .select_from(subscriptions)
            .join(entries, entries.c.source_id == subscriptions.c.source_id)
            .join(articles, articles.c.entry_id == entries.c.id)
            .where(
                subscriptions.c.chat_id == chat_id,
                articles.c.story_id.is_not(None),
                articles.c.found >= since,
                ~exists().where(placements.c.chat_id == chat_id),
            )
        )
        names = ["chat_id", "article_id", "story_id", "changes"]
        async with self._database.write() as connection:
            await connection.execute(insert(placements).from_select(names, there))

    async def get(self, story_id: int, chat_id: int | None = None) -> Story | None:
        async with self._database.read() as connection:
            view = (await views_by_id(connection, [story_id], chat_id)).get(story_id)
        return None if view is None else view.story

    async def brief(self, key: str) -> Brief | None:
        async with self._database.read() as connection:
            brief: Brief | None = await connection.scalar(select(briefs.c.brief).where(briefs.c.key == key))
        return brief

    async def save_brief(self, key: str, story_id: int, brief: Brief, now: datetime) -> None:
        new = self._database.insert(briefs).values(key=key, story_id=story_id, brief=brief, made=now)
        save = new.on_conflict_do_update(
            index_elements=["key"],
            set_={"brief": new.excluded.brief, "story_id": new.excluded.story_id, "made": new.excluded.made},
        )
        async with self._database.write() as connection:
            await connection.execute(save)


async def _opened(connection: AsyncConnection, article_id: int, now: datetime) -> int:
    new = insert(stories).values(lead_id=article_id, version=1, started=now, updated=now)
    opened: int = (await connection.execute(new.returning(stories.c.id))).scalar_one()
    return opened
