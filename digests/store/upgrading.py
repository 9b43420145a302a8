"""Upgrades of a database: what they would do, a trial on a copy, and a backup before the real one."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from digests.errors import StoreError
from digests.store.backup import back_up, lost
from digests.store.database import Database, database_url
from digests.store.schema import heads, steps_from, upgrade

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One migration: the schema it leads to and what it is for."""

    schema: str
    what: str


class _GoBack(Exception):
    """Ends a trial's transaction without keeping it."""


async def bring_up(database: Database) -> list[Step]:
    """Upgrade to this version's schema, after a backup beside the file of what SQLite holds.

    Returns the steps taken; raises ``StoreError`` or ``SchemaTooNew``.
    """
    if database.file is not None:
        await _must_not_be_lost(database.file)
    # a writer's turn, since many processes may be making the same file
    async with database.write() as connection:
        before, steps = await connection.run_sync(heads), await connection.run_sync(_steps)
    if before and steps and database.file is not None:
        _keep(database.file, before, steps[-1])
    async with database.write() as connection:
        await connection.run_sync(upgrade)
    return steps


async def _must_not_be_lost(file: Path) -> None:
    reason = lost(file)
    for _ in range(20):  # another process may be making it, and it is empty for a moment
        if not reason:
            return
        await asyncio.sleep(0.05)
        reason = lost(file)
    raise StoreError(reason)


async def upgrade_now(url: str) -> list[Step]:
    """``bring_up`` for a database that nobody has opened yet."""
    database = Database(database_url(url))
    try:
        return await bring_up(database)
    finally:
        await database.close()


async def plan(url: str) -> list[Step]:
    """The steps that are due, after a trial that changes nothing.

    SQLite tries on a copy, PostgreSQL in a transaction that is rolled back. Raises what the real
    upgrade would raise.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() != "sqlite":
        return await _try(Database(parsed))
    with tempfile.TemporaryDirectory(prefix="newsdesk-upgrade-") as folder:
        copy = _copied(Path(parsed.database or ""), folder)
        return await _try(Database(database_url(copy)))


def _copied(file: Path, folder: str) -> str:
    copy = Path(folder) / "copy.sqlite3"
    if file.is_file():
        back_up(file, copy)
    return str(copy)


async def _try(database: Database) -> list[Step]:
    steps: list[Step] = []
    try:
        async with database.write() as connection:
            steps = await connection.run_sync(_steps)
            await connection.run_sync(upgrade)
            raise _GoBack
    except _GoBack:
        return steps
    finally:
        await database.close()


def _steps(connection: Connection) -> list[Step]:
    return [Step(schema, what) for schema, what in steps_from(connection)]


def _keep(file: Path, before: tuple[str, ...], last: Step) -> None:
    """A copy of the database, once for each upgrade."""
    kept = file.with_name(f"{file.name}.schema-{before[0]}")
    if kept.exists():
        return
    back_up(file, kept)
    log.info("Before its upgrade to schema %s, the database was copied to %s", last.schema, kept)
