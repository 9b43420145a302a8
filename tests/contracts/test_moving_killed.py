"""``newsdesk migrate-store`` killed at random moments, of a desk that goes on writing: nothing is missing in the end.

What both databases hold is counted and hashed here, by their own drivers, and not by the command.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from many_rows import fill
from postgres import postgres_schema
from sqlalchemy import make_url

from digests.model import Chat, Entry, Source
from digests.store import SqlStore, open_store
from tests.examples import ALL

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
KILLS = 20 if ALL else 8
ROWS = 1_500  # of the large tables

Known = dict[str, tuple[int, str]]


def plain(value: object) -> str:
    if isinstance(value, datetime):  # SQLite keeps them as text in UTC
        return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]
    return str(int(value)) if isinstance(value, bool) else repr(value)


def hashed(rows: list[tuple[object, ...]]) -> tuple[int, str]:
    lines = sorted("|".join(plain(value).strip("'") for value in row) for row in rows)
    return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()


def of_sqlite(path: Path) -> Known:
    """Rows and hash of every table there is, but those that SQLite keeps for its own index."""
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            name: hashed(connection.execute(f"SELECT {columns(connection, name)} FROM {name}").fetchall())
            for name in names
            if not name.startswith(("sqlite_", "search_"))
        }


def total(known: Known) -> int:
    return sum(count for count, _ in known.values())


def columns(connection: sqlite3.Connection, table: str) -> str:
    return ", ".join(sorted(row[1] for row in connection.execute(f"PRAGMA table_info({table})")))


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def of_postgres(url: str) -> Known:
    with connect(url) as connection:
        found = connection.execute(
            "SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY column_name COLLATE \"C\") "
            "FROM information_schema.columns WHERE table_schema = current_schema() GROUP BY 1"
        ).fetchall()
        return {
            str(name): hashed(connection.execute(f"SELECT {listed} FROM {name}".encode()).fetchall())
            for name, listed in found
        }


def there(url: str) -> int:
    """Rows that the moves have brought so far; 0 before there are tables."""
    with connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        counts = [f"SELECT count(*) AS n FROM {name}" for (name,) in names]
        if not counts:
            return 0
        row = connection.execute(
            f"SELECT sum(n) FROM ({' UNION ALL '.join(counts)}) AS c".encode()
        ).fetchone()
        return int(str(row[0])) if row else 0


async def command(source: Path, target: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "migrate-store", f"sqlite:///{source}", target, cwd=source.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def to_the_end(source: Path, target: str) -> str:
    one = await command(source, target)
    async with asyncio.timeout(120):
        out, err = await one.communicate()
    assert one.returncode == 0, err.decode()
    return out.decode()


async def work(store: SqlStore, now: datetime, rng: random.Random) -> None:
    """A desk at work: new rows, rows that go with others, and chats that exchange a unique address."""
    number = 0
    while True:
        number += 1
        source = await store.sources.add(Source(url=f"https://new.example/{number}"), now)
        await store.entries.add(
            [(Entry(source_id=source.id, title=f"“{number}” Ä\n"), [f"a{number}", f"Ä{number}"])], now
        )
        await store.sources.remove(rng.randint(1, ROWS))
        await store.chats.ensure(Chat(platform="telegram", address=f"new{number}"), now)
        one, other = (str(rng.randint(1, ROWS // 2)), str(rng.randint(ROWS // 2 + 1, ROWS)))
        for old, new in ((one, "between"), (other, one), ("between", other)):
            await store.chats.move("telegram", old, new)
        await store.deliveries.wait("telegram", f"-{number}", now + timedelta(hours=1))
        await asyncio.sleep(0.2)


@asynccontextmanager
async def at_work(path: Path, now: datetime, rng: random.Random) -> AsyncIterator[None]:
    async with open_store(str(path)) as store:
        working = asyncio.create_task(work(store, now, rng))
        yield
        assert not working.done(), working.exception()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def test_killed_many_times_while_the_desk_writes_the_move_still_ends_equal(
    tmp_path: Path, now: datetime
) -> None:
    rng = random.Random(11)
    path = tmp_path / "desk.sqlite3"
    async with postgres_schema() as target:
        async with open_store(str(path)) as store:
            await fill(store, ROWS)
        loop, moments, whole = asyncio.get_running_loop(), list[int](), total(of_sqlite(path))
        async with at_work(path, now, rng):
            while len(moments) < KILLS:
                # the first ones while the tables are made, the others all along the way
                wanted = whole * (len(moments) - 2) // KILLS if len(moments) > 2 else whole
                one = await command(path, target)
                until = loop.time() + (60 if len(moments) > 2 else rng.uniform(0.3, 1.5))
                while one.returncode is None and loop.time() < until and there(target) < wanted:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                await asyncio.sleep(rng.uniform(0, 0.1))
                with suppress(ProcessLookupError):
                    one.kill()
                out, err = await one.communicate()
                assert one.returncode == -9, (out + err).decode()
                moments.append(there(target))
            assert len(set(moments)) > KILLS / 2, "they were killed all along the way"
            assert moments == sorted(moments), "none began anew"
            await to_the_end(path, target)  # one moment of a desk that works
        assert "Both databases hold the same" in await to_the_end(path, target)
        source, moved = of_sqlite(path), of_postgres(target)
        assert source["entries"][0] > ROWS
        assert source["chats"][0] > ROWS
        assert {name: moved.get(name) for name in source} == source
        assert " 0 written" in (await to_the_end(path, target)).splitlines()[0]
