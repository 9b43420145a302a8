"""The outbox's rows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    Row,
    Subquery,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import Chat, Delivery, DeliveryState
from digests.store.chats import COLUMNS as CHAT
from digests.store.chats import chat_of
from digests.store.database import Database
from digests.store.tables import chats, deliveries, flood_waits

Write = TypeVar("Write")
Result = TypeVar("Result")


class Together(Generic[Write, Result]):
    """``carry_out`` gets some writes and returns their results in the same order, once they are
    durable. What it raises, each of those writes raises."""

    MOST = 50  # writes in one transaction, so that none keeps other writers off for long

    def __init__(self, carry_out: Callable[[Sequence[Write]], Awaitable[Sequence[Result]]]) -> None:
        self._carry_out = carry_out
        self._waiting: list[tuple[Write, asyncio.Future[Result]]] = []
        self._working: asyncio.Task[None] | None = None

    async def do(self, write: Write) -> Result:
        """Done and durable when it returns. Cancelled, it may be carried out all the same."""
        result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, result))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await result

    async def _work(self) -> None:
        try:
            while self._waiting:
                some = self._waiting[: self.MOST]
                del self._waiting[: self.MOST]
                await self._do_some(some)
        finally:
            self._working = None

    async def _do_some(self, some: Sequence[tuple[Write, asyncio.Future[Result]]]) -> None:
        waiting = [result for _, result in some]
        try:
            results = await self._carry_out([write for write, _ in some])
        except Exception as error:
            for result in waiting:
                if not result.done():
                    result.set_exception(error)
        else:
            for result, value in zip(waiting, results, strict=True):
                if not result.done():
                    result.set_result(value)


_FIELDS = tuple(f.name for f in fields(Delivery) if f.name not in ("id", "state"))
COLUMNS = [deliveries.c[name] for name in ("id", *_FIELDS, "state")]
_CHAT = [column.label(f"chat__{column.name}") for column in CHAT]
_UNFINISHED = [  # literals, or SQLite would not see that the partial index fits
    literal(state.value, literal_execute=True) for state in (DeliveryState.PENDING, DeliveryState.SENDING)
]


_SENT = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("one"))
    .values(
        state=DeliveryState.SENT.value,
        message_id=bindparam("message"),
        sent=bindparam("at"),
        not_before=None,
        reason=None,
    )
)


@dataclass(frozen=True, slots=True)
class _Claim:
    delivery_id: int
    now: datetime


@dataclass(frozen=True, slots=True)
class _Sent:
    delivery_id: int
    message_id: str
    now: datetime


def delivery_of(row: Row[Any]) -> Delivery:
    values = {name: getattr(row, name) for name in _FIELDS}
    return Delivery(id=row.id, state=DeliveryState(row.state), **values)


def row_of_delivery(delivery: Delivery) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in _FIELDS} | {"state": delivery.state.value}


def _first_of_chats() -> Subquery:
    """The ids of the oldest unfinished delivery of each chat that has one: read from a small index,
    however many chats and deliveries there are."""
    unfinished = select(func.min(deliveries.c.id).label("id")).where(deliveries.c.state.in_(_UNFINISHED))
    return unfinished.group_by(deliveries.c.chat_id).subquery("first")


class SqlDeliveries:
    """``ports.Deliveries``. Claims and their good ends, two for each message, share transactions
    with those asked for at the same time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hot = Together(self._write_hot)

    async def due(
        self, now: datetime, limit: int, platform: str | None = None, hold: timedelta | None = None
    ) -> list[tuple[Delivery, Chat]]:
        """As the port says; the chats served longest ago first, those in a flood wait left out."""
        waiting = exists().where(
            flood_waits.c.platform == chats.c.platform,
            flood_waits.c.address.in_(("", chats.c.address)),
            flood_waits.c.until > now,
        )
        first = _first_of_chats()
        query = (
            select(*COLUMNS, *_CHAT)
            .select_from(first)
            .join(deliveries, deliveries.c.id == first.c.id)
            .join(chats, chats.c.id == deliveries.c.chat_id)
            .where(
                deliveries.c.state == DeliveryState.PENDING.value,
                or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now),
                chats.c.paused.is_(None),
                ~waiting,
            )
            .order_by(chats.c.served.asc().nulls_first(), deliveries.c.id)
            .limit(limit)
        )
        if platform is not None:
            query = query.where(chats.c.platform == platform)
        if hold is None:
            async with self._database.read() as connection:
                rows = await connection.execute(query)
            return [(delivery_of(row), chat_of(row, "chat__")) for row in rows]
        async with self._database.write() as connection:
            free = query.with_for_update(of=deliveries, skip_locked=True)
            held = [(delivery_of(row), chat_of(row, "chat__")) for row in await connection.execute(free)]
            theirs = deliveries.c.id.in_([delivery.id for delivery, _ in held])
            if held:
                await connection.execute(update(deliveries).where(theirs).values(not_before=now + hold))
        return held

    async def adopt(self, delivery: Delivery, now: datetime) -> bool:
        """As the port says."""
        same = and_(
            deliveries.c.id == delivery.id,
            deliveries.c.state == DeliveryState.SENDING.value,
            # claims made together share the last one's moment
            deliveries.c.started <= (delivery.started or now) + timedelta(seconds=1),
        )
        async with self._database.write() as connection:
            adopted = await connection.execute(update(deliveries).where(same).values(started=now))
        return adopted.rowcount > 0

    async def sending(self, delivery_id: int, now: datetime) -> bool:
        """As the port says; nor can it be claimed while an earlier one of its chat is unfinished
        or the chat is paused."""
        return await self._hot.do(_Claim(delivery_id, now))

    async def sent(self, delivery_id: int, message_id: str, now: datetime) -> None:
        await self._hot.do(_Sent(delivery_id, message_id, now))

    async def _write_hot(self, writes: Sequence[_Claim | _Sent]) -> list[bool]:
        """Whether each was done."""
        claims = [write for write in writes if isinstance(write, _Claim)]
        ends = [write for write in writes if isinstance(write, _Sent)]
        async with self._database.write() as connection:
            if ends:
                await connection.execute(
                    _SENT,
                    [{"one": end.delivery_id, "message": end.message_id, "at": end.now} for end in ends],
                )
            claimed = await self._claim(connection, claims) if claims else set()
        done = []
        for write in writes:
            done.append(isinstance(write, _Sent) or write.delivery_id in claimed)
            if isinstance(write, _Claim):
                claimed.discard(write.delivery_id)  # of two claims one gets it
        return done

    async def _claim(self, connection: AsyncConnection, claims: Sequence[_Claim]) -> set[int]:
        """Those of the deliveries that are now being sent."""
        now = max(claim.now for claim in claims)
        this, earlier = deliveries, deliveries.alias("earlier")
        free = and_(
            this.c.id.in_([claim.delivery_id for claim in claims]),
            this.c.state == DeliveryState.PENDING.value,
            ~exists().where(
                earlier.c.chat_id == this.c.chat_id,
                earlier.c.state.in_(_UNFINISHED),
                earlier.c.id < this.c.id,
            ),
            ~exists().where(chats.c.id == this.c.chat_id, chats.c.paused.is_not(None)),
        )
        claim = (
            update(this)
            .where(free)
            .values(state=DeliveryState.SENDING.value, attempts=this.c.attempts + 1, started=now)
            .returning(this.c.id, this.c.chat_id)
        )
        rows = (await connection.execute(claim)).all()
        if rows:
            of_chats = chats.c.id.in_([row.chat_id for row in rows])
            await connection.execute(update(chats).where(of_chats).values(served=now))
        return {row.id for row in rows}

    async def again(
        self, delivery_id: int, not_before: datetime, reason: str, *, plain: bool = False, anew: bool = False
    ) -> None:
        values: dict[str, Any] = {"not_before": not_before, "reason": reason}
        if plain:
            values["plain"] = True
        if anew:
            values |= {"edits": None, "reply_to": deliveries.c.edits}
        await self._finish(delivery_id, DeliveryState.PENDING, **values)

    async def redraw(self, drawn: Sequence[Delivery]) -> None:
        """As the port says; the new ones have the digest's next numbers."""
        first, *others = drawn
        last = select(func.max(deliveries.c.part)).where(deliveries.c.digest_id == first.digest_id)
        pending = {"state": DeliveryState.PENDING.value, "not_before": None}
        async with self._database.write() as connection:
            this = update(deliveries).where(deliveries.c.id == first.id)
            await connection.execute(this.values(content=first.content, **pending))
            behind = (await connection.execute(last)).scalar_one() + 1
            fresh = {"attempts": 0, "started": None, "reply_to": None, **pending}
            rows = [row_of_delivery(other) | fresh | {"part": behind + n} for n, other in enumerate(others)]
            if rows:
                await connection.execute(insert(deliveries), rows)

    async def put_off(self, delivery_id: int, not_before: datetime, reason: str) -> None:
        pending = and_(deliveries.c.id == delivery_id, deliveries.c.state == DeliveryState.PENDING.value)
        async with self._database.write() as connection:
            await connection.execute(
                update(deliveries).where(pending).values(not_before=not_before, reason=reason)
            )

    async def hold(self, delivery_id: int, reason: str) -> None:
        await self._finish(delivery_id, DeliveryState.HELD, reason=reason)

    async def fail(self, delivery_id: int, reason: str) -> None:
        await self._finish(delivery_id, DeliveryState.FAILED, reason=reason)

    async def _finish(self, delivery_id: int, state: DeliveryState, **values: Any) -> None:
        change = update(deliveries).where(deliveries.c.id == delivery_id).values(state=state.value, **values)
        async with self._database.write() as connection:
            await connection.execute(change)

    async def get(self, delivery_id: int) -> Delivery | None:
        async with self._database.read() as connection:
            row = (
                await connection.execute(select(*COLUMNS).where(deliveries.c.id == delivery_id))
            ).one_or_none()
        return None if row is None else delivery_of(row)

    async def of_digest(self, digest_id: int) -> list[Delivery]:
        """Its parts in order."""
        query = select(*COLUMNS).where(deliveries.c.digest_id == digest_id).order_by(deliveries.c.part)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [delivery_of(row) for row in rows]

    async def held(self) -> list[tuple[Delivery, Chat]]:
        """Deliveries that wait for a person's word, the oldest first."""
        return await self._with_chats(deliveries.c.state == DeliveryState.HELD.value)

    async def last_message(
        self, platform: str, address: str | None, before: datetime | None = None
    ) -> str | None:
        """As the port says; None before the first."""
        there = chats.c.kind == "private" if address is None else chats.c.address == address
        query = (
            select(deliveries.c.message_id)
            .join(chats, chats.c.id == deliveries.c.chat_id)
            .where(
                chats.c.platform == platform,
                there,
                deliveries.c.state == DeliveryState.SENT.value,
                deliveries.c.edits.is_(None),
                deliveries.c.sent <= before if before is not None else true(),
            )
            .order_by(deliveries.c.sent.desc(), deliveries.c.id.desc())
            .limit(1)
        )
        async with self._database.read() as connection:
            found: str | None = await connection.scalar(query)
            return found

    async def doubtful(self, before: datetime) -> list[tuple[Delivery, Chat]]:
        return await self._with_chats(
            and_(deliveries.c.state == DeliveryState.SENDING.value, deliveries.c.started < before)
        )

    async def _with_chats(self, condition: Any) -> list[tuple[Delivery, Chat]]:
        query = select(*COLUMNS, *_CHAT).join(chats, chats.c.id == deliveries.c.chat_id).where(condition)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        found = [(delivery_of(row), chat_of(row, "chat__")) for row in rows]
        # not the database: it would walk the whole table by its ids for the sake of the order
        return sorted(found, key=lambda pair: pair[0].id)

    async def wait(self, platform: str, address: str | None, until: datetime) -> None:
        """As the port says; a longer wait that is already known stays."""
        new = self._database.insert(flood_waits).values(platform=platform, address=address or "", until=until)
        save = new.on_conflict_do_update(
            index_elements=["platform", "address"],
            set_={"until": new.excluded.until},
            where=flood_waits.c.until < new.excluded.until,
        )
        async with self._database.write() as connection:
            await connection.execute(save)

    async def waits(self, now: datetime) -> dict[tuple[str, str | None], datetime]:
        async with self._database.read() as connection:
            rows = await connection.execute(select(flood_waits).where(flood_waits.c.until > now))
        return {(row.platform, row.address or None): row.until for row in rows}

    async def forget_waits(self, now: datetime) -> None:
        """Drop the waits that are over."""
        async with self._database.write() as connection:
            await connection.execute(delete(flood_waits).where(flood_waits.c.until <= now))

    async def counts(self) -> dict[str, int]:
        query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        async with self._database.read() as connection:
            counted: dict[str, int] = dict((await connection.execute(query)).all())
        return {state.value: counted.get(state.value, 0) for state in DeliveryState}
