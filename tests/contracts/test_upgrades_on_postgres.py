"""From every schema there was to this version's, with data in it, on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from alembic import command
from postgres import postgres_schema
from sqlalchemy import create_engine, inspect, make_url, text

from digests.store import open_store
from digests.store.schema import alembic_config, revisions
from digests.store.upgrading import plan, upgrade_now
from tests.digests.store.test_upgrades import FIRST_DATA


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with postgres_schema() as made:
        yield made


def _for_postgres(sql: str) -> str:
    """SQLite writes truth as 0 and 1; the two booleans there are stand before their last value."""
    sql = re.sub(r"('chat', )0(, '\[\]')", r"\1false\2", sql)
    sql = re.sub(r"(09:00:00\.000000', )0(,)", r"\1false\2", sql)
    return sql.replace("'pending', 0, 0)", "'pending', 0, false)")


def made_at(url: str, schema: str) -> None:
    """A database as it stood at that schema, with the first version's data."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    config = alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, schema)
        connection.exec_driver_sql(_for_postgres(FIRST_DATA).replace("%", "%%"))
    engine.dispose()


def look(url: str) -> str:
    """The schema's tables and columns, and the version it says it is."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        found = inspect(connection)
        tables = {t: sorted(c["name"] for c in found.get_columns(t)) for t in sorted(found.get_table_names())}
        rows = {t: connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in tables}
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    engine.dispose()
    return json.dumps([tables, rows, version])


@pytest.mark.parametrize("schema", sorted(revisions()))
async def test_everything_is_still_there(url: str, schema: str) -> None:
    await asyncio.to_thread(made_at, url, schema)
    async with open_store(url) as store:
        (source,) = await store.sources.all()
        assert (source.url, source.topics) == ("https://a.example/feed", ("world",))
        assert await store.entries.known(1, ["guid:g1"]) == {"guid:g1": 1}
        chat = await store.chats.get(1)
        assert chat is not None
        assert (chat.settings.cadence, chat.settings.zone) == ("hourly", "Europe/Berlin")
        assert [c.entry_ids for c in await store.digests.candidates(1, 10)] == [(1,)]
        ((delivery, to),) = await store.deliveries.due(datetime(2026, 2, 1, tzinfo=UTC), 10)
        assert (delivery.content.plain, to.id) == ("One.", 1)


async def test_a_trial_leaves_no_trace(url: str) -> None:
    await asyncio.to_thread(made_at, url, "0001")
    before = await asyncio.to_thread(look, url)
    steps = await plan(url)
    assert [step.schema for step in steps] == sorted(revisions())[1:]
    assert await asyncio.to_thread(look, url) == before
    assert await upgrade_now(url) == steps
    assert await plan(url) == []
    assert await asyncio.to_thread(look, url) != before
