"""``newsdesk backup``, ``restore``, ``export``, ``upgrade``, ``migrate-store``: keeping what the desk remembers."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TextIO

import typer

from bot import logs
from bot.cli.options import AsJson, Config, progress, quiet_settings
from digests.errors import NewsdeskError
from digests.store import backup as keeper
from digests.store.database_copy import move
from digests.store.upgrading import plan, upgrade_now


def backup(
    target: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Copy the database as it is now, while the desk goes on working.

    Example: newsdesk backup newsdesk-monday.sqlite3
    """
    source = keeper.sqlite_file(quiet_settings(config).store.url)
    with progress(f"Copying {source.name}") as tell:
        keeper.back_up(source, target, tell)
    size = target.stat().st_size
    if as_json:
        print(json.dumps({"database": str(source), "backup": str(target), "bytes": size}))
    else:
        print(f"{source} is backed up to {target}, {size / 1e6:.1f} MB, checked. "
              f"To go back to it: newsdesk restore {target}")  # fmt: skip


def restore(
    source: Annotated[Path, typer.Argument(help="A file that newsdesk backup made.")],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Put a backup in the database's place. The desk must be stopped; what was there is kept beside it.

    Example: newsdesk restore newsdesk-monday.sqlite3
    """
    target = keeper.sqlite_file(quiet_settings(config).store.url)
    with progress(f"Restoring {source.name}") as tell:
        kept = keeper.restore(source, target, tell)
    if as_json:
        print(json.dumps({"database": str(target), "kept": str(kept) if kept else None}))
    else:
        print(f"{target} is now what {source} holds." + (f" What was there is {kept}." if kept else ""))


def export(
    out: Annotated[Path | None, typer.Option(help="The file to write; without it, standard output.")] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Write everything the desk remembers as JSON lines, one row of a table a line.

    With --out it says how many; --json says that as JSON.

    Example: newsdesk export --out newsdesk.jsonl
    """
    url = quiet_settings(config).store.url
    keeper.must_be_there(url)
    try:
        opened = nullcontext(sys.stdout) if out is None else out.open("w", encoding="utf-8")
    except OSError as error:
        raise NewsdeskError(f"{out} can't be written: {error.strerror}") from error
    with opened as file:
        rows = asyncio.run(_export(url, file))
    if out is not None:
        print(json.dumps({"file": str(out), "rows": rows}) if as_json else f"{rows} rows are in {out}.")


async def _export(url: str, file: TextIO) -> int:
    rows = 0
    with progress("Exporting") as tell:
        async for row in keeper.export(url, tell):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            rows += 1
    return rows


def upgrade(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only try it, on a copy.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Bring the database to this version's schema; newsdesk run does the same at its start.

    Example: newsdesk upgrade --dry-run
    """
    url = quiet_settings(config).store.url
    with progress("Trying the upgrade" if dry_run else "Upgrading"):
        steps = asyncio.run(plan(url) if dry_run else upgrade_now(url))
    if as_json:
        print(
            json.dumps({"done": not dry_run, "steps": [{"schema": s.schema, "what": s.what} for s in steps]})
        )
    elif not steps:
        print("The database has this version's schema already; there is nothing to do.")
    else:
        for step in steps:
            print(f"{step.schema}: {step.what}")
        print("It would go through; nothing was changed." if dry_run else "Done.")


def migrate_store(
    source: Annotated[str, typer.Argument(help="The database to move from.")],
    target: Annotated[
        str, typer.Argument(help="The database to move to; it may hold an earlier, unfinished move.")
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Give up another desk that the target holds.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Move a desk to another database with everything, checked by counts and hashes.

    It may run while the desk is at work; then stop the desk and run it once more, which copies only
    what has changed since, and start the desk with the new url. An interrupted move goes on. A
    target that holds a desk of its own is refused.

    Example: newsdesk migrate-store newsdesk.sqlite3 postgresql+psycopg://newsdesk@db/newsdesk
    """
    logs.set_up("CRITICAL", "auto", ())
    keeper.must_be_there(source)
    with progress("Moving") as tell:
        tables = asyncio.run(move(source, target, tell, replace=replace))
    if as_json:
        print(json.dumps([asdict(table) for table in tables], indent=2))
        return
    for table in tables:
        print(f"{table.name}: {table.rows} rows, {table.written} written, sha256 {table.digest[:16]}")
    print("Both databases hold the same. Set url in [store] to the new one and start the desk.")
