"""What the database costs and bears, for ``capacity.py``: on PostgreSQL where there is one, else on SQLite."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from digests.deliver.decide import new_nonce
from digests.model import Chat, Delivery, Digest, Part, PollState, Source
from digests.store import SqlStore, open_store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WRITERS = 8  # sessions that write at the same time
_SETTINGS = ("server_version", "fsync", "synchronous_commit", "shared_buffers")
# A delivery's two transactions, begun again and again by the server itself: no client is waited for.
_WRITE = """DO $$ DECLARE until timestamptz := clock_timestamp() + interval '{seconds} seconds'; BEGIN
WHILE clock_timestamp() < until LOOP
    UPDATE deliveries SET state = 'sending', attempts = attempts + 1, started = now() WHERE id = {id}; COMMIT;
    UPDATE deliveries SET state = 'sent', message_id = 'm', sent = now() WHERE id = {id}; COMMIT;
END LOOP; END $$"""


@asynccontextmanager
async def a_schema(url: str) -> AsyncIterator[str]:
    """The address of an empty schema in that database; it is gone afterwards."""
    name = f"capacity_{uuid.uuid4().hex}"
    engine = create_async_engine(make_url(url).set(drivername="postgresql+psycopg"))
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA {name}"))
        here = make_url(url).update_query_dict({"options": f"-csearch_path={name}"})
        yield here.render_as_string(hide_password=False)
        async with engine.begin() as connection:
            await connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    finally:
        await engine.dispose()


async def store_costs(url: str, many: int) -> dict[str, float]:
    """Polls saved in batches of 50, deliveries claimed and settled one by one, as the desk does."""
    async with open_store(url) as store:
        statements = 0

        def count(*_: object) -> None:
            nonlocal statements
            statements += 1

        for engine in {store.database._writer, store.database._reader}:
            event.listen(engine.sync_engine, "before_cursor_execute", count)
        for n in range(many):
            await store.sources.add(Source(url=f"https://{n}.example/"), NOW)
        statements = polled = 0
        while batch := await store.sources.due(NOW, 50):
            later = {s.id: PollState(next_poll=NOW + timedelta(hours=1)) for s, _ in batch}
            await store.sources.polled(later)
            polled += len(batch)
        per_poll = statements / polled
        await _queue(store, many)
        statements, began, wall = 0, time.process_time(), time.perf_counter()
        sent = 0
        while due := await store.deliveries.due(NOW, 50):
            for delivery, _ in due:
                await store.deliveries.sending(delivery.id, NOW)
                await store.deliveries.sent(delivery.id, "1", NOW)
                sent += 1
        return {
            "statements_a_poll": per_poll,
            "deliver": (time.process_time() - began) / sent,
            "statements_a_delivery": statements / sent,
            "commits_a_second": 2 * sent / (time.perf_counter() - wall),
        }


async def _queue(store: SqlStore, many: int) -> None:
    for n in range(many):
        chat = await store.chats.ensure(Chat(platform="telegram", address=str(n)), NOW)
        part = Delivery(
            digest_id=0, chat_id=chat.id, part=0, nonce=new_nonce(), content=Part(payload="{}", plain="x")
        )
        await store.digests.compose(Digest(chat_id=chat.id, created=NOW, items=()), [part], (), None, NOW)


async def write_rate(url: str, seconds: float) -> float:
    """Commits a second of ``WRITERS`` sessions on deliveries that ``store_costs`` left there: the most
    there is, since all pages are in memory and nobody else asks."""
    engine = create_async_engine(url, pool_size=WRITERS, isolation_level="AUTOCOMMIT")

    async def ask(statement: str) -> list[int]:
        async with engine.connect() as connection:
            return list(await connection.scalars(text(statement)))

    async def write(id_: int) -> None:
        async with engine.connect() as connection:
            await connection.exec_driver_sql(_WRITE.format(seconds=seconds, id=id_))

    try:
        ids = await ask(f"SELECT id FROM deliveries ORDER BY id LIMIT {WRITERS}")
        (before,) = await ask("SELECT sum(attempts) FROM deliveries")
        began = time.perf_counter()
        await asyncio.gather(*map(write, ids))
        (after,) = await ask("SELECT sum(attempts) FROM deliveries")
        return 2 * (after - before) / (time.perf_counter() - began)
    finally:
        await engine.dispose()


async def described(url: str) -> str:
    """The server's version and what decides how fast it commits."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            shown = [f"{name} {await connection.scalar(text(f'SHOW {name}'))}" for name in _SETTINGS]
        return f"PostgreSQL, {', '.join(shown)}"
    finally:
        await engine.dispose()


async def measured(postgres: str, file: Path, *, quick: bool) -> tuple[str, dict[str, float]]:
    """Which database it was, and what it takes and bears; ``file`` is where SQLite's would be."""
    many = 300 if quick else 2_000
    if not postgres:
        return "SQLite", await store_costs(str(file), many)
    async with a_schema(postgres) as url:
        costs = await store_costs(url, many)
        return await described(url), costs | {
            "commits_a_second": await write_rate(url, 3.0 if quick else 20.0)
        }
