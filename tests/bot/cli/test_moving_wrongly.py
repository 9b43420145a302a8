"""``newsdesk migrate-store`` with wrong things typed: one line says what is wrong, and nothing is lost."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digests.model import Source
from digests.store import open_store
from tests.digests.store.test_upgrades import made_at

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def typed(folder: Path, *words: str) -> tuple[int, str]:
    """Exit code and what was said of it."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "migrate-store", *words], cwd=folder, capture_output=True, text=True,
        timeout=60, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return done.returncode, done.stderr


async def _make(path: Path, day: int) -> None:
    async with open_store(str(path)) as store:
        await store.sources.add(Source(url="https://a.example/"), NOW.replace(day=day))


def rows(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT added FROM sources")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A desk, another one, an empty one, and one of a version to come."""
    for name, day in (("desk", 1), ("other", 2), ("newer", 3)):
        asyncio.run(_make(tmp_path / f"{name}.sqlite3", day))
    asyncio.run(_empty(tmp_path / "empty.sqlite3"))
    with closing(sqlite3.connect(tmp_path / "newer.sqlite3")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    return tmp_path


async def _empty(path: Path) -> None:
    async with open_store(str(path)):
        pass


@pytest.mark.parametrize(
    ("source", "target", "answer"),
    [
        ("desk.sqlite3", "sqlite:///desk.sqlite3", "source and target are the same database"),
        ("desk.sqlite3", "./desk.sqlite3", "source and target are the same database"),
        ("desk.sqlite3", "other.sqlite3", "the target holds another desk"),
        ("empty.sqlite3", "desk.sqlite3", "Name them the other way round"),
        ("newer.sqlite3", "new.sqlite3", "newer"),
        ("desk.sqlite3", "newer.sqlite3", "newer"),
        ("desk.sqlite3", "mysql://desk/desk", "use SQLite or PostgreSQL"),
        ("desk.sqlite3", "no-folder/new.sqlite3", "does not exist"),
        ("desk.sqlite3", "postgresql://desk:secret@127.0.0.1:9/desk", "127.0.0.1"),
    ],
)
def test_it_is_refused_with_a_reason(folder: Path, source: str, target: str, answer: str) -> None:
    before = [rows(folder / name) for name in ("desk.sqlite3", "other.sqlite3", "newer.sqlite3")]
    code, said = typed(folder, source, target)
    assert code == 1, said
    assert answer in said
    assert "Traceback" not in said
    assert "secret" not in said
    assert [rows(folder / name) for name in ("desk.sqlite3", "other.sqlite3", "newer.sqlite3")] == before


def test_a_target_may_be_given_up(folder: Path) -> None:
    assert typed(folder, "desk.sqlite3", "other.sqlite3", "--replace") == (0, "")
    assert rows(folder / "other.sqlite3") == rows(folder / "desk.sqlite3")


def test_an_older_schema_is_brought_up_first_with_a_copy_beside(folder: Path) -> None:
    made_at(folder / "old.sqlite3", "0001")
    assert typed(folder, "old.sqlite3", "new.sqlite3") == (0, "")
    assert rows(folder / "new.sqlite3") == rows(folder / "old.sqlite3") != []
    assert (folder / "old.sqlite3.schema-0001").is_file()
