"""How many statements the frequent calls cost, and that the hot ones use an index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from digests.model import Chat, Delivery, Digest, Entry, Part, PollState, Source
from digests.store import SqlStore, open_store

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with open_store(str(tmp_path / "s.sqlite3")) as opened:
        yield opened


@pytest.fixture
def statements(store: SqlStore) -> list[tuple[str, Any]]:
    """What is executed from here on, without BEGIN."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "EXPLAIN")):
            seen.append((statement, values))

    for engine in (store.database._reader, store.database._writer):
        event.listen(engine.sync_engine, "before_cursor_execute", note)
    return seen


async def test_many_polls_cost_one_statement(store: SqlStore, statements: list[tuple[str, Any]]) -> None:
    ids = [(await store.sources.add(Source(url=f"u{n}"), NOW)).id for n in range(50)]
    statements.clear()
    await store.sources.polled({id_: PollState(next_poll=NOW, etag='"1"') for id_ in ids})
    assert len(statements) == 1
    assert len(statements[0][1]) == 50 * 4


async def test_known_chats_cost_one_read(store: SqlStore, statements: list[tuple[str, Any]]) -> None:
    chat = Chat(platform="telegram", address="1", title="t")
    await store.chats.ensure(chat, NOW)
    statements.clear()
    await store.chats.ensure(chat, NOW)
    assert len(statements) == 1


@pytest.mark.slow
async def test_hot_queries_scan_no_table_that_grows(
    store: SqlStore, statements: list[tuple[str, Any]]
) -> None:
    """Entries, articles, digests, deliveries and marks grow without end; chats and sources don't."""
    source = await store.sources.add(Source(url="u"), NOW)
    await store.entries.add([(Entry(source_id=source.id), ["k"])], NOW)
    statements.clear()
    await store.deliveries.due(NOW, 10)
    await store.deliveries.sending(1, NOW)
    await store.deliveries.sent(1, "m", NOW)
    await store.deliveries.doubtful(NOW)
    await store.deliveries.counts()
    await store.digests.pending(1)
    await store.digests.pending_among([1, 2])
    await store.digests.candidates(1, 10)
    await store.digests.posted(1, 1)
    await store.digests.last(1, 5)
    await store.entries.known(source.id, ["k"])
    await store.entries.unread(NOW, 5)
    await store.entries.newest(source.id, 5)
    await store.articles.ungrouped(5)
    await store.articles.recent(NOW)
    await store.sources.due(NOW, 10)
    await store.chats.due(NOW)
    plans = []
    async with store.database.read() as connection:
        for statement, values in list(statements):
            rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            plans += [(row[3], statement) for row in rows]
    assert len(plans) > 20
    small = ("SCAN chats", "SCAN poll_states", "SCAN sources", "SCAN CONSTANT ROW", "SCAN due", "SCAN first")
    scans = [
        (step, statement)
        for step, statement in plans
        if step.startswith("SCAN")
        and not step.startswith(small)
        and "COVERING INDEX" not in step
        and "VIRTUAL TABLE" not in step  # a list given in the question
    ]
    assert scans == []


@pytest.mark.slow
async def test_fifty_messages_claimed_and_sent_at_once_cost_six_statements(
    store: SqlStore, statements: list[tuple[str, Any]]
) -> None:
    """A claim goes first by itself or with the rest; nothing is written one by one."""
    ids = []
    for number in range(50):
        chat = await store.chats.ensure(Chat(platform="discord", address=str(number)), NOW)
        part = Delivery(
            digest_id=0, chat_id=chat.id, part=0, content=Part(payload="x", plain="x"), nonce=str(number)
        )
        digest = await store.digests.compose(
            Digest(chat_id=chat.id, created=NOW, items=()), [part], (), None, NOW
        )
        ids += [one.id for one in await store.deliveries.of_digest(digest.id)]
    statements.clear()
    assert all(await asyncio.gather(*(store.deliveries.sending(one, NOW) for one in ids)))
    await asyncio.gather(*(store.deliveries.sent(one, "m", NOW) for one in ids))
    assert len(statements) <= 6
