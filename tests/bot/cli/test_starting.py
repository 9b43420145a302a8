"""What starts often starts fast: a probe, help, a shell's completion import none of the desk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import PLACES, Commands, app, summary

ROOT = Path(__file__).parents[3]
HEAVY = ("bot.config", "bot.app", "sqlalchemy", "aiohttp", "pydantic_settings", "rich", "asyncio")

_RUN = """
import json, sys
from bot.cli import main
try:
    main()
except SystemExit as ended:
    print(json.dumps([ended.code, [name for name in {heavy} if name in sys.modules]]))
"""


def started(folder: Path, *words: str, heavy: tuple[str, ...] = HEAVY) -> tuple[int, list[str], str]:
    """The exit code, which of the heavy modules were imported, and what was printed before."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN.format(heavy=heavy), *words], cwd=folder, capture_output=True, text=True,
        timeout=60, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    *said, last = done.stdout.splitlines()
    code, loaded = json.loads(last)
    return code, loaded, "\n".join(said)


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("healthy", "--help")])
def test_help_and_version_import_nothing_heavy(words: tuple[str, ...], tmp_path: Path) -> None:
    assert started(tmp_path, *words)[:2] == (0, [])


@pytest.mark.slow
@pytest.mark.parametrize("words", [("sources", "list"), ("doctor",), ("summarize", "news.txt")])
def test_a_command_imports_nothing_that_it_does_not_use(words: tuple[str, ...], tmp_path: Path) -> None:
    """No model is asked, nothing is served, PostgreSQL is elsewhere."""
    (tmp_path / "news.txt").write_text(
        "The bridge was opened on Monday. The mayor spoke.\n" * 3, encoding="utf-8"
    )
    (tmp_path / "config.toml").write_text('[store]\nurl = "sqlite:///desk.sqlite3"\n', encoding="utf-8")
    unused = ("openai", "uvicorn", "bot.dashboard.server", "bot.demo.newsroom", "telegram", "discord", "psycopg")  # fmt: skip
    code, loaded, said = started(tmp_path, *words, heavy=unused)
    assert (code, loaded) == (0, []), said


def test_a_probe_imports_nothing_heavy_even_beside_a_broken_table(tmp_path: Path) -> None:
    """A desk at work has refused that file and lives."""
    text = '[chats]\nzoen = "UTC"\n[dashboard]\nlisten = "127.0.0.1:1"\n'
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    code, heavy, said = started(tmp_path, "healthy")
    assert (code, heavy) == (1, [])
    assert said == "not alive: 127.0.0.1:1 does not answer (ConnectionRefusedError)"


@pytest.mark.parametrize(
    "text",
    ["[dashboard]\nlisten = 80\n", "[dashboard\n", '[dashboard]\nlisten = "nowhere"\n', "dashboard = 1\n"],
)
@pytest.mark.slow
def test_a_probe_whose_address_is_wrong_says_what_is(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "healthy", "--config", str(file)], cwd=ROOT, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert str(file) in done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_is_the_package_s() -> None:
    from importlib.metadata import version

    assert CliRunner().invoke(app, ["--version"]).output == f"newsdesk {version('newsdesk')}\n"


@pytest.mark.parametrize("name", PLACES)
def test_the_list_says_what_the_command_s_own_help_begins_with(name: str) -> None:
    shown = " ".join((Commands()[name].help or "").split())
    assert shown.startswith(summary(name).rstrip("."))
    assert len(summary(name)) > 20


def test_a_slip_is_named() -> None:
    result = CliRunner().invoke(app, ["backpu"])
    assert result.exit_code == 2
    assert "Did you mean 'backup'" in result.output
