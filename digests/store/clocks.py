"""What a wrong clock leaves in the store, and whether the clock can be trusted to forget by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import eq
from typing import Final

from sqlalchemy import Column, ColumnElement, Table, delete, exists, literal, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import DeliveryState, PollState
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
