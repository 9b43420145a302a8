"""The desk where there is no ``/proc``, no ``resource`` and no signal handlers of the loop, as on macOS and Windows."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo.newsroom import serve
from tests.bot.test_process import ROOT, configure
from tests.digests.watch.elsewhere import TAKEN_AWAY

pytestmark = pytest.mark.slow
WINDOWS = (
    TAKEN_AWAY
    + """
import asyncio, multiprocessing, os, signal
multiprocessing.get_all_start_methods = lambda: ["spawn"]
def refused(*_): raise NotImplementedError
asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler = refused
asyncio.unix_events._UnixSelectorEventLoop.remove_signal_handler = lambda *_: False
for name in ("SIGHUP", "SIGUSR1"):
    if hasattr(signal, name): delattr(signal, name)
for name in ("fork", "getuid", "geteuid", "tcgetpgrp"):
    if hasattr(os, name): delattr(os, name)
for name in ("termios", "pwd", "grp", "readline"): sys.modules[name] = None
"""
)


async def run(folder: Path, startup: str, *args: str, stdin: bytes = b"") -> tuple[int, str, str]:
    (folder / "sitecustomize.py").write_text(startup)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *args, cwd=ROOT, stdin=-1, stdout=-1, stderr=-1,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    async with asyncio.timeout(90):
        out, err = await process.communicate(stdin)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("startup", [TAKEN_AWAY, WINDOWS], ids=["macos", "windows"])
async def test_documents_are_read(tmp_path: Path, startup: str) -> None:
    _, out, err = await run(tmp_path, startup, "-m", "tests.digests.watch.elsewhere")
    assert "title='Herald'" in out, err


@pytest.mark.parametrize("startup", [TAKEN_AWAY, WINDOWS], ids=["macos", "windows"])
async def test_a_cycle_and_a_desk_that_is_typed_into(tmp_path: Path, startup: str) -> None:
    async with serve(datetime.now(UTC)) as newsroom:
        config = configure(tmp_path, newsroom)
        code, out, err = await run(tmp_path, startup, "-m", "bot", "run", "--once", "--config", config)
        assert code == 0, err
        assert "9 new entries, 9 articles read, 1 digests edited, 1 messages sent" in err
        assert "Lindqvist Foods lifts quarterly profit" in out
        typed = b"/sources list\n/quit\n"
        code, out, err = await run(tmp_path, startup, "-m", "bot", "run", "--config", config, stdin=typed)
        assert code == 0, err
        assert "Harbour Herald" in out
        assert "stopped" in err
