"""Moves a desk from one database to another, SQLite to PostgreSQL or back.

The target is made equal to one moment of the source, chunk by chunk, parents first. A chunk that is
equal already costs a read, so a move that was interrupted goes on where it stopped, and one made
while the desk was at work is finished by a second, short one after the desk was stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import Column, ColumnElement, Row, Table, Text, and_, delete, func, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.errors import StoreError
from digests.store.columns import Words
from digests.store.database import Database, database_url
from digests.store.tables import metadata
from digests.store.upgrading import bring_up

CHUNK = 1000  # rows compared, and written in one transaction, at a time
ROOM = 30_000  # values bound in one INSERT, under both databases' limits

Progress = Callable[[int, int], None]
"""Called with the rows done and the rows there are."""

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class MovedTable:
    """``written``: rows that were missing or different. ``digest``: SHA-256 over all, equal on both sides."""

    name: str
    rows: int
    written: int
    removed: int
    digest: str


async def move(
    source_url: str, target_url: str, progress: Progress = lambda _done, _all: None
) -> list[MovedTable]:
    """Make the target hold what the source holds; each table as it was verified.

    ``StoreError`` when both are one, one of them can't be used, or they differ in the end.
    """
    if database_url(source_url) == database_url(target_url):
        raise StoreError("source and target are the same database; name two")
    source, target = Database(database_url(source_url)), Database(database_url(target_url))
    try:
        await bring_up(source)
        await bring_up(target)
        async with source.read() as snapshot:
            if source.dialect != "sqlite":
                await snapshot.execution_options(isolation_level="REPEATABLE READ")
            tables = metadata.sorted_tables
            total = sum([await _count(snapshot, table) for table in tables])
            done, moved = 0, []
            for table in tables:
                one = _Table(table, snapshot, target)
                async for rows in one.copy():
                    done += rows
                    progress(done, total)
                moved.append(await one.verified())
            return moved
    finally:
        await source.close()
        await target.close()


class _Table:
    """One table on its way."""

    def __init__(self, table: Table, snapshot: AsyncConnection, target: Database) -> None:
        self._table = table
        self._snapshot = snapshot
        self._target = target
        self._keys = list(table.primary_key.columns)
        self._written = 0
        self._removed = 0

    async def copy(self) -> AsyncIterator[int]:
        """Chunk after chunk in the order of the key; how many rows each had."""
        after: Key | None = None
        while True:
            rows = await self._chunk(after)
            last = _key(self._keys, rows[-1]) if len(rows) == CHUNK else None
            await self._make_equal(rows, after, last)
            yield len(rows)
            if last is None:
                break
            after = last
        await self._number_on()

    async def _chunk(self, after: Key | None) -> Sequence[Row[Any]]:
        query = select(self._table).order_by(*_ordered(self._snapshot, self._keys)).limit(CHUNK)
        if after is not None:
            query = query.where(_beyond(_ordered(self._snapshot, self._keys), after))
        return (await self._snapshot.execute(query)).all()

    async def _make_equal(self, rows: Sequence[Row[Any]], after: Key | None, last: Key | None) -> None:
        """The target's rows between two keys become these; ``None`` is the beginning or the end."""
        async with self._target.write() as connection:
            keys = _ordered(connection, self._keys)
            between = [] if after is None else [_beyond(keys, after)]
            if last is not None:
                between.append(~_beyond(keys, last))
            query = select(self._table).where(*between)
            there = {_key(self._keys, row): row for row in (await connection.execute(query)).all()}
            wanted = {_key(self._keys, row): row for row in rows}
            gone = [key for key in there if key not in wanted]
            changed = [row for key, row in wanted.items() if key not in there or not _equal(there[key], row)]
            await self._remove(connection, gone)
            if changed:
                await self._write(connection, changed)
            self._removed += len(gone)
            self._written += len(changed)

    async def _write(self, connection: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
        """In place where that can be; rows that took over each other's unique values are made anew."""
        values = [dict(row._mapping) for row in rows]
        others = [column for column in self._table.columns if not column.primary_key]
        at_once = max(1, ROOM // len(self._table.columns))
        try:
            async with connection.begin_nested():
                for part in _parts(values, at_once):
                    insert = self._target.insert(self._table).values(part)
                    await connection.execute(
                        insert.on_conflict_do_update(
                            index_elements=self._keys, set_={c.name: insert.excluded[c.name] for c in others}
                        )
                        if others
                        else insert.on_conflict_do_nothing()
                    )
        except IntegrityError:
            await self._remove(connection, [_key(self._keys, row) for row in rows])
            for part in _parts(values, at_once):
                await connection.execute(self._table.insert().values(part))

    async def _remove(self, connection: AsyncConnection, keys: Sequence[Key]) -> None:
        for key in keys:
            same = and_(*(column == value for column, value in zip(self._keys, key, strict=True)))
            await connection.execute(delete(self._table).where(same))

    async def _number_on(self) -> None:
        """Let PostgreSQL's next row of its own have a number nobody has."""
        if self._target.dialect == "sqlite" or "id" not in self._table.columns:
            return
        async with self._target.write() as connection:
            await connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{self._table.name}', 'id'), "  # noqa: S608
                    f"(SELECT coalesce(max(id), 0) + 1 FROM {self._table.name}), false)"
                )
            )

    async def verified(self) -> MovedTable:
        ours = await _digest(self._snapshot, self._table)
        async with self._target.read() as connection:
            theirs = await _digest(connection, self._table)
        if ours != theirs:
            raise StoreError(
                f"{self._table.name} differs: {ours[0]} rows here, {theirs[0]} there. Is a desk at work on the "
                "target? Stop it, then run the move again"
            )
        rows, digest = ours
        return MovedTable(self._table.name, rows, self._written, self._removed, digest)


async def _digest(connection: AsyncConnection, table: Table) -> tuple[int, str]:
    """How many rows a table has, and a hash over all of them in the order of their key."""
    whole, rows = hashlib.sha256(), 0
    keys = list(table.primary_key.columns)
    after: Key | None = None
    while True:
        query = select(table).order_by(*_ordered(connection, keys)).limit(CHUNK)
        if after is not None:
            query = query.where(_beyond(_ordered(connection, keys), after))
        chunk = (await connection.execute(query)).all()
        for row in chunk:
            whole.update(_canonical(row))
        rows += len(chunk)
        if len(chunk) < CHUNK:
            return rows, whole.hexdigest()
        after = _key(keys, chunk[-1])


def _canonical(row: Row[Any]) -> bytes:
    plain = to_jsonable_python(dict(row._mapping), bytes_mode="base64")
    return json.dumps(plain, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _equal(one: Row[Any], other: Row[Any]) -> bool:
    return _canonical(one) == _canonical(other)


def _key(keys: Sequence[Column[Any]], row: Row[Any]) -> Key:
    return tuple(row._mapping[column.name] for column in keys)


def _ordered(connection: AsyncConnection, keys: Sequence[Column[Any]]) -> list[ColumnElement[Any]]:
    """The key's columns in one order on every database: text by its bytes, as SQLite has it."""
    if connection.dialect.name == "sqlite":
        return list(keys)
    return [key.collate("C") if isinstance(key.type, Words | Text) else key for key in keys]


def _beyond(keys: Sequence[ColumnElement[Any]], key: Key) -> ColumnElement[bool]:
    """Rows after ``key`` in the order of the columns."""
    return or_(
        *(
            and_(*(c == v for c, v in zip(keys[:n], key[:n], strict=True)), keys[n] > key[n])
            for n in range(len(keys))
        )
    )


def _parts(values: list[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


async def _count(connection: AsyncConnection, table: Table) -> int:
    return await connection.scalar(select(func.count()).select_from(table)) or 0
