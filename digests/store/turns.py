"""Turns: what one at a time may do among all processes that share a database."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.errors import StoreError
from digests.store.database import Database

log = logging.getLogger(__name__)

HEARTBEAT = 1.0  # seconds between two signs of life of one that was elected
SILENCE = 8  # seconds without one after which the database elects another
SETTLED = 2.0  # seconds a new one waits, for one that lost its connection to notice
ELECTION = 1.0  # seconds between two tries to be elected


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

    async def lead(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """As the port says."""
        if self._database.dialect == "sqlite":
            async with self.turn(name):
                return await work()
        while True:
            try:
                if await self._term(name, work):
                    return None
            except StoreError as error:
                log.warning("The election for %s: %s", name, error)
            await asyncio.sleep(ELECTION)

    async def _term(self, name: str, work: Callable[[], Awaitable[None]]) -> bool:
        """Lead once, if nobody else does; whether the work is done."""
        async with self._database.alone_with() as connection:
            if not await connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), _number(name)):
                return False
            try:
                # the server ends the term of one that hangs or can't be reached any more
                await connection.execute(text(f"SET idle_session_timeout = '{SILENCE}s'"))
                await asyncio.sleep(SETTLED)
                log.info("Elected for %s", name)
                return await self._lead_on(connection, work)
            finally:
                await connection.invalidate()  # its session ends, and the lock with it

    async def _lead_on(self, connection: AsyncConnection, work: Callable[[], Awaitable[None]]) -> bool:
        working = asyncio.ensure_future(work())
        try:
            while not working.done():
                async with asyncio.timeout(HEARTBEAT * 3):
                    await connection.execute(text("SELECT 1"))
                await asyncio.wait({working}, timeout=HEARTBEAT)
            working.result()
            return True
        except TimeoutError as error:
            raise StoreError("the database does not answer; the election is over") from error
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    @asynccontextmanager
    async def _everywhere(self, name: str, wait: bool) -> AsyncIterator[bool]:
        number = _number(name)
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


def _number(name: str) -> dict[str, int]:
    return {"number": int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)}
