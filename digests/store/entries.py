"""Entries as found, their identities, and which of them wait to be read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, Table, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import Entry, Failure
from digests.store.columns import storable
from digests.store.database import MANY, Database
from digests.store.tables import entries, entry_keys, sources

TOGETHER: Final = 1_000
"""Rows of one statement at most."""


class ManyRows:
    """Some columns of a table, as the values of one statement."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self.names = ", ".join(names)
        self._columns = [(name, getattr(table.c[name].type, "for_sqlite", int)) for name in names]
        self._row = f"({', '.join('?' * len(names))})"

    def statements(
        self, text: str, rows: Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Statements and their parameters; in the text ``{rows}`` stands for ``VALUES …``."""
        for start in range(0, len(rows), TOGETHER):
            some = rows[start : start + TOGETHER]
            values = tuple(
                None if (value := row[name]) is None else kept(value)
                for row in some
                for name, kept in self._columns
            )
            yield text.format(rows="VALUES " + ", ".join([self._row] * len(some))), values


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

# Keys travel as JSON: {source id: [key, …]} asked, {key: entry id} found for each source. Fetched
# one by one, thousands of them would take longer than the search, and SQLite's thread would wait
# for a busy event loop at each.
_KNOWN = {
    "sqlite": text(
        """SELECT k.source_id, json_group_object(k.key, k.entry_id)
        FROM json_each(:asked) AS s CROSS JOIN json_each(s.value) AS a CROSS JOIN entry_keys AS k
        WHERE k.source_id = CAST(s.key AS INTEGER) AND k.key = a.value GROUP BY k.source_id"""
    ),
    "postgresql": text(
        """SELECT k.source_id, CAST(json_object_agg(k.key, k.entry_id) AS text)
        FROM json_each(CAST(:asked AS json)) AS s
        CROSS JOIN json_array_elements_text(s.value) AS a(value)
        JOIN entry_keys AS k ON k.source_id = CAST(s.key AS bigint) AND k.key = a.value
        GROUP BY k.source_id"""
    ),
}
_LAST_ID = text("SELECT seq FROM sqlite_sequence WHERE name = 'entries'")
_NEW_ROWS = ManyRows(entries, ("id", "source_id", *_FIELDS, "found", "read_at", "read_failures"))
_NEW = f"INSERT INTO entries ({_NEW_ROWS.names}) {{rows}}"
_KEY_ROWS = ManyRows(entry_keys, ("source_id", "key", "entry_id"))
_SAVE_KEYS = f"INSERT OR IGNORE INTO entry_keys ({_KEY_ROWS.names}) {{rows}}"
_SAVE_KEYS_POSTGRESQL = text(
    """INSERT INTO entry_keys (source_id, key, entry_id)
    SELECT CAST(value->>0 AS bigint), value->>1, CAST(value->>2 AS bigint)
    FROM json_array_elements(CAST(:rows AS json)) ON CONFLICT DO NOTHING"""
)


def entry_of(row: Row[Any]) -> Entry:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Entry(id=row.id, source_id=row.source_id or 0, found=row.found, **values)


def _values(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _FIELDS}


MOST_KEYS = 24
"""Keys of one entry: a feed that names its entries anew at every reading must not fill the store."""


class SqlEntries:
    """``ports.Entries``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, source_id: int, keys: Sequence[str]) -> dict[str, int]:
        return (await self.known_many({source_id: keys})).get(source_id, {})

    async def known_many(self, keys: Mapping[int, Sequence[str]]) -> dict[int, dict[str, int]]:
        async with self._database.read() as connection:
            return await self._known(connection, keys)

    async def add(
        self, entries_with_keys: Sequence[tuple[Entry, Sequence[str]]], now: datetime
    ) -> list[Entry]:
        """As the port says; an entry one of whose keys is known is given back with the known
        one's id instead, so that two pollers of one source can't add it twice."""
        asked: dict[int, list[str]] = {}
        for entry, keys in entries_with_keys:
            asked.setdefault(entry.source_id, []).extend(keys)
        async with self._database.write() as connection:
            if self._database.dialect != "sqlite":  # whose writer is alone anyway
                await _lock(connection, sorted(asked))
            known = await self._known(connection, asked)
            rows: list[dict[str, Any]] = []
            places: list[int] = []  # of each entry: a known one's id, or -n for the nth new row
            new_keys: list[tuple[int, str, int]] = []
            for entry, keys in entries_with_keys:
                seen = known.setdefault(entry.source_id, {})
                own = [storable(key) for key in keys]
                place = next((seen[key] for key in own if key in seen), None)
                if place is None:
                    values = {**_values(entry), "source_id": entry.source_id, "found": entry.found or now}
                    rows.append(values | {"read_at": now, "read_failures": 0})
                    place = -len(rows)
                places.append(place)
                for key in own:
                    if key not in seen:
                        seen[key] = place
                        new_keys.append((entry.source_id, key, place))
            new_ids = await self._insert(connection, rows)
            await self._save_keys(
                connection,
                [(source_id, key, _id(place, new_ids)) for source_id, key, place in new_keys],
            )
        return [
            replace(entry, id=_id(place, new_ids), found=entry.found or now)
            for (entry, _), place in zip(entries_with_keys, places, strict=True)
        ]

    async def update(self, entry: Entry, keys: Sequence[str]) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(entries)
                .where(entries.c.id == entry.id)
                .values(**_values(entry), read_at=AT_ONCE, read_failures=0, failure=None)
            )
            await self._save_keys(connection, [(entry.source_id, storable(key), entry.id) for key in keys])

    async def learn(self, keys: Mapping[int, Sequence[str]]) -> None:
        owned = (
            select(entries.c.id, entries.c.source_id, func.count(entry_keys.c.key).label("keys"))
            .join(entry_keys, entry_keys.c.entry_id == entries.c.id)
            .where(entries.c.id.in_(list(keys)), entries.c.source_id.is_not(None))
            .group_by(entries.c.id, entries.c.source_id)
        )
        async with self._database.write() as connection:
            rows = (await connection.execute(owned)).all()
            await self._save_keys(
                connection,
                [
                    (row.source_id, storable(key), row.id)
                    for row in rows
                    for key in keys[row.id][: max(0, MOST_KEYS - row.keys)]
                ],
            )

    async def _known(
        self, connection: AsyncConnection, keys: Mapping[int, Sequence[str]]
    ) -> dict[int, dict[str, int]]:
        asked = json.dumps({id_: [storable(key) for key in some] for id_, some in keys.items()})
        rows = await connection.execute(_KNOWN[self._database.dialect], {"asked": asked})
        return {source_id: json.loads(found) for source_id, found in rows}

    async def _insert(self, connection: AsyncConnection, rows: list[dict[str, Any]]) -> Sequence[int]:
        """The new ids, in the order of the rows."""
        if not rows:
            return ()
        if self._database.dialect == "sqlite":
            # it gives new ids back in no certain order; the writer is alone and may choose them
            last = await connection.scalar(_LAST_ID) or 0
            ids = range(last + 1, last + 1 + len(rows))
            numbered = [row | {"id": id_} for row, id_ in zip(rows, ids, strict=True)]
            for statement, values in _NEW_ROWS.statements(_NEW, numbered):
                await connection.exec_driver_sql(statement, values)
            return ids
        new = insert(entries).returning(entries.c.id, sort_by_parameter_order=True)
        return (await connection.scalars(new, rows)).all()

    async def _save_keys(self, connection: AsyncConnection, rows: Sequence[tuple[int, str, int]]) -> None:
        if self._database.dialect == "sqlite":
            named = [{"source_id": source_id, "key": key, "entry_id": id_} for source_id, key, id_ in rows]
            for statement, values in _KEY_ROWS.statements(_SAVE_KEYS, named):
                await connection.exec_driver_sql(statement, values)
        elif rows:
            await connection.execute(_SAVE_KEYS_POSTGRESQL, {"rows": json.dumps(rows)})

    async def unread(
        self,
        now: datetime,
        limit: int,
        hold: timedelta | None = None,
        *,
        each: int | None = None,
        busy: Sequence[int] = (),
        full: Sequence[int] = (),
    ) -> list[Entry]:
        query = select(*COLUMNS).order_by(entries.c.read_at, entries.c.id).limit(limit)
        if each is None:
            query = query.where(entries.c.read_at <= now)
        else:
            chosen = _of_each(now, limit if hold is None else limit * 4, each, busy, full)
            query = query.where(entries.c.id.in_(chosen), entries.c.read_at <= now)
        if hold is None:
            async with self._database.read() as connection:
                rows = await connection.execute(query)
            return [entry_of(row) for row in rows]
        async with self._database.write() as connection:
            free = query.with_for_update(skip_locked=True)
            held = [entry_of(row) for row in await connection.execute(free)]
            theirs = entries.c.id.in_([entry.id for entry in held])
            await connection.execute(update(entries).where(theirs).values(read_at=now + hold))
        return held

    async def renew(self, ids: Sequence[int], until: datetime, later: datetime) -> None:
        still = entries.c.id.in_(ids) & (entries.c.read_at == until)
        async with self._database.write() as connection:
            await connection.execute(update(entries).where(still).values(read_at=later))

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

    async def take(self, keys: Sequence[tuple[int, str, int]]) -> None:
        async with self._database.write() as connection:
            for source_id, key, entry_id in keys:
                await connection.execute(
                    update(entry_keys)
                    .where(entry_keys.c.source_id == source_id, entry_keys.c.key == storable(key))
                    .values(entry_id=entry_id)
                )

    async def some(self, ids: Sequence[int]) -> dict[int, Entry]:
        found: dict[int, Entry] = {}
        async with self._database.read() as connection:
            for start in range(0, len(ids), MANY):
                of_these = select(*COLUMNS).where(entries.c.id.in_(ids[start : start + MANY]))
                found |= {row.id: entry_of(row) for row in await connection.execute(of_these)}
        return found

    async def get(self, entry_id: int) -> Entry | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(*COLUMNS).where(entries.c.id == entry_id))).one_or_none()
        return None if row is None else entry_of(row)

    async def newest(self, source_id: int, limit: int) -> list[Entry]:
        query = (
            select(*COLUMNS)
            .where(entries.c.source_id == source_id)
            .order_by(func.coalesce(entries.c.published, entries.c.found).desc(), entries.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [entry_of(row) for row in rows]

    async def ids(self, source_id: int) -> list[int]:
        query = select(entries.c.id).where(entries.c.source_id == source_id).order_by(entries.c.id)
        async with self._database.read() as connection:
            return list(await connection.scalars(query))


def _of_each(
    now: datetime, limit: int, each: int, busy: Sequence[int], full: Sequence[int]
) -> Select[tuple[int]]:
    """The ids of a few entries of each source that wait to be read, the oldest of each first."""
    order = func.row_number().over(
        partition_by=entries.c.source_id, order_by=(entries.c.read_at, entries.c.id)
    )
    waiting = select(entries.c.id, entries.c.read_at, order.label("place")).where(entries.c.read_at <= now)
    if full:
        waiting = waiting.where(entries.c.source_id.not_in(full))
    ranked = waiting.subquery("ranked")
    chosen = select(ranked.c.id).where(ranked.c.place <= each)
    if busy:
        chosen = chosen.where(ranked.c.id.not_in(busy))
    return chosen.order_by(ranked.c.place, ranked.c.read_at, ranked.c.id).limit(limit)


async def _lock(connection: AsyncConnection, source_ids: Sequence[int]) -> None:
    """Keep other writers from these sources' entries, always in the same order."""
    for start in range(0, len(source_ids), MANY):
        some = source_ids[start : start + MANY]
        await connection.execute(
            select(sources.c.id).where(sources.c.id.in_(some)).order_by(sources.c.id).with_for_update()
        )


def _id(place: int, new_ids: Sequence[int]) -> int:
    return place if place > 0 else new_ids[-place - 1]
