"""Judgement on material that people labelled: python benchmarks/lab.py [--quick] [--json -] [--data DIR] [KEY ...]

``DIR`` holds one folder for each kind of material: pages, segments, languages, sentences, summaries,
story_summaries, faithfulness, stories. A key is in the result if its folder is there; each module of
``benchmarks/labs`` says how its folder is laid out and what its figures mean. Without ``--quick`` everything
is read, which takes some minutes; with it a fixed part of each set, so its figures are rougher.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

DATA = ROOT.parent / "shared" / "lab"
KEYS = (
    "pages",
    "segments",
    "languages",
    "sentences",
    "summaries",
    "story_summaries",
    "faithfulness",
    "stories",
)


def measure(data: Path, keys: tuple[str, ...], *, quick: bool) -> dict[str, Any]:
    """The figures of each key whose folder is in ``data``; progress goes to standard error."""
    result: dict[str, Any] = {}
    for key in keys:
        name = f"benchmarks.labs.{key}"
        if not (data / key).is_dir() or importlib.util.find_spec(name) is None:
            continue
        began = time.perf_counter()
        result[key] = importlib.import_module(name).measure(data / key, quick=quick)
        print(f"{key}: {time.perf_counter() - began:.1f} s", file=sys.stderr)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("keys", nargs="*", metavar="KEY", help=f"of {', '.join(KEYS)}; all if none is named")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="the folder with the material")
    parser.add_argument("--quick", action="store_true", help="a fixed part of each set, under 50 s in all")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="where the figures go; - for standard output"
    )
    asked = parser.parse_args()
    if unknown := sorted(set(asked.keys) - set(KEYS)):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(KEYS)}")
    if not asked.data.is_dir():
        print(f"There is no material at {asked.data}; name its folder with --data.", file=sys.stderr)
        return 2
    result = measure(asked.data, tuple(asked.keys) or KEYS, quick=asked.quick)
    text = json.dumps(result, indent=2, ensure_ascii=False)
    if asked.json is None or str(asked.json) == "-":
        print(text)
    else:
        asked.json.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
