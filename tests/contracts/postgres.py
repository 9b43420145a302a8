"""A PostgreSQL schema of its own for a test, where there is a database to make it in.

``NEWSDESK_TEST_POSTGRES`` names one, such as ``postgresql+psycopg://user@localhost/newsdesk_test``;
``tests/with_postgres.sh`` starts one for a command.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

POSTGRES = os.environ.get("NEWSDESK_TEST_POSTGRES", "")


@asynccontextmanager
async def postgres_schema() -> AsyncIterator[str]:
    """The address of an empty database; skips the test where there is none."""
    if not POSTGRES:
        pytest.skip("NEWSDESK_TEST_POSTGRES names no PostgreSQL database")
    schema = f"test_{uuid.uuid4().hex}"
    engine = create_async_engine(make_url(POSTGRES).set(drivername="postgresql+psycopg"))
    async with engine.begin() as connection:
        await connection.execute(text(f"CREATE SCHEMA {schema}"))
    here = make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={schema}"})
    try:
        yield here.render_as_string(hide_password=False)
    finally:
        async with engine.begin() as connection:
            await connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        await engine.dispose()
