"""The ``newsdesk`` command: one file a subject, all with examples in their help.

Exit codes: 0 done; 1 it failed, said in one line on standard error; 2 wrong use or configuration.
"""

from __future__ import annotations

import sys

import typer

from bot.cli import doctoring, evaluating, health, keeping, running, sources, summarizing, working
from digests.errors import ConfigError, NewsdeskError

app = typer.Typer(
    name="newsdesk",
    help="A news desk for a chat: watches sources, groups reports into stories, and posts short briefs.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("run")(running.run)
app.command("worker")(working.worker)
app.command("gateway")(working.gateway)
app.command("demo")(running.demo)
app.command("summarize")(summarizing.summarize)
app.command("eval")(evaluating.evaluate)
app.command("doctor")(doctoring.doctor)
app.command("healthy")(health.healthy)
app.command("backup")(keeping.backup)
app.command("restore")(keeping.restore)
app.command("export")(keeping.export)
app.command("upgrade")(keeping.upgrade)
app.command("migrate-store")(keeping.migrate_store)
app.add_typer(sources.app, name="sources")


def main() -> None:
    """Entry point; an expected error is one line, never a traceback."""
    try:
        app()
    except ConfigError as error:
        print(f"newsdesk: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except NewsdeskError as error:
        print(f"newsdesk: {error}", file=sys.stderr)
        raise SystemExit(1) from None
