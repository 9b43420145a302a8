"""Options that several commands share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.config import Settings

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration file; without it, defaults and NEWSDESK_… variables.",
                 envvar="NEWSDESK_CONFIG", show_default=False),
]  # fmt: skip
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value for scripts.")]


def quiet_settings(config: Path | None) -> Settings:
    """The configuration for a command that says itself what went wrong, in one line."""
    from bot import logs

    settings = settings_of(config)
    logs.set_up("CRITICAL", settings.log.format, settings.secrets())
    return settings


def settings_of(config: Path | None) -> Settings:
    """The configuration named, or ``config.toml`` here if there is one, or the defaults."""
    from bot.config import load  # a command that needs no configuration is spared the time

    return load(file_of(config))


def file_of(config: Path | None) -> Path | None:
    """The file that the configuration is read from, None: there is none."""
    return Path("config.toml") if config is None and Path("config.toml").is_file() else config


# ------------ A progress bar for what takes a person's time: it appears after two seconds, on standard error.

PATIENCE = 2.0  # seconds


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Gives a function to call with what is done and what there is; until then the bar only moves.

    Where standard error is no terminal, nothing is shown.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    bar = Progress(
        TextColumn(what), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
    task = bar.add_task(what, total=None)
    later = threading.Timer(PATIENCE, bar.start)
    later.daemon = True
    later.start()
    try:
        yield lambda done, total: bar.update(task, completed=done, total=max(total, 1))
    finally:
        later.cancel()
        later.join()  # it may be showing the bar just now
        bar.stop()
