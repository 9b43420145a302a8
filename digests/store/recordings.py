"""Digests read aloud: which are wanted, who is at it, and the sound until it is posted."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, insert, or_, select, update

from digests.model import Chat, Delivery, DeliveryState, Digest
from digests.store.chats import COLUMNS as CHAT
from digests.store.chats import chat_of
from digests.store.database import Database
from digests.store.deliveries import row_of_delivery
from digests.store.digests import digest_of
from digests.store.tables import chats, deliveries, digests, recordings

ATTEMPTS = 2
RETRY = timedelta(minutes=10)
"""An attempt that has not ended by then has died."""


class SqlRecordings:
    """``ports.Recordings``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wanted(self, since: datetime, now: datetime) -> list[tuple[Digest, Chat]]:
        part = deliveries.alias("part")
        tried = exists().where(
            recordings.c.digest_id == digests.c.id,
            or_(
                recordings.c.audio.is_not(None),
                recordings.c.attempts >= ATTEMPTS,
                recordings.c.started > now - RETRY,
            ),
        )
        posted = exists().where(
            part.c.digest_id == digests.c.id,
            part.c.state == DeliveryState.SENT.value,
            part.c.edits.is_(None),
        )
        unposted = exists().where(part.c.digest_id == digests.c.id, part.c.state != DeliveryState.SENT.value)
        query = (
            select(digests, *(column.label(f"chat__{column.name}") for column in CHAT))
            .join(chats, chats.c.id == digests.c.chat_id)
            .where(digests.c.created >= since, chats.c.paused.is_(None), ~tried, posted, ~unposted)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        found = [(digest_of(row), chat_of(row, "chat__")) for row in rows]
        # not the database: it would walk the whole table by its ids for the sake of the order
        found.sort(key=lambda pair: pair[0].id)
        return [(digest, chat) for digest, chat in found if digest.spoken]

    async def begin(self, digest_id: int, now: datetime) -> bool:
        new = self._database.insert(recordings).values(digest_id=digest_id, attempts=1, started=now)
        free = and_(
            recordings.c.audio.is_(None),
            recordings.c.attempts < ATTEMPTS,
            recordings.c.started <= now - RETRY,
        )
        claim = new.on_conflict_do_update(
            index_elements=["digest_id"],
            set_={"attempts": recordings.c.attempts + 1, "started": now},
            where=free,
        )
        async with self._database.write() as connection:
            claimed = await connection.execute(claim.returning(recordings.c.digest_id))
            return claimed.one_or_none() is not None

    async def finish(self, digest_id: int, audio: bytes, delivery: Delivery) -> bool:
        keep = (
            update(recordings)
            .where(recordings.c.digest_id == digest_id, recordings.c.audio.is_(None))
            .values(audio=audio)
            .returning(recordings.c.digest_id)
        )
        async with self._database.write() as connection:
            if (await connection.execute(keep)).one_or_none() is None:
                return False
            await connection.execute(insert(deliveries).values(row_of_delivery(delivery)))
        return True

    async def audio(self, digest_id: int) -> bytes | None:
        async with self._database.read() as connection:
            audio: bytes | None = await connection.scalar(
                select(recordings.c.audio).where(recordings.c.digest_id == digest_id)
            )
        return audio or None

    async def forget(self, before: datetime) -> None:
        old = and_(recordings.c.started < before, recordings.c.audio.is_not(None), recordings.c.audio != b"")
        async with self._database.write() as connection:
            await connection.execute(update(recordings).where(old).values(audio=b""))
