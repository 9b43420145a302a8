"""Parts of articles that must be read, and parts of the page around them that must not.

``gold.jsonl``: file, with (stands in the article), without (does not); ``html/<file>.gz``.

``f1`` over all segments: one counts as read when it stands in the text after white space is folded.
``recall``: the share of the "with" that were read; ``precision``: of those read, the share that is article.
``--quick`` reads every third page.
"""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.read import limited
from digests.read.extract import extract_html

_LIMIT = 10.0  # seconds a page


def measure(folder: Path, *, quick: bool) -> dict[str, Any]:
    """The figures of the pages in ``folder``; see the head of this module."""
    gold = [json.loads(line) for line in (folder / "gold.jsonl").read_text("utf-8").splitlines()]
    if quick:
        gold = gold[::3]
    jobs = [(folder / "html" / f"{page['file']}.gz", page) for page in gold]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = list(pool.map(_read, jobs, chunksize=8))
    kept, lost, wrong = (sum(page[place] for page in found) for place in range(3))
    return {
        "f1": round(2 * kept / max(1, 2 * kept + lost + wrong), 4),
        "precision": round(kept / max(1, kept + wrong), 4),
        "recall": round(kept / max(1, kept + lost), 4),
        "pages": len(found),
    }


def _read(job: tuple[Path, dict[str, Any]]) -> tuple[int, int, int]:
    file, page = job
    html = gzip.decompress(file.read_bytes())
    try:
        with limited(_LIMIT):
            text = extract_html(html, page["url"] if "://" in page["url"] else "").text
    except Exception:
        text = ""
    text = " ".join(text.split())
    read = sum(" ".join(segment.split()) in text for segment in page["with"])
    wrong = sum(" ".join(segment.split()) in text for segment in page["without"])
    return read, len(page["with"]) - read, wrong
