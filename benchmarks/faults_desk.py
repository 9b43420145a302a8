"""The desk that ``faults.py`` troubles: one process from its first digest to its last."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from benchmarks.crash_desk import (
    FASTER,
    Clock,
    World,
    begin,
    compose_more,
    open_chat,
)
from bot.platforms import paces
from digests.deliver.outbox import Outbox, OutboxOptions
from digests.deliver.pacing import Pacer
from digests.errors import NewsdeskError
from digests.store import SqlStore, open_store

HOUR = timedelta(hours=1)
PATIENCE = timedelta(seconds=3)  # for an answer; the platforms' real ones are half a minute and more
SETTLE = timedelta(seconds=1)
STUCK = 12.0  # seconds without an outcome, after which the clock is set on to the next sweep
SWEEP = timedelta(minutes=6)


class Trouble:
    """What goes wrong inside the desk's own process, from SIGUSR1 to SIGUSR2."""

    def __init__(self, name: str, store: SqlStore, clock: Clock) -> None:
        self.on = False
        self.over = asyncio.Event()
        self._name, self._clock = name, clock
        writer = store.database._writer.sync_engine
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._begin)
        loop.add_signal_handler(signal.SIGUSR2, self._end)
        if name == "read-only file":
            event.listen(writer, "checkout", self._read_only)

    def _begin(self) -> None:
        self.on = True
        steps = {"clock an hour forward": HOUR, "clock an hour back": -HOUR}
        self._clock.ahead += steps.get(self._name, timedelta())

    def _end(self) -> None:
        self.on = False
        self.over.set()

    def _read_only(self, connection: Any, *_: object) -> None:
        """SQLite's own refusal, as for a file on a disk that was remounted read-only. Before a
        transaction: a BEGIN IMMEDIATE that is refused would keep the refusal from being lifted."""
        connection.execute(f"PRAGMA query_only={int(self.on)}").close()


async def live_through(world: World, scenario: str, composed: float, seed: int) -> None:
    """Deliver, composing meanwhile for ``composed`` seconds and until the trouble is over; end once
    nothing waits any more."""
    clock, chance = Clock(), random.Random(seed)
    async with open_store(str(world.database)) as store:
        trouble = Trouble(scenario, store, clock)
        chat = open_chat(world, store, clock, patience=PATIENCE)
        pacer = Pacer({world.platform: paces()[world.platform].faster(FASTER)})

        async def report(words: str) -> None:
            with (world.folder / "reports").open("a") as file:
                file.write(f"{words}\n")

        outbox = Outbox(
            store, {world.platform: chat}, clock, pacer=pacer, report=report,
            options=OutboxOptions(settle_after=SETTLE),
        )  # fmt: skip
        await chat.start()
        await begin(world, store, chat, clock())
        await outbox.deliver_due()  # a chat that never got a message can't be looked through
        stop = asyncio.Event()
        running = asyncio.create_task(outbox.run(stop))
        (world.folder / "ready").touch()
        until = asyncio.get_running_loop().time() + composed
        while asyncio.get_running_loop().time() < until or not trouble.over.is_set():
            try:
                if await compose_more(store, chat, clock(), chance):
                    outbox.wake()
            except NewsdeskError:  # the next digest is composed when it can be stored
                (world.folder / "refused").touch()
            await asyncio.sleep(0.03)
        await _drained(store, outbox, clock)
        stop.set()
        await running
        await chat.stop()


async def _drained(store: SqlStore, outbox: Outbox, clock: Clock) -> None:
    loop = asyncio.get_running_loop()
    last: dict[str, int] = {}
    changed = loop.time()
    while True:
        counts = await store.deliveries.counts()
        if not counts["pending"] + counts["sending"]:
            return
        if counts != last:
            last, changed = counts, loop.time()
        elif loop.time() - changed > STUCK:
            clock.ahead += SWEEP
            changed = loop.time()
            outbox.wake()
        await asyncio.sleep(0.1)


# ---------------------------------------------------------------- every call of the database once


class Calls:
    """Counts the database's calls (each statement, each commit), and lets one of them fail."""

    def __init__(self, fail: int | None, *, done_first: bool) -> None:
        self.fail, self.done_first = fail, done_first
        self.count = 0
        self.kinds: Counter[str] = Counter()

    def around(self, kind: str, call: Any, error: type[Exception]) -> Any:
        def called(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            self.kinds[kind] += 1
            meant = self.count == self.fail
            if meant and not self.done_first:
                raise error("disk I/O error")
            result = call(*args, **kwargs)
            if meant:
                raise error("disk I/O error")
            return result

        return called

    @contextmanager
    def watching(self, store: SqlStore) -> Iterator[None]:
        """In force for the store's two engines, below SQLAlchemy's own handling of errors."""
        database = store.database
        for engine in {id(e): e for e in (database._writer, database._reader)}.values():
            dialect = engine.sync_engine.dialect
            error = dialect.loaded_dbapi.OperationalError
            for name in ("do_execute", "do_commit"):
                setattr(dialect, name, self.around(name, getattr(dialect, name), error))
        yield
