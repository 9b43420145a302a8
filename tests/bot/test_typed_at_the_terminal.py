"""The desk in a real terminal: nothing typed ends it but /quit, lines can be edited, closing it ends the desk."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo.newsroom import serve
from tests.bot.test_process import ROOT, configure

pytestmark = pytest.mark.slow


class Terminal:
    """The other end of one, and the desk in it."""

    def __init__(self, master: int, process: asyncio.subprocess.Process) -> None:
        self.master, self.process = master, process
        self.shown = ""

    def type(self, keys: str | bytes) -> None:
        os.write(self.master, keys.encode() if isinstance(keys, str) else keys)

    async def shows(self, words: str, times: int = 1) -> None:
        async with asyncio.timeout(40):
            while self.shown.count(words) < times:
                await asyncio.sleep(0.05)
                self.read()

    def read(self) -> None:
        with suppress(BlockingIOError, OSError):
            while data := os.read(self.master, 65536):
                self.shown += data.decode(errors="replace")

    async def ended(self) -> int:
        async with asyncio.timeout(40):
            while self.process.returncode is None:
                self.read()
                await asyncio.sleep(0.05)
        return self.process.returncode


@asynccontextmanager
async def terminal(folder: Path, *, ignoring: bool = False) -> AsyncIterator[Terminal]:
    async with serve(datetime.now(UTC)) as newsroom:
        config = configure(folder, newsroom)
        master, slave = pty.openpty()
        os.set_blocking(master, False)

        def own_terminal() -> None:
            import fcntl

            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            if ignoring:  # as nohup does
                signal.signal(signal.SIGHUP, signal.SIG_IGN)

        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", "--config", config, cwd=ROOT, stdin=slave, stdout=slave,
            stderr=slave, preexec_fn=own_terminal, env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        os.close(slave)
        one = Terminal(master, process)
        try:
            await one.shows("serving console")
            yield one
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            with suppress(OSError):
                os.close(master)


async def test_whatever_is_typed_is_answered_and_lines_are_edited_and_remembered(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("The harbour was closed after the storm, the mayor said.")
    async with terminal(tmp_path) as at:
        at.type("/sources lisx\x7ft\n")  # a slip, taken back
        await at.shows("Harbour Herald")
        seen = at.shown.count("Old Gazette")
        at.type("\x1b[A\n")  # the line before
        await at.shows("Old Gazette", seen + 1)
        for odd in (
            "/import ~nobody-of-that-name/x\n", "/import \x00\n", f"/import {'x' * 3000}\n", "9" * 4000 + "\n",
            "/sources import ~nobody-of-that-name/x\n", f"/summarize {tmp_path}/words.txt\n", "/audit " + "9" * 3000 + "\n",
        ):  # fmt: skip
            at.type(odd)
            await asyncio.sleep(0.3)
            at.read()
        at.type(b"/help \xff\xfe\xc3\n")
        at.type("/sources list\n")
        await at.shows("Old Gazette", seen + 2)
        assert "harbour was closed" not in at.shown  # a command that takes no file opens none
        assert at.process.returncode is None
        at.type("/quit\n")
        assert await at.ended() == 0, at.shown[-2000:]


async def test_closing_the_terminal_ends_the_desk(tmp_path: Path) -> None:
    async with terminal(tmp_path) as at:
        os.close(at.master)
        async with asyncio.timeout(30):
            assert await at.process.wait() == 0


async def test_a_sighup_while_the_terminal_stands_has_the_configuration_read_again(tmp_path: Path) -> None:
    async with terminal(tmp_path) as at:
        at.process.send_signal(signal.SIGHUP)
        await asyncio.sleep(1)
        at.type("/sources list\n")
        await at.shows("Harbour Herald")
        assert at.process.returncode is None


async def test_ctrl_c_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    async with terminal(tmp_path) as at:
        before = termios.tcgetattr(at.master)
        at.type("/he")  # in the middle of a line
        await asyncio.sleep(0.3)
        at.process.send_signal(signal.SIGINT)
        assert await at.ended() == 0
        after = termios.tcgetattr(at.master)
        assert after[3] & termios.ECHO
        assert before[0] & termios.ICRNL == after[0] & termios.ICRNL or after[0] & termios.ICRNL
