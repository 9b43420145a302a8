"""Entries as found, their identities, and which of them wait to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import Entry, Failure
from digests.store.columns import storable
from digests.store.database import MANY, Database
from digests.store.tables import entries, entry_keys, sources

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = (
    "guid",
    "url",
    "title",
    "html",
    "authors",
    "published",
    "updated",
    "image",
    "language",
    "tags",
)
COLUMNS = [entries.c[name] for name in ("id", "source_id", *_FIELDS, "found")]


def entry_of(row: Row[Any]) -> Entry:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Entry(id=row.id, source_id=row.source_id or 0, found=row.found, **values)


def _values(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _FIELDS}


class SqlEntries:
    """``ports.Entries``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, source_id: int, keys: Sequence[str]) -> dict[str, int]:
        async with self._database.read() as connection:
            return await _known(connection, source_id, keys)

    async def add(
        self, entries_with_keys: Sequence[tuple[Entry, Sequence[str]]], now: datetime
    ) -> list[Entry]:
        """As the port says; an entry one of whose keys is known is given back with the known
        one's id instead, so that two pollers of one source can't add it twice."""
        added: list[Entry] = []
        async with self._database.write() as connection:
            known: dict[int, dict[str, int]] = {}
            for source_id in sorted({entry.source_id for entry, _ in entries_with_keys}):
                await connection.execute(
                    select(sources.c.id).where(sources.c.id == source_id).with_for_update()
                )
                keys = [k for entry, ks in entries_with_keys if entry.source_id == source_id for k in ks]
                known[source_id] = await _known(connection, source_id, keys)
            new_keys: list[dict[str, Any]] = []
            for entry, keys_ in entries_with_keys:
                seen = known[entry.source_id]
                id_ = next((seen[key] for key in map(storable, keys_) if key in seen), None)
                found = entry.found or now
                if id_ is None:
                    values = {**_values(entry), "source_id": entry.source_id, "found": found}
                    values |= {"read_at": now, "read_failures": 0}
                    id_ = await connection.scalar(insert(entries).values(**values).returning(entries.c.id))
                    assert id_ is not None
                for key in map(storable, keys_):
                    if seen.setdefault(key, id_) is id_:
                        new_keys.append({"source_id": entry.source_id, "key": key, "entry_id": id_})
                added.append(replace(entry, id=id_, found=found))
            await self._save_keys(connection, new_keys)
        return added

    async def update(self, entry: Entry, keys: Sequence[str]) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(entries)
                .where(entries.c.id == entry.id)
                .values(**_values(entry), read_at=AT_ONCE, read_failures=0, failure=None)
            )
            await self._save_keys(
                connection, [{"source_id": entry.source_id, "key": key, "entry_id": entry.id} for key in keys]
            )

    async def _save_keys(self, connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
        if rows:
            await connection.execute(self._database.insert(entry_keys).on_conflict_do_nothing(), rows)

    async def unread(self, now: datetime, limit: int) -> list[Entry]:
        query = (
            select(*COLUMNS)
            .where(entries.c.read_at <= now)
            .order_by(entries.c.read_at, entries.c.id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [entry_of(row) for row in rows]

    async def read_failed(self, entry_id: int, failure: Failure, again: datetime | None) -> None:
        change = (
            update(entries)
            .where(entries.c.id == entry_id)
            .values(read_at=again, read_failures=entries.c.read_failures + 1, failure=failure)
        )
        async with self._database.write() as connection:
            await connection.execute(change)

    async def failures(self, entry_id: int) -> tuple[int, Failure | None]:
        """How often reading the entry failed since it last changed, and the last failure."""
        query = select(entries.c.read_failures, entries.c.failure).where(entries.c.id == entry_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return (0, None) if row is None else (row.read_failures, row.failure)

    async def get(self, entry_id: int) -> Entry | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(*COLUMNS).where(entries.c.id == entry_id))).one_or_none()
        return None if row is None else entry_of(row)

    async def newest(self, source_id: int, limit: int) -> list[Entry]:
        query = (
            select(*COLUMNS)
            .where(entries.c.source_id == source_id)
            .order_by(entries.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [entry_of(row) for row in rows]


async def _known(connection: AsyncConnection, source_id: int, keys: Sequence[str]) -> dict[str, int]:
    known: dict[str, int] = {}
    for start in range(0, len(keys), MANY):
        some = [storable(key) for key in keys[start : start + MANY]]
        rows = await connection.execute(
            select(entry_keys.c.key, entry_keys.c.entry_id).where(
                entry_keys.c.source_id == source_id, entry_keys.c.key.in_(some)
            )
        )
        known.update((row.key, row.entry_id) for row in rows)
    return known
