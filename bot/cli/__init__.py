"""The ``newsdesk`` command: one file a subject, all with examples in their help.

Exit codes: 0 done; 1 it failed, said in one line on standard error; 2 wrong use or configuration.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from typer.core import CompletionItem, TyperGroup  # type: ignore[attr-defined]
from typer.main import get_command, get_group

from digests.errors import ConfigError, NewsdeskError

# ------------ Commands that are imported when they are wanted, so that the others' libraries cost nothing.
#
# Their names and what stands in the list of commands are known before: the first sentence of a command's
# docstring, or of its module's where the command is a group, read from the source.

PLACES: dict[str, str] = {
    "run": "bot.cli.running:run",
    "worker": "bot.cli.running:worker",
    "gateway": "bot.cli.running:gateway",
    "demo": "bot.cli.running:demo",
    "summarize": "bot.cli.summarizing:summarize",
    "eval": "bot.cli.evaluating:evaluate",
    "backfill": "bot.cli.sources:backfill",
    "doctor": "bot.cli.doctoring:doctor",
    "healthy": "bot.cli.health:healthy",
    "backup": "bot.cli.keeping:backup",
    "restore": "bot.cli.keeping:restore",
    "export": "bot.cli.keeping:export",
    "upgrade": "bot.cli.keeping:upgrade",
    "migrate-store": "bot.cli.keeping:migrate_store",
    "sources": "bot.cli.sources:app",
}
"""Each command's module, and its function or group there."""


class Commands(Mapping[str, Any]):
    """The commands by their names; one is imported when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        module, _, attribute = PLACES[name].partition(":")
        found = getattr(importlib.import_module(module), attribute)
        if isinstance(found, typer.Typer):
            command: Any = get_group(found)
        else:
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            alone.command(name)(found)
            command = get_command(alone)
        command.name = name
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)


class LazyGroup(TyperGroup):
    """The root of the command line: help and completion of names import no command."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = Commands()  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:
        return list(PLACES)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(name)) for name in PLACES])

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        found = [CompletionItem(name, help=summary(name)) for name in PLACES if name.startswith(incomplete)]
        return [*found, *super(TyperGroup, self).shell_complete(ctx, incomplete)]


def summary(name: str) -> str:
    """The first sentence about a command."""
    module, _, attribute = PLACES[name].partition(":")
    spec = importlib.util.find_spec(module)
    source = spec.loader.get_source(module) if spec and spec.loader else ""  # type: ignore[attr-defined]
    tree = ast.parse(source)
    function = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == attribute), None)
    text = " ".join(inspect.cleandoc(ast.get_docstring(function or tree) or "").split())
    return text.partition(". ")[0].rstrip(".") + "."


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
