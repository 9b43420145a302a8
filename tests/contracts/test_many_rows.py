"""With a million entries the frequent questions still find their rows by an index."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from many_rows import fill
from postgres import postgres_schema
from sqlalchemy import event

from digests.model import (
    Article,
    Delivery,
    Digest,
    Entry,
    Failure,
    FailureKind,
    Hold,
    Limit,
    Part,
    PollState,
    RetentionPolicy,
    Source,
    Spacing,
)
from digests.store import SqlStore, open_store

ROWS = 1_000_000
SMALL = ("COVERING INDEX", "ix_deliveries_unfinished")  # an index of few columns, or of few rows
GROWS: tuple[str, ...] = (
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
    "briefs",
    "votes",
    "withheld",
    "audit",
    "model_calls",
    "model_answers",
)


async def _asked(store: SqlStore, now: datetime) -> list[tuple[str, Any]]:
    """What a desk asks and writes all day, each statement as it was put."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH", "INSERT")):
            seen.append((statement, values[0] if many else values))

    engines = {store.database._reader.sync_engine, store.database._writer.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    await _watching(store, now)
    await _reading(store, now)
    await _editing(store, now)
    await _delivering(store, now)
    await _answering(store, now)
    await store.retention.prune(now, RetentionPolicy())
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    return seen


async def _watching(store: SqlStore, now: datetime) -> None:
    hold = timedelta(minutes=2)
    await store.sources.due(now, 200)
    await store.sources.due(now, 200, hold)
    await store.sources.due(now, 200, after=(Source(id=7, url=""), PollState(next_poll=now)))
    await store.sources.renew([1, 2], now, now + hold)
    await store.sources.polled({n: PollState(next_poll=now + hold) for n in range(1, 50)})
    await store.pushes.due(now, 50)
    await store.entries.known_many({n: [f"guid:{n}", "guid:x"] for n in range(1, 100)})
    await store.entries.add([(Entry(source_id=7, title="new"), ["new"])], now)
    await store.entries.newest(7, 30)


async def _reading(store: SqlStore, now: datetime) -> None:
    hold = timedelta(minutes=2)
    await store.entries.unread(now, 200)
    await store.entries.unread(now, 200, hold)
    await store.entries.renew([1, 2], now, now + hold)
    await store.entries.read_failed(8, Failure(FailureKind.TIMEOUT, "gone"), now + hold)
    added = await store.articles.add(Article(entry_id=7, title="", paragraphs=(), sentences=()), now)
    await store.articles.ungrouped(500)
    await store.articles.recent(now + hold)
    await store.stories.place(added.id, 7, develops=True, now=now)
    await store.stories.get(7)
    await store.stories.brief("none")


async def _editing(store: SqlStore, now: datetime) -> None:
    await store.chats.due(now)
    await store.digests.candidates(7, 200)
    await store.digests.pending(7)
    await store.digests.pending_among(range(1, 100))
    await store.corrections.waiting()
    await store.feedback.votes(7)
    await store.feedback.mutes(7, now)
    await store.rules.of_chat(7)
    day = now.date().isoformat()
    hold = Hold(model="m", chat_id=7, source_id=7, amount=1, day=day)
    held = await store.spend.reserve(hold, (Limit(7, day, 10**9), Limit(None, day, 10**9)))
    assert isinstance(held, Hold)
    await store.spend.settle(held, 1, None)
    await store.answers.get("none")
    part = Delivery(digest_id=0, chat_id=7, part=0, nonce="x", content=Part(payload="", plain=""))
    await store.digests.compose(Digest(chat_id=7, created=now, items=()), [part], (7,), None, now)
    await store.recordings.wanted(now, now)


async def _delivering(store: SqlStore, now: datetime) -> None:
    await store.deliveries.due(now, 100, "telegram")
    (first, *_) = await store.deliveries.due(now, 100, "telegram", timedelta(minutes=2))
    await store.deliveries.doubtful(now)
    assert await store.deliveries.sending(first[0].id, now)
    await store.deliveries.sent(first[0].id, "m", now)
    await store.digests.posted(7, 7)
    await store.digests.on_its_way(7, 7)
    second = timedelta(seconds=1)
    await store.paces.take("telegram", [Spacing(second)], [("7", [Spacing(second)])], now, now + second)
    await store.looking.waiting_since(now)


async def _answering(store: SqlStore, now: datetime) -> None:
    await store.chats.find("telegram", "7")
    await store.subscriptions.of_chat(7)
    await store.subscriptions.of_source(7)
    await store.library.search(7, "report 42424", 10)
    await store.library.trending(7, now + timedelta(minutes=1), 10)
    await store.library.since(7, now + timedelta(minutes=1), 10)
    await store.library.story(7, 7)
    await store.library.numbered(7, 7)
    await store.articles.unplaced(7, now, fresh=True)
    await store.articles.placed(7, now, 100)
    await store.digests.last(7, 5)
    await store.digests.carried("telegram", "7", "m")
    await store.rules.withheld(7, 10)
    await store.people.deeds(7, 10)


MANY: tuple[str, ...] = ("sources", "chats", "subscriptions")  # where several machines share a desk


def _scans(plan: dict[str, Any]) -> list[str]:
    """Tables that a plan of PostgreSQL reads from end to end."""
    own = [plan["Relation Name"]] if plan["Node Type"] == "Seq Scan" else []
    return own + [name for inner in plan.get("Plans", ()) for name in _scans(inner)]


@pytest.mark.slow
async def test_postgresql_reads_no_large_table_from_end_to_end(now: datetime) -> None:
    async with postgres_schema() as url, open_store(url) as store:
        await fill(store, ROWS)
        asked = await _asked(store, now)
        assert len(asked) > 70
        async with store.database.read() as connection:
            for statement, values in asked:
                rows = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
                plan = rows.scalar_one()[0]["Plan"]
                scanned = [name for name in _scans(plan) if name in (*GROWS, *MANY)]
                assert scanned == [], statement


@pytest.mark.slow
async def test_sqlite_reads_no_large_table_from_end_to_end(tmp_path: Path, now: datetime) -> None:
    async with open_store(str(tmp_path / "many.sqlite3")) as store:
        await fill(store, 20_000)
        asked = await _asked(store, now)
        async with store.database.read() as connection:
            for statement, values in asked:
                rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                steps = [row["detail"] for row in rows.mappings()]
                scanned = [step for step in steps if step.startswith(tuple(f"SCAN {name}" for name in GROWS))]
                assert [step for step in scanned if not any(small in step for small in SMALL)] == [], (
                    statement
                )
