"""Chats: where digests go, when the next is due, and what happens when a chat moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, exists, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import Chat, ChatSettings
from digests.store.database import Database
from digests.store.tables import (
    allowed_chats,
    audit,
    chat_limits,
    chats,
    corrections,
    deliveries,
    digests,
    flood_waits,
    managers,
    mutes,
    rules,
    subscriptions,
    told,
    used,
    votes,
    withheld,
)

COLUMNS = [
    chats.c[name]
    for name in (
        "id",
        "platform",
        "address",
        "thread",
        "kind",
        "title",
        "settings",
        "paused",
        "next_digest",
        "last_digest",
    )
]


def chat_of(row: Row[Any], prefix: str = "") -> Chat:
    values = {column.name: getattr(row, prefix + column.name) for column in COLUMNS}
    values["thread"] = values["thread"] or None
    return Chat(**values)


def _at(platform: str, address: str, thread: str | None) -> Any:
    return and_(chats.c.platform == platform, chats.c.address == address, chats.c.thread == (thread or ""))


class SqlChats:
    """``ports.Chats``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ensure(self, chat: Chat, now: datetime) -> Chat:
        """As the port says; what is stored stays, but a new kind or title is taken over."""
        here = _at(chat.platform, chat.address, chat.thread)
        async with self._database.read() as connection:
            row = (await connection.execute(select(*COLUMNS).where(here))).one_or_none()
        if row is not None and (row.kind, row.title) == (chat.kind, chat.title or row.title):
            return chat_of(row)
        new = self._database.insert(chats).values(
            platform=chat.platform,
            address=chat.address,
            thread=chat.thread or "",
            kind=chat.kind,
            title=chat.title,
            settings=chat.settings,
            paused=chat.paused,
            next_digest=chat.next_digest,
            last_digest=chat.last_digest,
            added=now,
        )
        taken_over = {"kind": new.excluded.kind} | ({"title": new.excluded.title} if chat.title else {})
        save = new.on_conflict_do_update(index_elements=["platform", "address", "thread"], set_=taken_over)
        async with self._database.write() as connection:
            return chat_of((await connection.execute(save.returning(*COLUMNS))).one())

    async def get(self, chat_id: int) -> Chat | None:
        return await self._one(chats.c.id == chat_id)

    async def find(self, platform: str, address: str, thread: str | None = None) -> Chat | None:
        return await self._one(_at(platform, address, thread))

    async def _one(self, condition: Any) -> Chat | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(*COLUMNS).where(condition))).one_or_none()
        return None if row is None else chat_of(row)

    async def all(self) -> list[Chat]:
        async with self._database.read() as connection:
            rows = await connection.execute(select(*COLUMNS).order_by(chats.c.id))
        return [chat_of(row) for row in rows]

    async def set_settings(self, chat_id: int, settings: ChatSettings) -> None:
        await self._set(chat_id, settings=settings)

    async def set_paused(self, chat_id: int, reason: str | None) -> None:
        await self._set(chat_id, paused=reason)

    async def schedule(self, chat_id: int, next_digest: datetime | None) -> None:
        await self._set(chat_id, next_digest=next_digest)

    async def _set(self, chat_id: int, **values: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(chats).where(chats.c.id == chat_id).values(**values))

    async def due(self, now: datetime) -> list[Chat]:
        """As the port says; a chat that was never scheduled is due."""
        query = (
            select(*COLUMNS)
            .where(
                chats.c.paused.is_(None),
                or_(chats.c.next_digest.is_(None), chats.c.next_digest <= now),
                exists().where(subscriptions.c.chat_id == chats.c.id),
            )
            .order_by(chats.c.next_digest.asc().nulls_first(), chats.c.id)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [chat_of(row) for row in rows]

    async def move(self, platform: str, address: str, new_address: str) -> None:
        """As the port says; a chat already stored at the new address is merged into the old one."""
        if address == new_address:
            return
        async with self._database.write() as connection:
            rows = await connection.execute(
                select(*COLUMNS).where(
                    chats.c.platform == platform, chats.c.address.in_((address, new_address))
                )
            )
            at_new: dict[str | None, int] = {}
            at_old: dict[str | None, int] = {}
            for chat in map(chat_of, rows):
                (at_new if chat.address == new_address else at_old)[chat.thread] = chat.id
            for thread in at_old.keys() & at_new.keys():
                await _merge(connection, at_new[thread], at_old[thread])
            there = and_(flood_waits.c.platform == platform, flood_waits.c.address == new_address)
            await connection.execute(delete(flood_waits).where(there))
            allowed = and_(allowed_chats.c.platform == platform, allowed_chats.c.address == new_address)
            await connection.execute(delete(allowed_chats).where(allowed))
            for table in (chats, flood_waits, allowed_chats):
                await connection.execute(
                    update(table)
                    .where(table.c.platform == platform, table.c.address == address)
                    .values(address=new_address)
                )


async def _merge(connection: AsyncConnection, from_id: int, into_id: int) -> None:
    keyed = (
        (subscriptions, "source_id"),
        (used, "entry_id"),
        (corrections, "entry_id"),
        (withheld, "story_id"),
        (managers, "person"),
        (chat_limits, "kind"),
        (told, None),
    )
    for table, key in keyed:
        move = update(table).where(table.c.chat_id == from_id)
        if key is not None:  # what both have, the old chat's stays
            there = select(table.c[key]).where(table.c.chat_id == into_id)
            move = move.where(table.c[key].not_in(there))
        await connection.execute(move.values(chat_id=into_id))
    for table in (digests, deliveries, rules, audit):
        await connection.execute(update(table).where(table.c.chat_id == from_id).values(chat_id=into_id))
    for table, one, other in ((votes, "story_id", "person"), (mutes, "kind", "target")):
        both = select(table.c[one], table.c[other]).where(table.c.chat_id == into_id)
        move = update(table).where(table.c.chat_id == from_id)
        await connection.execute(
            move.where(tuple_(table.c[one], table.c[other]).not_in(both)).values(chat_id=into_id)
        )
    await connection.execute(delete(chats).where(chats.c.id == from_id))
