"""What more workers bring: throughput at 1, 2 and 4 of them, and what the database costs.

    python benchmarks/scale.py
    python benchmarks/scale.py --quick --json -

Workers are processes of the real engine on one PostgreSQL, which this starts by itself through
``tests/with_postgres.sh``. A world in another process answers over HTTP, as slowly as the real one: feeds and
pages after 150 to 300 ms, a platform's sends after 100 ms. Each worker waits for at most a few of each
at once, so that waiting dominates, as it does with the real world, and two cores can show what
many machines would. The workers join one after another a running desk whose work never runs out;
what the world has answered in each stretch is counted there.

    per_s        feeds polled, pages read and messages sent a second, by the number of workers
    efficiency   that of 4 workers, over four times that of one
    lost, doubled   messages the store counts as sent that never came, and those that came twice
    waiting      messages that a minute was not enough for in the end
    idle         the share of this machine's processor time that nobody used while 4 were measured:
                 with none left, efficiency says what the machine has, not what the desk does
    database     the share of the database's processor time in that of database and workers together
    statements   of the workers, over polls, reads and sends together
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
from sqlalchemy import make_url, text

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.scale_desk import PLATFORM
from benchmarks.scale_main import main
from digests.clock import utc_now
from digests.deliver.decide import new_nonce
from digests.jobs.shared import open_shared_jobs
from digests.model import Chat, Delivery, Digest, Part, Source
from digests.store import SqlStore, open_store

ROOT = Path(__file__).parents[1]
WORKERS = (1, 2, 4)
PARTS = 10


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def started(*arguments: str) -> asyncio.subprocess.Process:
    """A process of ``scale_desk`` that has said it is ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.scale_desk",
        *arguments,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert (await asyncio.wait_for(process.stdout.readline(), 60)).strip() == b"ready"
    return process


async def fill(store: SqlStore, world: str, sources: int, digests: int) -> int:
    """Sources that are due, and an outbox of ten parts for each of many chats; how many parts."""
    now = utc_now()

    async def one(n: int) -> None:
        chat = await store.chats.ensure(Chat(platform=PLATFORM, address=str(n)), now)
        parts = [
            Delivery(
                chat_id=chat.id,
                digest_id=0,
                part=p,
                content=Part(payload=f"{n} {p}", plain=f"{n} {p}"),
                nonce=new_nonce(),
            )
            for p in range(PARTS)
        ]
        await store.digests.compose(Digest(chat_id=chat.id, created=now, items=()), parts, (), None, now)

    async def source(n: int) -> None:
        await store.sources.add(Source(url=f"{world}/feed/{n}"), now - timedelta(seconds=sources - n))

    work = [*(one(n) for n in range(digests)), *(source(n) for n in range(sources))]
    for start in range(0, len(work), 10):
        await asyncio.gather(*work[start : start + 10])
    return digests * PARTS


def seen(world: str) -> dict[str, Any]:
    with urlopen(f"{world}/state") as answer:
        state: dict[str, Any] = json.load(answer)
    return state


def database_seconds() -> float:
    """Processor time of the database's processes, those that have ended included."""
    folder = make_url(os.environ["NEWSDESK_TEST_POSTGRES"]).query.get("host")
    file = Path(str(folder)) / "data" / "postmaster.pid"
    if not file.is_file():
        return float("nan")
    server = psutil.Process(int(file.read_text().splitlines()[0]))
    total = 0.0
    for process in (server, *server.children()):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if process == server:
            total += times.children_user + times.children_system
    return total


def worker_seconds(workers: list[asyncio.subprocess.Process]) -> float:
    times = [psutil.Process(worker.pid).cpu_times() for worker in workers]
    return sum(one.user + one.system for one in times)


async def measure(seconds: float) -> dict[str, Any]:
    database = os.environ["NEWSDESK_TEST_POSTGRES"]
    port = free_port()
    world = f"http://127.0.0.1:{port}"
    serving = await started("world", str(port))
    workers: list[asyncio.subprocess.Process] = []
    try:
        async with open_store(database) as store, open_shared_jobs(database):
            capacity = (seconds + 3) * sum(WORKERS) * 1.2
            parts = await fill(store, world, int(capacity * 18), int(capacity * 40 / PARTS))
            per_s: dict[str, float] = {}
            kinds: dict[str, dict[str, float]] = {}
            cost = Counter[str]()
            for count in WORKERS:
                while len(workers) < count:
                    workers += await asyncio.gather(
                        *(started("worker", database, world) for _ in range(count - len(workers)))
                    )
                await asyncio.sleep(2.0)  # until the newest are at work
                before, began = seen(world)["done"], time.monotonic()
                spent = database_seconds(), worker_seconds(workers)
                psutil.cpu_percent()
                await asyncio.sleep(seconds)
                idle = 1 - psutil.cpu_percent() / 100
                after, took = seen(world)["done"], time.monotonic() - began
                cost["database"] += database_seconds() - spent[0]  # type: ignore[assignment]
                cost["workers"] += worker_seconds(workers) - spent[1]  # type: ignore[assignment]
                kinds[str(count)] = {
                    kind: round((after[kind] - before.get(kind, 0)) / took, 1) for kind in after
                }
                print(f"{count} workers: {kinds[str(count)]}", file=sys.stderr)
                per_s[str(count)] = round(sum(after.values()) / took - sum(before.values()) / took, 1)
            async with store.database.write() as connection:  # no more intake: the outbox is to be drained
                await connection.execute(text("UPDATE sources SET paused = true"))
                await connection.execute(text("UPDATE entries SET read_at = NULL"))
            counts = await store.deliveries.counts()
            deadline = time.monotonic() + 60
            while counts["sent"] < parts and time.monotonic() < deadline:
                await asyncio.sleep(0.2)
                counts = await store.deliveries.counts()
            statements = Counter[str]()
            for worker in workers:
                worker.terminate()
            for worker in workers:
                out, _ = await worker.communicate()
                statements.update(json.loads(out.splitlines()[-1]))
            workers.clear()
            state = seen(world)
            done = sum(state["done"].values())
            return {
                "workers": list(WORKERS),
                "per_s": per_s,
                "efficiency": round(per_s["4"] / (4 * per_s["1"]), 3),
                "lost": counts["sent"] - len(state["posted"]),
                "waiting": parts - counts["sent"],
                "doubled": state["doubled"],
                "kinds": kinds,
                "database": round(cost["database"] / (cost["database"] + cost["workers"]), 3),
                "statements": round(statements.total() / done, 2),
                "idle": round(idle, 2),
                "load": round(os.getloadavg()[0], 1),
            }
    finally:
        for process in (*workers, serving):
            process.kill()
            await process.wait()


if __name__ == "__main__":
    main(__doc__, lambda: measure(3.0), lambda: measure(20.0))
