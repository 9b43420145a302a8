"""Workers and gateways killed, cut off, and their database restarted, at random: is every part posted once?

    python benchmarks/scale_kills.py
    python benchmarks/scale_kills.py --quick --json -

Four workers as in ``scale.py`` and two gateways, ``newsdesk gateway`` at a Telegram of this machine, each in a
network namespace of its own. For the length of the run digests are delivered, sources polled and a person says
/help every second, while processes die by SIGKILL, cables are pulled and the database is restarted (twice, in
the full run). A process that ends by itself, as one does whose database is gone for long, is started again, as
systemd would. Then the outbox is drained.

    kills, cuts, restarts   what was done to them; ended: how often one ended by itself
    network                 "namespaces": packets of one process are lost in silence, for up to six seconds; "proxy",
                            where this machine has none: all connections to the database are dropped, and refused
    parts, lost, doubled    of the outbox: the store's word for sent against what the platform has
    waiting                 parts that four minutes were not enough for in the end
    commands                how many were said; unanswered, and answer_s, the longest wait for one; answered_twice may
                            be, for an answer is given again whose gateway died before Telegram heard that it was given
    lease_s                 after how long a send of a dead worker is in doubt, and looked for
    recovery_s              the longest that something a killed worker was sending stayed unsettled

The quick run has a shorter lease than the desk's, so that it need not wait for it; no other run has.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.scale import fill, free_port, seen, started
from benchmarks.scale_crew import Member, gateway, worker
from benchmarks.scale_main import main
from benchmarks.scale_network import Namespaces, possible
from benchmarks.scale_proxy import Proxy
from digests.clock import utc_now
from digests.deliver.outbox import SHARED
from digests.errors import NewsdeskError
from digests.jobs.shared import open_shared_jobs
from digests.store import SqlStore, open_store
from tests.fakes.telegram_server import TelegramServer

SETTLED = 240.0  # seconds the outbox may take to be drained in the end
WORKERS, GATEWAYS = 4, 2


def restart_database(folder: Path) -> bool:
    """Restart it, as its owner; false where that can't be done."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not programs or os.getuid() != 0:
        return False
    owner = (folder / "data").stat()
    as_owner = ["setpriv", "--reuid", str(owner.st_uid), "--regid", str(owner.st_gid), "--clear-groups"]
    call = [
        str(programs[-1]),
        "--pgdata",
        str(folder / "data"),
        "--mode",
        "immediate",
        "--wait",
        "--silent",
        "restart",
    ]
    subprocess.run(
        [*as_owner, *call], cwd=folder, check=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return True


async def recovery(store: SqlStore, killed: Any) -> float:
    """Seconds until nothing that was being sent at that moment still is."""
    while True:
        with contextlib.suppress(NewsdeskError):
            if not await store.deliveries.doubtful(killed):
                return (utc_now() - killed).total_seconds()
        await asyncio.sleep(0.5)


class Scene:
    """The world, the Telegram, the database and the way to them, and what was done."""

    def __init__(
        self,
        store: SqlStore,
        telegram: TelegramServer,
        proxy: Proxy,
        crew: list[Member],
        network: Namespaces | None,
    ) -> None:
        self.store, self.telegram, self.proxy, self.crew = store, telegram, proxy, crew
        self.network = network
        self.done = Counter[str]()
        self.said: dict[int, float] = {}
        self.answered: dict[int, float] = {}
        self.healing: list[asyncio.Task[float]] = []

    def answers(self) -> Counter[int]:
        """By person, how often one was answered."""
        return Counter(int(message["chat_id"]) for message in self.telegram.accepted)

    async def ask(self) -> None:
        """A command every second, each by another person."""
        for person in itertools.count(1000):
            self.telegram.world.add_private(person)
            self.telegram.world.say(person, person, "/help")
            self.said[person] = time.monotonic()
            await asyncio.sleep(1)

    async def listen(self) -> None:
        """When each was answered."""
        while True:
            for person in self.answers().keys() - self.answered.keys():
                self.answered[person] = time.monotonic()
            await asyncio.sleep(0.1)

    async def watch_over(self) -> None:
        """What has ended by itself is started again."""
        for one in [one for one in self.crew if not one.runs]:
            self.done["ended"] += 1
            await one.start()

    async def kill(self, victim: Member) -> None:
        """Kill one and start another in its place, whose cable is whole."""
        if victim.role == "worker":
            killed = utc_now() + timedelta(seconds=0.1)
            self.healing.append(asyncio.create_task(recovery(self.store, killed)))
        await victim.kill()
        self.done["kills"] += 1
        self.done[f"killed_{victim.role}s"] += 1
        if victim.cut is not None:
            await victim.cut
        await victim.start()

    async def cut(self, victim: Member, seconds: float) -> None:
        """Cut one off for so long, or where there are no namespaces all from the database."""
        self.done["cuts"] += 1
        if self.network is None:
            await self.proxy.cut(seconds)
            return
        if victim.cut is not None:
            await victim.cut
        victim.cut = asyncio.create_task(self._cut(self.network, self.crew.index(victim), seconds))

    async def _cut(self, network: Namespaces, place: int, seconds: float) -> None:
        network.cut(place)
        try:
            await asyncio.sleep(seconds)
        finally:
            network.heal(place)

    async def end(self) -> None:
        """Kill them all."""
        cuts = [one.cut for one in self.crew if one.cut is not None]
        for task in (*cuts, *self.healing):
            task.cancel()
        await asyncio.gather(*cuts, *self.healing, return_exceptions=True)
        for one in self.crew:
            await one.kill()


@asynccontextmanager
async def scene(parts: int, lease: timedelta) -> AsyncIterator[tuple[Scene, str, int]]:
    """All of it, at work; with the world's address and how many parts there are."""
    database = make_url(os.environ["NEWSDESK_TEST_POSTGRES"])
    folder, port = Path(str(database.query["host"])), free_port()
    async with AsyncExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        network = stack.enter_context(Namespaces(WORKERS + GATEWAYS)) if possible() else None
        host = network.address if network else "127.0.0.1"
        serving = await started("world", str(port))
        stack.push_async_callback(serving.wait)
        stack.callback(serving.kill)
        telegram = await stack.enter_async_context(TelegramServer())
        ways = [
            Proxy(behind)
            for behind in (str(folder / ".s.PGSQL.5432"), port, int(telegram.base_url.split(":")[2][:-4]))
        ]
        for way in ways:
            stack.callback((await way.start(host=host)).close)
        there = database.difference_update_query(["host"]).set(host=host, port=ways[0].port)
        through = there.render_as_string(hide_password=False)
        world = f"http://{host}:{ways[1].port}"
        url = database.render_as_string(hide_password=False)
        store = await stack.enter_async_context(open_store(url))
        async with open_shared_jobs(url):
            pass
        parts = await fill(store, world, 50, parts // 10)
        insides = [network.inside(n) if network else () for n in range(WORKERS + GATEWAYS)]
        crew = [
            worker(insides[n], through, world, lease.total_seconds(), logs / f"worker-{n}.log")
            if n < WORKERS
            else gateway(
                insides[n],
                through,
                telegram.token,
                f"http://{host}:{ways[2].port}/bot",
                logs / f"gateway-{n}.log",
            )
            for n in range(WORKERS + GATEWAYS)
        ]
        found = Scene(store, telegram, ways[0], crew, network)
        stack.push_async_callback(found.end)
        await asyncio.gather(*(one.start() for one in crew))
        yield found, f"http://127.0.0.1:{port}", parts


async def torment(
    seconds: float,
    *,
    parts: int = 1_000,
    restarts: int = 2,
    lease: timedelta = SHARED.lease,
    longest_cut: float = 6.0,
) -> dict[str, Any]:
    """The whole run; the figures."""
    folder = Path(str(make_url(os.environ["NEWSDESK_TEST_POSTGRES"]).query["host"]))
    async with scene(parts, lease) as (found, world, parts):
        asking, listening = asyncio.create_task(found.ask()), asyncio.create_task(found.listen())
        began, turns = time.monotonic(), itertools.cycle(["cut", "worker", "gateway", "worker"])
        while (gone := time.monotonic() - began) < seconds:
            await asyncio.sleep(random.uniform(1, 3))
            await found.watch_over()
            if found.done["restarts"] < restarts and gone > seconds * (found.done["restarts"] + 1) / (
                restarts + 2
            ):
                if await asyncio.to_thread(restart_database, folder):
                    found.done["restarts"] += 1
                else:
                    restarts = 0
            elif (turn := next(turns)) == "cut":
                await found.cut(random.choice(found.crew), random.uniform(0.5, longest_cut))
            else:
                await found.kill(random.choice([one for one in found.crew if one.role == turn]))
        asking.cancel()
        deadline = time.monotonic() + SETTLED
        recovered = await asyncio.wait_for(asyncio.gather(*found.healing), SETTLED)
        while time.monotonic() < deadline:
            await found.watch_over()
            unanswered = found.said.keys() - found.answered.keys()
            if (await found.store.deliveries.counts())["sent"] >= parts and not unanswered:
                break
            await asyncio.sleep(0.5)
        await asyncio.sleep(2)  # for an answer too many
        listening.cancel()
        state, sent = seen(world), (await found.store.deliveries.counts())["sent"]
        waits = [
            found.answered[person] - said for person, said in found.said.items() if person in found.answered
        ]
        return {
            **{name: found.done[name] for name in ("kills", "killed_workers", "killed_gateways", "cuts", "restarts", "ended")},
            "network": "namespaces" if found.network else "proxy",
            "workers": WORKERS,
            "gateways": GATEWAYS,
            "parts": parts,
            "waiting": parts - sent,
            "lost": max(sent - len(state["posted"]), 0),
            "doubled": state["doubled"],
            "commands": len(found.said),
            "unanswered": len(found.said) - len(waits),
            "answered_twice": sum(count > 1 for count in found.answers().values()),
            "answer_s": round(max(waits, default=0.0), 1),
            "lease_s": lease.total_seconds(),
            "recovery_s": round(max(recovered, default=0.0), 1),
        }  # fmt: skip


if __name__ == "__main__":
    main(
        __doc__,
        lambda: torment(16, parts=1_500, restarts=1, lease=timedelta(seconds=9), longest_cut=2.0),
        lambda: torment(300, parts=20_000),
    )
