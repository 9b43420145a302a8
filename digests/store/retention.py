"""Forgets what is old, so that the database stays as large as what it is asked to keep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Table, and_, delete, exists, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import DeliveryState, Pruned, RetentionPolicy
from digests.store.database import Database
from digests.store.tables import (
    articles,
    audit,
    budget_warnings,
    deliveries,
    digests,
    entries,
    flood_waits,
    model_batches,
    model_calls,
    mutes,
    placements,
    sign_ins,
    stories,
    votes,
    withheld,
)

CHUNK = 500
"""Rows forgotten in one transaction, so that nobody waits long for the database."""


class SqlRetention:
    """``ports.Retention``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prune(self, now: datetime, keep: RetentionPolicy) -> Pruned:
        """As the port says; a chunk a transaction, oldest first."""
        sent = await self._digests(now - keep.digests)
        read = await self._articles(now - keep.articles)
        found = await self._entries(now - keep.articles, keep.identities)
        day = (now - keep.calls).date().isoformat()
        await self._rows(model_calls, model_calls.c.day < day)  # a hold so old was lost with its process
        await self._rows(budget_warnings, budget_warnings.c.period < day[:7])  # a day or a month
        await self._rows(audit, audit.c.at < now - keep.audit)
        await self._rows(votes, votes.c.at < now - keep.digests)
        await self._rows(withheld, withheld.c.at < now - keep.articles)
        ended = and_(model_batches.c.ended, model_batches.c.submitted < now - keep.articles)
        await self._rows(model_batches, ended)
        for table in (mutes, flood_waits, sign_ins):
            await self._rows(table, table.c.until < now)
        return Pruned(digests=sent, articles=read, entries=found)

    async def _rows(self, table: Table, old: ColumnElement[bool]) -> None:
        """Forget the rows of which this is true."""
        key = tuple_(*table.primary_key.columns)
        while True:
            async with self._database.write() as connection:
                some = select(*table.primary_key.columns).where(old).limit(CHUNK)
                gone = await connection.execute(delete(table).where(key.in_(some)))
            if gone.rowcount < CHUNK:
                return

    async def _digests(self, before: datetime) -> int:
        unfinished = exists().where(
            deliveries.c.digest_id == digests.c.id,
            deliveries.c.state.in_([DeliveryState.PENDING.value, DeliveryState.SENDING.value]),
        )
        gone, last = 0, 0
        while True:
            async with self._database.write() as connection:
                query = select(digests.c.id, digests.c.created, unfinished).where(digests.c.id > last)
                rows = (await connection.execute(query.order_by(digests.c.id).limit(CHUNK))).all()
                old = [row for row in rows if row.created < before]
                gone += await _forget(connection, digests, [row.id for row in old if not row[2]])
            if not old or len(old) < len(rows):
                return gone
            last = old[-1].id

    async def _articles(self, before: datetime) -> int:
        gone = 0
        while True:
            async with self._database.write() as connection:
                query = select(articles.c.id).where(articles.c.found < before).order_by(articles.c.found)
                ids = await _ids(connection, query.limit(CHUNK))
                gone += await _forget(connection, articles, ids)
            if len(ids) < CHUNK:
                break
        # a story goes with the last of its articles
        told = or_(
            exists().where(articles.c.story_id == stories.c.id),
            exists().where(placements.c.story_id == stories.c.id),
        )
        while True:
            async with self._database.write() as connection:
                query = select(stories.c.id).where(stories.c.updated < before, ~told)
                ids = await _ids(connection, query.order_by(stories.c.updated).limit(CHUNK))
                await _forget(connection, stories, ids)
            if len(ids) < CHUNK:
                return gone

    async def _entries(self, before: datetime, identities: int) -> int:
        """Old entries lose their text; beyond a source's newest ``identities`` they go."""
        floors: dict[int | None, int] = {}
        gone, last = 0, 0
        while True:
            async with self._database.write() as connection:
                columns = (entries.c.id, entries.c.source_id, entries.c.found)
                query = select(*columns).where(entries.c.id > last).order_by(entries.c.id).limit(CHUNK)
                rows = (await connection.execute(query)).all()
                old = [row for row in rows if row.found < before]
                for source in {row.source_id for row in old} - floors.keys():
                    floors[source] = await _floor(connection, source, identities)
                beyond = [row.id for row in old if row.id <= floors[row.source_id]]
                gone += await _forget(connection, entries, beyond)
                kept = entries.c.id.in_([row.id for row in old if row.id > floors[row.source_id]])
                await connection.execute(update(entries).where(kept, entries.c.html != "").values(html=""))
            if not old or len(old) < len(rows):
                return gone
            last = old[-1].id


async def _floor(connection: AsyncConnection, source_id: int | None, identities: int) -> int:
    """The newest entry id of a source that is beyond its ``identities`` newest; 0: none is."""
    mine = entries.c.source_id == source_id if source_id is not None else entries.c.source_id.is_(None)
    query = select(entries.c.id).where(mine).order_by(entries.c.id.desc())
    found = await connection.scalar(query.offset(identities if source_id is not None else 0).limit(1))
    return found or 0


async def _ids(connection: AsyncConnection, query: Select[tuple[int]]) -> list[int]:
    return [row.id for row in await connection.execute(query)]


async def _forget(connection: AsyncConnection, table: Table, ids: Sequence[int]) -> int:
    if ids:
        await connection.execute(delete(table).where(table.c.id.in_(ids)))
    return len(ids)
