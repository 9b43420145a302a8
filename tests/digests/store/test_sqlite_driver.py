"""Statements go to the driver's thread whole, and transactions are what they were."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from digests.errors import StoreError
from digests.store import database as module
from digests.store.database import Database, database_url
from digests.store.sqlite_driver import AT_ONCE, Connection

NUMBERS = text("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT :many) SELECT i FROM n")
SLOW = text(
    "INSERT INTO kept WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) "
    "SELECT max(i) FROM n"
)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(database_url(str(tmp_path / "s.sqlite3")))
    async with opened.write() as connection:
        await connection.execute(text("CREATE TABLE kept (i INTEGER)"))
    yield opened
    await opened.close()


@pytest.fixture
async def impatient(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """The same file, by who waits for other writers a moment only."""
    monkeypatch.setattr(module, "BUSY", 10)
    opened = Database(database_url(str(database.file)))
    yield opened
    await opened.close()


@pytest.fixture
def hand_overs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was handed to a thread from here on."""
    seen: list[str] = []
    execute: Callable[..., Any] = Connection._execute

    async def noted(self: Connection, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        seen.append(function.__name__)
        return await execute(self, function, *args, **named)

    monkeypatch.setattr(Connection, "_execute", noted)
    return seen


def other(database: Database, wait: float = 0.0) -> closing[sqlite3.Connection]:
    """Another process's connection to the file."""
    return closing(sqlite3.connect(str(database.file), timeout=wait, isolation_level=None))


@pytest.mark.parametrize("many", [1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE + 7])
async def test_all_rows_come_in_their_order_however_they_are_asked_for(database: Database, many: int) -> None:
    async with database.read() as connection:
        rows = await connection.execute(NUMBERS, {"many": many})
        assert list(rows.scalars()) == list(range(many))
        stream = await connection.stream(NUMBERS, {"many": many})
        assert [row.i async for row in stream] == list(range(many))
        ones = await connection.stream(NUMBERS, {"many": many})
        first = await ones.fetchone()
        assert first is not None
        assert first.i == 0
        await ones.close()
        assert await connection.scalar(text("SELECT count(*) FROM kept")) == 0


async def test_no_rows_and_what_a_write_tells(database: Database) -> None:
    async with database.write() as connection:
        assert (await connection.execute(text("SELECT i FROM kept"))).all() == []
        several = await connection.execute(text("INSERT INTO kept VALUES (:i)"), [{"i": 1}, {"i": 2}])
        assert several.rowcount == 2
        changed = await connection.execute(text("UPDATE kept SET i = i + 1 RETURNING i"))
        assert changed.scalars().all() == [2, 3]
        assert (await connection.execute(text("DELETE FROM kept WHERE i = 3"))).rowcount == 1
        many = [{"i": n} for n in range(4, 3 * AT_ONCE)]
        await connection.execute(text("INSERT INTO kept VALUES (:i)"), many)
        changed = await connection.execute(text("UPDATE kept SET i = i + 1 RETURNING i"))
        assert changed.rowcount == len(changed.scalars().all()) == 1 + len(many)


async def test_a_transaction_of_one_statement_is_handed_over_twice(
    database: Database, hand_overs: list[str]
) -> None:
    async with database.read() as connection:
        await connection.execute(text("SELECT i FROM kept"))  # opens the connection
    hand_overs.clear()
    async with database.read() as connection:
        await connection.execute(text("SELECT i FROM kept"))
    assert hand_overs == ["run", "rollback"]
    hand_overs.clear()
    async with database.write() as connection:
        await connection.execute(text("INSERT INTO kept VALUES (1)"))
    assert hand_overs == ["run", "commit"]


async def test_a_transaction_of_none_is_not_handed_over_and_leaves_nothing(
    database: Database, hand_overs: list[str]
) -> None:
    async with database.write():
        pass
    assert hand_overs == []
    with other(database) as them:
        them.execute("INSERT INTO kept VALUES (7)")  # nothing is locked
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT i FROM kept")) == 7


async def test_the_first_statement_is_in_the_transaction(database: Database) -> None:
    """A write keeps others off from its first statement on, a read stays at its moment."""
    with other(database) as them:
        async with database.write() as connection:
            await connection.execute(text("SELECT 1"))
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                them.execute("INSERT INTO kept VALUES (1)")
        async with database.read() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM kept")) == 0
            them.execute("INSERT INTO kept VALUES (1)")
            assert await connection.scalar(text("SELECT count(*) FROM kept")) == 0
    with pytest.raises(KeyError):
        await _delete_and_fail(database)
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM kept")) == 1


async def test_where_another_writes_the_first_statement_says_so(
    database: Database, impatient: Database
) -> None:
    with other(database) as them:
        them.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            async with impatient.write() as connection:
                await connection.execute(text("INSERT INTO kept VALUES (1)"))
        them.execute("ROLLBACK")
    async with impatient.write() as connection:
        await connection.execute(text("INSERT INTO kept VALUES (2)"))
    async with impatient.read() as connection:
        assert (await connection.scalars(text("SELECT i FROM kept"))).all() == [2]


async def test_who_goes_on_after_a_refused_beginning_is_in_a_transaction_all_the_same(
    database: Database, impatient: Database
) -> None:
    with other(database) as them:
        them.execute("BEGIN IMMEDIATE")
        with pytest.raises(KeyError):
            await _go_on_and_fail(impatient, them)
    async with impatient.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM kept")) == 0


async def _go_on_and_fail(database: Database, them: sqlite3.Connection) -> None:
    async with database.write() as connection:
        with pytest.raises(OperationalError, match="locked"):
            await connection.execute(text("INSERT INTO kept VALUES (1)"))
        them.execute("ROLLBACK")
        await connection.execute(text("INSERT INTO kept VALUES (2)"))
        raise KeyError


@pytest.mark.slow
async def test_a_write_that_is_cancelled_is_undone_and_frees_the_file(database: Database) -> None:
    begun = asyncio.Event()

    async def write() -> None:
        async with database.write() as connection:
            await connection.execute(text("INSERT INTO kept VALUES (1)"))
            begun.set()
            await connection.execute(SLOW)

    writing = asyncio.create_task(write())
    await begun.wait()
    await asyncio.sleep(0.01)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    async with database.write() as connection:
        await connection.execute(text("INSERT INTO kept VALUES (2)"))
    with other(database, 5.0) as them:
        them.execute("INSERT INTO kept VALUES (3)")
        assert them.execute("SELECT i FROM kept ORDER BY i").fetchall() == [(2,), (3,)]


async def _delete_and_fail(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("DELETE FROM kept"))
        raise KeyError
