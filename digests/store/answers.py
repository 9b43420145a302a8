"""What models answered, by what they were asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from digests.store.database import Database
from digests.store.tables import model_answers


class SqlAnswers:
    """``ports.Answers``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        async with self._database.read() as connection:
            answer: str | None = await connection.scalar(
                select(model_answers.c.answer).where(model_answers.c.key == key)
            )
        return answer

    async def save(self, key: str, answer: str, now: datetime) -> None:
        new = self._database.insert(model_answers).values(key=key, answer=answer, made=now)
        save = new.on_conflict_do_update(
            index_elements=["key"], set_={"answer": new.excluded.answer, "made": new.excluded.made}
        )
        async with self._database.write() as connection:
            await connection.execute(save)

    async def forget(self, before: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(delete(model_answers).where(model_answers.c.made < before))
