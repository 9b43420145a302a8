"""Articles: entries that have been read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from digests.model import Article
from digests.store.database import Database
from digests.store.tables import articles, entries

COLUMNS = [articles.c.id, articles.c.body, articles.c.story_id]


def article_of(row: Row[Any]) -> Article:
    article: Article = row.body
    return replace(article, id=row.id)


class SqlArticles:
    """``ports.Articles``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, article: Article, now: datetime) -> Article:
        """As the port says; a replaced article keeps its id, its story and when it was found."""
        new = self._database.insert(articles).values(
            entry_id=article.entry_id, found=now, body=replace(article, id=0)
        )
        save = new.on_conflict_do_update(index_elements=["entry_id"], set_={"body": new.excluded.body})
        read = update(entries).where(entries.c.id == article.entry_id)
        async with self._database.write() as connection:
            id_ = (await connection.execute(save.returning(articles.c.id))).scalar_one()
            await connection.execute(read.values(read_at=None, read_failures=0, failure=None))
        return replace(article, id=id_)

    async def get(self, article_id: int) -> Article | None:
        async with self._database.read() as connection:
            row = (
                await connection.execute(select(*COLUMNS).where(articles.c.id == article_id))
            ).one_or_none()
        return None if row is None else article_of(row)

    async def ungrouped(self, limit: int) -> list[Article]:
        query = select(*COLUMNS).where(articles.c.story_id.is_(None)).order_by(articles.c.id).limit(limit)
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
