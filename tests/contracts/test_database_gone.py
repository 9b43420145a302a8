"""Workers whose database is gone, or not there yet: whole processes, told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from postgres import postgres_schema
from sqlalchemy import URL, make_url

from benchmarks.scale import free_port
from benchmarks.scale_proxy import Proxy

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def behind(url: str) -> tuple[Proxy, URL]:
    """A way to the database that can be cut, and the database without a host."""
    database = make_url(url)
    if not database.query.get("host"):
        pytest.skip("the way is cut in front of a database on a local socket")
    return Proxy(f"{database.query['host']}/.s.PGSQL.5432"), database.difference_update_query(["host"])


async def worker(folder: Path, database: URL, port: int) -> asyncio.subprocess.Process:
    url = database.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "worker", cwd=folder, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NEWSDESK_STORE__URL": url,
             "NEWSDESK_JOBS__QUEUE": "procrastinate"},
    )  # fmt: skip


async def said(process: asyncio.subprocess.Process, words: str) -> None:
    assert process.stderr is not None
    async with asyncio.timeout(30):
        while words not in (line := (await process.stderr.readline()).decode()):
            assert line, f"it ended without saying {words}"


async def test_a_worker_whose_database_is_gone_stops_when_told(tmp_path: Path) -> None:
    async with postgres_schema() as url:
        proxy, database = behind(url)
        server = await proxy.start()
        process = await worker(tmp_path, database, proxy.port)
        await said(process, "working as")
        await asyncio.sleep(1)
        proxy.shut()
        server.close()
        # told at the very moment that it goes, when the queue is being listened to
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            _, err = await process.communicate()
    assert time.monotonic() - began < 14
    assert process.returncode in (0, 1)
    assert b"stopped" in err.splitlines()[-1]
    assert b"Traceback" not in err.splitlines()[-1]


async def test_a_worker_waits_for_a_database_that_is_not_there_yet(tmp_path: Path) -> None:
    async with postgres_schema() as url:
        proxy, database = behind(url)
        port = free_port()
        process = await worker(tmp_path, database, port)
        await said(process, "Trying again")
        server = await proxy.start(port)
        await said(process, "working as")
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            await process.communicate()
        assert process.returncode == 0
        proxy.shut()
        server.close()
