"""``newsdesk doctor``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer

from bot.cli.options import AsJson, Config, progress, quiet_settings
from bot.config import Settings
from bot.doctor import examine
from bot.platforms.platform import Finding, State, fail, ok
from digests.errors import ConfigError

_MARKS = {State.OK: "✓", State.OFF: "–", State.WARN: "!", State.FAIL: "✗"}


Ask = Annotated[
    bool, typer.Option("--ask", help="Make one small call to each model, which costs a fraction of a cent.")
]


def doctor(as_json: AsJson = False, ask: Ask = False, config: Config = None) -> None:
    """Look at all the desk depends on, and say what to do. Exits with 1 when something fails.

    It changes nothing and may run beside a desk at work. With --ask each model writes a brief of two
    sentences: what it wrote is shown, or what its server said.

    Example: newsdesk doctor --config config.toml --ask
    """
    found: list[Finding] = []

    def tell(finding: Finding) -> None:
        found.append(finding)
        if not as_json:
            print(f"{_MARKS[finding.state]} {finding.subject}: {finding.said.rstrip('.')}.")
            if finding.todo:
                print(f"    {finding.todo}")

    try:
        settings = quiet_settings(config)
    except ConfigError as error:
        tell(fail("Configuration", str(error), "Compare it with config.example.toml."))
    else:
        tell(ok("Configuration", "it is valid"))
        with progress("Looking"):
            asyncio.run(_look(settings, tell, ask))
    if as_json:
        print(json.dumps([asdict(finding) for finding in found], ensure_ascii=False, indent=2))
    if any(finding.state is State.FAIL for finding in found):
        raise typer.Exit(1)


async def _look(settings: Settings, tell: Callable[[Finding], None], ask: bool) -> None:
    async for finding in examine(settings, ask=ask):
        tell(finding)
