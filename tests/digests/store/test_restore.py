"""Going back to a backup: killed anywhere, whatever lies about, and what is said when nothing is left."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from digests.errors import StoreError
from digests.model import Source
from digests.store import open_store
from digests.store.backup import back_up, lost, restore
from tests.digests.store.test_backup import NOW, filled, urls

OLD, LATER = ["https://old.example/"], ["https://later.example/"]


def leave_log(file: Path, *statements: str) -> None:
    """Write to a database as a process that is killed does: its log stays."""
    work = (
        "import os, signal, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA journal_mode=WAL'); c.execute('PRAGMA wal_autocheckpoint=0')\n"
        "for statement in sys.argv[2:]: c.execute(statement)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", work, str(file), *statements], check=False)
    assert file.with_name(file.name + "-wal").stat().st_size


def whole(file: Path) -> None:
    leave_log(file, "UPDATE sources SET url = 'https://later.example/'")


def damaged(file: Path) -> None:
    whole(file)
    bytes_ = bytearray(file.read_bytes())
    for at in range(100, len(bytes_), 1000):
        bytes_[at] ^= 255
    file.write_bytes(bytes_)


def removed(file: Path) -> None:
    whole(file)
    file.unlink()


def emptied(file: Path) -> None:
    whole(file)
    file.write_bytes(b"")


async def lie(folder: Path, state: Callable[[Path], None]) -> tuple[Path, Path]:
    """A backup, and a database written to since and then left in a state."""
    folder.mkdir(parents=True)
    live, copy = folder / "live.sqlite3", folder / "copy.sqlite3"
    await filled(live, "old")
    back_up(live, copy)
    state(live)
    return live, copy


@pytest.mark.parametrize("state", [whole, damaged, removed, emptied])
async def test_a_restored_desk_is_the_backup_whatever_lay_about(
    tmp_path: Path, state: Callable[[Path], None]
) -> None:
    live, copy = await lie(tmp_path / "desk", state)
    restore(copy, live)
    with closing(sqlite3.connect(live)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert await urls(live) == OLD


async def test_a_log_of_another_database_beside_the_backup_is_not_taken_for_its_own(tmp_path: Path) -> None:
    live, copy = await lie(tmp_path / "desk", whole)
    shutil.copy(f"{live}-wal", f"{copy}-wal")
    restore(copy, live)
    assert await urls(live) == OLD
    shutil.copy(f"{copy}-wal", tmp_path / "other.sqlite3-wal")
    with pytest.raises(StoreError, match=r"other.sqlite3-wal is there already"):
        back_up(live, tmp_path / "other.sqlite3")


async def test_a_copy_made_by_hand_with_its_log_can_be_restored(tmp_path: Path) -> None:
    live, _ = await lie(tmp_path / "desk", whole)
    for log in ("", "-wal"):
        shutil.copy(f"{live}{log}", tmp_path / f"hand.sqlite3{log}")
    restore(tmp_path / "hand.sqlite3", live)
    assert await urls(live) == LATER


@pytest.mark.parametrize("state", [whole, damaged, removed, emptied])
async def test_killed_anywhere_it_leaves_the_old_or_the_new_or_says_what_is_missing(
    tmp_path: Path, state: Callable[[Path], None]
) -> None:
    await lie(tmp_path / "as_left", state)
    walk = [sys.executable, Path(__file__).with_name("restore_killed.py"), tmp_path / "as_left", tmp_path]
    walking = await asyncio.create_subprocess_exec(*walk, stdout=subprocess.PIPE)
    printed, _ = await walking.communicate()
    folders = [Path(line) for line in printed.decode().splitlines()]
    assert len(folders) > 5
    for folder in folders:
        live = folder / "live.sqlite3"
        if folder is folders[-1]:
            assert held(live) == "old"
        elif state is whole:
            assert held(live) in ("old", "later")
        else:
            assert held(live) in ("old", "damaged", "lost")
        restore(folder / "copy.sqlite3", live)
        assert held(live) == "old"


def held(live: Path) -> str:
    """What the next start finds: nothing that could be taken for a desk never used."""
    if lost(live):
        return "lost"
    try:
        with closing(sqlite3.connect(live)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            ((url,),) = connection.execute("SELECT url FROM sources").fetchall()
    except sqlite3.DatabaseError:
        return "damaged"
    return "old" if [url] == OLD else "later"


@pytest.mark.parametrize("left", ["-wal", ".arriving", ".before-restore", ".before-restore-2"])
async def test_a_lost_database_is_not_taken_for_a_new_desk(tmp_path: Path, left: str) -> None:
    live = tmp_path / "live.sqlite3"
    beside = tmp_path / f"live.sqlite3{left}"
    beside.write_bytes(b"what is left")
    with pytest.raises(StoreError, match=rf"there is no .*{left}.*newsdesk restore FILE.*to begin anew"):
        await urls(live)
    assert not live.exists()
    beside.unlink()
    assert await urls(live) == []


async def test_an_empty_file_is_not_taken_for_a_new_desk(tmp_path: Path) -> None:
    live = tmp_path / "live.sqlite3"
    live.touch()
    with pytest.raises(StoreError, match=r"is empty, what it held is lost.*newsdesk restore FILE"):
        await urls(live)
    live.unlink()
    assert await urls(live) == []


async def test_what_stood_there_is_kept_where_a_disk_has_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    live, copy = await lie(tmp_path / "desk", whole)
    monkeypatch.setattr(os, "link", refuse)
    kept = restore(copy, live)
    assert kept is not None
    assert await urls(kept) == LATER


async def test_what_a_killed_backup_left_is_removed_and_one_that_goes_on_is_not(tmp_path: Path) -> None:
    live = tmp_path / "live.sqlite3"
    await filled(live, "old")
    left = [tmp_path / "monday.sqlite3.123.unfinished", tmp_path / "monday.sqlite3.123.unfinished-journal"]
    left[0].write_bytes(live.read_bytes()[:5000])
    left[1].write_bytes(b"journal")
    working = tmp_path / "other.sqlite3.124.unfinished"
    with closing(sqlite3.connect(working, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        back_up(live, tmp_path / "tuesday.sqlite3")
        assert working.exists()
    assert [file for file in left if file.exists()] == []
    back_up(live, tmp_path / "wednesday.sqlite3")
    assert sorted(tmp_path.glob("*unfinished*")) == []


async def test_a_backup_is_locked_while_it_is_made(tmp_path: Path) -> None:
    live = tmp_path / "live.sqlite3"
    inner: list[int] = []
    async with open_store(str(live)) as store:
        for number in range(300):
            await store.sources.add(Source(url=f"https://{number}.example/{'x' * 900}"), NOW)

    def meanwhile(done: int, total: int) -> None:
        if not inner:
            inner.append(done)
            back_up(live, tmp_path / "second.sqlite3")
            assert len(list(tmp_path.glob("first.sqlite3.*.unfinished"))) == 1

    back_up(live, tmp_path / "first.sqlite3", meanwhile)
    assert inner
    assert len(await urls(tmp_path / "first.sqlite3")) == len(await urls(tmp_path / "second.sqlite3")) == 300


async def test_a_disk_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live, copy = await lie(tmp_path / "desk", whole)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(StoreError, match=r"can't be written: Read-only file system"):
        back_up(live, tmp_path / "copy2.sqlite3")
    with pytest.raises(StoreError, match=r"can't be restored: Read-only file system"):
        restore(copy, live)


async def test_a_damaged_database_is_said_in_plain_words(tmp_path: Path) -> None:
    live, _ = await lie(tmp_path / "desk", whole)
    await urls(live)  # folds its log
    bytes_ = live.read_bytes()
    for step in (997, 3001, 5003):
        broken = bytearray(bytes_)
        for at in range(100, len(broken), step):
            broken[at] ^= 255
        live.write_bytes(broken)
        with pytest.raises(StoreError):
            await urls(live)
        with pytest.raises(StoreError):
            back_up(live, tmp_path / "copy3.sqlite3")
