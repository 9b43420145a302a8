"""Which chat wants which source."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from digests.model import Source, Subscription
from digests.store.database import Database
from digests.store.sources import COLUMNS as SOURCE
from digests.store.sources import let_go, source_of, wake
from digests.store.tables import chats, sources, subscriptions

COLUMNS = [
    subscriptions.c[name]
    for name in (
        "id",
        "chat_id",
        "source_id",
        "after_entry",
        "created",
        "created_by",
        "number",
        "name",
        "topics",
    )
]


def subscription_of(row: Row[Any]) -> Subscription:
    values = {column.name: getattr(row, column.name) for column in COLUMNS}
    values |= {"number": row.number or row.source_id, "name": row.name or ""}
    return Subscription(**values)


def _named(source: Source, subscription: Subscription) -> Source:
    """The source as its chat calls it."""
    topics = source.topics if subscription.topics is None else subscription.topics
    return replace(source, name=subscription.name or source.name, topics=topics)


class SqlSubscriptions:
    """``ports.Subscriptions``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, subscription: Subscription, now: datetime) -> tuple[Subscription, bool]:
        added = await self.add_within(subscription, now, None)
        assert added is not None  # there is no bound
        return added

    async def add_within(
        self, subscription: Subscription, now: datetime, most: int | None
    ) -> tuple[Subscription, bool] | None:
        created = subscription.created or now
        given = func.coalesce(subscriptions.c.number, subscriptions.c.source_id)
        top = select(func.max(given)).where(subscriptions.c.chat_id == subscription.chat_id)
        new = self._database.insert(subscriptions).values(
            chat_id=subscription.chat_id,
            source_id=subscription.source_id,
            after_entry=subscription.after_entry,
            created=created,
            created_by=subscription.created_by,
            number=func.coalesce(top.scalar_subquery(), 0) + 1,
            name=subscription.name or None,
            topics=subscription.topics,
        )
        here = (
            subscriptions.c.chat_id == subscription.chat_id,
            subscriptions.c.source_id == subscription.source_id,
        )
        async with self._database.write() as connection:
            # counted and added by one at a time: SQLite's writer is alone, others wait for the chat
            await connection.execute(
                select(chats.c.id).where(chats.c.id == subscription.chat_id).with_for_update()
            )
            row = (await connection.execute(select(*COLUMNS).where(*here))).one_or_none()
            if row is not None:
                return subscription_of(row), False
            if most is not None:
                mine = select(func.count()).where(subscriptions.c.chat_id == subscription.chat_id)
                if (await connection.scalar(mine) or 0) >= most:
                    return None
            added = (
                await connection.execute(new.returning(subscriptions.c.id, subscriptions.c.number))
            ).one()
            await wake(connection, subscription.source_id, now)
            return replace(subscription, id=added.id, created=created, number=added.number), True

    async def remove(self, chat_id: int, source_id: int) -> bool:
        gone = delete(subscriptions).where(
            subscriptions.c.chat_id == chat_id, subscriptions.c.source_id == source_id
        )
        async with self._database.write() as connection:
            went = (await connection.execute(gone)).rowcount > 0
            await let_go(connection, source_id)
            return went

    async def rewind(self, chat_id: int, source_id: int, after_entry: int) -> None:
        back = (
            update(subscriptions)
            .where(
                subscriptions.c.chat_id == chat_id,
                subscriptions.c.source_id == source_id,
                subscriptions.c.after_entry > after_entry,
            )
            .values(after_entry=after_entry)
        )
        async with self._database.write() as connection:
            await connection.execute(back)

    async def of_chat(self, chat_id: int) -> list[tuple[Subscription, Source]]:
        columns = [column.label(f"source__{column.name}") for column in SOURCE]
        query = (
            select(*COLUMNS, *columns)
            .join(sources, sources.c.id == subscriptions.c.source_id)
            .where(subscriptions.c.chat_id == chat_id)
            .order_by(subscriptions.c.id)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [(theirs := subscription_of(row), _named(source_of(row, "source__"), theirs)) for row in rows]

    async def of_source(self, source_id: int) -> list[Subscription]:
        query = select(*COLUMNS).where(subscriptions.c.source_id == source_id).order_by(subscriptions.c.id)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [subscription_of(row) for row in rows]
