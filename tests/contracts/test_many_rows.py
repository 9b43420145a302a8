"""With a million entries the frequent questions still find their rows by an index."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from postgres import postgres_schema
from sqlalchemy import event, text

from digests.store import SqlStore, open_store

ROWS = 1_000_000
NOW_SQL = {"postgresql": "timestamptz '2026-03-01 12:00+00'", "sqlite": "'2026-03-01 12:00:00.000000'"}
SMALL = ("COVERING INDEX", "ix_deliveries_unfinished")  # an index of few columns, or of few rows
GROWS = (
    "entries",
    "entry_keys",
    "articles",
    "stories",
    "used",
    "told",
    "deliveries",
    "digests",
    "searchable",
    "poll_states",
)

FILL = (
    "INSERT INTO sources (id, url, kind, name, topics, origin, paused, options, added) "
    "SELECT n, 'https://' || n, 'feed', '', '[]', 'chat', false, '[]', {now} FROM {series:10000}",
    "INSERT INTO poll_states (source_id, next_poll, ended, state) SELECT n, {later}, false, '{{}}' FROM {series:10000}",
    "INSERT INTO entries (id, source_id, guid, url, title, html, authors, tags, found, read_at, read_failures) "
    "SELECT n, 1 + n % 10000, {n}, {n}, {n}, '', '[]', '[]', {now}, NULL, 0 FROM {series:rows}",
    "INSERT INTO entry_keys (source_id, key, entry_id) SELECT 1 + n % 10000, 'guid:' || n, n FROM {series:rows}",
    "INSERT INTO stories (id, lead_id, version, started, updated) SELECT n, n, 1, {now}, {now} FROM {series:20000}",
    "INSERT INTO articles (id, entry_id, story_id, found, body) SELECT n, n, 1 + n % 20000, {now}, '{{}}' FROM {series:rows}",
    "INSERT INTO searchable (article_id, words) SELECT n, 'report ' || n || ' of lot ' || n % 997 FROM {series:100000}",
    "INSERT INTO chats (id, platform, address, thread, kind, title, settings, added, next_digest) "
    "SELECT n, 'telegram', {n}, '', 'private', '', '{{}}', {now}, {later} FROM {series:10000}",
    "INSERT INTO subscriptions (chat_id, source_id, after_entry, created, created_by) "
    "SELECT n, n, 0, {now}, '' FROM {series:10000}",
    "INSERT INTO digests (id, chat_id, created, body) SELECT n, 1 + n % 10000, {now}, '{{}}' FROM {series:200000}",
    "INSERT INTO used (chat_id, entry_id) SELECT 1 + n % 10000, n FROM {series:rows} WHERE n % 3 > 0",
    "INSERT INTO told (chat_id, story_id, digest_id, version) SELECT 1 + n % 10000, n, n, 1 FROM {series:200000} WHERE n % 3 > 0",
    "INSERT INTO deliveries (id, digest_id, chat_id, part, content, nonce, state, attempts, plain) "
    "SELECT n, n, 1 + n % 10000, 0, {part}, {n}, CASE WHEN n > 199900 THEN 'pending' ELSE 'sent' END, 1, false "
    "FROM {series:200000}",
)


def _statement(template: str, dialect: str, rows: int) -> str:
    class Series:
        """``{series:N}``: the numbers from 1 to N as rows."""

        def __format__(self, count: str) -> str:
            last = rows if count == "rows" else min(int(count), rows)
            if dialect == "postgresql":
                return f"generate_series(1, {last}) AS n"
            return f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s)"

    later = "timestamptz '2026-03-02 12:00+00'" if dialect == "postgresql" else "'2026-03-02 12:00:00.000000'"
    return template.format(
        part='\'{"payload": "", "plain": ""}\'',
        n="CAST(n AS text)",
        now=NOW_SQL[dialect],
        later=later,
        series=Series(),
    )


async def _fill(store: SqlStore, rows: int) -> None:
    dialect = store.database.dialect
    async with store.database.write() as connection:
        if dialect == "postgresql":  # the rows fit; checking each reference would take most of the time
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for template in FILL:
            await connection.execute(text(_statement(template, dialect, rows)))
    async with store.database.write() as connection:
        await connection.exec_driver_sql("ANALYZE")


async def _asked(store: SqlStore, now: datetime) -> list[tuple[str, Any]]:
    """The hot questions, each as it was put."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "WITH")):
            seen.append((statement, values))

    engines = {store.database._reader.sync_engine, store.database._writer.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    hold = timedelta(minutes=2)
    await store.sources.due(now, 200)
    await store.sources.due(now, 200, hold)
    await store.entries.unread(now, 200)
    await store.entries.unread(now, 200, hold)
    await store.entries.known_many({n: [f"guid:{n}", "guid:x"] for n in range(1, 100)})
    await store.articles.ungrouped(500)
    await store.digests.candidates(7, 200)
    await store.digests.pending(7)
    await store.deliveries.due(now, 100, "telegram")
    await store.deliveries.due(now, 100, "telegram", hold)
    await store.deliveries.doubtful(now)
    await store.library.search(7, "report 42424", 10)
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    return seen


def _scans(plan: dict[str, Any]) -> list[str]:
    """Tables that a plan of PostgreSQL reads from end to end."""
    own = [plan["Relation Name"]] if plan["Node Type"] == "Seq Scan" else []
    return own + [name for inner in plan.get("Plans", ()) for name in _scans(inner)]


@pytest.mark.slow
async def test_postgresql_reads_no_large_table_from_end_to_end(now: datetime) -> None:
    async with postgres_schema() as url, open_store(url) as store:
        await _fill(store, ROWS)
        asked = await _asked(store, now)
        assert len(asked) >= 12
        async with store.database.read() as connection:
            for statement, values in asked:
                rows = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
                plan = rows.scalar_one()[0]["Plan"]
                scanned = [name for name in _scans(plan) if name in GROWS]
                assert scanned == [], statement


@pytest.mark.slow
async def test_sqlite_reads_no_large_table_from_end_to_end(tmp_path: Path, now: datetime) -> None:
    async with open_store(str(tmp_path / "many.sqlite3")) as store:
        await _fill(store, 20_000)
        asked = await _asked(store, now)
        async with store.database.read() as connection:
            for statement, values in asked:
                rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                steps = [row[3] for row in rows]
                scanned = [step for step in steps if step.startswith(tuple(f"SCAN {name}" for name in GROWS))]
                assert [step for step in scanned if not any(small in step for small in SMALL)] == [], (
                    statement
                )
