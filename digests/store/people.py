"""Who may do what where, how much of it, and who did what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, insert, select, text

from digests.model import AuditEntry, Token
from digests.store.database import Database
from digests.store.tables import (
    allowed_chats,
    allowed_roles,
    audit,
    chat_limits,
    managers,
    sign_ins,
    summaries_asked,
    tokens,
)


class SqlPeople:
    """``ports.People``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_manager(self, chat_id: int, person: str, by: str, now: datetime) -> bool:
        new = self._database.insert(managers).values(chat_id=chat_id, person=person, added_by=by, added=now)
        async with self._database.write() as connection:
            added = await connection.execute(new.on_conflict_do_nothing().returning(managers.c.person))
            return added.first() is not None

    async def remove_manager(self, chat_id: int, person: str) -> bool:
        gone = delete(managers).where(managers.c.chat_id == chat_id, managers.c.person == person)
        async with self._database.write() as connection:
            return (await connection.execute(gone)).rowcount > 0

    async def managers(self, chat_id: int) -> list[str]:
        query = select(managers.c.person).where(managers.c.chat_id == chat_id)
        async with self._database.read() as connection:
            return list(await connection.scalars(query.order_by(managers.c.added, managers.c.person)))

    async def allow(self, platform: str, address: str, by: str, now: datetime) -> bool:
        new = self._database.insert(allowed_chats).values(
            platform=platform, address=address, added_by=by, added=now
        )
        async with self._database.write() as connection:
            added = await connection.execute(new.on_conflict_do_nothing().returning(allowed_chats.c.address))
            return added.first() is not None

    async def disallow(self, platform: str, address: str) -> bool:
        gone = delete(allowed_chats).where(
            allowed_chats.c.platform == platform, allowed_chats.c.address == address
        )
        async with self._database.write() as connection:
            return (await connection.execute(gone)).rowcount > 0

    async def allowed(self) -> list[tuple[str, str]]:
        query = select(allowed_chats.c.platform, allowed_chats.c.address).order_by(allowed_chats.c.added)
        async with self._database.read() as connection:
            return [(row.platform, row.address) for row in await connection.execute(query)]

    async def limits(self, chat_id: int) -> dict[str, int]:
        query = select(chat_limits.c.kind, chat_limits.c.most).where(chat_limits.c.chat_id == chat_id)
        async with self._database.read() as connection:
            return {row.kind: row.most for row in await connection.execute(query)}

    async def set_limit(self, chat_id: int, kind: str, most: int) -> None:
        new = self._database.insert(chat_limits).values(chat_id=chat_id, kind=kind, most=most)
        save = new.on_conflict_do_update(index_elements=["chat_id", "kind"], set_={"most": new.excluded.most})
        async with self._database.write() as connection:
            await connection.execute(save)

    async def ask(
        self, platform: str, address: str, count: int, most: int, now: datetime, since: datetime
    ) -> bool:
        asked = summaries_asked.c
        there = (asked.platform == platform, asked.address == address)
        new = self._database.insert(summaries_asked).values(
            platform=platform, address=address, at=now, count=count
        )
        save = new.on_conflict_do_update(
            index_elements=["platform", "address", "at"],
            set_={"count": asked["count"] + new.excluded["count"]},
        )
        async with self._database.write() as connection:
            if self._database.dialect != "sqlite":  # whose writer is alone anyway
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(hashtext(:name))"),
                    {"name": f"summaries {platform} {address}"},
                )
            await connection.execute(delete(summaries_asked).where(asked.at <= since))
            before = await connection.scalar(select(func.sum(asked["count"])).where(*there))
            if (before or 0) + count > most:
                return False
            await connection.execute(save)
        return True

    async def allow_role(self, role: str, by: str, now: datetime) -> bool:
        new = self._database.insert(allowed_roles).values(role=role, added_by=by, added=now)
        async with self._database.write() as connection:
            added = await connection.execute(new.on_conflict_do_nothing().returning(allowed_roles.c.role))
            return added.first() is not None

    async def disallow_role(self, role: str) -> bool:
        async with self._database.write() as connection:
            return (
                await connection.execute(delete(allowed_roles).where(allowed_roles.c.role == role))
            ).rowcount > 0

    async def allowed_roles(self) -> list[str]:
        query = select(allowed_roles.c.role).order_by(allowed_roles.c.added)
        async with self._database.read() as connection:
            return list(await connection.scalars(query))

    async def note(self, deed: AuditEntry) -> None:
        new = insert(audit).values(chat_id=deed.chat_id, person=deed.person, what=deed.what, at=deed.at)
        async with self._database.write() as connection:
            await connection.execute(new)

    async def deeds(self, chat_id: int | None, limit: int, offset: int = 0) -> list[AuditEntry]:
        query = select(audit.c.chat_id, audit.c.person, audit.c.what, audit.c.at)
        if chat_id is not None:
            query = query.where(audit.c.chat_id == chat_id)
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(audit.c.id.desc()).limit(limit).offset(offset))
            return [AuditEntry(**row._mapping) for row in rows]


_LINK, _SESSION = "link", "session"


class SqlTokens:
    """``ports.Tokens``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_within(self, token: Token, most: int) -> bool:
        async with self._database.write() as connection:
            mine = select(func.count()).where(tokens.c.chat_id == token.chat_id)
            if (await connection.scalar(mine) or 0) >= most:
                return False
            new = self._database.insert(tokens).values(
                key=token.key,
                chat_id=token.chat_id,
                name=token.name,
                scope=token.scope,
                created=token.created,
                created_by=token.created_by,
            )
            added = await connection.execute(new.on_conflict_do_nothing().returning(tokens.c.key))
            return added.first() is not None

    async def end(self, chat_id: int, name: str) -> bool:
        gone = delete(tokens).where(tokens.c.chat_id == chat_id, tokens.c.name == name)
        async with self._database.write() as connection:
            return (await connection.execute(gone)).rowcount > 0

    async def of_chat(self, chat_id: int) -> list[Token]:
        return await self._found(tokens.c.chat_id == chat_id)

    async def find(self, key: str) -> Token | None:
        return next(iter(await self._found(tokens.c.key == key)), None)

    async def _found(self, which: ColumnElement[bool]) -> list[Token]:
        query = select(tokens).where(which).order_by(tokens.c.created, tokens.c.name)
        async with self._database.read() as connection:
            return [Token(**row._mapping) for row in await connection.execute(query)]


class SqlSignIns:
    """``ports.SignIns``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def offer(self, key: str, person: str, now: datetime, until: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(delete(sign_ins).where(sign_ins.c.until <= now))
            earlier = (sign_ins.c.kind == _LINK) & (sign_ins.c.person == person)
            await connection.execute(delete(sign_ins).where(earlier))
            await connection.execute(insert(sign_ins).values(key=key, kind=_LINK, person=person, until=until))

    async def redeem(self, key: str, session: str, now: datetime, until: datetime) -> str | None:
        use = (
            delete(sign_ins)
            .where(sign_ins.c.key == key, sign_ins.c.kind == _LINK, sign_ins.c.until > now)
            .returning(sign_ins.c.person)
        )
        async with self._database.write() as connection:
            person: str | None = await connection.scalar(use)
            if person is not None:
                await connection.execute(
                    insert(sign_ins).values(key=session, kind=_SESSION, person=person, until=until)
                )
        return person

    async def person(self, session: str, now: datetime) -> str | None:
        query = select(sign_ins.c.person).where(
            sign_ins.c.key == session, sign_ins.c.kind == _SESSION, sign_ins.c.until > now
        )
        async with self._database.read() as connection:
            person: str | None = await connection.scalar(query)
        return person

    async def end(self, session: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(delete(sign_ins).where(sign_ins.c.key == session))
