"""What lies where a SQLite database is: its logs, what a restore kept, and whether one is lost."""

from __future__ import annotations

import glob
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

DAMAGE: Final = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises; SQLite's words about it may be damaged too."""


def lost(file: Path) -> str:
    """Why a database that was here can't be opened, nothing where there is one or never was. Opening it
    all the same would begin a new desk without a word."""
    if file.is_file():
        if file.stat().st_size:
            return ""
        return (
            f"{file} is empty, what it held is lost. Put it back, or go back to a backup with "
            f"newsdesk restore FILE; to begin anew, remove {file}"
        )
    left = [*logs_of(file)[:1], file.with_name(file.name + ".arriving"), *_kept(file)]
    found = [one.name for one in left if one.exists()]
    if not found:
        return ""
    return (
        f"there is no {file}, but {found[0]} lies beside its place: it was removed, or a restore was broken "
        f"off. Run newsdesk restore FILE with a backup, or put the file back; to begin anew, move "
        f"{', '.join(found)} elsewhere"
    )


def logs_of(file: Path) -> list[Path]:
    """Where SQLite keeps what is not in the file yet."""
    return [file.with_name(file.name + log) for log in ("-wal", "-shm", "-journal")]


def _kept(file: Path) -> list[Path]:
    return sorted(file.absolute().parent.glob(f"{glob.escape(file.name)}.before-restore*"))


def synced(file: Path) -> None:
    """Have the disk remember what was written."""
    with file.open("rb+") as opened:  # Windows syncs only what may be written
        os.fsync(opened.fileno())


def folder_synced(file: Path) -> None:
    """Have a folder remember which file stands under a name. Windows has no such thing to ask for."""
    with suppress(OSError):
        folder = os.open(file.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
