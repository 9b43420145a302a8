"""What the processes of one desk share: the pace of sends, turns at a work, a clock."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import eq
from typing import Final

from sqlalchemy import Column, ColumnElement, Table, delete, exists, literal, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.errors import StoreError
from digests.model import DeliveryState, PollState, Spacing
from digests.ports import Slot
from digests.store.database import Database
from digests.store.tables import (
    articles,
    audit,
    deliveries,
    digests,
    entries,
    flood_waits,
    model_answers,
    paces,
    poll_states,
    pushes,
    sign_ins,
    summaries_asked,
)

Key = tuple[str, int]  # an address ("": the whole platform), and which of its limits


class SqlRateLimits:
    """``ports.RateLimits``, by the generic cell rate algorithm (ITU-T I.371): of each limit it keeps one
    moment, when the next send could start had there been no burst."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(
        self,
        platform: str,
        whole: Sequence[Spacing],
        wants: Sequence[tuple[str, Sequence[Spacing]]],
        now: datetime,
        until: datetime,
    ) -> list[Slot]:
        """As the port says; a lock, two reads and a write for any number of wants."""
        addresses = {"", *(address for address, _ in wants)}
        addresses |= {address.partition("/")[0] for address in addresses}  # whose thread it is
        known = select(paces).where(paces.c.platform == platform, paces.c.address.in_(addresses))
        async with self._database.write() as connection:
            if self._database.dialect != "sqlite":  # whose writer is alone anyway
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"paces {platform}"}
                )
            rows = await connection.execute(known)
            waits = select(flood_waits.c.address, flood_waits.c.until).where(
                flood_waits.c.platform == platform,
                flood_waits.c.address.in_(addresses),
                flood_waits.c.until > now,
            )
            flooded = {row.address: row.until for row in await connection.execute(waits)}
            before = {(row.address, row.place): row.free for row in rows}
            free = dict(before)
            starts = []
            for address, own in wants:
                flood = max(flooded.get("", now), flooded.get(address.partition("/")[0], now))
                place = Slot(flood, False) if flood > now else _place(free, whole, address, own, now, until)
                starts.append(place)
            changed = [
                {"platform": platform, "address": address, "place": place, "free": moment}
                for (address, place), moment in free.items()
                if before.get((address, place)) != moment
            ]
            if changed:
                new = self._database.insert(paces).values(changed)
                save = new.on_conflict_do_update(
                    index_elements=["platform", "address", "place"], set_={"free": new.excluded.free}
                )
                await connection.execute(save)
        return starts

    async def forget(self, now: datetime) -> None:
        """Drop what no longer keeps anybody waiting."""
        async with self._database.write() as connection:
            await connection.execute(delete(paces).where(paces.c.free < now))


def _place(
    free: dict[Key, datetime],
    whole: Sequence[Spacing],
    address: str,
    own: Sequence[Spacing],
    now: datetime,
    until: datetime,
) -> Slot:
    """A place for one send; ``free`` is moved on where it is taken."""
    line = _earliest(free, "", whole, now)
    ready = _earliest(free, address, own, now)
    start = max(line, ready)
    taken = start <= until and (ready <= line or not whole)
    if taken:
        for where, spacings in (("", whole), (address, own)):
            for number, spacing in enumerate(spacings):
                free[where, number] = max(free.get((where, number), start), start) + spacing.every
    return Slot(start, taken)


def _earliest(
    free: dict[Key, datetime], address: str, spacings: Sequence[Spacing], now: datetime
) -> datetime:
    moments = [
        free.get((address, number), now) - spacing.every * (spacing.burst - 1)
        for number, spacing in enumerate(spacings)
    ]
    return max(now, *moments) if moments else now


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


SKEW: Final = timedelta(minutes=10)
"""How far the clocks of several machines may differ."""

CHUNK: Final = 500
"""Rows put right in one transaction."""

STEADY: Final = timedelta(days=14)
"""Over so many days back the store has to show life on ``LIVED`` days before anything is forgotten by the
clock: one that was set wrong shows none until it has been so for long."""

LIVED: Final = 3

EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock before this is wrong itself, nothing is put right by it."""

_AT_ONCE: Final[dict[Column[datetime], timedelta]] = {
    pushes.c.next_try: timedelta(days=31),
    deliveries.c.not_before: timedelta(days=2),
    entries.c.read_at: timedelta(days=2),
}
"""What is planned, and the longest it may lie ahead: what lies further is done now. What has been is left
as it is written: a clock that is behind must not make it old."""

_ENDED: Final[dict[Column[datetime], timedelta]] = {
    flood_waits.c.until: timedelta(days=2),
    paces.c.free: timedelta(hours=1),
    sign_ins.c.until: timedelta(days=1),
    summaries_asked.c.at: SKEW,
}
"""The same, and the row is forgotten: what it held back goes on."""

_SENDING: Final = deliveries.c.state == DeliveryState.SENDING.value
_ALL: Final = true()
_SIGNS: Final = (articles.c.found, digests.c.created, audit.c.at, model_answers.c.made)


class SqlClocks:
    """``ports.Clocks``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def steady(self, now: datetime) -> bool:
        """As the port says."""
        lived = 0
        async with self._database.read() as connection:
            for back in range(STEADY.days):
                day = now - timedelta(days=back + 1), now - timedelta(days=back)
                lived += await _lived(connection, *day)
                if lived == LIVED:
                    return True
        return False

    async def bring_back(self, now: datetime, longest: timedelta) -> int:
        """As the port says."""
        if now < EARLIEST:
            return 0
        changed = await self._polls(now, longest)
        for column, ahead in _AT_ONCE.items():
            changed += await self._set(column, now + ahead, now)
        if self._database.dialect == "sqlite":  # nobody else can be sending it
            changed += await self._set(deliveries.c.started, now + SKEW, now, _SENDING)
        for column, ahead in _ENDED.items():
            async with self._database.write() as connection:
                changed += (
                    await connection.execute(delete(column.table).where(column > now + ahead))
                ).rowcount
        return changed

    async def _polls(self, now: datetime, longest: timedelta) -> int:
        """Sources polled in what is to come, or not for longer than ever, are due at once."""
        columns = poll_states.c.source_id, poll_states.c.next_poll, poll_states.c.state
        last, changed = 0, 0
        while True:
            query = select(*columns).where(poll_states.c.next_poll > now, poll_states.c.source_id > last)
            async with self._database.read() as connection:
                found = await connection.execute(query.order_by(poll_states.c.source_id).limit(CHUNK))
                rows = found.all()
            wrong = [row for row in rows if row.next_poll > now + longest or _later(row.state, now)]
            if wrong:
                async with self._database.write() as connection:
                    for row in wrong:
                        state = replace(row.state, next_poll=now, pushed_until=None)
                        here = update(poll_states).where(poll_states.c.source_id == row.source_id)
                        await connection.execute(here.values(next_poll=now, state=state))
            changed += len(wrong)
            if len(rows) < CHUNK:
                return changed
            last = rows[-1].source_id

    async def _set(
        self, column: Column[datetime], latest: datetime, now: datetime, which: ColumnElement[bool] = _ALL
    ) -> int:
        table = column.table
        assert isinstance(table, Table)
        keys = [*table.primary_key.columns]
        changed = 0
        while True:
            async with self._database.read() as connection:  # nearly always there is none
                late = select(*keys).where(column > latest, which).limit(CHUNK)
                rows = (await connection.execute(late)).all()
            if rows:
                async with self._database.write() as connection:
                    for row in rows:
                        one = update(table).where(*map(eq, keys, row))
                        await connection.execute(one.values({column: now}))
            changed += len(rows)
            if len(rows) < CHUNK:
                return changed


def _later(state: PollState, now: datetime) -> bool:
    return state.last_poll is not None and state.last_poll > now + SKEW


async def _lived(connection: AsyncConnection, begin: datetime, end: datetime) -> bool:
    """Whether anything happened in a time. Those columns have an index."""
    for column in _SIGNS:
        found = exists().where(column >= begin, column < end)
        if await connection.scalar(select(literal(1)).where(found)):
            return True
    return False
