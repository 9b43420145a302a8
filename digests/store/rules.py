"""What chats want left out or at once, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from digests.model import Rule, Withheld
from digests.store.database import Database
from digests.store.tables import chats, rules, withheld

REMEMBERED = 200
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
            .limit(REMEMBERED)
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
