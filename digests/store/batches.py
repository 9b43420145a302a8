"""Batches that model servers work on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert, select, update

from digests.model import ModelBatch
from digests.store.database import Database
from digests.store.tables import model_batches


class SqlBatches:
    """``ports.Batches``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, batch: ModelBatch) -> ModelBatch:
        new = insert(model_batches).values(submitted=batch.submitted, ended=False, body=batch)
        async with self._database.write() as connection:
            found = await connection.execute(new.returning(model_batches.c.id))
            return replace(batch, id=found.scalar_one())

    async def open(self) -> list[ModelBatch]:
        rows = model_batches.c
        query = select(rows.id, rows.body).where(rows.ended.is_(False)).order_by(rows.id)
        async with self._database.read() as connection:
            return [replace(row.body, id=row.id) for row in await connection.execute(query)]

    async def asked(self, since: datetime) -> set[str]:
        query = select(model_batches.c.body).where(model_batches.c.submitted >= since)
        async with self._database.read() as connection:
            return {brief.key for row in await connection.execute(query) for brief in row.body.briefs}

    async def end(self, batch_id: int) -> None:
        change = update(model_batches).where(model_batches.c.id == batch_id).values(ended=True)
        async with self._database.write() as connection:
            await connection.execute(change)
