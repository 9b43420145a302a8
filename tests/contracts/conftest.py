"""One suite for every implementation of a port; the parameter is the implementation.

PostgreSQL joins when ``NEWSDESK_TEST_POSTGRES`` names a database; see ``postgres.py``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk_values import Desk
from postgres import postgres_schema

from digests.store import open_store

NOW = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """An empty database's address."""
    if request.param == "sqlite":
        yield str(tmp_path / "store.sqlite3")
        return
    async with postgres_schema() as made:
        yield made


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
