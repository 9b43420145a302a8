"""Chats: where digests go, when the next is due, and what happens when a chat moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, exists, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import Chat, ChatSettings, Mute, Rule, Source, Subscription, Vote, Withheld
from digests.store.database import Database
from digests.store.sources import COLUMNS as SOURCE
from digests.store.sources import let_go, source_of, wake
from digests.store.tables import (
    allowed_chats,
    audit,
    chat_limits,
    chats,
    corrections,
    deliveries,
    digests,
    flood_waits,
    managers,
    mutes,
    rules,
    sources,
    subscriptions,
    told,
    used,
    votes,
    withheld,
)

COLUMNS = [
    chats.c[name]
    for name in (
        "id",
        "platform",
        "address",
        "thread",
        "kind",
        "title",
        "settings",
        "paused",
        "next_digest",
        "last_digest",
    )
]


def chat_of(row: Row[Any], prefix: str = "") -> Chat:
    values = {column.name: getattr(row, prefix + column.name) for column in COLUMNS}
    values["thread"] = values["thread"] or None
    return Chat(**values)


def _at(platform: str, address: str, thread: str | None) -> Any:
    return and_(chats.c.platform == platform, chats.c.address == address, chats.c.thread == (thread or ""))


class SqlChats:
    """``ports.Chats``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ensure(self, chat: Chat, now: datetime) -> Chat:
        """As the port says; what is stored stays, but a new kind or title is taken over."""
        here = _at(chat.platform, chat.address, chat.thread)
        async with self._database.read() as connection:
            row = (await connection.execute(select(*COLUMNS).where(here))).one_or_none()
        if row is not None and (row.kind, row.title) == (chat.kind, chat.title or row.title):
            return chat_of(row)
        new = self._database.insert(chats).values(
            platform=chat.platform,
            address=chat.address,
            thread=chat.thread or "",
            kind=chat.kind,
            title=chat.title,
            settings=chat.settings,
            paused=chat.paused,
            next_digest=chat.next_digest,
            last_digest=chat.last_digest,
            added=now,
        )
        taken_over = {"kind": new.excluded.kind} | ({"title": new.excluded.title} if chat.title else {})
        save = new.on_conflict_do_update(index_elements=["platform", "address", "thread"], set_=taken_over)
        async with self._database.write() as connection:
            return chat_of((await connection.execute(save.returning(*COLUMNS))).one())

    async def get(self, chat_id: int) -> Chat | None:
        return await self._one(chats.c.id == chat_id)

    async def find(self, platform: str, address: str, thread: str | None = None) -> Chat | None:
        return await self._one(_at(platform, address, thread))

    async def _one(self, condition: Any) -> Chat | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(*COLUMNS).where(condition))).one_or_none()
        return None if row is None else chat_of(row)

    async def all(self) -> list[Chat]:
        async with self._database.read() as connection:
            rows = await connection.execute(select(*COLUMNS).order_by(chats.c.id))
        return [chat_of(row) for row in rows]

    async def set_settings(self, chat_id: int, settings: ChatSettings) -> None:
        await self._set(chat_id, settings=settings)

    async def set_paused(self, chat_id: int, reason: str | None) -> None:
        await self._set(chat_id, paused=reason)

    async def schedule(self, chat_id: int, next_digest: datetime | None) -> None:
        await self._set(chat_id, next_digest=next_digest)

    async def _set(self, chat_id: int, **values: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(chats).where(chats.c.id == chat_id).values(**values))

    async def due(self, now: datetime) -> list[Chat]:
        """As the port says; a chat that was never scheduled is due."""
        query = (
            select(*COLUMNS)
            .where(
                chats.c.paused.is_(None),
                or_(chats.c.next_digest.is_(None), chats.c.next_digest <= now),
                exists().where(subscriptions.c.chat_id == chats.c.id),
            )
            .order_by(chats.c.next_digest.asc().nulls_first(), chats.c.id)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [chat_of(row) for row in rows]

    async def move(self, platform: str, address: str, new_address: str) -> None:
        """As the port says; a chat already stored at the new address is merged into the old one."""
        if address == new_address:
            return
        async with self._database.write() as connection:
            rows = await connection.execute(
                select(*COLUMNS).where(
                    chats.c.platform == platform, chats.c.address.in_((address, new_address))
                )
            )
            at_new: dict[str | None, int] = {}
            at_old: dict[str | None, int] = {}
            for chat in map(chat_of, rows):
                (at_new if chat.address == new_address else at_old)[chat.thread] = chat.id
            for thread in at_old.keys() & at_new.keys():
                await _merge(connection, at_new[thread], at_old[thread])
            there = and_(flood_waits.c.platform == platform, flood_waits.c.address == new_address)
            await connection.execute(delete(flood_waits).where(there))
            allowed = and_(allowed_chats.c.platform == platform, allowed_chats.c.address == new_address)
            await connection.execute(delete(allowed_chats).where(allowed))
            for table in (chats, flood_waits, allowed_chats):
                await connection.execute(
                    update(table)
                    .where(table.c.platform == platform, table.c.address == address)
                    .values(address=new_address)
                )


async def _merge(connection: AsyncConnection, from_id: int, into_id: int) -> None:
    keyed = (
        (subscriptions, "source_id"),
        (used, "entry_id"),
        (corrections, "entry_id"),
        (withheld, "story_id"),
        (managers, "person"),
        (chat_limits, "kind"),
        (told, None),
    )
    for table, key in keyed:
        move = update(table).where(table.c.chat_id == from_id)
        if key is not None:  # what both have, the old chat's stays
            there = select(table.c[key]).where(table.c.chat_id == into_id)
            move = move.where(table.c[key].not_in(there))
        await connection.execute(move.values(chat_id=into_id))
    for table in (digests, deliveries, rules, audit):
        await connection.execute(update(table).where(table.c.chat_id == from_id).values(chat_id=into_id))
    for table, one, other in ((votes, "story_id", "person"), (mutes, "kind", "target")):
        both = select(table.c[one], table.c[other]).where(table.c.chat_id == into_id)
        move = update(table).where(table.c.chat_id == from_id)
        await connection.execute(
            move.where(tuple_(table.c[one], table.c[other]).not_in(both)).values(chat_id=into_id)
        )
    await connection.execute(delete(chats).where(chats.c.id == from_id))


SUBSCRIPTION = [
    subscriptions.c[name]
    for name in (
        "id",
        "chat_id",
        "source_id",
        "after_entry",
        "created",
        "created_by",
        "number",
        "name",
        "topics",
    )
]


def subscription_of(row: Row[Any]) -> Subscription:
    values = {column.name: getattr(row, column.name) for column in SUBSCRIPTION}
    values |= {"number": row.number or row.source_id, "name": row.name or ""}
    return Subscription(**values)


def _named(source: Source, subscription: Subscription) -> Source:
    """The source as its chat calls it."""
    topics = source.topics if subscription.topics is None else subscription.topics
    return replace(source, name=subscription.name or source.name, topics=topics)


class SqlSubscriptions:
    """``ports.Subscriptions``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, subscription: Subscription, now: datetime) -> tuple[Subscription, bool]:
        added = await self.add_within(subscription, now, None)
        assert added is not None  # there is no bound
        return added

    async def add_within(
        self, subscription: Subscription, now: datetime, most: int | None
    ) -> tuple[Subscription, bool] | None:
        created = subscription.created or now
        given = func.coalesce(subscriptions.c.number, subscriptions.c.source_id)
        top = select(func.max(given)).where(subscriptions.c.chat_id == subscription.chat_id)
        new = self._database.insert(subscriptions).values(
            chat_id=subscription.chat_id,
            source_id=subscription.source_id,
            after_entry=subscription.after_entry,
            created=created,
            created_by=subscription.created_by,
            number=func.coalesce(top.scalar_subquery(), 0) + 1,
            name=subscription.name or None,
            topics=subscription.topics,
        )
        here = (
            subscriptions.c.chat_id == subscription.chat_id,
            subscriptions.c.source_id == subscription.source_id,
        )
        async with self._database.write() as connection:
            # counted and added by one at a time: SQLite's writer is alone, others wait for the chat
            await connection.execute(
                select(chats.c.id).where(chats.c.id == subscription.chat_id).with_for_update()
            )
            row = (await connection.execute(select(*SUBSCRIPTION).where(*here))).one_or_none()
            if row is not None:
                return subscription_of(row), False
            if most is not None:
                mine = select(func.count()).where(subscriptions.c.chat_id == subscription.chat_id)
                if (await connection.scalar(mine) or 0) >= most:
                    return None
            added = (
                await connection.execute(new.returning(subscriptions.c.id, subscriptions.c.number))
            ).one()
            await wake(connection, subscription.source_id, now)
            return replace(subscription, id=added.id, created=created, number=added.number), True

    async def remove(self, chat_id: int, source_id: int) -> bool:
        gone = delete(subscriptions).where(
            subscriptions.c.chat_id == chat_id, subscriptions.c.source_id == source_id
        )
        async with self._database.write() as connection:
            went = (await connection.execute(gone)).rowcount > 0
            await let_go(connection, source_id)
            return went

    async def rewind(self, chat_id: int, source_id: int, after_entry: int) -> None:
        back = (
            update(subscriptions)
            .where(
                subscriptions.c.chat_id == chat_id,
                subscriptions.c.source_id == source_id,
                subscriptions.c.after_entry > after_entry,
            )
            .values(after_entry=after_entry)
        )
        async with self._database.write() as connection:
            await connection.execute(back)

    async def of_chat(self, chat_id: int) -> list[tuple[Subscription, Source]]:
        columns = [column.label(f"source__{column.name}") for column in SOURCE]
        query = (
            select(*SUBSCRIPTION, *columns)
            .join(sources, sources.c.id == subscriptions.c.source_id)
            .where(subscriptions.c.chat_id == chat_id)
            .order_by(subscriptions.c.id)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [(theirs := subscription_of(row), _named(source_of(row, "source__"), theirs)) for row in rows]

    async def of_source(self, source_id: int) -> list[Subscription]:
        query = (
            select(*SUBSCRIPTION).where(subscriptions.c.source_id == source_id).order_by(subscriptions.c.id)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [subscription_of(row) for row in rows]


RULES_REMEMBERED = 200
"""Of what was left out, the newest are kept for each chat."""

_RULE = ("id", "chat_id", "source_id", "kind", "pattern", "role", "created_by")
_WITHHELD = ("story_id", "source_id", "title", "url", "rule", "at")


class SqlRules:
    """``ports.Rules``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, rule: Rule, now: datetime) -> Rule:
        added = await self.add_within(rule, now, None)
        assert added is not None  # there is no bound
        return added

    async def add_within(self, rule: Rule, now: datetime, most: int | None) -> Rule | None:
        row = asdict(rule)
        del row["id"]
        async with self._database.write() as connection:
            await connection.execute(select(chats.c.id).where(chats.c.id == rule.chat_id).with_for_update())
            same = select(rules.c.id).where(
                *(rules.c[name].is_not_distinct_from(row[name]) for name in _RULE[1:-1])
            )
            id_ = await connection.scalar(same)
            if id_ is None:
                mine = select(func.count()).where(rules.c.chat_id == rule.chat_id)
                if most is not None and (await connection.scalar(mine) or 0) >= most:
                    return None
                new = insert(rules).values(created=now, **row).returning(rules.c.id)
                id_ = (await connection.execute(new)).scalar_one()
        return replace(rule, id=id_)

    async def remove(self, chat_id: int, rule_id: int) -> bool:
        gone = delete(rules).where(rules.c.chat_id == chat_id, rules.c.id == rule_id)
        async with self._database.write() as connection:
            return (await connection.execute(gone)).rowcount > 0

    async def of_chat(self, chat_id: int) -> list[Rule]:
        query = (
            select(*(rules.c[name] for name in _RULE)).where(rules.c.chat_id == chat_id).order_by(rules.c.id)
        )
        async with self._database.read() as connection:
            return [Rule(**row._mapping) for row in await connection.execute(query)]

    async def watching(self) -> set[int]:
        query = select(rules.c.chat_id).where(rules.c.kind == "watch").distinct()
        async with self._database.read() as connection:
            return set(await connection.scalars(query))

    async def withhold(self, chat_id: int, left: Sequence[Withheld]) -> None:
        if not left:
            return
        new = self._database.insert(withheld)
        save = new.on_conflict_do_update(
            index_elements=["chat_id", "story_id"],
            set_={name: new.excluded[name] for name in _WITHHELD[1:]},
        )
        mine = withheld.c.chat_id == chat_id
        newest = (
            select(withheld.c.story_id)
            .where(mine)
            .order_by(withheld.c.at.desc(), withheld.c.story_id.desc())
            .limit(RULES_REMEMBERED)
        )
        rows = {one.story_id: {"chat_id": chat_id} | asdict(one) for one in left}
        async with self._database.write() as connection:
            await connection.execute(save, list(rows.values()))
            await connection.execute(delete(withheld).where(mine, withheld.c.story_id.not_in(newest)))

    async def withheld(self, chat_id: int, limit: int, source_id: int | None = None) -> list[Withheld]:
        query = (
            select(*(withheld.c[name] for name in _WITHHELD))
            .where(withheld.c.chat_id == chat_id)
            .order_by(withheld.c.at.desc(), withheld.c.story_id.desc())
            .limit(limit)
        )
        if source_id is not None:
            query = query.where(withheld.c.source_id == source_id)
        async with self._database.read() as connection:
            return [Withheld(**row._mapping) for row in await connection.execute(query)]


VOTES_REMEMBERED = 500
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
        newest = (
            select(votes.c.at).where(mine).order_by(votes.c.at.desc()).offset(VOTES_REMEMBERED - 1).limit(1)
        )
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
