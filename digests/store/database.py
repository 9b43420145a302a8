"""Connections and transactions; the only place that knows SQLite from PostgreSQL.

SQLite: WAL, foreign keys, one writer at a time in this process (a lock) and against others
(BEGIN IMMEDIATE waits up to ``BUSY``), readers beside it on their own snapshots. Every commit
is synced to the disk (synchronous=FULL).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Table, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from digests.errors import StoreError
from digests.store.sqlite_driver import connect

BUSY = 10_000  # milliseconds another process may hold the database
READERS = 4
_DAMAGED = ("database disk image is malformed", "file is not a database", "malformed database schema")
_CONNECTION = {  # one that a network cut is known to be dead within half a minute
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "client_encoding": "utf8",  # else a database in ASCII would answer in bytes
}
MANY = 500  # values bound in one IN (…), well under every database's limit

Insert = sqlite.Insert | postgresql.Insert


def database_url(url: str) -> URL:
    """What was asked for as an SQLAlchemy URL with an async driver.

    A plain path is a SQLite file. ``StoreError`` when it is none of the known kinds.
    """
    if "://" not in url:
        return URL.create("sqlite+aiosqlite", database=url)
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError(
            "the database URL can't be read; write sqlite+aiosqlite:///newsdesk.sqlite3"
        ) from None
    match parsed.get_backend_name():
        case "sqlite" if parsed.database not in (None, "", ":memory:"):
            return parsed.set(drivername="sqlite+aiosqlite")
        case "sqlite":
            raise StoreError("a SQLite database needs a file: sqlite+aiosqlite:///newsdesk.sqlite3")
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise StoreError(f"“{other}” databases are not supported; use SQLite or PostgreSQL")


class Database:
    """Reads on a snapshot, writes in a transaction that is durable when the block ends."""

    def __init__(self, url: URL) -> None:
        self.dialect = url.get_backend_name()
        self.file = Path(url.database or "") if self.dialect == "sqlite" else None
        if self.dialect == "sqlite":
            folder = Path(url.database or "").absolute().parent
            if not folder.is_dir():  # the driver would say so too, from a thread it leaves behind
                raise StoreError(f"the folder {folder} of the database does not exist")
            self._writer = _sqlite_engine(url, "BEGIN IMMEDIATE", 1)
            self._reader = _sqlite_engine(url, "BEGIN", READERS)
            self._turn: asyncio.Lock | None = asyncio.Lock()
        else:
            self._writer = self._reader = create_async_engine(
                url.update_query_dict({k: v for k, v in _CONNECTION.items() if k not in url.query}),
                hide_parameters=True,
                pool_pre_ping=True,
                pool_size=10,
                max_overflow=20,
            )
            self._turn = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        with _plain_errors():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        with _plain_errors():
            if self._turn is None:
                async with self._writer.begin() as connection:
                    yield connection
            else:
                async with self._turn, self._writer.begin() as connection:
                    yield connection

    @asynccontextmanager
    async def alone_with(self) -> AsyncIterator[AsyncConnection]:
        """A connection in no transaction, for what belongs to the connection itself. PostgreSQL only."""
        with _plain_errors():
            async with self._writer.connect() as connection:
                yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    def insert(self, table: Table) -> Insert:
        """An INSERT with ``on_conflict_do_…``."""
        return sqlite.insert(table) if self.dialect == "sqlite" else postgresql.insert(table)

    async def alone(self, connection: AsyncConnection, table: Table) -> None:
        """Keep other writers off a table until the transaction ends; SQLite's writer is alone anyway."""
        if self.dialect != "sqlite":
            await connection.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))

    async def answers(self) -> str:
        """Why it can't be reached, or nothing."""
        try:
            async with self.read() as connection:
                await connection.execute(text("SELECT 1"))
        except StoreError as error:
            return str(error)
        return ""

    async def close(self) -> None:
        await self._writer.dispose()
        await self._reader.dispose()


def _sqlite_engine(url: URL, begin: str, connections: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        pool_reset_on_return=None,  # every use ends its own transaction
        async_creator=partial(connect, url, BUSY / 1000),
    )

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the transaction begins below, not at the first write
        try:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY}"):
                connection.execute(f"PRAGMA {pragma}").close()
        except BaseException:
            connection.close()  # no one else would: its thread would outlive the event loop
            raise

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        # After a COMMIT that failed (disk full, say) its transaction may stand open still, and
        # would refuse every one to come.
        if connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
            connection.connection.rollback()
        connection.exec_driver_sql(begin)

    return engine


def _damaged(how: str) -> str:
    return (
        f"the database is damaged ({how}). Stop the desk and go back to a backup with "
        "newsdesk restore FILE; what is there now is kept beside it"
    )


@contextmanager
def _plain_errors() -> Iterator[None]:
    """The driver's errors as ``StoreError``, without the statement's values."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.DatabaseError) and str(error.orig).startswith(_DAMAGED):
            raise StoreError(_damaged(str(error.orig))) from error
        raise StoreError(f"the database said no: {str(error.orig).strip()}") from error
    except UnicodeDecodeError as error:  # even the names in it, or SQLite's words about it
        raise StoreError(_damaged("it holds bytes that are no text")) from error
    except PoolTimeout as error:
        raise StoreError("the database has no free connection") from error
