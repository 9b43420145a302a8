"""Turns: what one at a time may do among all processes that share a database."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from digests.store.database import Database


class SqlTurns:
    """``ports.Turns``. On SQLite the processes that share a file are one; on PostgreSQL a turn is an
    advisory lock of a connection's own, so that a killed process gives it back at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._here: dict[str, asyncio.Lock] = {}
        self._wanted: dict[str, int] = {}

    @asynccontextmanager
    async def turn(self, name: str, *, wait: bool = True) -> AsyncIterator[bool]:
        """As the port says."""
        here = self._here.setdefault(name, asyncio.Lock())
        if here.locked() and not wait:
            yield False
            return
        self._wanted[name] = self._wanted.get(name, 0) + 1
        try:
            async with here:
                if self._database.dialect == "sqlite":
                    yield True
                else:
                    async with self._everywhere(name, wait) as mine:
                        yield mine
        finally:
            self._wanted[name] -= 1
            if not self._wanted[name]:
                del self._wanted[name], self._here[name]

    @asynccontextmanager
    async def _everywhere(self, name: str, wait: bool) -> AsyncIterator[bool]:
        number = {"number": int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)}
        async with self._database.alone_with() as connection:
            if wait:
                await connection.execute(text("SELECT pg_advisory_lock(:number)"), number)
                mine = True
            else:
                mine = bool(await connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), number))
            try:
                yield mine
            finally:
                if mine:
                    await connection.execute(text("SELECT pg_advisory_unlock(:number)"), number)
