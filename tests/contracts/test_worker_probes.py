"""A worker that tells how it is: a whole process, asked over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx
import pytest
from postgres import postgres_schema

from benchmarks.scale import free_port
from bot.demo.newsroom import serve
from digests.clock import utc_now

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


async def test_a_worker_serves_its_health_and_what_it_did_itself(tmp_path: Path) -> None:
    async with postgres_schema() as url, serve(utc_now()) as newsroom:
        port = free_port()
        feed = newsroom.feeds[0][0]
        (tmp_path / "config.toml").write_text(
            f'[watch]\nallow_private = true\n[[sources]]\nurl = "{feed}"\nname = "Herald"\n', encoding="utf-8"
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "worker", "--listen", f"127.0.0.1:{port}",
            "--config", str(tmp_path / "config.toml"), cwd=tmp_path, stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NEWSDESK_STORE__URL": url,
                 "NEWSDESK_JOBS__QUEUE": "procrastinate"},
        )  # fmt: skip
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http, asyncio.timeout(60):
                while True:
                    try:
                        page = (await http.get("/metrics")).text
                    except httpx.TransportError:
                        page = ""
                    if 'newsdesk_polls_total{outcome="ok"} 1.0' in page:
                        break
                    assert process.returncode is None
                    await asyncio.sleep(0.2)
                ready = await http.get("/readyz")
                assert (await http.get("/healthz")).text == "alive\n"
                assert (await http.get("/")).status_code == 404  # the dashboard is the gateways'
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()
    assert ready.status_code == 200
    assert ready.json()["checks"]["database"] == "ok"
    assert process.returncode in (0, 143)
