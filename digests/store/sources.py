"""Sources and what is remembered about polling them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    Row,
    Select,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import Demand, PollState, Push, Source
from digests.store.columns import Json, Shape
from digests.store.database import MANY, Database
from digests.store.entries import AT_ONCE, ManyRows
from digests.store.tables import (
    chats,
    entries,
    entry_keys,
    poll_states,
    pushes,
    rules,
    sources,
    subscriptions,
)

COLUMNS = [sources.c[name] for name in ("id", "url", "kind", "name", "topics", "origin", "paused", "options")]
_FOLLOWED = exists().where(subscriptions.c.source_id == poll_states.c.source_id)
_POLLED_ONE = (
    update(poll_states)
    .where(poll_states.c.source_id == bindparam("source"))
    .values(
        next_poll=bindparam("next_poll"),
        # a source that was let go while it was polled stays so
        ended=bindparam("ended", type_=Boolean) | (poll_states.c.ended & ~_FOLLOWED),
        state=bindparam("state", type_=poll_states.c.state.type),
    )
)
_POLLED_ROWS = ManyRows(poll_states, ("source_id", "next_poll", "ended", "state"))
_POLLED = """WITH polled (source_id, next_poll, ended, state) AS ({rows})
    UPDATE poll_states SET next_poll = polled.next_poll, state = polled.state, ended = polled.ended OR (
        poll_states.ended
        AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE source_id = poll_states.source_id))
    FROM polled WHERE poll_states.source_id = polled.source_id"""
_AGAIN = timedelta(minutes=5)  # no new subscription makes a source be polled more often
_NAMES = [column.name for column in COLUMNS]
_DUE = Json(list[tuple[Source, PollState]])


def _as_json(column: Column[Any]) -> str:
    match column.type:
        case Shape():
            return f"json({column.name})"
        case Boolean():
            return f"json(iif({column.name}, 'true', 'false'))"
        case _:
            return column.name


def _as_text(query: Select[Any]) -> Select[Any]:
    """Sources and their states as one JSON text, for the reason that ``bulk`` gives. The state is
    JSON as it stands."""
    rows = query.subquery("due")
    parts = [part for column in COLUMNS for part in (f"'{column.name}'", _as_json(column))]
    row = f"'[' || json_object({', '.join(parts)}) || ',' || state || ']'"
    return select(text(f"'[' || coalesce(group_concat({row}), '') || ']'")).select_from(rows)


_AFTER = tuple_(bindparam("moment", type_=poll_states.c.next_poll.type), bindparam("id", type_=Integer))
_DUE_ROWS = (
    select(*COLUMNS, poll_states.c.state)
    .join(poll_states, poll_states.c.source_id == sources.c.id)
    .where(
        ~sources.c.paused,
        ~poll_states.c.ended,
        poll_states.c.next_poll <= bindparam("now"),
        tuple_(poll_states.c.next_poll, poll_states.c.source_id) > _AFTER,
    )
    .order_by(poll_states.c.next_poll, poll_states.c.source_id)
    .limit(bindparam("most"))
)
_DUE_TEXT = _as_text(_DUE_ROWS)
_DUE_FREE = _DUE_ROWS.with_for_update(of=poll_states, skip_locked=True)


def source_of(row: Row[*tuple[Any, ...]], prefix: str = "") -> Source:
    return Source(**{name: getattr(row, prefix + name) for name in _NAMES})


def _values(source: Source) -> dict[str, Any]:
    return {
        "url": source.url,
        "kind": source.kind,
        "name": source.name,
        "topics": source.topics,
        "origin": source.origin,
        "paused": source.paused,
        "options": source.options,
    }


class SqlSources:
    """``ports.Sources``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, source: Source, now: datetime, *, followed: bool = True) -> Source:
        new = self._database.insert(sources).values(**_values(source), added=now)
        async with self._database.write() as connection:
            id_ = await connection.scalar(
                new.on_conflict_do_nothing(index_elements=["url"]).returning(sources.c.id)
            )
            if id_ is not None:
                fresh = {"source_id": id_, "next_poll": AT_ONCE, "ended": not followed, "state": PollState()}
                await connection.execute(poll_states.insert().values(**fresh))
                return replace(source, id=id_)
            row = (await connection.execute(select(*COLUMNS).where(sources.c.url == source.url))).one()
            return source_of(row)

    async def get(self, source_id: int) -> Source | None:
        return await self._one(sources.c.id == source_id)

    async def by_url(self, url: str) -> Source | None:
        return await self._one(sources.c.url == url)

    async def _one(self, condition: Any) -> Source | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(*COLUMNS).where(condition))).one_or_none()
        return None if row is None else source_of(row)

    async def all(self) -> list[Source]:
        async with self._database.read() as connection:
            rows = await connection.execute(select(*COLUMNS).order_by(sources.c.id))
        return [source_of(row) for row in rows]

    async def by_id(self) -> dict[int, Source]:
        return {source.id: source for source in await self.all()}

    async def own(self) -> list[Source]:
        query = select(*COLUMNS).where(sources.c.origin != "chat").order_by(sources.c.id)
        async with self._database.read() as connection:
            return [source_of(row) for row in await connection.execute(query)]

    async def own_among(self, ids: Collection[int]) -> set[int]:
        found: set[int] = set()
        wanted = list(ids)
        async with self._database.read() as connection:
            for start in range(0, len(wanted), MANY):
                some = sources.c.id.in_(wanted[start : start + MANY])
                found.update(
                    await connection.scalars(select(sources.c.id).where(some, sources.c.origin != "chat"))
                )
        return found

    async def update(self, source: Source) -> None:
        async with self._database.write() as connection:
            await connection.execute(
                update(sources).where(sources.c.id == source.id).values(**_values(source))
            )

    async def remove(self, source_id: int) -> None:
        async with self._database.write() as connection:
            await _remove(connection, source_id)

    async def forget_unfollowed(self, before: datetime, limit: int = 200) -> int:
        """As the port says, some in each transaction."""
        gone = 0
        left = (
            select(sources.c.id)
            .join(poll_states, poll_states.c.source_id == sources.c.id)
            .where(
                sources.c.origin == "chat",
                poll_states.c.ended,
                poll_states.c.next_poll < before,
                sources.c.added < before,
                ~_FOLLOWED,
            )
            .limit(limit)
        )
        while True:
            async with self._database.write() as connection:
                ids = (await connection.scalars(left)).all()
                for source_id in ids:
                    await _remove(connection, source_id)
            gone += len(ids)
            if len(ids) < limit:
                return gone

    async def due(
        self,
        now: datetime,
        limit: int,
        hold: timedelta | None = None,
        after: tuple[Source, PollState] | None = None,
    ) -> list[tuple[Source, PollState]]:
        source, state = after or (Source(url=""), PollState())
        asked = {"now": now, "moment": state.next_poll or AT_ONCE, "id": source.id, "most": limit}
        if hold is None and self._database.dialect == "sqlite":
            async with self._database.read() as connection:
                found = (await connection.execute(_DUE_TEXT, asked)).scalar_one()
            due: list[tuple[Source, PollState]] = _DUE.read(found)
            return due
        if hold is None:
            async with self._database.read() as connection:
                rows = await connection.execute(_DUE_ROWS, asked)
            return [(source_of(row), row.state) for row in rows]
        async with self._database.write() as connection:
            held = [(source_of(row), row.state) for row in await connection.execute(_DUE_FREE, asked)]
            theirs = poll_states.c.source_id.in_([source.id for source, _ in held])
            await connection.execute(update(poll_states).where(theirs).values(next_poll=now + hold))
        return held

    async def renew(self, ids: Sequence[int], until: datetime, later: datetime) -> None:
        still = poll_states.c.source_id.in_(ids) & (poll_states.c.next_poll == until)
        async with self._database.write() as connection:
            await connection.execute(update(poll_states).where(still).values(next_poll=later))

    async def states(self) -> dict[int, PollState]:
        async with self._database.read() as connection:
            rows = await connection.execute(select(poll_states.c.source_id, poll_states.c.state))
        return {row.source_id: row.state for row in rows}

    async def state(self, source_id: int) -> PollState:
        query = select(poll_states.c.state).where(poll_states.c.source_id == source_id)
        async with self._database.read() as connection:
            state = await connection.scalar(query)
        return PollState() if state is None else state

    async def moved(self, source_id: int, url: str) -> bool:
        taken = sources.alias("taken")
        move = (
            update(sources)
            .where(sources.c.id == source_id, ~exists().where(taken.c.url == url))
            .values(url=url)
        )
        async with self._database.write() as connection:
            return (await connection.execute(move)).rowcount > 0

    async def demands(self, ids: Sequence[int], now: datetime) -> dict[int, Demand]:
        watches = exists().where(rules.c.chat_id == chats.c.id, rules.c.kind == "watch")
        found: dict[int, Demand] = {}
        async with self._database.read() as connection:
            for start in range(0, len(ids), MANY):
                rows = await connection.execute(
                    select(
                        subscriptions.c.source_id,
                        func.min(func.coalesce(chats.c.next_digest, AT_ONCE)).label("first"),
                        func.max(case((watches, 1), else_=0)).label("watched"),
                        func.min(case((chats.c.next_digest > now, chats.c.next_digest))).label("digest"),
                    )
                    .join(chats, chats.c.id == subscriptions.c.chat_id)
                    .where(subscriptions.c.source_id.in_(ids[start : start + MANY]), chats.c.paused.is_(None))
                    .group_by(subscriptions.c.source_id)
                )
                found |= {
                    row.source_id: Demand(bool(row.watched) or row.first <= now, row.digest) for row in rows
                }
        return found

    async def hasten(self, chat_id: int, by: datetime) -> None:
        theirs = select(subscriptions.c.source_id).where(subscriptions.c.chat_id == chat_id)
        sooner = (
            update(poll_states)
            .where(poll_states.c.source_id.in_(theirs), poll_states.c.next_poll > by, ~poll_states.c.ended)
            .values(next_poll=by)
        )
        async with self._database.write() as connection:
            await connection.execute(sooner)

    async def polled(self, states: Mapping[int, PollState]) -> None:
        if not states:
            return
        rows = [
            {"source_id": id_, "next_poll": state.next_poll or AT_ONCE, "ended": state.ended, "state": state}
            for id_, state in states.items()
        ]
        async with self._database.write() as connection:
            if self._database.dialect == "sqlite":
                for statement, values in _POLLED_ROWS.statements(_POLLED, rows):
                    await connection.exec_driver_sql(statement, values)
            else:
                await connection.execute(_POLLED_ONE, [{"source": row["source_id"], **row} for row in rows])


async def _remove(connection: AsyncConnection, source_id: int) -> None:
    unread = update(entries).where(entries.c.source_id == source_id, entries.c.read_at.is_not(None))
    await connection.execute(unread.values(read_at=None))
    await connection.execute(delete(entry_keys).where(entry_keys.c.source_id == source_id))
    await connection.execute(delete(sources).where(sources.c.id == source_id))


async def let_go(connection: AsyncConnection, source_id: int) -> None:
    """In the transaction that ended a subscription: what a chat brought and nobody follows any more is
    polled no more, until somebody does."""
    brought = exists().where(sources.c.id == source_id, sources.c.origin == "chat")
    await connection.execute(
        update(poll_states)
        .where(poll_states.c.source_id == source_id, brought, ~_FOLLOWED)
        .values(ended=True)
    )


async def wake(connection: AsyncConnection, source_id: int, now: datetime) -> None:
    """In the transaction that began a subscription: what was let go is polled again, at once, and what is
    well but was polled seldom, since nobody waited for it, soon. What ended by itself has that in its state
    too, and stays as it is."""
    of = poll_states.c.source_id == source_id
    row = (await connection.execute(select(poll_states.c.ended, poll_states.c.state).where(of))).one_or_none()
    if row is not None and row.ended and not row.state.ended:
        await connection.execute(update(poll_states).where(of).values(ended=False, next_poll=AT_ONCE))
    elif row is not None and not row.ended and row.state.failure is None:
        soon = max(now, (row.state.last_poll or now) + _AGAIN)
        later = poll_states.c.next_poll > soon
        await connection.execute(update(poll_states).where(of, later).values(next_poll=soon))


_COLUMNS = [pushes.c[name] for name in ("source_id", "hub", "topic", "token", "secret", "until", "next_try")]


class SqlPushes:
    """``ports.Pushes``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_source(self, source_id: int) -> Push | None:
        return await self._one(pushes.c.source_id == source_id)

    async def by_token(self, token: str) -> Push | None:
        return await self._one(pushes.c.token == token)

    async def _one(self, condition: Any) -> Push | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(condition))).one_or_none()
        return None if row is None else Push(**row._mapping)

    async def save(self, push: Push) -> None:
        values = {column.name: getattr(push, column.name) for column in _COLUMNS}
        new = self._database.insert(pushes).values(**values)
        del values["source_id"]
        async with self._database.write() as connection:
            await connection.execute(new.on_conflict_do_update(index_elements=["source_id"], set_=values))

    async def try_again(self, push: Push, at: datetime) -> None:
        same = (pushes.c.source_id == push.source_id) & (pushes.c.next_try == push.next_try)
        async with self._database.write() as connection:
            await connection.execute(update(pushes).where(same).values(next_try=at))

    async def due(self, now: datetime, limit: int) -> list[Push]:
        query = select(*_COLUMNS).where(pushes.c.next_try <= now).order_by(pushes.c.next_try).limit(limit)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [Push(**row._mapping) for row in rows]

    async def leases(self, now: datetime) -> dict[int, datetime]:
        query = select(pushes.c.source_id, pushes.c.until).where(pushes.c.until > now)
        async with self._database.read() as connection:
            return {row.source_id: row.until for row in await connection.execute(query)}
