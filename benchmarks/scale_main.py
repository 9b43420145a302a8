"""The command line of the measurements that need a PostgreSQL."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

Run = Callable[[], Coroutine[Any, Any, dict[str, Any]]]


def with_postgres() -> bool:
    """Whether there is a database; where there is none this is run again with one."""
    if os.environ.get("NEWSDESK_TEST_POSTGRES"):
        return True
    if os.environ.get("NEWSDESK_SCALE_TRIED"):
        return False
    script = ROOT / "tests" / "with_postgres.sh"
    environment = {**os.environ, "NEWSDESK_SCALE_TRIED": "1"}
    sys.exit(subprocess.call(["bash", str(script), sys.executable, *sys.argv], env=environment))


def main(about: str | None, quick: Run, full: Run) -> None:
    """Run one of the two, with a database, and print or write its figures."""
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a short run, under 50 seconds")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON; - for standard output")
    arguments = parser.parse_args()
    if not with_postgres():
        print(json.dumps({"skipped": "this machine has no PostgreSQL"}))
        return
    figures = asyncio.run(quick() if arguments.quick else full())
    lines = json.dumps(figures, indent=None if arguments.json == "-" else 2)
    if arguments.json in (None, "-"):
        print(lines)
    else:
        Path(arguments.json).write_text(lines + "\n")
