"""The ``newsdesk`` command: one file a subject, all with examples in their help.

Exit codes: 0 done; 1 it failed, said in one line on standard error; 2 wrong use or configuration.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot.cli.lazily import LazyGroup
from digests.errors import ConfigError, NewsdeskError

app = typer.Typer(
    name="newsdesk",
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"newsdesk {version('newsdesk')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """A news desk for a chat: watches sources, groups reports into stories, and posts short briefs."""


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
