"""Brings a database to this version's schema at open, in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from digests.errors import SchemaTooNew

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6E657773  # any number, the same in every process, for PostgreSQL's advisory lock


def upgrade(connection: Connection) -> None:
    """Upgrade to the newest schema known here. ``SchemaTooNew``: it is newer already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    unknown = set(MigrationContext.configure(connection).get_current_heads()) - known
    if unknown:
        raise SchemaTooNew(
            f"the database has schema {', '.join(sorted(unknown))}, written by a newer newsdesk; "
            "install that version, or open a backup made before the upgrade"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
