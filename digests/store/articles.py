"""Articles: entries that have been read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import Article
from digests.ports import Correction, Placed, Unplaced
from digests.store.database import MANY, Database
from digests.store.search_index import index_words
from digests.store.tables import (
    articles,
    corrections,
    entries,
    placements,
    searchable,
    sources,
    stories,
    subscriptions,
    told,
    used,
)
from digests.text.words import says_otherwise


def placed_for(chat_id: int | ColumnElement[int] | None) -> ColumnElement[bool]:
    """Joins the placements of a chat, none for None, to their articles."""
    mine = placements.c.chat_id == (0 if chat_id is None else chat_id)
    return and_(placements.c.article_id == articles.c.id, mine)


STORY: ColumnElement[int] = func.coalesce(placements.c.story_id, articles.c.story_id)
"""An article's story, where ``placed_for`` a chat is joined."""


def followed_by(chat_id: int | None) -> ColumnElement[bool]:
    """An entry of a source that the chat follows. None: any."""
    if chat_id is None:
        return true()
    return entries.c.source_id.in_(
        select(subscriptions.c.source_id).where(subscriptions.c.chat_id == chat_id)
    )


def seen_by(chat_id: int | None) -> ColumnElement[bool]:
    """What a chat may be shown: of the sources it follows, and what it was told when it followed them."""
    if chat_id is None:
        return true()
    was_used = exists().where(used.c.chat_id == chat_id, used.c.entry_id == entries.c.id)
    was_told = exists().where(told.c.chat_id == chat_id, told.c.story_id == STORY)
    return or_(followed_by(chat_id), and_(was_used, was_told))


_LONG = 5_000  # characters of a text from which on its words are looked for in a thread
COLUMNS = [articles.c.id, articles.c.body, articles.c.story_id]


def article_of(row: Row[*tuple[Any, ...]]) -> Article:
    article: Article = row.body
    return replace(article, id=row.id)


class SqlArticles:
    """``ports.Articles``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, article: Article, now: datetime) -> Article:
        """As the port says; a replaced article keeps its id, its story and when it was found."""
        of_entry = select(*COLUMNS).where(articles.c.entry_id == article.entry_id).with_for_update()
        new = self._database.insert(articles).values(
            entry_id=article.entry_id, found=now, body=replace(article, id=0)
        )
        save = new.on_conflict_do_update(index_elements=["entry_id"], set_={"body": new.excluded.body})
        found = self._database.insert(searchable)
        find = found.on_conflict_do_update(
            index_elements=["article_id"], set_={"words": found.excluded.words}
        )
        read = update(entries).where(entries.c.id == article.entry_id)
        # of a long text it takes a third of a second: beside the loop, not on it
        long = len(article.text) > _LONG
        words = await asyncio.to_thread(index_words, article) if long else index_words(article)
        async with self._database.write() as connection:
            before = (await connection.execute(of_entry)).one_or_none()
            if before is not None and before.body.paragraphs and not article.paragraphs:
                await connection.execute(read.values(read_at=None, read_failures=0, failure=None))
                return article_of(before)
            id_ = (await connection.execute(save.returning(articles.c.id))).scalar_one()
            if before is not None and _corrects(before.body, article):
                await _tell_again(connection, id_, article.entry_id, now)
                await note(self._database, connection, id_, article.entry_id)
            await connection.execute(find, {"article_id": id_, "words": words})
            await connection.execute(read.values(read_at=None, read_failures=0, failure=None))
        return replace(article, id=id_)

    async def get(self, article_id: int) -> Article | None:
        async with self._database.read() as connection:
            row = (
                await connection.execute(select(*COLUMNS).where(articles.c.id == article_id))
            ).one_or_none()
        return None if row is None else article_of(row)

    async def ungrouped(self, limit: int) -> list[Article]:
        waiting = (articles.c.story_id.is_(None), articles.c.placed.is_(None))
        query = select(*COLUMNS).where(*waiting).order_by(articles.c.id).limit(limit)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [article_of(row) for row in rows]

    async def recent(self, since: datetime) -> list[tuple[Article, int]]:
        query = (
            select(*COLUMNS)
            .where(articles.c.story_id.is_not(None), articles.c.found >= since)
            .order_by(articles.c.found, articles.c.id)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [(article_of(row), row.story_id) for row in rows]

    async def unplaced(self, chat_id: int, since: datetime, *, fresh: bool) -> list[Unplaced]:
        theirs = subscriptions.alias("theirs")
        added = exists().where(
            theirs.c.chat_id == chat_id, sources.c.id == theirs.c.source_id, sources.c.origin == "chat"
        )
        wanted = [
            ~exists().where(used.c.chat_id == chat_id, used.c.entry_id == entries.c.id),
            entries.c.id > subscriptions.c.after_entry,
        ]
        query = (
            select(*COLUMNS, articles.c.found, articles.c.changes)
            .select_from(subscriptions)
            .join(entries, entries.c.source_id == subscriptions.c.source_id)
            .join(articles, articles.c.entry_id == entries.c.id)
            .where(
                subscriptions.c.chat_id == chat_id,
                or_(articles.c.placed.is_not(None), articles.c.story_id.is_not(None)),
                ~exists().where(placements.c.chat_id == chat_id, placements.c.article_id == articles.c.id),
                added,
                *(wanted if fresh else [articles.c.found >= since]),
            )
            .order_by(articles.c.id)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [Unplaced(article_of(row), row.story_id, bool(row.changes), row.found) for row in rows]

    async def placed(self, chat_id: int, since: datetime, limit: int) -> list[Placed]:
        query = (
            select(articles.c.id, placements.c.story_id, articles.c.story_id.label("desks"), articles.c.found)
            .join(placements, placements.c.article_id == articles.c.id)
            .join(entries, entries.c.id == articles.c.entry_id)
            .join(
                subscriptions,
                and_(
                    subscriptions.c.source_id == entries.c.source_id,
                    subscriptions.c.chat_id == placements.c.chat_id,
                ),
            )
            .where(placements.c.chat_id == chat_id, articles.c.found >= since)
            .order_by(placements.c.article_id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [Placed(row.id, row.story_id, row.desks, row.found) for row in reversed(rows)]

    async def many(self, article_ids: Sequence[int]) -> list[Article]:
        found: list[Article] = []
        async with self._database.read() as connection:
            for start in range(0, len(article_ids), MANY):
                some = articles.c.id.in_(article_ids[start : start + MANY])
                rows = await connection.execute(select(*COLUMNS).where(some).order_by(articles.c.id))
                found += [article_of(row) for row in rows]
        return found


def _corrects(before: Article, after: Article) -> bool:
    return says_otherwise(f"{before.title}\n{before.text}", f"{after.title}\n{after.text}")


def stories_of(article_id: int) -> CompoundSelect[Any]:
    """The ids of the stories an article is in, the desk's and chats' own."""
    return union(
        select(articles.c.story_id).where(articles.c.id == article_id, articles.c.story_id.is_not(None)),
        select(placements.c.story_id).where(placements.c.article_id == article_id),
    )


async def _tell_again(connection: AsyncConnection, article_id: int, entry_id: int, now: datetime) -> None:
    """Its stories have developed, and the entry is fresh again where one was told with it."""
    await connection.execute(
        update(articles)
        .where(articles.c.id == article_id)
        .values(placed=now, changes=func.coalesce(articles.c.changes, 0) + 1)
    )
    await connection.execute(
        update(placements)
        .where(placements.c.article_id == article_id)
        .values(changes=placements.c.changes + 1)
    )
    theirs = stories_of(article_id)
    await connection.execute(
        update(stories).where(stories.c.id.in_(theirs)).values(version=stories.c.version + 1, updated=now)
    )
    knows = exists().where(told.c.chat_id == used.c.chat_id, told.c.story_id.in_(theirs))
    again = delete(used).where(used.c.entry_id == entry_id, knows).returning(used.c.chat_id)
    chat_ids = (await connection.scalars(again)).all()
    # all that lies between has been used, or was given up: nothing else becomes fresh
    source_id = select(entries.c.source_id).where(entries.c.id == entry_id).scalar_subquery()
    await connection.execute(
        update(subscriptions)
        .where(
            subscriptions.c.chat_id.in_(chat_ids),
            subscriptions.c.source_id == source_id,
            subscriptions.c.after_entry >= entry_id,
        )
        .values(after_entry=entry_id - 1)
    )


class SqlCorrections:
    """``ports.Corrections``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self) -> list[Correction]:
        query = select(corrections).order_by(corrections.c.chat_id, corrections.c.entry_id)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [Correction(row.chat_id, row.story_id, row.entry_id) for row in rows]

    async def done(self, correction: Correction) -> None:
        this = (
            corrections.c.chat_id == correction.chat_id,
            corrections.c.entry_id == correction.entry_id,
        )
        async with self._database.write() as connection:
            await connection.execute(delete(corrections).where(*this))


async def note(database: Database, connection: AsyncConnection, article_id: int, entry_id: int) -> None:
    """Each chat that was told a story of the article, and follows its source, has something to put right."""
    knows = (
        select(told.c.chat_id, STORY.label("story_id"))
        .select_from(articles)
        .join(entries, entries.c.id == articles.c.entry_id)
        .join(subscriptions, subscriptions.c.source_id == entries.c.source_id)
        .outerjoin(placements, placed_for(subscriptions.c.chat_id))
        .join(told, and_(told.c.chat_id == subscriptions.c.chat_id, told.c.story_id == STORY))
        .where(articles.c.id == article_id)
        .distinct()
        .order_by(told.c.chat_id)
    )
    rows = [
        {"chat_id": row.chat_id, "entry_id": entry_id, "story_id": row.story_id}
        for row in await connection.execute(knows)
    ]
    if rows:
        await connection.execute(database.insert(corrections).on_conflict_do_nothing(), rows)
