"""Backup, restore and export of a database, also while a desk works on it.

SQLite's own online backup copies a consistent snapshot; PostgreSQL has its own tools, which
``StoreError`` names.
"""

from __future__ import annotations

import glob
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from pydantic_core import to_jsonable_python
from sqlalchemy import func, select

from digests.errors import SchemaTooNew, StoreError
from digests.store.database import Database, database_url
from digests.store.schema import revisions
from digests.store.tables import metadata

DAMAGE: Final = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises; SQLite's words about it may be damaged too."""


def lost(file: Path) -> str:
    """Why a database that was here can't be opened, nothing where there is one or never was. Opening it
    all the same would begin a new desk without a word."""
    if file.is_file():
        if file.stat().st_size:
            return ""
        return (
            f"{file} is empty, what it held is lost. Put it back, or go back to a backup with "
            f"newsdesk restore FILE; to begin anew, remove {file}"
        )
    left = [*logs_of(file)[:1], file.with_name(file.name + ".arriving"), *_kept(file)]
    found = [one.name for one in left if one.exists()]
    if not found:
        return ""
    return (
        f"there is no {file}, but {found[0]} lies beside its place: it was removed, or a restore was broken "
        f"off. Run newsdesk restore FILE with a backup, or put the file back; to begin anew, move "
        f"{', '.join(found)} elsewhere"
    )


def logs_of(file: Path) -> list[Path]:
    """Where SQLite keeps what is not in the file yet."""
    return [file.with_name(file.name + log) for log in ("-wal", "-shm", "-journal")]


def _kept(file: Path) -> list[Path]:
    return sorted(file.absolute().parent.glob(f"{glob.escape(file.name)}.before-restore*"))


def synced(file: Path) -> None:
    """Have the disk remember what was written."""
    with file.open("rb+") as opened:  # Windows syncs only what may be written
        os.fsync(opened.fileno())


def folder_synced(file: Path) -> None:
    """Have a folder remember which file stands under a name. Windows has no such thing to ask for."""
    with suppress(OSError):
        folder = os.open(file.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


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

    The copy stands under ``target`` only when it is whole and was checked. What killed backups left
    in its folder is removed. ``StoreError`` says why there is none.
    """
    _there(source)
    taken = [file for file in (target, *logs_of(target)) if file.exists()]
    if taken:  # a log beside the copy would be taken for its own
        raise StoreError(f"{taken[0]} is there already; name another file, or remove it first")
    if not target.absolute().parent.is_dir():
        raise StoreError(f"the folder {target.absolute().parent} does not exist; make it first")
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.unfinished")
    with _file_errors(f"{target} can't be written"):
        for left in target.absolute().parent.glob("*.*.unfinished"):
            _remove_left(left)
        unfinished.unlink(missing_ok=True)
        try:
            _copy(source, unfinished, progress)
            synced(unfinished)
            os.replace(unfinished, target)
            folder_synced(target)
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)


def restore(backup: Path, target: Path, progress: Progress = lambda _done, _all: None) -> Path | None:
    """Put a backup in the place of a database that no desk has open.

    What stood there is kept beside it; its path is returned, None when there was nothing.
    ``StoreError`` when the backup is damaged or the database in use, ``SchemaTooNew`` when a
    newer version wrote the backup; then nothing was changed. Killed at any moment it leaves the old
    database or the new one, or a place that ``files.lost`` tells from one never used.
    """
    _there(backup)
    _check(backup)
    arriving = target.with_name(target.name + ".arriving")
    with _file_errors(f"{target} can't be restored"):
        for left in (arriving, *logs_of(arriving)):
            left.unlink(missing_ok=True)
        try:
            _copy(backup, arriving, progress)
            synced(arriving)
            kept = _put_aside(target)
            os.replace(arriving, target)
            folder_synced(target)
        finally:
            with suppress(OSError):
                arriving.unlink(missing_ok=True)
    _check(target)
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
    """Copy a database, check the copy and make it one file. While that goes on the copy is locked."""
    try:
        with (
            closing(sqlite3.connect(_read_only(source), uri=True, timeout=10)) as old,
            closing(sqlite3.connect(target, isolation_level=None)) as new,
        ):
            for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=MEMORY"):
                new.execute(f"PRAGMA {pragma}").fetchall()
            old.backup(new, pages=PAGES, progress=lambda _, left, pages: progress(pages - left, pages))
            _check_open(new, target)
            new.execute("PRAGMA journal_mode=DELETE").fetchall()  # one file, without a log beside it
    except DAMAGE as error:
        raise StoreError(f"{source} can't be copied to {target.parent}: {error}") from error


def _check(file: Path) -> None:
    """That a file is a whole database of a desk, of a version known here."""
    try:
        with closing(sqlite3.connect(_read_only(file), uri=True)) as connection:
            _check_open(connection, file)
    except DAMAGE as error:
        raise StoreError(f"{file} is not a newsdesk database, or is damaged: {error}") from error


def _check_open(connection: sqlite3.Connection, file: Path) -> None:
    (said,) = connection.execute("PRAGMA integrity_check").fetchone()
    found = [name for (name,) in connection.execute("SELECT version_num FROM alembic_version")]
    if said != "ok":
        raise StoreError(f"{file} is damaged: {said}")
    unknown = set(found) - revisions()
    if unknown:
        raise SchemaTooNew(
            f"{file} has schema {', '.join(sorted(unknown))}, written by a newer newsdesk; install that version"
        )


def _read_only(file: Path) -> str:
    """How to open a file to read. One that says that it works without a log (a backup) is read without
    one, whatever lies beside it: SQLite would take that for its own."""
    with file.open("rb") as opened:
        logged = opened.read(20)[18:20] != b"\1\1"
    return f"{file.absolute().as_uri()}?{'mode=ro' if logged else 'immutable=1'}"


def _put_aside(target: Path) -> Path | None:
    """Keep a database that nobody uses under another name, whole, with what its log holds, and clear its
    place of logs. The file itself stays, so that no moment is without one."""
    if target.exists() and target.stat().st_size:  # SQLite would throw away the log of an empty one
        try:
            with closing(sqlite3.connect(target, timeout=1)) as connection:
                (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError:
            mode = "in use"
        except DAMAGE:
            mode = "delete"  # damaged: the reason to restore
        if mode != "delete":
            raise StoreError(f"{target} is in use; stop the desk, then restore again")
    logs = [log for log in logs_of(target) if log.exists()]  # of a damaged one, or one that was removed
    if not target.exists() and not logs:
        return None
    kept = target.with_name(target.name + ".before-restore")
    number = 1
    while any(file.exists() for file in (kept, *logs_of(kept))):
        number += 1
        kept = target.with_name(f"{target.name}.before-restore-{number}")
    if target.exists():
        try:
            os.link(target, kept)
        except OSError:  # a file system without links
            shutil.copy2(target, kept)
        synced(kept)
    for log in logs:
        os.replace(log, kept.with_name(kept.name + log.name.removeprefix(target.name)))
    return kept if kept.exists() else None


def _remove_left(unfinished: Path) -> None:
    """Remove what a killed backup left; one that goes on holds a lock."""
    try:
        with closing(sqlite3.connect(unfinished, timeout=0, isolation_level=None)) as left:
            left.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        return
    except DAMAGE:
        pass  # killed before it was a database
    for file in (unfinished, *logs_of(unfinished)):
        file.unlink(missing_ok=True)


@contextmanager
def _file_errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{what}: {error.strerror or error}") from error
