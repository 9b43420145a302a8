"""What holds for every test."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import digests.store
from digests.store.backup import lost
from digests.store.database import Database
from digests.store.upgrading import Step, bring_up, upgrade_now


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with this version's schema and nothing in it, made by every migration once."""
    file = tmp_path_factory.mktemp("new") / "newsdesk.sqlite3"
    with ThreadPoolExecutor(1) as aside:  # the test that asks first has a loop of its own running
        aside.submit(asyncio.run, upgrade_now(str(file))).result()
    return file


@pytest.fixture(autouse=True)
def _new_databases_are_copied(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Migrating a new file takes ten times as long as copying one: only tests of migrations do it."""
    if request.node.get_closest_marker("migrates"):
        return

    async def copied(database: Database) -> list[Step]:
        if database.file is not None and not database.file.exists() and not lost(database.file):
            shutil.copyfile(request.getfixturevalue("new_database"), database.file)
        return await bring_up(database)

    monkeypatch.setattr(digests.store, "bring_up", copied)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command sets up the process's logs; the next test must not inherit them."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    named = {
        name: log.level
        for name, log in logging.root.manager.loggerDict.items()
        if isinstance(log, logging.Logger)
    }
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in named.items():
        logging.getLogger(name).setLevel(before)
