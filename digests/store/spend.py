"""What language models cost, a row for each call.

A hold left open by a killed process stays and counts in full for its day and month: its call may
have been made and charged, and nobody is left who could tell. Counting it can only spend less
than a cap allows, and its day's and month's end give the room back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import Hold, Limit, ModelBatch, Spend, Usage
from digests.store.database import Database
from digests.store.tables import budget_warnings, model_answers, model_batches, model_calls


class SqlSpend:
    """``ports.Ledger``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, hold: Hold, limits: tuple[Limit, ...]) -> Hold | Limit:
        row = {
            "day": hold.day,
            "model": hold.model,
            "chat_id": hold.chat_id,
            "source_id": hold.source_id,
            "amount": hold.amount,
            "settled": False,
            "input_tokens": 0,
            "output_tokens": 0,
        }
        async with self._database.write() as connection:
            await self._database.alone(connection, model_calls)
            for limit in limits:
                if await _used(connection, limit) + hold.amount > limit.cap:
                    return limit
            found = await connection.execute(insert(model_calls).values(row).returning(model_calls.c.id))
            return replace(hold, id=found.scalar_one())

    async def settle(self, hold: Hold, cost: int, usage: Usage | None) -> None:
        tokens = usage or Usage(0, 0)
        change = (
            update(model_calls)
            .where(model_calls.c.id == hold.id, model_calls.c.settled.is_(False))
            .values(
                settled=True,
                amount=cost,
                input_tokens=tokens.input_tokens,
                output_tokens=tokens.output_tokens,
            )
        )
        async with self._database.write() as connection:
            await connection.execute(change)

    async def used(self, limit: Limit) -> int:
        async with self._database.read() as connection:
            return await _used(connection, limit)

    async def first_warning(self, limit: Limit) -> bool:
        row = {"chat_id": limit.chat_id or 0, "period": limit.period, "cap": limit.cap}
        new = self._database.insert(budget_warnings).values(row).on_conflict_do_nothing()
        made = new.returning(budget_warnings.c.period)  # psycopg counts no rows of such an insert
        async with self._database.write() as connection:
            return (await connection.execute(made)).one_or_none() is not None

    async def spends(self, period: str) -> list[Spend]:
        """As the port says; one for each day, model, chat and source, settled and held together."""
        calls = model_calls.c
        keys = (calls.day, calls.model, calls.chat_id, calls.source_id)
        settled = calls.settled.is_(True)
        query = (
            select(
                *keys,
                func.sum(case((settled, 1), else_=0)).label("calls"),
                func.sum(calls.input_tokens).label("input_tokens"),
                func.sum(calls.output_tokens).label("output_tokens"),
                func.sum(case((settled, calls.amount), else_=0)).label("cost"),
                func.sum(case((settled, 0), else_=calls.amount)).label("held"),
            )
            .where(_in(period))
            .group_by(*keys)
            .order_by(func.min(calls.id))
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [
            Spend(
                day=row.day,
                model=row.model,
                chat_id=row.chat_id,
                source_id=row.source_id,
                **{name: int(getattr(row, name)) for name in _SUMS},
            )
            for row in rows
        ]


_SUMS = ("calls", "input_tokens", "output_tokens", "cost", "held")


async def _used(connection: AsyncConnection, limit: Limit) -> int:
    query = select(func.coalesce(func.sum(model_calls.c.amount), 0)).where(_in(limit.period))
    if limit.chat_id is not None:
        query = query.where(model_calls.c.chat_id == limit.chat_id)
    return int((await connection.execute(query)).scalar_one())


def _in(period: str) -> ColumnElement[bool]:
    day: Any = model_calls.c.day
    return day == period if len(period) == 10 else day.between(f"{period}-01", f"{period}-31")  # type: ignore[no-any-return]


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


class SqlAnswers:
    """``ports.Answers``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        async with self._database.read() as connection:
            answer: str | None = await connection.scalar(
                select(model_answers.c.answer).where(model_answers.c.key == key)
            )
        return answer

    async def save(self, key: str, answer: str, now: datetime) -> None:
        new = self._database.insert(model_answers).values(key=key, answer=answer, made=now)
        save = new.on_conflict_do_update(
            index_elements=["key"], set_={"answer": new.excluded.answer, "made": new.excluded.made}
        )
        async with self._database.write() as connection:
            await connection.execute(save)

    async def forget(self, before: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(delete(model_answers).where(model_answers.c.made < before))
