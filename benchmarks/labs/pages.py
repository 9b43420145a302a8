"""Articles out of real news pages: text, headline, date and language, ours beside trafilatura.

``gold.jsonl``: id, country, publisher, url, title, text, published (ISO 8601); ``html/<id>.html.gz``.

``f1``, ``precision``, ``recall``: the 4-gram measure of benchmarks/read.py. ``unread``: pages with a recall
under 0.5. ``titles``: equal after NFKC, case and punctuation are folded. ``published``: within 90 s.
``languages``: of the headline alone, against what the whole article is in (see ``_true_language``).
``peer_f1``: trafilatura without comments, its best mode here; ``peer_pages_per_s``: its fast mode, its
fastest. Speeds are pages a second of processor time, the better of two readings of a page, one process.
``alone_pages_per_s`` and ``alone_peer_pages_per_s``: the same on the pages where ours asks for no second
opinion; ``asked``: the share of pages where it does. ``--quick`` reads every third page.
"""

from __future__ import annotations

import gzip
import json
import re
import time
import unicodedata
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.read import limited, means, page_scores
from digests.read.extract import extract_html
from digests.text.detection import detect

_LIMIT = 10.0  # seconds a page
_NEAR = 90.0  # seconds
_UNREAD = 0.5  # recall
_WORDS = re.compile(r"[\W_]+")
# What the press of a country is written in, where it is not the one language of the country's code.
_PRESS = """
at: de; au: en; bd: bn en; be: en fr nl de; bg: bg; br: pt; by: be ru; ca: en fr; ch: de fr it en;
cl: es; cn: zh en; cz: cs; dk: da; eg: ar en; gl: kl da; gr: el; hk: zh en; ie: en ga; il: he en de
ar; in: hi en ta te bn mr ur; ind: hi en ta te bn mr ur; ir: fa en; jp: ja en; ke: sw en; kr: ko en;
lb: ar en fr; li: de; ls: en st; lu: de fr lb en; mx: es; my: ms en zh; na: en de af; ng: en ha ig
yo; np: ne en; nz: en mi; ph: tl en; pk: ur en; rs: sr; se: sv; sg: en zh ms; tw: zh en; tz: sw en;
ua: uk ru en; uk: en cy; us: en es; vn: vi en; za: en af zu xh st
"""
_LANGUAGES = dict(item.strip().split(": ") for item in " ".join(_PRESS.split()).split(";"))
_ANYWHERE = "en de es fr"


def measure(folder: Path, *, quick: bool) -> dict[str, Any]:
    """The figures of the pages in ``folder``; see the head of this module."""
    gold = [json.loads(line) for line in (folder / "gold.jsonl").read_text("utf-8").splitlines()]
    if quick:
        gold = gold[::3]
    jobs = [(folder / "html" / f"{page['id']}.html.gz", page, not quick) for page in gold]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = list(pool.map(_read, jobs, chunksize=8))
    f1, precision, recall = means([page["ours"] for page in found])
    alone = [page for page in found if not page["asked"]]
    return {
        "f1": round(f1, 4),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "unread": sum((page["ours"][1] or 0.0) < _UNREAD for page in found) / len(found),
        "titles": _share(found, "title"),
        "published": _share(found, "published"),
        "languages": _share(found, "language"),
        "pages_per_s": _speed(found, "seconds"),
        "peer_f1": round(means([page["peer"] for page in found])[0], 4),
        "peer_pages_per_s": _speed(found, "fast_seconds"),
        "asked": _share(found, "asked"),
        "alone_pages_per_s": _speed(alone, "seconds"),
        "alone_peer_pages_per_s": _speed(alone, "fast_seconds"),
        "pages": len(found),
    }


def _share(found: list[dict[str, Any]], key: str) -> float:
    return round(sum(bool(page[key]) for page in found) / max(1, len(found)), 4)


def _speed(found: list[dict[str, Any]], key: str) -> float:
    return round(len(found) / max(1e-9, sum(page[key] for page in found)), 1)


def _read(job: tuple[Path, dict[str, Any], bool]) -> dict[str, Any]:
    import trafilatura

    file, page, twice = job
    html, url = gzip.decompress(file.read_bytes()), page["url"]
    ours, seconds = _timed(lambda: extract_html(html, url), twice)
    peer, _ = _timed(lambda: trafilatura.extract(html, url=url, include_comments=False), False)
    _, fast_seconds = _timed(lambda: trafilatura.extract(html, url=url, fast=True), twice)
    true = datetime.fromisoformat(page["published"]) if page["published"] else None
    if true is not None and true.tzinfo is None:
        true = true.replace(tzinfo=UTC)
    told = ours.published if ours else None
    return {
        "id": page["id"],
        "ours": page_scores(ours.text if ours else "", page["text"]),
        "peer": page_scores(peer or "", page["text"]),
        "title": ours is not None and folded(ours.title) == folded(page["title"]),
        "published": told == true or (told and true and abs((told - true).total_seconds()) <= _NEAR),
        "language": detect(page["title"]) == _true_language(page),
        "asked": ours is not None and getattr(ours, "asked", False),
        "seconds": seconds,
        "fast_seconds": fast_seconds,
    }


def folded(title: str) -> str:
    """A headline as it is compared."""
    return _WORDS.sub(" ", unicodedata.normalize("NFKC", title).casefold()).strip()


def _timed(read: Callable[[], Any], twice: bool) -> tuple[Any, float]:
    """What ``read`` gives, None if it fails or takes too long, and its processor time."""
    best, found = _LIMIT, None
    for _ in range(1 + twice):
        began = time.process_time()
        try:
            with limited(_LIMIT):
                found = read()
        except Exception:
            return None, _LIMIT
        best = min(best, time.process_time() - began)
    return found, best


def _true_language(page: dict[str, Any]) -> str:
    """What the article is written in: py3langid over its whole text, among the languages of the
    country's press. A whole article leaves no doubt between those few; a headline does."""
    import py3langid

    of_country = f"{_LANGUAGES.get(page['country'], page['country'])} {_ANYWHERE}".split()
    ranked = py3langid.rank(page["text"][:5000] + " " + page["title"])
    told: str = next((code for code, _ in ranked if code in of_country), "und")
    return told
