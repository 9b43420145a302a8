"""``newsdesk worker`` and ``newsdesk gateway``: a desk spread over many processes and machines."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from bot import logs
from bot.app import Part, open_app
from bot.cli.options import Config, settings_of
from bot.cli.running import ending_in_time, serve_until_stopped
from bot.config import Settings
from digests.desk.runner import ROLES
from digests.errors import ConfigError
from digests.store.database import Database, database_url

AGAIN = 2.0  # seconds between two tries to reach the database

Roles = Annotated[
    list[str] | None,
    typer.Option("--role", help=f"One of {', '.join(ROLES)}; may be given again. All by default."),
]


Listen = Annotated[
    str,
    typer.Option(
        metavar="HOST:PORT",
        help="Where /healthz, /readyz and /metrics of this worker are. Nowhere by default.",
    ),
]


def worker(config: Config = None, role: Roles = None, listen: Listen = "") -> None:
    """Do a share of the desk's work, beside any number of others.

    Example: newsdesk worker --role watch --role read --listen 127.0.0.1:9100 --config config.toml
    """
    if listen and not re.fullmatch(r".+:\d{1,5}", listen):
        raise ConfigError(f"--listen {listen} is no place to listen at; it looks like 127.0.0.1:9100.")
    unknown = [name for name in role or () if name not in ROLES]
    if unknown:
        raise ConfigError(f"There is no role {unknown[0]}; there are {', '.join(ROLES)}.")
    roles = frozenset(role or ROLES)
    _serve(
        config,
        Part(roles, listens=False, probed=listen),
        f"working as {', '.join(r for r in ROLES if r in roles)}",
    )


def gateway(config: Config = None) -> None:
    """Answer the chats' commands and serve the dashboard, and leave the work to workers.

    Example: newsdesk gateway --config config.toml
    """
    _serve(config, Part(frozenset(), listens=True), "answering the chats")


def _serve(config: Config, part: Part, doing: str) -> None:
    settings = settings_of(config)
    if settings.jobs.queue != "procrastinate":
        raise ConfigError(
            'Workers and gateways share a queue: set queue = "procrastinate" in [jobs], and url in [store] to '
            "postgresql+psycopg://…; one process alone is `newsdesk run`."
        )
    logs.set_up(settings.log.level, settings.log.format, settings.secrets())
    with ending_in_time() as stopping:
        asyncio.run(_open_and_serve(settings, part, doing, stopping))


async def _open_and_serve(settings: Settings, part: Part, doing: str, stopping: Callable[[], None]) -> None:
    await wait_for_database(settings.store.url)
    async with open_app(settings, console=False, part=part) as app:
        await app.start()
        await serve_until_stopped(app, f"{doing}. Ctrl-C stops it.", stopping)


async def wait_for_database(url: str) -> None:
    """Machines start in any order: say what is waited for, and try until it is there."""
    database = Database(database_url(url))
    try:
        while refusal := await database.answers():
            print(
                f"newsdesk: {refusal.splitlines()[0]}\nnewsdesk: Trying again in {AGAIN:.0f} s. Ctrl-C ends it.",
                file=sys.stderr,
            )
            await asyncio.sleep(AGAIN)
    finally:
        await database.close()
