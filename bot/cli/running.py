"""``newsdesk run`` and ``newsdesk demo``: the desk at work."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot import logs
from bot.app import App, Part, open_app
from bot.cli.options import Config, file_of, settings_of
from bot.config import Settings, SourceSettings
from bot.packs import Pack
from bot.platforms import platforms
from bot.reloading import Reloader, heard, reloading
from bot.render.rich import text
from bot.writers import unready
from digests.clock import utc_now
from digests.desk import Cycle
from digests.desk.runner import ROLES
from digests.errors import ConfigError
from digests.memory import settle
from digests.model import Source
from digests.store.database import Database, database_url

GRACE = timedelta(seconds=10)
LAST = GRACE + timedelta(seconds=2)
"""When a process that was asked to stop ends, whatever it still waits for."""

Once = Annotated[bool, typer.Option("--once", help="One full cycle over what is due, deliver, exit.")]


def run(config: Config = None, once: Once = False) -> None:
    """Serve Telegram, Discord and this terminal from one process.

    Example: newsdesk run --config config.toml
    """
    settings = settings_of(config)
    if once and settings.jobs.queue != "local":
        raise ConfigError('--once is for a desk of one process: set queue = "local" in [jobs].')
    logs.set_up(settings.log.level, settings.log.format, settings.secrets())
    off = [platform for platform in platforms().values() if not settings.of(platform).wanted]
    for platform in off:
        print(f"newsdesk: {platform.title} is off. {platform.off}", file=sys.stderr)
    if len(off) == len(platforms()) and not settings.console.enabled:
        raise ConfigError("No chat is left: set up a platform, or enabled = true in [console].")
    for missing in unready(settings):
        print(f"newsdesk: {missing}", file=sys.stderr)
    with ending_in_time() as stopping:
        asyncio.run(_once(settings) if once else _serve(settings, file_of(config), stopping))


def demo(once: Once = False) -> None:
    """Try the desk with no key, no token and no internet: a fictional newsroom on loopback.

    Example: newsdesk demo --once
    """
    logs.set_up("ERROR", "auto", ())
    if not asyncio.run(_demo(once)):
        print("newsdesk: nothing was delivered; run `newsdesk run` with level = \"DEBUG\" in [log] to see why.",
              file=sys.stderr)  # fmt: skip
        raise typer.Exit(1)


async def _once(settings: Settings) -> None:
    async with open_app(settings, console=settings.console.enabled) as app:
        await app.start()
        print(told(await app.desk.cycle()), file=sys.stderr)


def told(cycle: Cycle) -> str:
    """What a cycle did, in a line."""
    return (
        f"newsdesk: {cycle.entries} new entries, {cycle.articles} articles read, "
        f"{cycle.digests} digests edited, {cycle.sent} messages sent."
    )


async def _serve(settings: Settings, file: Path | None, stopping: Callable[[], None]) -> None:
    async with open_app(settings, console=settings.console.enabled) as app:

        async def apply(new: Settings) -> None:
            await app.apply(new)
            logs.set_up(new.log.level, new.log.format, (*settings.secrets(), *new.secrets()))
            await app.desk.jobs.hint("watch")

        await app.start()
        await app.stack.enter_async_context(reloading(Reloader(file, settings, apply, app.telling.tell_all)))
        names = ", ".join(sorted(app.channels))
        settle()
        doing = f"serving {names}. Ctrl-C stops it; /help lists the commands."
        await serve_until_stopped(app, doing, stopping)


@contextlib.contextmanager
def ending_in_time() -> Iterator[Callable[[], None]]:
    """From the call on, the block has ``LAST`` to end; then the process does. A database or a network
    that is gone can keep what is to be closed from ending, and what is left is as after any crash."""
    timer = threading.Timer(LAST.total_seconds(), _end_now)
    timer.daemon = True
    try:
        yield timer.start
    finally:
        timer.cancel()


async def serve_until_stopped(app: App, doing: str = "", stopping: Callable[[], None] = lambda: None) -> None:
    """Run the desk and the console until a signal or /quit; finish what is in flight within GRACE.
    ``doing`` is said as soon as a signal is heard, ``stopping`` called when it begins to end."""
    stop = asyncio.Event()
    with heard(("SIGTERM", "SIGINT", "SIGBREAK"), stop.set):
        if doing:
            _note(doing)
        work = [asyncio.create_task(app.run(grace=GRACE), name="desk")]
        if app.console.platform in app.channels and (app.console.typed_into or not app.live):
            work.append(asyncio.create_task(app.console.serve(), name="console"))
        waits = asyncio.create_task(stop.wait(), name="signal")
        done, _ = await asyncio.wait([*work, waits], return_when=asyncio.FIRST_COMPLETED)
    _note("stopping; finishing what is in flight (10 s at most).")
    stopping()
    for task in (*work, waits):
        task.cancel()
    results = await asyncio.gather(*work, return_exceptions=True)
    _note("stopped.")
    for task, result in zip(work, results, strict=True):
        # what ended by itself with an error is the reason to stop, not a part of stopping
        if (
            task in done
            and isinstance(result, BaseException)
            and not isinstance(result, asyncio.CancelledError)
        ):
            raise result


def _note(words: str) -> None:
    """Say it on standard error, if that is still there: a closed terminal must not be a failure."""
    with contextlib.suppress(OSError):
        print(f"newsdesk: {words}", file=sys.stderr, flush=True)


def _end_now() -> None:
    print("newsdesk: something did not end in time; stopped without it.", file=sys.stderr, flush=True)
    os._exit(1)


async def _demo(once: bool) -> bool:
    from bot.demo.newsroom import serve as serve_newsroom  # which only this command serves

    with tempfile.TemporaryDirectory(prefix="newsdesk-demo-") as folder:
        async with serve_newsroom(utc_now()) as newsroom:
            base = Settings()
            settings = base.model_copy(
                update={
                    "store": base.store.model_copy(update={"url": str(Path(folder) / "demo.sqlite3")}),
                    "watch": base.watch.model_copy(update={"allow_private": True}),
                    "chats": base.chats.model_copy(update={"cadence": "instant"}),
                    "dashboard": base.dashboard.model_copy(update={"listen": f"127.0.0.1:{free_port()}"}),
                    **{name: platform.settings() for name, platform in platforms().items()},  # all off
                    "sources": tuple(
                        SourceSettings(url=url, name=name, topics=topics)
                        for url, name, topics in newsroom.feeds
                    ),
                }
            )
            async with open_app(settings, console=True) as app:
                app.commands.change(packs=_packs(settings.sources))
                await app.start()
                cycle = await app.desk.cycle()
                if once:
                    app.console.show((await app.ask("sources", "list")).text)
                    return cycle.sent > 0
                app.console.show(text(_WELCOME.format(article=newsroom.articles[0], site=newsroom.base)))
                with contextlib.suppress(asyncio.CancelledError):
                    await serve_until_stopped(app)
                return cycle.sent > 0


def _packs(sources: Sequence[SourceSettings]) -> tuple[Pack, ...]:
    """The fictional county's sources, for /start."""
    found = tuple(Source(url=one.url, name=one.name, topics=one.topics) for one in sources)
    return (Pack(name="Ladd County", language="en", topic="local", sources=found),)


def free_port() -> int:
    """A port of this machine that nothing listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


_WELCOME = """This is the demo: fictional sites on this machine, a chat in this terminal. Try
  /summarize {article}
  /sources list        (one of them is broken, on purpose)
  /unsubscribe
  /subscribe {site}/herald/
  /start               (to choose sources and a time)
  /settings
  /dashboard           (a link for your browser)
  /help
/quit ends it."""


# ------------ ``newsdesk worker`` and ``newsdesk gateway``: a desk spread over many processes and machines.

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
    _serve_part(
        config,
        Part(roles, listens=False, probed=listen),
        f"working as {', '.join(r for r in ROLES if r in roles)}",
    )


def gateway(config: Config = None) -> None:
    """Answer the chats' commands and serve the dashboard, and leave the work to workers.

    Example: newsdesk gateway --config config.toml
    """
    _serve_part(config, Part(frozenset(), listens=True), "answering the chats")


def _serve_part(config: Config, part: Part, doing: str) -> None:
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
