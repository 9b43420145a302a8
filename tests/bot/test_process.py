"""The command as a person or a cron job runs it: whole processes, their output and exit codes."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
import termios
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo.newsroom import Newsroom, serve
from tests.fakes.openai_server import answer, openai_server
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


async def start(*args: str, stdin: bytes | None = None, **env: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *args, cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **env},
    )  # fmt: skip
    assert process.stdin is not None
    if stdin is not None:
        process.stdin.write(stdin)
        process.stdin.close()
    return process


async def run(*args: str, stdin: bytes | None = b"", **env: str) -> tuple[int, str, str]:
    process = await start(*args, stdin=stdin, **env)
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def configure(folder: Path, newsroom: Newsroom, more: str = "") -> str:
    path = folder / "config.toml"
    sources = "".join(f'[[sources]]\nurl = "{url}"\nname = "{name}"\n' for url, name, _ in newsroom.feeds)
    path.write_text(
        f'[store]\nurl = "{folder / "desk.sqlite3"}"\n[watch]\nallow_private = true\n{more}\n{sources}',
        encoding="utf-8",
    )
    return str(path)


async def test_one_cycle_delivers_and_the_next_finds_nothing_to_do(tmp_path: Path) -> None:
    async with serve(datetime.now(UTC)) as newsroom:
        config = configure(tmp_path, newsroom)
        code, out, err = await run("run", "--once", "--config", config)
        assert code == 0, err
        assert "Lindqvist Foods lifts quarterly profit" in out
        assert "9 new entries, 9 articles read, 1 digests edited, 1 messages sent" in err
        assert "Telegram is off. Get a token" in err
        code, out, err = await run("run", "--once", "--config", config)
        assert (code, out) == (0, "")
        assert "0 new entries" in err


async def test_sources_from_the_command_line(tmp_path: Path) -> None:
    async with serve(datetime.now(UTC)) as newsroom:
        config = configure(tmp_path, newsroom)
        assert (await run("run", "--once", "--config", config))[0] == 0
        code, out, _ = await run("sources", "list", "--json", "--config", config)
        rows = {row["name"]: row for row in json.loads(out)}
        assert code == 0
        assert "not a feed" in rows["Old Gazette"]["reason"]
        assert rows["Vale Post"]["health"] == "fine, read just now"
        front = f"{newsroom.base}/herald/"
        code, out, _ = await run("sources", "test", front, "--config", config)
        assert code == 0
        assert "Quay Bridge" in out
        code, out, _ = await run("sources", "remove", "Vale Post", "--config", config)
        assert code == 0
        assert "comes back at the next start" in out
        code, out, err = await run("sources", "remove", "nobody", "--config", config)
        assert (code, out) == (1, "")
        assert "no source called “nobody”" in err


async def test_the_demo_goes_through_one_cycle_and_ends() -> None:
    code, out, err = await run("demo", "--once")
    assert code == 0, err
    assert "Quay Bridge" in out
    assert "Old Gazette: failing" in out


async def test_the_demo_answers_what_is_typed() -> None:
    code, out, err = await run("demo", stdin=b"/help\n/sbscribe\n/unsubscribe\n1\n/quit\n")
    assert code == 0, err
    assert "Did you mean /subscribe?" in out
    assert "1) 1. Harbour Herald" in out
    assert "no longer follows Harbour Herald" in out
    assert "newsdesk: stopped." in err


TEXT = (
    "Harbour master Dorian Keel closed the Quay Bridge on Tuesday after a barge struck it. "
    "Four people were taken to hospital. The bridge carries 18,000 vehicles a day."
)


async def test_a_model_writes_the_brief_and_what_it_invents_is_cut() -> None:
    async with openai_server() as server:
        server.script = [
            answer(
                "Quay Bridge closed", ("Dorian Keel closed the Quay Bridge.", [1]), ("Nine people died.", [2])
            )
        ]
        options = {
            "NEWSDESK_OPENAI__BASE_URL": server.base_url,
            "NEWSDESK_OPENAI__INPUT_PRICE": "0",
            "NEWSDESK_OPENAI__OUTPUT_PRICE": "0",
        }
        wanted = ("summarize", "-", "--json", "--summarizer", "openai")
        code, out, err = await run(*wanted, stdin=TEXT.encode(), **options)
        assert code == 0, err
        brief = json.loads(out)
        assert [s["text"] for s in brief["sentences"]] == ["Dorian Keel closed the Quay Bridge."]
        assert brief["summarizer"] == "openai"


async def test_a_model_without_a_price_is_not_asked_and_the_next_one_writes(tmp_path: Path) -> None:
    async with openai_server() as server:
        server.script = [answer("Never", ("asked", [1]))]
        config = tmp_path / "config.toml"
        config.write_text(
            f'[openai]\nbase_url = "{server.base_url}"\n[brief]\nsummarizers = ["openai", "extractive"]\n'
        )
        code, out, _ = await run("summarize", "-", "--json", "--config", str(config), stdin=TEXT.encode())
        brief = json.loads(out)
        assert (code, brief["summarizer"]) == (0, "extractive")
        assert any("openai wrote no brief" in warning for warning in brief["warnings"])
        alone = ("summarize", "-", "--json", "--summarizer", "openai", "--config", str(config))
        code, out, err = await run(*alone, stdin=TEXT.encode())
        assert code == 1
        assert "price" in json.loads(out)["error"]
        assert err.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    async with serve(datetime.now(UTC)) as newsroom, TelegramServer() as server:
        config = configure(tmp_path, newsroom, f'[telegram]\nbase_url = "{server.base_url}"')
        process = await start("run", "--config", config, NEWSDESK_TELEGRAM__TOKEN=server.token)
        async with asyncio.timeout(40):
            await server.until(lambda: server.count("setMyCommands"), 30)
            process.send_signal(number)
            out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        assert "serving console, telegram" in err.decode()
        assert "finishing what is in flight" in err.decode()
        assert err.decode().rstrip().endswith("newsdesk: stopped.")
        assert server.token not in (out + err).decode()


async def test_a_desk_ends_with_the_terminal_it_was_started_in(tmp_path: Path) -> None:
    """SIGHUP is the wish to read the configuration again as long as there is a terminal, and its end after."""
    async with serve(datetime.now(UTC)) as newsroom:
        config = configure(tmp_path, newsroom, '[console]\nenabled = true\n[log]\nlevel = "INFO"')
        ours, theirs = os.openpty()

        def in_terminal() -> None:
            os.setsid()
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", "--config", config, cwd=ROOT,
            stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=in_terminal,
        )  # fmt: skip
        os.close(theirs)
        os.set_blocking(ours, False)
        shown = b""

        async def until(words: bytes) -> None:
            nonlocal shown
            async with asyncio.timeout(60):
                while words not in shown:
                    with contextlib.suppress(BlockingIOError):
                        shown += os.read(ours, 65_536)
                    await asyncio.sleep(0.05)

        await until(b"Ctrl-C stops it")
        process.send_signal(signal.SIGHUP)
        await until(b"was read again")
        assert process.returncode is None
        os.close(ours)
        assert await asyncio.wait_for(process.wait(), 30) == 0
