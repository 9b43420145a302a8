"""Digests: what a chat has not had yet, and composing it in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Date, Row, Select, and_, case, exists, func, insert, or_, select, update
from sqlalchemy import cast as as_type
from sqlalchemy.ext.asyncio import AsyncConnection

from digests.model import Chat, Delivery, DeliveryState, Digest, DigestItem
from digests.ports import Candidate, Carried
from digests.store.articles import STORY, placed_for
from digests.store.chats import COLUMNS as CHAT
from digests.store.chats import chat_of
from digests.store.database import MANY, Database
from digests.store.deliveries import COLUMNS as DELIVERY
from digests.store.deliveries import delivery_of, row_of_delivery
from digests.store.search_index import MOST_WORDS, told_words
from digests.store.stories import View, views_by_id
from digests.store.tables import (
    articles,
    chats,
    deliveries,
    digests,
    entries,
    placements,
    recordings,
    searchable,
    subscriptions,
    told,
    used,
)

GIVEN_UP = timedelta(days=7)
"""How long an entry whose reading was given up may still be edited and come after all."""


def digest_of(row: Row[Any]) -> Digest:
    digest: Digest = row.body
    return replace(digest, id=row.id, chat_id=row.chat_id)


def _fresh(chat_id: int | ColumnElement[int]) -> Select[Any, Any]:
    """(story, entry) pairs the chat has not had, of what was grouped or is left to each chat to group."""
    return (
        select(STORY.label("story_id"), entries.c.id)
        .select_from(subscriptions)
        .join(
            entries,
            and_(
                entries.c.source_id == subscriptions.c.source_id, entries.c.id > subscriptions.c.after_entry
            ),
        )
        .join(articles, articles.c.entry_id == entries.c.id)
        .outerjoin(placements, placed_for(subscriptions.c.chat_id))
        .where(
            subscriptions.c.chat_id == chat_id,
            or_(articles.c.story_id.is_not(None), articles.c.placed.is_not(None)),
            ~exists().where(used.c.chat_id == subscriptions.c.chat_id, used.c.entry_id == entries.c.id),
        )
    )


class SqlDigests:
    """``ports.Digests``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def candidates(self, chat_id: int, limit: int) -> list[Candidate]:
        """As the port says; the ``limit`` stories that wait longest."""
        async with self._database.read() as connection:
            fresh: dict[int, list[int]] = {}
            waiting = _fresh(chat_id).where(STORY.is_not(None)).order_by(entries.c.id)
            for story_id, entry_id in await connection.execute(waiting):
                if story_id in fresh or len(fresh) < limit:
                    fresh.setdefault(story_id, []).append(entry_id)
            if not fresh:
                return []
            found = await views_by_id(connection, list(fresh), chat_id)
            versions = (
                select(told.c.story_id, func.max(told.c.version))
                .where(told.c.chat_id == chat_id, told.c.story_id.in_(list(fresh)))
                .group_by(told.c.story_id)
            )
            known = dict((await connection.execute(versions)).all())
        return [
            Candidate(
                story=found[id_].story, entry_ids=tuple(ids), told=_told(known.get(id_, 0), found[id_], ids)
            )
            for id_, ids in fresh.items()
        ]

    async def pending(self, chat_id: int) -> bool:
        async with self._database.read() as connection:
            return (await connection.execute(_fresh(chat_id).limit(1))).first() is not None

    async def pending_among(self, chat_ids: Collection[int]) -> set[int]:
        ids, found = list(chat_ids), set[int]()
        for start in range(0, len(ids), MANY):
            some = chats.c.id.in_(ids[start : start + MANY])
            query = select(chats.c.id).where(some, _fresh(chats.c.id).correlate(chats).exists())
            async with self._database.read() as connection:
                found.update(await connection.scalars(query))
        return found

    async def compose(
        self,
        digest: Digest,
        parts: Sequence[Delivery],
        skipped: Sequence[int],
        next_digest: datetime | None,
        now: datetime,
    ) -> Digest:
        items = (*digest.items, *digest.headlines)
        chat_id = digest.chat_id
        insert_used = self._database.insert(used).on_conflict_do_nothing()
        entry_ids = dict.fromkeys((*(id_ for item in items for id_ in item.entry_ids), *skipped))
        schedule = {"next_digest": next_digest} | ({"last_digest": now} if items else {})
        async with self._database.write() as connection:
            new = insert(digests).values(chat_id=chat_id, created=digest.created, body=replace(digest, id=0))
            id_ = (await connection.execute(new.returning(digests.c.id))).scalar_one()
            if parts:
                await connection.execute(
                    insert(deliveries),
                    [row_of_delivery(replace(p, digest_id=id_, chat_id=chat_id)) for p in parts],
                )
            if entry_ids:
                await connection.execute(
                    insert_used, [{"chat_id": chat_id, "entry_id": entry_id} for entry_id in entry_ids]
                )
            words = await _found_by(connection, items)
            versions: dict[int, int] = {}
            for item in items:
                versions[item.story_id] = max(item.version, versions.get(item.story_id, 0))
            if versions:
                await connection.execute(
                    insert(told),
                    [
                        {
                            "chat_id": chat_id,
                            "story_id": story_id,
                            "digest_id": id_,
                            "version": version,
                            "words": words.get(story_id),
                        }
                        for story_id, version in versions.items()
                    ],
                )
            await connection.execute(update(chats).where(chats.c.id == chat_id).values(**schedule))
            await _advance(connection, chat_id, now - GIVEN_UP)
        return replace(digest, id=id_)

    async def get(self, digest_id: int) -> Digest | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(digests).where(digests.c.id == digest_id))).one_or_none()
        return None if row is None else digest_of(row)

    async def last(self, chat_id: int, limit: int) -> list[Digest]:
        """The newest first."""
        query = select(digests).where(digests.c.chat_id == chat_id).order_by(digests.c.id.desc()).limit(limit)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [digest_of(row) for row in rows]

    async def posted(self, chat_id: int, story_id: int) -> tuple[DigestItem, Delivery] | None:
        """As the port says; only a delivery that was sent counts."""
        query = (
            select(*DELIVERY)
            .join(told, told.c.digest_id == deliveries.c.digest_id)
            .where(told.c.chat_id == chat_id, told.c.story_id == story_id)
            .order_by(deliveries.c.digest_id.desc(), deliveries.c.part)
        )
        async with self._database.read() as connection:
            for delivery in map(delivery_of, await connection.execute(query)):
                if delivery.state is DeliveryState.SENT and story_id in delivery.content.stories:
                    break
            else:
                return None
            of_it = select(digests).where(digests.c.id == delivery.digest_id)
            digest = digest_of((await connection.execute(of_it)).one())
        item = next(i for i in (*digest.items, *digest.headlines) if i.story_id == story_id)
        return item, delivery

    async def carried(self, platform: str, address: str, message_id: str) -> Carried | None:
        query = (
            select(*DELIVERY)
            .join(chats, chats.c.id == deliveries.c.chat_id)
            .where(
                chats.c.platform == platform,
                chats.c.address == address,
                deliveries.c.message_id == message_id,
                deliveries.c.state == DeliveryState.SENT.value,
            )
            .order_by(deliveries.c.id)
        )
        async with self._database.read() as connection:
            known = [delivery_of(row) for row in await connection.execute(query)]
        if not known:
            return None
        first, last = known[0], known[-1]
        return Carried(last.chat_id, last.content.stories, first.digest_id, last.digest_id)

    async def on_its_way(self, chat_id: int, story_id: int) -> bool:
        query = (
            select(*DELIVERY)
            .join(told, told.c.digest_id == deliveries.c.digest_id)
            .where(
                told.c.chat_id == chat_id,
                told.c.story_id == story_id,
                deliveries.c.state.in_((DeliveryState.PENDING.value, DeliveryState.SENDING.value)),
            )
        )
        async with self._database.read() as connection:
            unfinished = map(delivery_of, await connection.execute(query))
            return any(story_id in one.content.stories for one in unfinished)


async def _found_by(connection: AsyncConnection, items: Sequence[DigestItem]) -> dict[int, str]:
    """By story, the words that this chat finds it by besides its articles': those it was told in, where they
    are not the articles' own, with those of the reports it was told of."""
    own = {item.story_id: words for item in items if (words := told_words(item.brief))}
    if not own:
        return {}
    of_entry = {id_: item.story_id for item in items if item.story_id in own for id_ in item.entry_ids}
    known = (
        select(articles.c.entry_id, searchable.c.words)
        .join(searchable, searchable.c.article_id == articles.c.id)
        .where(articles.c.entry_id.in_(list(of_entry)[:MANY]))
        .order_by(articles.c.id)
    )
    for row in await connection.execute(known):
        own[of_entry[row.entry_id]] += row.words.split()
    return {story_id: " ".join(list(dict.fromkeys(words))[:MOST_WORDS]) for story_id, words in own.items()}


def _told(version: int, view: View, fresh: Collection[int]) -> int:
    """The version a chat was told, of what it sees now: it may have followed more of the story then."""
    had = 1 + sum(count for entry_id, count in view.changes.items() if entry_id not in fresh)
    return min(version, had)


async def _advance(connection: AsyncConnection, chat_id: int, given_up: datetime) -> None:
    """Move each subscription's start past what the chat needs no more, so that looking for
    fresh entries stays cheap however old the subscription is."""
    of_source = entries.c.source_id == subscriptions.c.source_id
    needed = (
        select(entries.c.id - 1)
        .outerjoin(articles, articles.c.entry_id == entries.c.id)
        .where(
            of_source,
            entries.c.id > subscriptions.c.after_entry,
            ~exists().where(used.c.chat_id == chat_id, used.c.entry_id == entries.c.id),
            or_(articles.c.id.is_not(None), entries.c.read_at.is_not(None), entries.c.found >= given_up),
        )
        .order_by(entries.c.id)
        .limit(1)
        .correlate(subscriptions)
        .scalar_subquery()
    )
    newest = select(func.max(entries.c.id)).where(of_source).correlate(subscriptions).scalar_subquery()
    start = func.coalesce(needed, newest, subscriptions.c.after_entry)
    await connection.execute(
        update(subscriptions)
        .where(subscriptions.c.chat_id == chat_id)
        .values(
            after_entry=case((start > subscriptions.c.after_entry, start), else_=subscriptions.c.after_entry)
        )
    )


_CHAT = [column.label(f"chat__{column.name}") for column in CHAT]
_UNFINISHED = (DeliveryState.PENDING.value, DeliveryState.SENDING.value)


class SqlAdminReports:
    """``ports.AdminReports``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def found_a_day(self, since: datetime) -> dict[int, Counter[date]]:
        day: Any
        if self._database.dialect == "sqlite":
            day = func.date(entries.c.found)
        else:
            day = as_type(func.timezone("UTC", entries.c.found), Date)
        query = (
            select(entries.c.source_id, day, func.count())
            .where(entries.c.found >= since, entries.c.source_id.is_not(None))
            .group_by(entries.c.source_id, day)
        )
        found: dict[int, Counter[date]] = {}
        async with self._database.read() as connection:
            for source_id, when, count in await connection.execute(query):
                at = date.fromisoformat(when) if isinstance(when, str) else cast(date, when)
                found.setdefault(source_id, Counter())[at] = count
        return found

    async def deliveries(
        self, states: Collection[DeliveryState], limit: int
    ) -> list[tuple[Delivery, Chat, datetime]]:
        query = (
            select(*DELIVERY, *_CHAT, digests.c.created.label("composed"))
            .join(chats, chats.c.id == deliveries.c.chat_id)
            .join(digests, digests.c.id == deliveries.c.digest_id)
            .where(deliveries.c.state.in_([state.value for state in states]))
            .order_by(deliveries.c.id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows: Any = await connection.execute(query)
        return [(delivery_of(row), chat_of(row, "chat__"), row.composed) for row in rows]

    async def waiting_since(self, now: datetime) -> datetime | None:
        due = or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now)
        query = (
            select(func.min(digests.c.created))
            .join(deliveries, deliveries.c.digest_id == digests.c.id)
            .join(chats, chats.c.id == deliveries.c.chat_id)
            .where(deliveries.c.state.in_(_UNFINISHED), chats.c.paused.is_(None), due)
        )
        async with self._database.read() as connection:
            since: datetime | None = await connection.scalar(query)
        return since

    async def posted(
        self, limit: int, *, chat_id: int | None = None, before: int | None = None
    ) -> list[tuple[Digest, Chat]]:
        there = select(deliveries.c.id).where(
            deliveries.c.digest_id == digests.c.id, deliveries.c.state == DeliveryState.SENT.value
        )
        query = (
            select(digests.c.id, digests.c.chat_id, digests.c.body, *_CHAT)
            .join(chats, chats.c.id == digests.c.chat_id)
            .where(there.exists())
            .order_by(digests.c.id.desc())
            .limit(limit)
        )
        if chat_id is not None:
            query = query.where(digests.c.chat_id == chat_id)
        if before is not None:
            query = query.where(digests.c.id < before)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [(digest_of(row), chat_of(row, "chat__")) for row in rows]

    async def messages(self, digest_id: int) -> list[Delivery]:
        query = select(*DELIVERY).where(deliveries.c.digest_id == digest_id).order_by(deliveries.c.part)
        async with self._database.read() as connection:
            rows = await connection.execute(query)
        return [delivery_of(row) for row in rows]

    async def followers(self) -> dict[int, int]:
        alive = and_(chats.c.id == subscriptions.c.chat_id, chats.c.paused.is_(None))
        query = (
            select(subscriptions.c.source_id, func.count())
            .join(chats, alive)
            .group_by(subscriptions.c.source_id)
        )
        async with self._database.read() as connection:
            counted: dict[int, int] = dict((await connection.execute(query)).all())
        return counted


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
