"""Subscriptions at WebSub hubs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from digests.model import Push
from digests.store.database import Database
from digests.store.tables import pushes

_COLUMNS = [pushes.c[name] for name in ("source_id", "hub", "topic", "token", "secret", "until", "next_try")]


class SqlPushes:
    """``ports.Pushes``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_source(self, source_id: int) -> Push | None:
        return await self._one(pushes.c.source_id == source_id)

    async def by_token(self, token: str) -> Push | None:
        return await self._one(pushes.c.token == token)

    async def _one(self, condition: Any) -> Push | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(condition))).one_or_none()
        return None if row is None else Push(**row._mapping)

    async def save(self, push: Push) -> None:
        values = {column.name: getattr(push, column.name) for column in _COLUMNS}
        new = self._database.insert(pushes).values(**values)
        del values["source_id"]
        async with self._database.write() as connection:
            await connection.execute(new.on_conflict_do_update(index_elements=["source_id"], set_=values))

    async def try_again(self, push: Push, at: datetime) -> None:
        same = (pushes.c.source_id == push.source_id) & (pushes.c.next_try == push.next_try)
        async with self._database.write() as connection:
            await connection.execute(update(pushes).where(same).values(next_try=at))

    async def due(self, now: datetime, limit: int) -> list[Push]:
        query = select(*_COLUMNS).where(pushes.c.next_try <= now).order_by(pushes.c.next_try).limit(limit)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [Push(**row._mapping) for row in rows]

    async def leases(self, now: datetime) -> dict[int, datetime]:
        query = select(pushes.c.source_id, pushes.c.until).where(pushes.c.until > now)
        async with self._database.read() as connection:
            return {row.source_id: row.until for row in await connection.execute(query)}
