"""Sign-in links and sessions of the desk's admins. Only hashes are kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from digests.store.database import Database
from digests.store.tables import sign_ins

_LINK, _SESSION = "link", "session"


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
