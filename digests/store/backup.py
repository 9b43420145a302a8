"""Backup, restore and export of a database, also while a desk works on it.

SQLite's own online backup copies a consistent snapshot; PostgreSQL has its own tools, which
``StoreError`` names.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import func, select

from digests.errors import SchemaTooNew, StoreError
from digests.store.database import Database, database_url
from digests.store.schema import revisions
from digests.store.tables import metadata

PAGES = 2_000  # copied between two looks at the progress

Progress = Callable[[int, int], None]
"""Called with what is done and what there is, in the same unit."""


def sqlite_file(url: str) -> Path:
    """The file of a SQLite database; ``StoreError`` with what to do when it is not one."""
    parsed = database_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database is None:
        raise StoreError(
            "this desk is on PostgreSQL, which has its own tools: "
            "pg_dump --format=custom --file=newsdesk.dump URL, and pg_restore --clean --dbname=URL newsdesk.dump"
        )
    return Path(parsed.database)


def must_be_there(url: str) -> None:
    """``StoreError`` where a SQLite database has no file: opening it would make a new, empty one."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        _there(Path(parsed.database or ""))


def back_up(source: Path, target: Path, progress: Progress = lambda _done, _all: None) -> None:
    """Copy a SQLite database as it is at one moment; the desk goes on meanwhile.

    The copy stands under ``target`` only when it is whole and was checked.
    """
    _there(source)
    if target.exists():
        raise StoreError(f"{target} is there already; name another file, or remove it first")
    if not target.absolute().parent.is_dir():
        raise StoreError(f"the folder {target.absolute().parent} does not exist; make it first")
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        _copy(source, unfinished, progress)
        _check(unfinished)
        with closing(sqlite3.connect(unfinished)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        _synced(unfinished)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def restore(backup: Path, target: Path, progress: Progress = lambda _done, _all: None) -> Path | None:
    """Put a backup in the place of a database that no desk has open.

    What stood there is kept beside it; its path is returned, None when there was nothing.
    ``StoreError`` when the backup is damaged or the database in use, ``SchemaTooNew`` when a
    newer version wrote the backup; then nothing was changed.
    """
    _there(backup)
    _check(backup)
    arriving = target.with_name(target.name + ".arriving")
    arriving.unlink(missing_ok=True)
    try:
        _copy(backup, arriving, progress)
        _synced(arriving)
        kept = _put_aside(target) if target.exists() else None
        os.replace(arriving, target)
    finally:
        arriving.unlink(missing_ok=True)
    return kept


async def export(url: str, progress: Progress = lambda _done, _all: None) -> AsyncIterator[dict[str, Any]]:
    """Every row of every table, parents first: ``{"table": name, "row": {column: value}}``.

    All of it is from one moment. Values are plain JSON; moments are ISO 8601 in UTC.
    """
    database = Database(database_url(url))
    try:
        async with database.read() as connection:
            if database.dialect != "sqlite":
                await connection.execution_options(isolation_level="REPEATABLE READ")
            tables = metadata.sorted_tables
            counts = [await connection.scalar(select(func.count()).select_from(table)) for table in tables]
            total, done = sum(count or 0 for count in counts), 0
            for table in tables:
                rows = await connection.stream(select(table))
                async for row in rows:
                    yield {
                        "table": table.name,
                        "row": to_jsonable_python(dict(row._mapping), bytes_mode="base64"),
                    }
                    done += 1
                    if not done % 1000:
                        progress(done, total)
            progress(total, total)
    finally:
        await database.close()


def _there(file: Path) -> None:
    if not file.is_file():
        raise StoreError(f"there is no file {file}; check the path, or url in [store]")


def _copy(source: Path, target: Path, progress: Progress) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new, pages=PAGES, progress=lambda _, left, pages: progress(pages - left, pages))
    except sqlite3.Error as error:
        raise StoreError(f"{source} can't be copied to {target.parent}: {error}") from error


def _check(file: Path) -> None:
    """That a file is a whole database of a desk, of a version known here."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (said,) = connection.execute("PRAGMA integrity_check").fetchone()
            found = [name for (name,) in connection.execute("SELECT version_num FROM alembic_version")]
    except sqlite3.Error as error:
        raise StoreError(f"{file} is not a newsdesk database, or is damaged: {error}") from error
    if said != "ok":
        raise StoreError(f"{file} is damaged: {said}")
    unknown = set(found) - revisions()
    if unknown:
        raise SchemaTooNew(
            f"{file} has schema {', '.join(sorted(unknown))}, written by a newer newsdesk; install that version"
        )


def _put_aside(target: Path) -> Path:
    """Move a database that nobody uses out of the way, whole, with what its log holds."""
    try:
        with closing(sqlite3.connect(target, timeout=1)) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError:
        mode = "in use"
    except sqlite3.DatabaseError:
        mode = "delete"  # damaged: the reason to restore
    if mode != "delete":
        raise StoreError(f"{target} is in use; stop the desk, then restore again")
    kept = target.with_name(target.name + ".before-restore")
    number = 1
    while kept.exists():
        number += 1
        kept = target.with_name(f"{target.name}.before-restore-{number}")
    os.replace(target, kept)
    for log in ("-wal", "-shm"):  # left by a damaged one; they must not meet the new file
        beside = target.with_name(target.name + log)
        if beside.exists():
            os.replace(beside, kept.with_name(kept.name + log))
    return kept


def _synced(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
