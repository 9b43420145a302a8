"""Moves a desk from one database to another, SQLite to PostgreSQL or back.

The target is made equal to one moment of the source, chunk by chunk, parents first. A chunk that is
equal already costs a read, so a move that was interrupted goes on where it stopped, and one made
while the desk was at work is finished by a second, short one after the desk was stopped. What the target holds has to
come from such a move: a desk of its own is not written over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import (
    URL,
    Column,
    ColumnElement,
    MetaData,
    Row,
    Table,
    Text,
    UniqueConstraint,
    and_,
    delete,
    func,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.errors import StoreError
from digests.store.columns import Shape, Words
from digests.store.database import MANY, Database, database_url
from digests.store.tables import chats, metadata, sources
from digests.store.upgrading import bring_up

CHUNK = 1000  # rows compared, and written in one transaction, at a time
ROOM = 30_000  # values bound in one INSERT, under both databases' limits

_REPLACE = "To lose all that the target holds, add --replace"
_LAST_ID = {
    "sqlite": "SELECT seq FROM sqlite_sequence WHERE name = :table",
    "postgresql": "SELECT pg_sequence_last_value(pg_get_serial_sequence(:table, 'id')::regclass)",
}
_NUMBER_ON = {
    "sqlite": (
        "DELETE FROM sqlite_sequence WHERE name = :table AND seq < :last",
        "INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)",
    ),
    "postgresql": ("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)",),
}

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
    source_url: str,
    target_url: str,
    progress: Progress = lambda _done, _all: None,
    *,
    replace: bool = False,
) -> list[MovedTable]:
    """Make the target hold what the source holds; each table as it was verified.

    ``StoreError`` when both are one, one of them can't be used, they differ in the end, or the target
    holds what no earlier move from this source can have left there, unless ``replace``.
    """
    if _place(source_url) == _place(target_url):
        raise StoreError("source and target are the same database; name two")
    source, target = Database(database_url(source_url)), Database(database_url(target_url))
    try:
        await bring_up(source)
        await bring_up(target)
        async with source.read() as snapshot:
            if source.dialect != "sqlite":
                await snapshot.execution_options(isolation_level="REPEATABLE READ")
            if not replace:
                await _refuse_a_desk(snapshot, target)
            tables = _as_kept()
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
        """In place where that can be; what holds a unique value of theirs, to be copied later, makes way."""
        try:
            async with connection.begin_nested():
                await self._insert(connection, rows)
        except IntegrityError:
            await self._make_way(connection, rows)
            await self._insert(connection, rows)

    async def _insert(self, connection: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
        values = [dict(row._mapping) for row in rows]
        others = [column for column in self._table.columns if not column.primary_key]
        for part in _parts(values, max(1, ROOM // len(self._table.columns))):
            insert = self._target.insert(self._table).values(part)
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=self._keys, set_={c.name: insert.excluded[c.name] for c in others}
                )
                if others
                else insert.on_conflict_do_nothing()
            )

    async def _make_way(self, connection: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
        """Rows that have such a value under another key: in the source they have another by now, or are gone."""
        for unique in self._table.constraints:
            if isinstance(unique, UniqueConstraint):
                for row in rows:
                    own = and_(*(key == row._mapping[key.name] for key in self._keys))
                    same = and_(*(column == row._mapping[column.name] for column in unique.columns))
                    await connection.execute(delete(self._table).where(same, not_(own)))

    async def _remove(self, connection: AsyncConnection, keys: Sequence[Key]) -> None:
        for key in keys:
            same = and_(*(column == value for column, value in zip(self._keys, key, strict=True)))
            await connection.execute(delete(self._table).where(same))

    async def _number_on(self) -> None:
        """Let the target's next row of its own have a number that no row had before, here or there."""
        if "id" not in self._table.columns:
            return
        last = await _last_id(self._snapshot, self._table)
        async with self._target.write() as connection:
            if last > await _given(connection, self._table):
                for statement in _NUMBER_ON[self._target.dialect]:
                    await connection.execute(text(statement), {"table": self._table.name, "last": last})

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


def _place(url: str) -> URL:
    """The address, however a file is spelled."""
    parsed = database_url(url)
    if parsed.get_backend_name() != "sqlite":
        return parsed
    return URL.create("sqlite", database=str(Path(parsed.database or "").resolve()))


def _as_kept() -> list[Table]:
    """The tables, parents first, with each value as the text it is kept as: none is read, none made anew."""
    plain = MetaData()
    for table in metadata.sorted_tables:
        for column in table.to_metadata(plain).columns:
            if isinstance(column.type, Shape):
                column.type = Text()
    tables: list[Table] = plain.sorted_tables
    return tables


async def _refuse_a_desk(source: AsyncConnection, target: Database) -> None:
    """Whether the target's rows can be those of an earlier move: ids are never given twice, so that one
    the source has not given yet, or gave to another chat or source, was given by another desk."""
    async with target.read() as connection:
        for table in metadata.sorted_tables:
            if "id" in table.columns:
                top = await connection.scalar(select(func.max(table.c.id)))
                if (top or 0) > await _last_id(source, table):
                    raise StoreError(
                        f"the target has {table.name} that the source never had: it is a newer desk, or the two "
                        f"were exchanged. Name them the other way round, or an empty database. {_REPLACE}"
                    )
        for table in (sources, chats):
            query = select(table.c.id, table.c.added).order_by(table.c.id).limit(MANY)
            there = {row.id: row.added for row in await connection.execute(query)}
            query = select(table.c.id, table.c.added).where(table.c.id.in_(there))
            if any(row.added != there[row.id] for row in await source.execute(query)):
                raise StoreError(f"the target holds another desk. Name an empty database. {_REPLACE}")


async def _last_id(connection: AsyncConnection, table: Table) -> int:
    """The highest id that a row of the table ever had in this database."""
    top = await connection.scalar(select(func.max(table.c.id)))
    return max(top or 0, await _given(connection, table))


async def _given(connection: AsyncConnection, table: Table) -> int:
    """The last id that the database gave by itself, or 0."""
    return await connection.scalar(text(_LAST_ID[connection.dialect.name]), {"table": table.name}) or 0


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
