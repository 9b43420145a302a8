"""SQLite's driver, with one hand-over to its thread for a statement and all that belongs to it.

aiosqlite hands its thread the making of a cursor, the statement, its rows and the closing one after
the other. At each, the thread and a busy event loop wait for each other to give the interpreter away,
and a short statement waits longer for that than it runs. Here they go together, and the beginning of
a transaction goes with its first statement.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Self, TypeVar

import aiosqlite
from aiosqlite.context import contextmanager
from sqlalchemy import URL

AT_ONCE: Final = 100
"""Rows that come with their statement, few since a row may be long. The rest of a longer answer is asked
for as it is read."""

Row = tuple[Any, ...]
Result = TypeVar("Result")


async def connect(url: URL, wait: float) -> Connection:
    """A connection to the file that an SQLAlchemy URL names. A statement waits ``wait`` seconds for
    other writers at most."""
    (path,), options = url.get_dialect()().create_connect_args(url)
    options = {**options, "timeout": wait, "factory": _File}
    connection = Connection(lambda: sqlite3.connect(path, **options), AT_ONCE)
    try:
        await connection
    except BaseException:
        await asyncio.to_thread(connection.ended)  # its thread's last word must not find the loop closed
        raise
    return connection


class Connection(aiosqlite.Connection):
    """aiosqlite's, with cursors of our own."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], rows: int) -> None:
        super().__init__(connector, rows)
        self._thread.daemon = True  # a loop that broke off must not keep the process
        self._begin = ""

    def ended(self) -> None:
        """Wait a moment for the thread."""
        self._thread.join(1)

    @contextmanager
    async def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)

    def begin_with_next(self, sql: str) -> None:
        self._begin = sql

    async def run(self, statement: Callable[[sqlite3.Connection], Result]) -> Result:
        """What it gives, called in the connection's thread."""
        begin, self._begin = self._begin, ""
        begun = False

        def run(connection: sqlite3.Connection) -> Result:
            nonlocal begun
            if begin:
                connection.execute(begin).close()
            begun = True
            return statement(connection)

        try:
            found: Result = await self._execute(run, self._conn)  # type: ignore[no-untyped-call]
        except sqlite3.Error:
            if not begun:  # who goes on all the same must not do so outside a transaction
                self._begin = begin
            raise
        return found

    async def commit(self) -> None:
        await self._end(super().commit)

    async def rollback(self) -> None:
        await self._end(super().rollback)

    async def _end(self, end: Callable[[], Any]) -> None:
        if self._begin:  # it had no statement
            self._begin = ""
        else:
            await end()


class Cursor:
    """What SQLAlchemy asks of a driver's cursor. It is closed as soon as all its rows came."""

    arraysize = AT_ONCE

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None  # while there are more rows than came
        self._rows: list[Row] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        if sql.startswith("BEGIN"):
            self._connection.begin_with_next(sql)
            return self
        return await self._run(lambda cursor: cursor.execute(sql, parameters))

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        return await self._run(lambda cursor: cursor.executemany(sql, parameters))

    async def _run(self, statement: Callable[[sqlite3.Cursor], object]) -> Self:
        def run(connection: sqlite3.Connection) -> tuple[sqlite3.Cursor, list[Row]]:
            cursor = connection.cursor()
            statement(cursor)
            return cursor, _rows(cursor, AT_ONCE) if cursor.description else []

        cursor, self._rows = await self._connection.run(run)
        self._cursor = cursor if len(self._rows) == AT_ONCE else None
        self.description, self.rowcount, self.lastrowid = (
            cursor.description,
            cursor.rowcount,
            cursor.lastrowid,
        )
        return self

    async def fetchone(self) -> Row | None:
        return next(iter(await self.fetchmany(1)), None)

    async def fetchmany(self, size: int | None = None) -> list[Row]:
        size = size or self.arraysize
        while self._cursor is not None and len(self._rows) < size:
            await self._more(AT_ONCE)
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    async def fetchall(self) -> list[Row]:
        while self._cursor is not None:
            await self._more(100 * AT_ONCE)
        rows, self._rows = self._rows, []
        return rows

    async def _more(self, size: int) -> None:
        cursor = self._cursor
        assert cursor is not None
        rows = await self._connection.run(lambda _: _rows(cursor, size))
        self._rows += rows
        self.rowcount = cursor.rowcount  # of a write that gives rows it is known at their end
        if len(rows) < size:
            self._cursor = None

    async def close(self) -> None:
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            await self._connection.run(lambda _: cursor.close())


def _rows(cursor: sqlite3.Cursor, size: int) -> list[Row]:
    rows: list[Row] = cursor.fetchmany(size)
    if len(rows) < size:
        cursor.close()
    return rows


class _File(sqlite3.Connection):
    """Ends its transaction when it is closed. SQLite alone keeps it, and the lock on the file, for as
    long as a cursor is about somewhere, as one is after a write that was cancelled."""

    def close(self) -> None:
        if self.in_transaction:
            self.rollback()
        super().close()
