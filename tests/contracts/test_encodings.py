"""A PostgreSQL database whose encoding can't hold every text is refused, with what to do."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from digests.errors import StoreError
from digests.store import open_store
from digests.store.upgrading import plan
from tests.contracts.postgres import POSTGRES


@pytest.fixture(params=["SQL_ASCII", "LATIN1"])
async def other(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, str]]:
    """The address of a database in another encoding, and which."""
    if not POSTGRES:
        pytest.skip("NEWSDESK_TEST_POSTGRES names no PostgreSQL database")
    name, here = f"other_{uuid.uuid4().hex}", make_url(POSTGRES).set(drivername="postgresql+psycopg")
    engine = create_async_engine(here, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(
            text(f"CREATE DATABASE {name} ENCODING '{request.param}' LOCALE 'C' TEMPLATE template0")
        )
        yield here.set(database=name).render_as_string(hide_password=False), request.param
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await engine.dispose()


async def test_it_is_refused_at_start_and_by_the_doctor(other: tuple[str, str]) -> None:
    url, encoding = other
    with pytest.raises(StoreError, match=f"encoding is {encoding}.*createdb --encoding UTF8"):
        async with open_store(url):
            pass
    with pytest.raises(StoreError, match=f"encoding is {encoding}"):
        await plan(url)
