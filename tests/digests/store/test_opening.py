"""Opening a store: kinds of database, migrations, and what can't be used."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, make_url, text

from digests.errors import SchemaTooNew, StoreError
from digests.store import open_store
from digests.store.database import database_url
from digests.store.schema import upgrade
from digests.store.sqlite_driver import connect
from digests.store.tables import metadata


def schema(connection: Connection) -> dict[str, str]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {
        row.name: " ".join(re.sub('["(),]', " ", row.sql).split())
        for row in rows
        if row.name not in ("alembic_version", "sqlite_sequence")
    }


@pytest.mark.slow
def test_the_migrations_build_the_tables_schema() -> None:
    """Equal to what the tables say, as Alembic compares them and as SQLite itself wrote it down."""
    migrated, made = create_engine("sqlite://"), create_engine("sqlite://")
    with migrated.begin() as connection:
        upgrade(connection)
        options = {"include_object": lambda _, name, *__: not str(name).startswith("search_index")}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        by_migration = schema(connection)
    with made.begin() as connection:
        metadata.create_all(connection)
        by_tables = schema(connection)
    assert by_migration.keys() == by_tables.keys()
    for name, sql in by_tables.items():
        assert sorted(by_migration[name].split()) == sorted(sql.split()), name
    migrated.dispose()
    made.dispose()


async def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    for _ in range(2):
        async with open_store(str(path)) as store:
            assert await store.sources.all() == []
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_many_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    async def visit() -> None:
        async with open_store(str(tmp_path / "s.sqlite3")) as store:
            assert await store.sources.all() == []

    await asyncio.gather(*(visit() for _ in range(4)))


async def test_a_newer_schema_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    async with open_store(str(path)):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(SchemaTooNew, match=r"9999.*newer newsdesk; install"):
        async with open_store(str(path)):
            pass


@pytest.mark.parametrize(
    ("url", "driver", "database"),
    [
        ("newsdesk.sqlite3", "sqlite+aiosqlite", "newsdesk.sqlite3"),
        ("/var/lib/a%b.db", "sqlite+aiosqlite", "/var/lib/a%b.db"),
        ("sqlite:///x.db", "sqlite+aiosqlite", "x.db"),
        ("sqlite+aiosqlite:////x.db", "sqlite+aiosqlite", "/x.db"),
        ("postgresql://u:p@h/n", "postgresql+psycopg", "n"),
        ("postgresql+psycopg://h/n", "postgresql+psycopg", "n"),
    ],
)
def test_database_urls(url: str, driver: str, database: str) -> None:
    found = database_url(url)
    assert (found.drivername, found.database) == (driver, database)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://", "needs a file"),
        ("sqlite+aiosqlite:///:memory:", "needs a file"),
        ("mysql://h/n", "“mysql” databases are not supported"),
        ("://", "can't be read"),
    ],
)
def test_unusable_urls_say_why(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says):
        database_url(url)


async def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    path.write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreError, match="not a database"):
        async with open_store(str(path)):
            pass
    with pytest.raises(StoreError, match="does not exist"):
        async with open_store(str(tmp_path / "no" / "such" / "folder.sqlite3")):
            pass


async def test_errors_show_no_values(tmp_path: Path) -> None:
    """A value that should be secret is in no error text, chained ones included."""
    async with open_store(str(tmp_path / "s.sqlite3")) as store:
        with pytest.raises(StoreError) as caught:
            async with store.database.write() as connection:
                await connection.execute(text("INSERT INTO nowhere VALUES (:x)"), {"x": "hunter2"})
        error: BaseException | None = caught.value
        while error is not None:
            assert "hunter2" not in str(error)
            error = error.__cause__


def test_a_folder_in_a_databases_place_leaves_no_thread_that_complains(tmp_path: Path) -> None:
    """The loop ends at once, as with a command, and what a thread says then would be a traceback."""
    for _ in range(50):
        with pytest.raises(sqlite3.OperationalError):
            asyncio.run(connect(make_url(f"sqlite+aiosqlite:///{tmp_path}"), 1))
