"""One suite for every implementation of a port; the parameter is the implementation.

PostgreSQL joins when ``NEWSDESK_TEST_POSTGRES`` names a database, such as
``postgresql+psycopg://user@localhost/newsdesk_test``; each test has a schema of its own in it.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk_values import Desk
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from digests.store import open_store

POSTGRES = os.environ.get("NEWSDESK_TEST_POSTGRES", "")
NOW = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param(
            "postgresql",
            marks=pytest.mark.skipif(
                not POSTGRES, reason="NEWSDESK_TEST_POSTGRES names no PostgreSQL database"
            ),
        ),
    ]
)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """An empty database's address."""
    if request.param == "sqlite":
        yield str(tmp_path / "store.sqlite3")
        return
    schema = f"test_{uuid.uuid4().hex}"
    engine = create_async_engine(make_url(POSTGRES).set(drivername="postgresql+psycopg"))
    async with engine.begin() as connection:
        await connection.execute(text(f"CREATE SCHEMA {schema}"))
    here = make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={schema}"})
    yield here.render_as_string(hide_password=False)
    async with engine.begin() as connection:
        await connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    await engine.dispose()


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Desk]:
    async with open_store(url) as store:
        yield Desk(store, NOW)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def soon() -> datetime:
    return NOW + timedelta(minutes=1)
