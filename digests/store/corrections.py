"""What sources put right after chats were told it."""

from __future__ import annotations

from sqlalchemy import and_, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.ports import Correction
from digests.store.database import Database
from digests.store.seen import STORY, placed_for
from digests.store.tables import articles, corrections, entries, placements, subscriptions, told


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
