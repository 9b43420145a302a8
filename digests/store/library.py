"""What was read and posted, as a library: found by words, by speed, by what came since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, distinct, exists, func, or_, select, text, true

from digests.model import Story
from digests.ports import Candidate, Hit
from digests.store.articles import COLUMNS, article_of
from digests.store.database import Database
from digests.store.search_index import VECTOR, fts5_query, tsquery, wanted_words
from digests.store.stories import stories_by_id
from digests.store.tables import articles, digests, entries, stories, subscriptions, told

_ON_POSTGRESQL = f"SELECT article_id FROM searchable WHERE {VECTOR} @@ CAST(:asked AS tsquery)"  # noqa: S608


class SqlLibrary:
    """``ports.Library``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, chat_id: int | None, query: str, limit: int, offset: int = 0) -> list[Hit]:
        wanted = wanted_words(query)
        if not wanted:
            return []
        if self._database.dialect == "sqlite":
            asked = fts5_query(wanted)
            found = text("SELECT rowid FROM search_index WHERE search_index MATCH :asked")
        else:
            asked = tsquery(wanted)
            found = text(_ON_POSTGRESQL)
        ids = found.bindparams(bindparam("asked", asked)).columns(articles.c.id)
        newest = (  # of a story one article, the newest that says it
            select(func.max(articles.c.id))
            .join(entries, entries.c.id == articles.c.entry_id)
            .where(articles.c.id.in_(ids), _seen_by(chat_id))
            .group_by(func.coalesce(articles.c.story_id, -articles.c.id))
        )
        posted = (
            select(func.max(digests.c.created))
            .join(told, told.c.digest_id == digests.c.id)
            .where(told.c.story_id == articles.c.story_id, _told_to(chat_id))
            .correlate(articles)
            .scalar_subquery()
        )
        columns: list[ColumnElement[Any]] = [*COLUMNS, articles.c.found, posted.label("posted")]
        page = (
            select(*columns)
            .where(articles.c.id.in_(newest))
            .order_by(articles.c.found.desc(), articles.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(page)).all()
        return [Hit(article_of(row), row.story_id, row.found, row.posted) for row in rows]

    async def sees(self, chat_id: int, story_id: int) -> bool:
        seen = (
            select(articles.c.id)
            .join(entries, entries.c.id == articles.c.entry_id)
            .where(articles.c.story_id == story_id, _seen_by(chat_id))
        )
        async with self._database.read() as connection:
            return (await connection.execute(seen.limit(1))).first() is not None

    async def trending(self, chat_id: int, since: datetime, limit: int) -> list[Story]:
        many = func.count(distinct(entries.c.source_id))
        query = (
            select(articles.c.story_id)
            .join(entries, entries.c.id == articles.c.entry_id)
            .where(articles.c.found >= since, articles.c.story_id.is_not(None), _seen_by(chat_id))
            .group_by(articles.c.story_id)
            .order_by(many.desc(), func.count().desc(), func.max(articles.c.found).desc())
            .limit(limit)
        )
        return await self._in_order(query)

    async def since(self, chat_id: int, since: datetime, limit: int) -> list[Candidate]:
        query = (
            select(stories.c.id)
            .join(articles, articles.c.story_id == stories.c.id)
            .join(entries, entries.c.id == articles.c.entry_id)
            .where(stories.c.updated >= since, articles.c.found >= since, _seen_by(chat_id))
            .group_by(stories.c.id)
            .order_by(func.max(articles.c.found).desc(), stories.c.id.desc())
            .limit(limit)
        )
        return [
            Candidate(story=story, entry_ids=tuple(article.entry_id for article in story.articles), told=0)
            for story in await self._in_order(query)
        ]

    async def _in_order(self, query: object) -> list[Story]:
        async with self._database.read() as connection:
            ids = list(await connection.scalars(query))  # type: ignore[call-overload]
            found = await stories_by_id(connection, ids)
        return [found[id_] for id_ in ids if id_ in found]


def _told_to(chat_id: int | None) -> ColumnElement[bool]:
    return true() if chat_id is None else told.c.chat_id == chat_id


def _seen_by(chat_id: int | None) -> ColumnElement[bool]:
    """What a chat may be shown: of the sources it follows, and whatever it was told. None: all."""
    if chat_id is None:
        return true()
    followed = select(subscriptions.c.source_id).where(subscriptions.c.chat_id == chat_id)
    was_told = exists().where(and_(told.c.chat_id == chat_id, told.c.story_id == articles.c.story_id))
    return or_(entries.c.source_id.in_(followed), was_told)
