"""What holds for every command of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bot.cli import app, main


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
