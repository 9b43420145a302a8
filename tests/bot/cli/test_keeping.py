"""Backup, restore, export and upgrade from the command line."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from digests.errors import NewsdeskError, StoreError
from digests.model import Source
from digests.store import open_store
from digests.store.schema import revisions
from tests.digests.store.test_upgrades import made_at

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def _fill(path: Path) -> None:
    async with open_store(str(path)) as store:
        await store.sources.add(Source(url="https://a.example/"), NOW)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "desk.sqlite3"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEWSDESK_STORE__URL", str(path))
    asyncio.run(_fill(path))
    return path


def said(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_backup_says_how_to_go_back(database: Path) -> None:
    assert "newsdesk restore copy.sqlite3" in said("backup", "copy.sqlite3")
    assert "before-restore" in said("restore", "copy.sqlite3")
    answer = json.loads(said("backup", "again.sqlite3", "--json"))
    assert answer["bytes"] == Path("again.sqlite3").stat().st_size
    assert json.loads(said("restore", "again.sqlite3", "--json"))["kept"].endswith("before-restore-2")
    with pytest.raises(StoreError, match="there already"):
        said("backup", "copy.sqlite3")


def test_export_is_json_lines(database: Path) -> None:
    lines = [json.loads(line) for line in said("export").splitlines()]
    assert [line["row"]["url"] for line in lines if line["table"] == "sources"] == ["https://a.example/"]
    assert f"{len(lines)} rows are in all.jsonl" in said("export", "--out", "all.jsonl")
    assert len(Path("all.jsonl").read_text().splitlines()) == len(lines)


def test_export_makes_no_new_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSDESK_STORE__URL", str(tmp_path / "none.sqlite3"))
    with pytest.raises(NewsdeskError, match="there is no file"):
        said("export")
    assert not (tmp_path / "none.sqlite3").exists()


def test_upgrade_has_nothing_to_do(database: Path) -> None:
    assert "nothing to do" in said("upgrade", "--dry-run")
    assert json.loads(said("upgrade", "--json")) == {"done": True, "steps": []}


def test_upgrade_of_an_older_database_tells_its_steps_and_keeps_a_copy(database: Path) -> None:
    database.unlink()
    made_at(database, "0001")
    before = database.read_bytes()
    tried = said("upgrade", "--dry-run")
    assert tried.endswith("It would go through; nothing was changed.\n")
    assert database.read_bytes() == before
    done = said("upgrade")
    assert done.splitlines() == [*tried.splitlines()[:-1], "Done."]
    assert len(done.splitlines()) == len(revisions())
    assert database.with_name("desk.sqlite3.schema-0001").is_file()
    assert "nothing to do" in said("upgrade")


def test_migrate_store_says_what_moved(database: Path) -> None:
    assert "sources: 1 rows, 1 written" in said("migrate-store", str(database), "away.sqlite3")
    tables = json.loads(said("migrate-store", str(database), "away.sqlite3", "--json"))
    assert sum(table["written"] for table in tables) == 0
    with pytest.raises(NewsdeskError, match="there is no file"):
        said("migrate-store", "none.sqlite3", "away.sqlite3")
