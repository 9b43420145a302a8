"""Every call of the database fails once: a small desk for each, in this process."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.faults_desk import Calls
from digests.deliver.decide import new_nonce
from digests.deliver.outbox import Outbox, OutboxOptions
from digests.deliver.pacing import Pacer
from digests.errors import NewsdeskError
from digests.model import Chat, Delivery, Digest, Part
from digests.ports import Absent, Found, Outcome, Sent, Unknown
from digests.store import SqlStore, open_store
from digests.store.database import Database, database_url

START = datetime(2026, 1, 1, tzinfo=UTC)
CHATS, PARTS = 2, 2


class Platform:
    """Takes everything, and can be looked at."""

    platform = "discord"

    def __init__(self) -> None:
        self.accepted: list[tuple[str, str]] = []

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        return tuple(Part(payload=f"{chat.address}", plain="") for _ in range(PARTS))

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        self.accepted.append((chat.address, delivery.nonce))
        return Sent(delivery.nonce)

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        return Found(delivery.nonce) if (chat.address, delivery.nonce) in self.accepted else Absent()


def every_call_once(every: int = 1) -> dict[str, int]:
    """``calls`` that failed, each before and after it was carried out, and what it came to."""
    logging.disable(logging.CRITICAL)
    counted: Counter[str] = Counter(calls=0, lost=0, doubled=0, misordered=0, corrupt=0)
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.sqlite3"
        asyncio.run(_prepare(template))
        for done_first in (False, True):
            number = 1
            while True:
                calls = Calls(number, done_first=done_first)
                for ending in ("-wal", "-shm"):
                    Path(folder, f"desk.sqlite3{ending}").unlink(missing_ok=True)
                judged = asyncio.run(_round(template, Path(folder) / "desk.sqlite3", calls))
                if calls.count < number:
                    break
                counted["calls"] += 1
                counted.update(judged)
                number += every
    logging.disable(logging.NOTSET)
    return dict(counted)


async def _prepare(file: Path) -> None:
    async with open_store(str(file)) as store:
        for number in range(CHATS):
            await store.chats.ensure(Chat(platform="discord", address=str(number)), START)


async def _round(template: Path, file: Path, calls: Calls) -> dict[str, int]:
    """A digest for each chat, delivered while one call of the database fails."""
    shutil.copy(template, file)
    platform = Platform()
    store = SqlStore(Database(database_url(str(file))))  # its schema is the template's
    try:
        with calls.watching(store):
            for chat in await _insist(store.chats.all):
                await _compose(store, platform, chat)
            await _deliver(store, platform)
    finally:
        await store.close()
    with closing(sqlite3.connect(file)) as database:
        fine = database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        rows = database.execute(
            "SELECT c.address, d.nonce, d.state FROM deliveries d JOIN chats c ON c.id = d.chat_id ORDER BY d.id"
        ).fetchall()
    times = Counter(platform.accepted)
    order = {a: [n for b, n in platform.accepted if a == b] for a, _ in times}
    wanted = {a: [n for b, n, _ in rows if a == b] for a, _, _ in rows}
    return {
        "lost": CHATS * PARTS - len(rows) + sum(times[a, n] == 0 or state != "sent" for a, n, state in rows),
        "doubled": len(platform.accepted) - len(times),
        "misordered": sum(order.get(a) != nonces for a, nonces in wanted.items()),
        "corrupt": int(not fine),
    }


async def _insist(call: Any) -> Any:
    """As the desk's own loops do: what fails is done again."""
    try:
        return await call()
    except NewsdeskError:
        return await call()


async def _compose(store: SqlStore, platform: Platform, chat: Chat) -> None:
    """As the editor does: an error leaves all as it was, or all is there; the next round asks."""
    digest = Digest(chat_id=chat.id, created=START, items=())
    parts = [
        Delivery(digest_id=0, chat_id=chat.id, part=n, content=part, nonce=new_nonce())
        for n, part in enumerate(platform.parts(digest, chat))
    ]
    try:
        await store.digests.compose(digest, parts, (), None, START)
    except NewsdeskError:
        due = await store.deliveries.due(START, 10)
        if chat.id not in {c.id for _, c in due}:
            await store.digests.compose(digest, parts, (), None, START)


async def _deliver(store: SqlStore, platform: Platform) -> None:
    """The outbox until nothing waits; a claim whose answer was lost is settled by the sweep."""
    now = START
    options = OutboxOptions(settle_after=timedelta())
    outbox = Outbox(store, {"discord": platform}, lambda: now, pacer=Pacer({}), options=options)
    while True:
        try:
            await outbox.recover(now)
            await outbox.deliver_due()
            counts = await store.deliveries.counts()
        except NewsdeskError:
            continue
        if not counts["pending"] + counts["sending"]:
            return
        now += timedelta(hours=1)
