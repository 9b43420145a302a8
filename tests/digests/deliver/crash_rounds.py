"""Kills a delivering process with SIGKILL, again and again, and counts what that did.

A platform that lives in a file takes the messages, so what it accepted outlives the process.
Each round starts from a fresh database of chats with digests to deliver, forks a process for
each kill it plans (at a named step, or at a random moment), lets a last one finish, and then
compares what the platform accepted with what the database says.

    python crash_rounds.py FOLDER --random 20 --seed 1     # prints one JSON object

``many`` does the same for as many kills as fit into a time, ten to a round.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[3]), str(Path(__file__).parents[2] / "contracts")]

from desk_values import Desk  # noqa: E402

from digests.deliver.decide import MOST_DOUBTS  # noqa: E402
from digests.deliver.outbox import Outbox, OutboxOptions  # noqa: E402
from digests.deliver.pacing import Pacer  # noqa: E402
from digests.model import Chat, Delivery, Digest, Part  # noqa: E402
from digests.ports import Absent, Found, Moved, Outcome, Refused, Sent, Unknown, Wait  # noqa: E402
from digests.store import SqlStore, open_store  # noqa: E402
from digests.store.database import Database, database_url  # noqa: E402

START = datetime(2026, 1, 1, tzinfo=UTC)
CALLS = ("sending", "sent", "again", "hold", "fail", "wait", "set_paused", "move", "send", "find")
OFTEN = ("sending", "sent", "again", "send")  # these come many times in a life
MOST_IN_ROUND = 30
SEEING, BLIND = "discord", "telegram"  # a platform that can look at its chats, and one that can't


class FilePlatform:
    """Appends what it accepts to a file. Some messages are refused, flooded or moved at first."""

    def __init__(self, platform: str, log: Path) -> None:
        self.platform = platform
        self._log = log

    def accepted(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        raise NotImplementedError

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        await asyncio.sleep(0)
        luck = int(delivery.nonce, 16) % 16
        if luck == 0 and not delivery.plain:
            return Refused("can't parse entities")
        if luck == 1 and delivery.attempts == 1:
            return Wait(timedelta(seconds=30))
        if luck == 2 and not chat.address.startswith("-9"):
            return Moved(f"-9{chat.address}")
        line = json.dumps({"nonce": delivery.nonce, "chat": chat.id, "delivery": delivery.id})
        descriptor = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{line}\n".encode())
        os.close(descriptor)
        return Sent(delivery.nonce)

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        if self.platform == BLIND:
            return Unknown("a bot can't read history")
        found = any(message["nonce"] == delivery.nonce for message in self.accepted())
        return Found(delivery.nonce) if found else Absent()


class Killer:
    """Wraps calls, and ends the process just before or just after the one that is meant."""

    def __init__(self, step: tuple[str, str, int] | None) -> None:
        self._step = step
        self._seen: Counter[tuple[str, str]] = Counter()

    def wrap(self, target: Any, names: tuple[str, ...]) -> None:
        for name in names:
            if hasattr(target, name):
                setattr(target, name, self._wrapped(name, getattr(target, name)))

    def _wrapped(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            self._reached("before", name)
            result = await call(*args, **kwargs)
            self._reached("after", name)
            return result

        return wrapped

    def _reached(self, when: str, name: str) -> None:
        self._seen[when, name] += 1
        if self._step == (when, name, self._seen[when, name]):
            os.kill(os.getpid(), signal.SIGKILL)


async def fill(store: SqlStore) -> None:
    desk = Desk(store, START)
    for platform in (SEEING, BLIND):
        for kind in ("private", "group"):
            await desk.compose(await desk.chat(platform=platform, kind=kind), parts=3)
            chat = await desk.chat(platform=platform, kind=kind)
            await desk.compose(chat, parts=2)
            await desk.compose(chat)


async def deliver(folder: Path, start: datetime, step: tuple[str, str, int] | None) -> None:
    """Deliver all there is; the clock jumps an hour whenever all the rest waits."""
    now = start

    async def report(text: str) -> None:
        with (folder / "reports").open("a") as file:
            file.write(f"{text}\n")

    store = SqlStore(Database(database_url(str(folder / "store.sqlite3"))))  # its schema is the template's
    try:
        channels = {name: FilePlatform(name, folder / name) for name in (SEEING, BLIND)}
        killer = Killer(step)
        for target in (store.deliveries, store.chats, *channels.values()):
            killer.wrap(target, CALLS)
        options = OutboxOptions(settle_after=timedelta())
        outbox = Outbox(store, channels, lambda: now, pacer=Pacer({}), options=options, report=report)  # type: ignore[arg-type]
        await outbox.recover(now)
        while True:
            await outbox.deliver_due()
            counts = await store.deliveries.counts()
            if not counts["pending"] + counts["sending"]:
                return
            now += timedelta(hours=1)
    finally:
        await store.close()


def run(
    folder: Path, number: int, *, step: tuple[str, str, int] | None = None, after: float | None = None
) -> bool:
    """Deliver in a process of its own; whether it was killed."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            asyncio.run(deliver(folder, START + timedelta(days=number), step))
            code = 0
        finally:
            os._exit(code)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status):
        raise RuntimeError("the delivering process failed")
    return False


def judge(folder: Path) -> Counter[str]:
    """What the platforms accepted against what the database says."""
    database = sqlite3.connect(folder / "store.sqlite3")
    database.row_factory = sqlite3.Row
    rows = database.execute(
        "SELECT d.*, c.platform, c.kind FROM deliveries d JOIN chats c ON c.id = d.chat_id ORDER BY d.id"
    ).fetchall()
    intact = database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    database.close()
    counted: Counter[str] = Counter(
        corrupt=not intact, lost=0, doubled=0, doubtful=0, misordered=0, parts=len(rows)
    )
    log = [m for name in (SEEING, BLIND) for m in FilePlatform(name, folder / name).accepted()]
    times = Counter(message["nonce"] for message in log)
    reports = (folder / "reports").read_text() if (folder / "reports").exists() else ""
    order: dict[int, list[int]] = {}
    for message in log:
        order.setdefault(message["chat"], []).append(message["delivery"])
    for row in rows:
        reported = f"Part {row['part'] + 1} of digest {row['digest_id']} for" in reports
        wanted = times[row["nonce"]] == 1 and row["state"] == "sent"
        if reported and row["platform"] == BLIND:
            counted["doubtful"] += 1
            enough = row["attempts"] >= MOST_DOUBTS and row["state"] == "held"
            policy = row["state"] == ("sent" if row["kind"] == "private" else "held")
            wanted = enough or (policy and times[row["nonce"]] >= (row["kind"] == "private"))
        if not wanted:
            counted["lost" if times[row["nonce"]] == 0 or row["state"] != "sent" else "doubled"] += 1
    for deliveries in order.values():
        firsts = list(dict.fromkeys(deliveries))
        counted["misordered"] += firsts != sorted(firsts)
    return counted


def rounds(folder: Path, *, random_kills: int, seed: int, most: int = 10_000) -> Counter[str]:
    """Every named step, early and late, then kills at random moments."""
    chance = random.Random(seed)
    prepare(folder)
    plans: list[list[dict[str, Any]]] = [
        [{"step": (when, name, count)}, {"step": (when, again, 1)}]
        for when in ("before", "after")
        for name in CALLS
        for count in (1, 3)
        for again in chance.sample(CALLS, 2)
    ]
    plans += [[{"after": chance.uniform(0, 0.4)} for _ in range(4)] for _ in range(-(-random_kills // 4))]
    total: Counter[str] = Counter(kills=0)
    for plan in plans[:most]:
        total.update(one_round(folder, plan))
    return total


def many(folder: Path, *, kills: int, seconds: float, seed: int) -> Counter[str]:
    """Rounds of kills, at random moments and random steps by turns, until all is delivered."""
    chance = random.Random(seed)
    prepare(folder, times=4)
    until = time.monotonic() + seconds
    total: Counter[str] = Counter(kills=0, rounds=0)
    while total["kills"] < kills and time.monotonic() < until:
        plan: list[dict[str, Any]] = []
        for _ in range(MOST_IN_ROUND // 2):
            when, name = chance.choice(("before", "after")), chance.choice(OFTEN)
            plan += [{"after": chance.uniform(0, 0.1)}, {"step": (when, name, chance.randint(1, 4))}]
        total.update(one_round(folder, plan))
        total["rounds"] += 1
    return total


def prepare(folder: Path, times: int = 1) -> None:
    """A database with chats and digests, made once; in a process of its own, for this one forks."""
    folder.mkdir(parents=True, exist_ok=True)

    async def made() -> None:
        async with open_store(str(folder / "template.sqlite3")) as store:
            for _ in range(times):
                await fill(store)

    child = os.fork()
    if child == 0:
        asyncio.run(made())
        os._exit(0)
    os.waitpid(child, 0)


def sound(folder: Path) -> bool:
    """Whether the database passes its check as the kill left it; on a copy, so that the next life
    itself has to recover."""
    (folder / "copy").mkdir(exist_ok=True)
    copy = folder / "copy" / "store.sqlite3"
    copy.unlink(missing_ok=True)
    for ending in ("", "-wal"):
        if (left := folder / f"store.sqlite3{ending}").exists():
            shutil.copy(left, f"{copy}{ending}")
    with contextlib.closing(sqlite3.connect(copy)) as database:
        return bool(database.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


def one_round(folder: Path, plan: list[dict[str, Any]]) -> Counter[str]:
    """A life for each kill that is planned, a last one, and what it all came to."""
    here = folder / "round"
    here.mkdir()
    shutil.copy(folder / "template.sqlite3", here / "store.sqlite3")
    counted: Counter[str] = Counter(kills=0)
    for turn, kill in enumerate(plan):
        killed = run(here, turn, **kill)
        counted["kills"] += killed
        counted["corrupt"] += not sound(here)
        if not killed:  # its step never came: it delivered all there was
            break
    else:
        run(here, len(plan))
    counted.update(judge(here))
    shutil.rmtree(here)
    return counted


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--random", type=int, default=40, help="kills at random moments")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--rounds", type=int, default=10_000, help="at most")
    chosen = arguments.parse_args()
    print(
        json.dumps(
            rounds(chosen.folder, random_kills=chosen.random, seed=chosen.seed, most=chosen.rounds),
            sort_keys=True,
        )
    )
