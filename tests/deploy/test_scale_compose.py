"""The services of ``deploy/compose.scale.yaml``, by their own commands, as processes on one PostgreSQL.

``deploy/check_scale.sh`` starts the file itself, in containers.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from tests.contracts.postgres import postgres_schema
from tests.deploy.scale_world import story, world

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "compose.scale.yaml"
SCALED = {"reader": 2, "deliverer": 2}  # as the file's head says to start it


def services() -> dict[str, dict[str, Any]]:
    """Those that run the desk."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    return {name: service for name, service in found.items() if service["image"] == "newsdesk"}


def environment(service: dict[str, Any], database: str) -> dict[str, str]:
    """The service's own, but with this database in place of the file's."""
    url = make_url(service["environment"]["NEWSDESK_STORE__URL"])
    assert url.drivername == make_url(database).drivername
    assert url.host == "database"
    return {**service["environment"], "NEWSDESK_STORE__URL": database}


@asynccontextmanager
async def running(folder: Path, database: str) -> AsyncIterator[list[tuple[str, asyncio.subprocess.Process]]]:
    """All of them; what still runs in the end is killed, as it is when this process dies."""
    tied = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    processes: list[tuple[str, asyncio.subprocess.Process]] = []
    try:
        for name, service in services().items():
            (config,) = [volume for volume in service["volumes"] if volume.startswith("./config.toml:")]
            inside = config.split(":")[1]
            command = [str(folder / "config.toml") if word == inside else word for word in service["command"]]
            assert command != service["command"], "the configuration is the one that is mounted"
            for number in range(SCALED.get(name) or service.get("deploy", {}).get("replicas", 1)):
                with (folder / f"{name}-{number}.log").open("wb") as log:
                    one = await asyncio.create_subprocess_exec(
                        *tied, sys.executable, "-m", "bot", *command, cwd=folder, stdout=log, stderr=log,
                        env={**os.environ, "PYTHONPATH": str(ROOT), **environment(service, database)},
                    )  # fmt: skip
                processes.append((name, one))
        yield processes
    finally:
        for _, one in processes:
            if one.returncode is None:
                one.kill()
            await one.wait()


async def test_all_services_together_bring_one_digest_and_end_in_time(tmp_path: Path) -> None:
    async with postgres_schema() as database, world() as here:
        (tmp_path / "config.toml").write_text(
            f'[access]\nadmins = ["telegram:7"]\n[watch]\nallow_private = true\n'
            f'[telegram]\ntoken = "{here.telegram.token}"\nbase_url = "{here.telegram.base_url}"\n',
            encoding="utf-8",
        )
        async with running(tmp_path, database) as processes:
            names = [name for name, _ in processes]
            assert sorted(set(names)) == ["deliverer", "editor", "gateway", "reader", "watcher"]
            assert (await story(here, names.count("gateway")))["gateways"] == names.count("gateway") == 2
            assert [(name, one.returncode) for name, one in processes if one.returncode is not None] == []
            for _, one in processes:
                one.terminate()
            grace = {name: float(service["stop_grace_period"][:-1]) for name, service in services().items()}
            async with asyncio.timeout(max(grace.values())):
                codes = [(name, await one.wait()) for name, one in processes]
            assert [name for name, code in codes if code != 0] == []
