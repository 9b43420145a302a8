"""What sources put right after chats were told it."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.ports import Correction
from digests.store.database import Database
from digests.store.tables import corrections, told


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


async def note(database: Database, connection: AsyncConnection, entry_id: int, story_id: int) -> None:
    """Each chat the story was told has something to put right, whether it follows that source or not."""
    knows = select(told.c.chat_id).where(told.c.story_id == story_id).distinct()
    rows = [
        {"chat_id": chat_id, "entry_id": entry_id, "story_id": story_id}
        for chat_id in await connection.scalars(knows)
    ]
    if rows:
        await connection.execute(database.insert(corrections).on_conflict_do_nothing(), rows)
