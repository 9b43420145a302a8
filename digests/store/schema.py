"""Brings a database to this version's schema at open, in one transaction."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from digests.errors import SchemaTooNew, StoreError

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6E657773  # any number, the same in every process, for PostgreSQL's advisory lock


def upgrade(connection: Connection) -> None:
    """Upgrade to the newest schema known here. ``SchemaTooNew``: it is newer already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    _refuse_unfit(connection)
    if heads(connection) == (newest(),):
        return
    from alembic import command  # a tenth of a second that a database of this version does not cost

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def heads(connection: Connection) -> tuple[str, ...]:
    """The schema a database has; nothing when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return ()
    return tuple(connection.scalars(text("SELECT version_num FROM alembic_version")))


def steps_from(connection: Connection) -> list[tuple[str, str]]:
    """The upgrades a database still needs, oldest first: each schema and what it is for."""
    _refuse_unfit(connection)
    had = heads(connection)
    if had == (newest(),):
        return []
    from alembic.script import ScriptDirectory

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


def newest() -> str:
    """The schema this version writes."""
    return max(revisions())


@cache
def revisions() -> frozenset[str]:
    """Every schema this version knows: each migration's file begins with its number."""
    return frozenset(file.name[1:5] for file in (_MIGRATIONS / "versions").glob("v*.py"))


def alembic_config() -> Config:
    """Where the migrations are."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
