"""The processes that ``scale_kills.py`` torments: each has a place, and is replaced there when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
READY = 60.0  # seconds a process may take to say that it works


@dataclass(slots=True)
class Member:
    """One process. ``ready`` is what its output says once it works; ``cut``: its cable is pulled."""

    role: str
    command: Sequence[str]
    ready: bytes
    log: Path
    process: asyncio.subprocess.Process | None = None
    cut: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def start(self) -> None:
        """Start it and wait until it works, or has ended."""
        tied = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *tied, *self.command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY):
                while self.runs and self.ready not in self.log.read_bytes()[before:]:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)

    async def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
        if self.process is not None:
            await self.process.wait()


def worker(place: Sequence[str], database: str, world: str, lease: float, log: Path) -> Member:
    """A worker of ``scale_desk.py``."""
    command = (*place, sys.executable, "-m", "benchmarks.scale_desk", "worker", database, world, str(lease))
    return Member("worker", command, b"ready", log)


def gateway(place: Sequence[str], database: str, token: str, telegram: str, log: Path) -> Member:
    """``newsdesk gateway`` at a Telegram."""
    file = log.with_suffix(".toml")
    file.write_text(
        f'[store]\nurl = "{database}"\n[jobs]\nqueue = "procrastinate"\n'
        f'[telegram]\ntoken = "{token}"\nbase_url = "{telegram}"\n',
        encoding="utf-8",
    )
    command = (*place, sys.executable, "-m", "bot", "gateway", "--config", str(file))
    return Member("gateway", command, b"answering the chats", log)
