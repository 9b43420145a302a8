"""What an admin looks at across all chats: sources' days, the queue, what was posted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Date, and_, func, or_, select
from sqlalchemy import cast as as_type

from digests.model import Chat, Delivery, DeliveryState, Digest
from digests.store.chats import COLUMNS as CHAT
from digests.store.chats import chat_of
from digests.store.database import Database
from digests.store.deliveries import COLUMNS as DELIVERY
from digests.store.deliveries import delivery_of
from digests.store.digests import digest_of
from digests.store.tables import chats, deliveries, digests, entries, subscriptions

_CHAT = [column.label(f"chat__{column.name}") for column in CHAT]
_UNFINISHED = (DeliveryState.PENDING.value, DeliveryState.SENDING.value)


class SqlLooking:
    """``ports.Looking``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def found_a_day(self, since: datetime) -> dict[int, Counter[date]]:
        day: Any
        if self._database.dialect == "sqlite":
            day = func.date(entries.c.found)
        else:
            day = as_type(func.timezone("UTC", entries.c.found), Date)
        query = (
            select(entries.c.source_id, day, func.count())
            .where(entries.c.found >= since, entries.c.source_id.is_not(None))
            .group_by(entries.c.source_id, day)
        )
        found: dict[int, Counter[date]] = {}
        async with self._database.read() as connection:
            for source_id, when, count in await connection.execute(query):
                at = date.fromisoformat(when) if isinstance(when, str) else cast(date, when)
                found.setdefault(source_id, Counter())[at] = count
        return found

    async def deliveries(
        self, states: Collection[DeliveryState], limit: int
    ) -> list[tuple[Delivery, Chat, datetime]]:
        query = (
            select(*DELIVERY, *_CHAT, digests.c.created.label("composed"))
            .join(chats, chats.c.id == deliveries.c.chat_id)
            .join(digests, digests.c.id == deliveries.c.digest_id)
            .where(deliveries.c.state.in_([state.value for state in states]))
            .order_by(deliveries.c.id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows: Any = await connection.execute(query)
        return [(delivery_of(row), chat_of(row, "chat__"), row.composed) for row in rows]

    async def waiting_since(self, now: datetime) -> datetime | None:
        due = or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now)
        query = (
            select(func.min(digests.c.created))
            .join(deliveries, deliveries.c.digest_id == digests.c.id)
            .join(chats, chats.c.id == deliveries.c.chat_id)
            .where(deliveries.c.state.in_(_UNFINISHED), chats.c.paused.is_(None), due)
        )
        async with self._database.read() as connection:
            since: datetime | None = await connection.scalar(query)
        return since

    async def posted(
        self, limit: int, *, chat_id: int | None = None, before: int | None = None
    ) -> list[tuple[Digest, Chat]]:
        there = select(deliveries.c.id).where(
            deliveries.c.digest_id == digests.c.id, deliveries.c.state == DeliveryState.SENT.value
        )
        query = (
            select(digests.c.id, digests.c.chat_id, digests.c.body, *_CHAT)
            .join(chats, chats.c.id == digests.c.chat_id)
            .where(there.exists())
            .order_by(digests.c.id.desc())
            .limit(limit)
        )
        if chat_id is not None:
            query = query.where(digests.c.chat_id == chat_id)
        if before is not None:
            query = query.where(digests.c.id < before)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [(digest_of(row), chat_of(row, "chat__")) for row in rows]

    async def messages(self, digest_id: int) -> list[Delivery]:
        query = select(*DELIVERY).where(deliveries.c.digest_id == digest_id).order_by(deliveries.c.part)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [delivery_of(row) for row in rows]

    async def followers(self) -> dict[int, int]:
        alive = and_(chats.c.id == subscriptions.c.chat_id, chats.c.paused.is_(None))
        query = (
            select(subscriptions.c.source_id, func.count())
            .join(chats, alive)
            .group_by(subscriptions.c.source_id)
        )
        async with self._database.read() as connection:
            counted: dict[int, int] = dict((await connection.execute(query)).all())
        return counted
