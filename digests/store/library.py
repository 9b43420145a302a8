"""What was read and posted, as a library: found by words, by speed, by what came since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, distinct, func, select, text, true, union

from digests.model import Story
from digests.ports import Candidate, Hit
from digests.store.articles import STORY, article_of, placed_for, seen_by
from digests.store.database import Database
from digests.store.search_index import VECTOR, fts5_query, may_begin, tsquery, wanted_words
from digests.store.stories import views_by_id
from digests.store.tables import articles, digests, entries, placements, stories, story_numbers, told

_ON_POSTGRESQL = f"SELECT article_id AS id FROM searchable WHERE {VECTOR} @@ CAST(:asked AS tsquery)"  # noqa: S608


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
            found = text("SELECT rowid AS id FROM search_index WHERE search_index MATCH :asked")
        else:
            asked = tsquery(wanted)
            found = text(_ON_POSTGRESQL)
        written = found.bindparams(bindparam("asked", asked)).columns(articles.c.id).subquery()
        in_words = _told_with(chat_id, wanted)
        own = (
            true() if chat_id is None else placements.c.chat_id == chat_id,
            placements.c.story_id.in_(in_words),
        )
        ids = union(
            select(written.c.id),
            select(articles.c.id).where(articles.c.story_id.in_(in_words)),
            select(placements.c.article_id).where(*own),
        )
        newest = (  # of a story one article, the newest that says it
            _seen(chat_id, func.max(articles.c.id))
            .where(articles.c.id.in_(ids))
            .group_by(func.coalesce(STORY, -articles.c.id))
        )
        posted = (
            select(func.max(digests.c.created))
            .join(told, told.c.digest_id == digests.c.id)
            .where(told.c.story_id == STORY, _told_to(chat_id))
            .correlate(articles, placements)
            .scalar_subquery()
        )
        page = (
            select(articles.c.id, articles.c.body, STORY.label("story_id"))
            .add_columns(articles.c.found, posted.label("posted"))
            .outerjoin(placements, placed_for(chat_id))
            .where(articles.c.id.in_(newest))
            .order_by(articles.c.found.desc(), articles.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(page)).all()
        return [Hit(article_of(row), row.story_id, row.found, row.posted) for row in rows]

    async def story(self, chat_id: int, story_id: int) -> Story | None:
        return next(iter(await self._in_order(chat_id, [story_id])), None)

    async def trending(self, chat_id: int, since: datetime, limit: int) -> list[Story]:
        many = func.count(distinct(entries.c.source_id))
        query = (
            _seen(chat_id, STORY)
            .where(articles.c.found >= since, STORY.is_not(None))
            .group_by(STORY)
            .order_by(many.desc(), func.count().desc(), func.max(articles.c.found).desc(), STORY)
            .limit(limit)
        )
        async with self._database.read() as connection:
            ids = list(await connection.scalars(query))
        return await self._in_order(chat_id, ids)

    async def since(self, chat_id: int, since: datetime, limit: int) -> list[Candidate]:
        query = (
            _seen(chat_id, STORY)
            .where(articles.c.found >= since, STORY.is_not(None))
            .group_by(STORY)
            .order_by(func.max(articles.c.found).desc(), STORY.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            ids = list(await connection.scalars(query))
        return [
            Candidate(story=story, entry_ids=tuple(article.entry_id for article in story.articles), told=0)
            for story in await self._in_order(chat_id, ids)
        ]

    async def numbers(self, chat_id: int, story_ids: Sequence[int]) -> dict[int, int]:
        mine = story_numbers.c.chat_id == chat_id
        known = select(story_numbers.c.story_id, story_numbers.c.number).where(
            mine, story_numbers.c.story_id.in_(story_ids)
        )
        async with self._database.read() as connection:
            numbers = {row.story_id: row.number for row in await connection.execute(known)}
        if all(id_ in numbers for id_ in story_ids):
            return numbers
        async with self._database.write() as connection:
            numbers = {row.story_id: row.number for row in await connection.execute(known)}  # by now
            top = await connection.scalar(select(func.max(story_numbers.c.number)).where(mine)) or 0
            there = set(await connection.scalars(select(stories.c.id).where(stories.c.id.in_(story_ids))))
            new = [id_ for id_ in dict.fromkeys(story_ids) if id_ in there - numbers.keys()]
            if new:
                give = self._database.insert(story_numbers).on_conflict_do_nothing()
                rows = [
                    {"chat_id": chat_id, "number": number, "story_id": id_}
                    for number, id_ in enumerate(new, top + 1)
                ]
                await connection.execute(give, rows)
            return {row.story_id: row.number for row in await connection.execute(known)}

    async def numbered(self, chat_id: int, number: int) -> int | None:
        query = select(story_numbers.c.story_id).where(
            story_numbers.c.chat_id == chat_id, story_numbers.c.number == number
        )
        async with self._database.read() as connection:
            story_id: int | None = await connection.scalar(query)
        return story_id

    async def _in_order(self, chat_id: int, ids: Sequence[int]) -> list[Story]:
        async with self._database.read() as connection:
            found = await views_by_id(connection, ids, chat_id, also_told=True)
        return [found[id_].story for id_ in ids if id_ in found]


def _told_to(chat_id: int | None) -> ColumnElement[bool]:
    return true() if chat_id is None else told.c.chat_id == chat_id


def _told_with(chat_id: int | None, wanted: Sequence[str]) -> Select[Any]:
    """The stories that were told in all these words; the last may be the beginning of one."""
    *firm, last = wanted
    spaced = " " + told.c.words + " "
    has = [spaced.contains(f" {word} ", autoescape=True) for word in firm]
    has.append(spaced.contains(f" {last}{'' if may_begin(last) else ' '}", autoescape=True))
    return select(told.c.story_id).where(told.c.words.is_not(None), _told_to(chat_id), *has)


def _seen(chat_id: int | None, column: ColumnElement[Any]) -> Select[Any]:
    """A column of the articles that the chat may be shown."""
    return (
        select(column)
        .select_from(articles)
        .join(entries, entries.c.id == articles.c.entry_id)
        .outerjoin(placements, placed_for(chat_id))
        .where(seen_by(chat_id))
    )
