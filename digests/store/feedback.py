"""What a chat's people like, and what they want no more of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, or_, select

from digests.model import Mute, Vote
from digests.store.database import Database
from digests.store.tables import mutes, votes

REMEMBERED = 500
"""Of a chat's votes the newest count, and are kept."""

_VOTE = ("chat_id", "story_id", "person", "value", "features", "at")
_MUTE = ("chat_id", "kind", "target", "until", "created_by")


class SqlFeedback:
    """``ports.Feedback``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def vote(self, vote: Vote) -> None:
        new = self._database.insert(votes).values(**asdict(vote))
        save = new.on_conflict_do_update(
            index_elements=["chat_id", "story_id", "person"],
            set_={name: new.excluded[name] for name in _VOTE[3:]},
        )
        mine = votes.c.chat_id == vote.chat_id
        newest = select(votes.c.at).where(mine).order_by(votes.c.at.desc()).offset(REMEMBERED - 1).limit(1)
        async with self._database.write() as connection:
            await connection.execute(save)
            floor = await connection.scalar(newest)
            if floor is not None:
                await connection.execute(delete(votes).where(mine, votes.c.at < floor))

    async def votes(self, chat_id: int) -> list[Vote]:
        query = select(*(votes.c[name] for name in _VOTE)).where(votes.c.chat_id == chat_id)
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(votes.c.at, votes.c.story_id, votes.c.person))
            return [Vote(**row._mapping) for row in rows]

    async def withdraw(self, chat_id: int, story_ids: Sequence[int], person: str, value: int) -> None:
        gone = delete(votes).where(
            votes.c.chat_id == chat_id,
            votes.c.person == person,
            votes.c.story_id.in_(story_ids),
            votes.c.value == value,
        )
        async with self._database.write() as connection:
            await connection.execute(gone)

    async def forget_votes(self, chat_id: int) -> int:
        async with self._database.write() as connection:
            return (await connection.execute(delete(votes).where(votes.c.chat_id == chat_id))).rowcount

    async def mute(self, mute: Mute) -> None:
        new = self._database.insert(mutes).values(**asdict(mute))
        save = new.on_conflict_do_update(
            index_elements=["chat_id", "kind", "target"],
            set_={"until": new.excluded.until, "created_by": new.excluded.created_by},
        )
        async with self._database.write() as connection:
            await connection.execute(save)

    async def unmute(self, chat_id: int, kind: str, target: int) -> bool:
        gone = delete(mutes).where(mutes.c.chat_id == chat_id, mutes.c.kind == kind, mutes.c.target == target)
        async with self._database.write() as connection:
            return (await connection.execute(gone)).rowcount > 0

    async def mutes(self, chat_id: int, now: datetime) -> list[Mute]:
        query = (
            select(*(mutes.c[name] for name in _MUTE))
            .where(mutes.c.chat_id == chat_id, or_(mutes.c.until.is_(None), mutes.c.until > now))
            .order_by(mutes.c.kind, mutes.c.target)
        )
        async with self._database.read() as connection:
            return [Mute(**row._mapping) for row in await connection.execute(query)]
