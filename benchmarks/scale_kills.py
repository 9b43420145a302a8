"""Workers killed, connections cut and the database restarted, at random: is every part posted once?

    python benchmarks/scale_kills.py
    python benchmarks/scale_kills.py --quick --json -

Workers as in ``scale.py`` reach their PostgreSQL through a proxy. For the length of the run digests are
composed, workers die by SIGKILL and are replaced, the proxy drops every connection and lets nobody in for a while,
and the database itself is restarted (twice, in the full run, where this may). Then the outbox is drained.

    kills, cuts, restarts   what was done to them
    parts, lost, doubled    of the outbox: the store's word for sent against what the platform has
    network                 how it is cut: by a "proxy" before the database that aborts connections, not by namespaces
    waiting                 parts that four minutes were not enough for in the end
    lease_s                 after how long a send of a dead worker is in doubt, and looked for
    recovery_s              the longest that something a killed worker was sending stayed unsettled

The quick run has a shorter lease than the desk's, so that it need not wait for it; no other run has.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.scale import fill, free_port, seen, started
from benchmarks.scale_main import main
from benchmarks.scale_proxy import Proxy
from digests.clock import utc_now
from digests.deliver.outbox import SHARED
from digests.errors import NewsdeskError
from digests.jobs.shared import open_shared_jobs
from digests.store import SqlStore, open_store

SETTLED = 240.0  # seconds the outbox may take to be drained in the end


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


async def torment(
    seconds: float,
    *,
    workers: int = 4,
    parts: int = 1_000,
    restarts: int = 2,
    lease: timedelta = SHARED.lease,
) -> dict[str, Any]:
    """The whole run; the figures."""
    database = make_url(os.environ["NEWSDESK_TEST_POSTGRES"])
    folder = Path(str(database.query["host"]))
    proxy = Proxy(str(folder / ".s.PGSQL.5432"))
    server = await proxy.start()
    there = database.difference_update_query(["host"]).set(host="127.0.0.1", port=proxy.port)
    through = there.render_as_string(hide_password=False)
    port = free_port()
    world = f"http://127.0.0.1:{port}"
    serving = await started("world", str(port))
    worker = ("worker", through, world, str(lease.total_seconds()))
    running: list[asyncio.subprocess.Process] = []
    counted = {"kills": 0, "cuts": 0, "restarts": 0}
    healing: list[asyncio.Task[float]] = []
    try:
        async with open_store(database.render_as_string(hide_password=False)) as store:
            async with open_shared_jobs(database.render_as_string(hide_password=False)):
                pass
            parts = await fill(store, world, 50, parts // 10)
            running += await asyncio.gather(*(started(*worker) for _ in range(workers)))
            began = time.monotonic()
            while (gone := time.monotonic() - began) < seconds:
                await asyncio.sleep(random.uniform(1, 3))
                if counted["restarts"] < restarts and gone > seconds * (counted["restarts"] + 1) / (
                    restarts + 2
                ):
                    if await asyncio.to_thread(restart_database, folder):
                        counted["restarts"] += 1
                    else:
                        restarts = 0
                elif random.random() < 0.3:
                    counted["cuts"] += 1
                    await proxy.cut(random.uniform(0.5, 3))
                else:
                    victim = running.pop(random.randrange(len(running)))
                    healing.append(asyncio.create_task(recovery(store, utc_now() + timedelta(seconds=0.1))))
                    victim.kill()
                    await victim.wait()
                    counted["kills"] += 1
                    running.append(await started(*worker))
            recovered = await asyncio.wait_for(asyncio.gather(*healing), SETTLED)
            deadline = time.monotonic() + SETTLED
            while (await store.deliveries.counts())["sent"] < parts and time.monotonic() < deadline:  # noqa: ASYNC110 - a look now and then
                await asyncio.sleep(0.5)
            state = seen(world)
            return counted | {
                "network": "proxy",
                "workers": workers,
                "parts": parts,
                "waiting": parts - (sent := (await store.deliveries.counts())["sent"]),
                "lost": max(sent - len(state["posted"]), 0),
                "doubled": state["doubled"],
                "lease_s": lease.total_seconds(),
                "recovery_s": round(max(recovered, default=0.0), 1),
            }
    finally:
        for process in (*running, serving):
            process.kill()
            await process.wait()
        server.close()


if __name__ == "__main__":
    main(
        __doc__,
        lambda: torment(18, parts=300, restarts=1, lease=timedelta(seconds=9)),
        lambda: torment(300, parts=20_000),
    )
