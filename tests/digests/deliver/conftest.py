from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest
from stepped import Naps

from digests.store import open_store
from digests.testing import FakeClock

sys.path.insert(0, str(Path(__file__).parents[2] / "contracts"))  # for desk_values


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema; making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "d.sqlite3"

    async def made() -> None:
        async with open_store(str(path)):
            pass

    asyncio.run(made())
    return path


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> str:
    """One of its own."""
    return str(shutil.copy(empty_database, tmp_path / "d.sqlite3"))


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> Naps:
    taken = Naps(FakeClock())
    monkeypatch.setattr(asyncio, "sleep", taken.sleep)
    return taken
