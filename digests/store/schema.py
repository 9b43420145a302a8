"""Brings a database to this version's schema at open, in one transaction."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from digests.errors import SchemaTooNew, StoreError

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6E657773  # any number, the same in every process, for PostgreSQL's advisory lock


def upgrade(connection: Connection) -> None:
    """Upgrade to the newest schema known here. ``SchemaTooNew``: it is newer already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    _refuse_unfit(connection)
    if heads(connection) == (newest(),):
        return
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def heads(connection: Connection) -> tuple[str, ...]:
    """The schema a database has; nothing when it is empty."""
    return MigrationContext.configure(connection).get_current_heads()


def steps_from(connection: Connection) -> list[tuple[str, str]]:
    """The upgrades a database still needs, oldest first: each schema and what it is for."""
    _refuse_unfit(connection)
    had = heads(connection)
    if had == (newest(),):
        return []
    due = ScriptDirectory.from_config(alembic_config()).iterate_revisions("head", had or "base")
    return [(step.revision, step.doc.rstrip(".")) for step in due][::-1]


def _refuse_unfit(connection: Connection) -> None:
    """A database that holds no UTF-8, or is of a newer version."""
    if connection.dialect.name == "postgresql":
        encoding = connection.scalar(text("SHOW server_encoding"))
        if encoding != "UTF8":
            raise StoreError(
                f"the database's encoding is {encoding}, which can't hold every text; make one with: "
                "createdb --encoding UTF8 --template template0 NAME"
            )
    unknown = set(heads(connection)) - revisions()
    if unknown:
        raise SchemaTooNew(
            f"the database has schema {', '.join(sorted(unknown))}, written by a newer newsdesk; "
            "install that version, or open a backup made before the upgrade"
        )


@cache
def newest() -> str:
    """The schema this version writes."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert head is not None
    return head


@cache
def revisions() -> frozenset[str]:
    """Every schema this version knows."""
    return frozenset(
        script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()
    )


def alembic_config() -> Config:
    """Where the migrations are."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
