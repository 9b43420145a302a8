"""What holds for every command of the command line."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from bot.cli import app, main
from bot.cli import options as progress_module
from digests.model import Source
from digests.store import open_store
from digests.store.backup import back_up


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    def walk(names: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
        subs = getattr(command, "commands", None)
        if subs is None:
            yield names, command
        for name, sub in (subs or {}).items():
            yield from walk((*names, name), sub)

    yield from walk((), typer.main.get_command(app))


EVERY = [pytest.param(names, command, id=" ".join(names)) for names, command in commands()]


def test_there_are_commands() -> None:
    assert len(EVERY) > 15


@pytest.mark.parametrize(("names", "command"), EVERY)
def test_its_help_has_an_example_of_itself(names: tuple[str, ...], command: Any) -> None:
    shown = CliRunner().invoke(app, [*names, "--help"])
    assert shown.exit_code == 0
    said = " ".join(shown.output.split())
    assert f"Example: newsdesk {' '.join(names)}" in said
    assert all(parameter.help for parameter in command.params), [p.name for p in command.params]


@pytest.mark.parametrize(("names", "command"), EVERY)
def test_wrong_use_exits_with_2(names: tuple[str, ...], command: Any) -> None:
    assert CliRunner().invoke(app, [*names, "--no-such-option"]).exit_code == 2


def configured(command: Any) -> bool:
    return any("--config" in parameter.opts for parameter in command.params)


@pytest.mark.parametrize(
    ("names", "command"),
    [param for param in EVERY if configured(param.values[1]) and param.values[0] != ("doctor",)],
)
def test_a_wrong_configuration_exits_with_2_and_names_the_line(
    names: tuple[str, ...],
    command: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "wrong.toml"
    path.write_text("[chats]\nzoen = 'UTC'\n", encoding="utf-8")
    (tmp_path / "a").write_text("a", encoding="utf-8")
    needed = ["a" for p in command.params if p.param_type_name == "argument" and p.required]
    for option in command.params:
        if option.param_type_name == "option" and option.required:
            needed += [option.opts[0], "extractive"]
    monkeypatch.setattr(sys, "argv", ["newsdesk", *names, *needed, "--config", str(path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "line 2: unknown setting “chats.zoen”" in said
    assert "Traceback" not in said


@dataclass(frozen=True)
class Use:
    """How a command is used: words that work, words that fail, whether it may take a person's time.

    ``told`` is what its JSON must hold; None where only the exit code is for scripts.
    """

    works: str = ""
    fails: str | None = None
    told: str | None = None
    long: bool = False


# Of serving and of the demo only what ends is tried here; the stories of each have tests of their own.
USES: dict[tuple[str, ...], Use] = {
    ("run",): Use("--once"),
    ("worker",): Use(fails="--role nothing"),
    ("gateway",): Use(fails=""),
    ("demo",): Use("--once"),
    ("healthy",): Use(fails="--ready"),
    ("summarize",): Use("page.txt", "none.txt", "sentences", long=True),
    ("eval",): Use("-s extractive page.txt", "-s extractive none.txt", "summarizers", long=True),
    ("backfill",): Use("Archived", "Nobody", '"new": 1', long=True),
    ("doctor",): Use("", "--config away.toml", "subject", long=True),
    ("backup",): Use("copy.sqlite3", "desk.sqlite3", "bytes", long=True),
    ("restore",): Use("old.sqlite3", "none.sqlite3", "kept", long=True),
    ("export",): Use("--out all.jsonl", "--out nowhere/all.jsonl", "rows", long=True),
    ("upgrade",): Use("--dry-run", "--config away.toml", "steps", long=True),
    ("migrate-store",): Use("desk.sqlite3 new.sqlite3", "none.sqlite3 new.sqlite3", "digest", long=True),
    ("sources", "list"): Use("", "--config away.toml", "Herald"),
    ("sources", "add"): Use(
        "{site}/feed.xml --name Town --topic world", "{site}/none.xml", "Town", long=True
    ),
    ("sources", "remove"): Use("Herald", "Nobody", "Herald", long=True),
    ("sources", "pause"): Use("Herald", "Nobody", '"paused": true', long=True),
    ("sources", "resume"): Use("Paused", "Nobody", '"paused": false', long=True),
    ("sources", "test"): Use("{site}/feed.xml", "{site}/none.xml", "The bridge opened", long=True),
    ("sources", "import"): Use("feeds.opml", "none.opml", "added", long=True),
    ("sources", "export"): Use("out.opml", "nowhere/out.opml", "feeds"),
}


def test_each_command_has_its_use_here() -> None:
    assert set(USES) == {names for names, _ in commands()}


def test_each_command_that_has_something_to_tell_tells_it_as_json() -> None:
    for names, command in commands():
        there = any("--json" in parameter.opts for parameter in command.params)
        assert there == (USES[names].told is not None), names


FEED = """<rss version="2.0"><channel><title>Town</title><link>{site}/</link><item><title>The bridge opened</title>
<link>{site}/page.txt</link><description>The harbour bridge opened on Monday, after two years of work by the town.
</description></item></channel></rss>"""

RECENT = """<rss version="2.0"><channel><title>Town</title><link rel="prev-archive" href="/feed.xml"/></channel></rss>"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A folder with a database, a backup and files, and a site with a feed; its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "site")))
    site = f"http://127.0.0.1:{server.server_port}"
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "feed.xml").write_text(FEED.format(site=site), encoding="utf-8")
    (tmp_path / "site" / "recent.xml").write_text(RECENT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEWSDESK_STORE__URL", "desk.sqlite3")
    monkeypatch.setenv("NEWSDESK_WATCH__ALLOW_PRIVATE", "true")
    (tmp_path / "page.txt").write_text("The harbour bridge opened on Monday. It cost 40 million euros.")
    (tmp_path / "feeds.opml").write_text(
        f'<opml version="2.0"><body><outline type="rss" xmlUrl="{site}/feed.xml"/></body></opml>'
    )
    (tmp_path / "away.toml").write_text('[store]\nurl = "nowhere/desk.sqlite3"\n')

    async def fill() -> None:
        async with open_store("desk.sqlite3") as store:
            for name, paused in (("Herald", False), ("Paused", True)):
                source = Source(url=f"{site}/{name}.xml", name=name, paused=paused)
                await store.sources.add(source, datetime(2026, 3, 1, tzinfo=UTC))
            archived = Source(url=f"{site}/recent.xml", name="Archived")
            await store.sources.add(archived, datetime(2026, 3, 1, tzinfo=UTC))

    asyncio.run(fill())
    back_up(Path("desk.sqlite3"), Path("old.sqlite3"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


def called(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """The exit code of the whole program, and what it printed."""
    monkeypatch.setattr(sys, "argv", ["newsdesk", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.mark.slow
@pytest.mark.parametrize("names", [names for names, use in USES.items() if use.told is not None or use.works])
def test_it_works_and_exits_with_0(
    names: tuple[str, ...], desk: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use = USES[names]
    shown: list[str] = []
    monkeypatch.setattr(progress_module.threading, "Timer", AtOnce)
    monkeypatch.setattr("rich.progress.Progress.start", lambda bar: shown.append(bar.tasks[0].description))
    as_json = [] if use.told is None else ["--json"]
    code, out, err = called([*names, *use.works.format(site=desk).split(), *as_json], monkeypatch, capsys)
    assert code == 0, err
    if use.told is not None:
        assert use.told in json.dumps(json.loads(out), ensure_ascii=False)
    assert bool(shown) == use.long  # no bar for what is done at once


@pytest.mark.slow
@pytest.mark.parametrize("names", [names for names, use in USES.items() if use.fails is not None])
def test_it_fails_in_one_line_with_its_exit_code(
    names: tuple[str, ...], desk: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use = USES[names]
    assert use.fails is not None
    before = Path("desk.sqlite3").read_bytes()
    if "away" in use.fails:
        monkeypatch.delenv("NEWSDESK_STORE__URL")
    code, out, err = called([*names, *use.fails.format(site=desk).split()], monkeypatch, capsys)
    wrong_use = names in {("worker",), ("gateway",), ("healthy",)}
    assert code == (2 if wrong_use else 1), out + err
    if names == ("doctor",):
        assert "✗ Database: the folder" in out
    else:
        assert err.startswith("newsdesk: ")
        assert err.count("\n") == 1
    assert "Traceback" not in out + err
    assert Path("desk.sqlite3").read_bytes() == before or names[0] == "sources"
    assert not Path("nowhere").exists()


class AtOnce:
    """A timer whose time has come."""

    def __init__(self, _after: float, then: Callable[[], None]) -> None:
        self.start = then

    def cancel(self) -> None: ...

    def join(self) -> None: ...


@pytest.mark.parametrize(
    ("terminal", "patience", "seen"), [(True, 0.0, True), (True, 60.0, False), (False, 0.0, False)]
)
def test_a_bar_comes_after_a_while_and_only_where_a_person_looks(
    terminal: bool, patience: float, seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = io.StringIO()
    monkeypatch.setattr(progress_module, "PATIENCE", patience)
    console = Console(file=page, force_terminal=terminal)
    monkeypatch.setattr("rich.console.Console", lambda **_: console)
    with progress_module.progress("Copying desk.sqlite3") as tell:
        tell(1, 4)
        time.sleep(0.15)
    assert ("Copying desk.sqlite3" in page.getvalue() and "25%" in page.getvalue()) == seen
    assert bool(page.getvalue()) == seen


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shells_complete_commands(shell: str) -> None:
    environment = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    newsdesk = str(Path(sys.executable).parent / "newsdesk")
    script = subprocess.run(
        [newsdesk, "--show-completion", shell], capture_output=True, text=True, timeout=60, env=environment
    )
    assert script.returncode == 0, script.stderr
    assert "_NEWSDESK_COMPLETE" in script.stdout
    asked = environment | {
        "_NEWSDESK_COMPLETE": f"complete_{shell}", "COMP_WORDS": "newsdesk ba", "COMP_CWORD": "1",
        "_TYPER_COMPLETE_ARGS": "newsdesk ba", "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }  # fmt: skip
    done = subprocess.run([newsdesk], capture_output=True, text=True, timeout=60, env=asked)
    assert "backup" in done.stdout
    assert "restore" not in done.stdout
