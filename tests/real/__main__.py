"""Walks the desk through what is real: ``make real``, by hand and not in CI, since it installs and takes minutes.

Every module beside this one that has a ``walk`` is found and run: a function without arguments that
yields ``Row``s as it goes. ``make real ARGS=language_model`` runs those named alone.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from tests.real.rows import Row

Walk = Callable[[], AsyncIterator[Row]]


async def _all(names: list[str]) -> list[Row]:
    found = [file.stem for file in Path(__file__).parent.glob("[a-z]*.py")]
    rows: list[Row] = []
    for name in sorted(names or found):
        module: Any = importlib.import_module(f"tests.real.{name}")
        walk: Walk | None = getattr(module, "walk", None)
        if walk is None:
            continue
        print(f"{name}: {(module.__doc__ or '').splitlines()[0]}")
        async for row in walk():
            rows.append(row)
            print(row.line(), flush=True)
    return rows


def main() -> int:
    rows = asyncio.run(_all(sys.argv[1:]))
    failed = [row for row in rows if not row.held]
    print(f"{len(rows) - len(failed)} of {len(rows)} held.")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    raise SystemExit(main())
