"""Stories and the briefs made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import Article, Brief, Story
from digests.store.articles import COLUMNS as ARTICLE
from digests.store.articles import article_of
from digests.store.database import MANY, Database
from digests.store.tables import articles, briefs, stories


async def stories_by_id(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, Story]:
    """Those of the stories that are there, with their articles in order of arrival."""
    found: dict[int, Story] = {}
    for start in range(0, len(ids), MANY):
        some = ids[start : start + MANY]
        members: dict[int, list[Article]] = {}
        of_some = select(*ARTICLE).where(articles.c.story_id.in_(some)).order_by(articles.c.id)
        for row in await connection.execute(of_some):
            members.setdefault(row.story_id, []).append(article_of(row))
        for row in await connection.execute(select(stories).where(stories.c.id.in_(some))):
            found[row.id] = Story(
                id=row.id,
                lead_id=row.lead_id,
                articles=tuple(members.get(row.id, ())),
                version=row.version,
                started=row.started,
                updated=row.updated,
            )
    return found


class SqlStories:
    """``ports.Stories``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def place(self, article_id: int, story_id: int | None, *, develops: bool, now: datetime) -> int:
        async with self._database.write() as connection:
            if story_id is None:
                new = insert(stories).values(lead_id=article_id, version=1, started=now, updated=now)
                placed: int = (await connection.execute(new.returning(stories.c.id))).scalar_one()
                story_id = placed
            elif develops:
                await connection.execute(
                    update(stories)
                    .where(stories.c.id == story_id)
                    .values(version=stories.c.version + 1, updated=now)
                )
            else:
                await connection.execute(update(stories).where(stories.c.id == story_id).values(updated=now))
            await connection.execute(
                update(articles).where(articles.c.id == article_id).values(story_id=story_id)
            )
        return story_id

    async def get(self, story_id: int) -> Story | None:
        async with self._database.read() as connection:
            return (await stories_by_id(connection, [story_id])).get(story_id)

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
