"""Options that several commands share."""

from __future__ import annotations

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
