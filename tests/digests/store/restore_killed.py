"""Restores a backup again and again, each time killed one change of a file later, over a fresh copy of the
same folder. Prints the folders, the last of which came to its end.

Usage: restore_killed.py FOLDER TARGETS, FOLDER with live.sqlite3 as it was left and copy.sqlite3
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from digests.store.backup import restore

CHANGES = [(os, "replace"), (os, "link"), (os, "fsync"), (Path, "unlink")]


def killed_after(changes: int, folder: Path) -> bool:
    """Whether the restore was killed. It is a process of its own."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    left = changes

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **more: Any) -> Any:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return change(*args, **more)

        return run

    for owner, name in CHANGES:
        setattr(owner, name, counted(getattr(owner, name)))
    restore(folder / "copy.sqlite3", folder / "live.sqlite3")
    os._exit(0)


def main(folder: Path, targets: Path) -> None:
    changes = 0
    while True:
        target = targets / str(changes)
        shutil.copytree(folder, target)
        print(target, flush=True)
        if not killed_after(changes, target):
            return
        changes += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
