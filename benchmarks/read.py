"""Article extraction: F1 and pages a second, ours beside the other extractors.

    python benchmarks/read.py                  every candidate that is installed
    python benchmarks/read.py --quick --json - ours and the baseline, as one JSON object
    python benchmarks/read.py --lab DIR        every candidate on the lab's pages and segments too (some 6 minutes)

``--peers DIR``: where more candidates were put that are no part of this project: newspaper4k by
``pip install --target DIR/py newspaper4k``, Readability and Defuddle by
``npm install --prefix DIR @mozilla/readability jsdom defuddle``.

``--data DIR`` names a folder that holds ``extraction/ground-truth.json`` and
``extraction/html/<key>.html.gz``, laid out like the article extraction benchmark of Scrapinghub.

The metric is that benchmark's: tokens are runs of word characters, a text's shingles its 4-grams
as a multiset (a shorter text is one shingle); per page true and false positives and false
negatives are multiset overlaps divided by their sum; precision and recall are means over the pages
(0/0 left out), F1 is of those means. Pages fall into halves by their key's hash: rules were
written with an eye on both, so the halves show spread, not proof.

Every candidate runs page by page, interleaved with ours, under a time limit a page; a page over
the limit, or one that raises, counts as no text.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib
import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, cast

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from digests.read.extract import extract_html  # noqa: E402
from digests.text.encoding import decode_page  # noqa: E402

BASELINE = "trafilatura fast=True"
OURS = "ours"
LIMIT = 10.0  # seconds a page
_TOKEN = re.compile(r"\w+")

Extract = Callable[[bytes, str], str]


@dataclass
class Result:
    name: str
    seconds: float = 0.0
    failed: int = 0
    pairs: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = _TOKEN.findall(text)
    if not tokens:
        return Counter()
    if len(tokens) < 4:
        return Counter([tuple(tokens)])
    return Counter(zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False))


def page_scores(found: str, true: str) -> tuple[float | None, float | None]:
    """Precision and recall of one page; None where it is 0/0."""
    a, b = shingles(found), shingles(true)
    hits = (a & b).total()
    return (hits / a.total() if a else None, hits / b.total() if b else None)


def means(pairs: list[tuple[float | None, float | None]]) -> tuple[float, float, float]:
    """F1, precision and recall over pages."""
    precisions = [p for p, _ in pairs if p is not None]
    recalls = [r for _, r in pairs if r is not None]
    precision = sum(precisions) / max(1, len(precisions))
    recall = sum(recalls) / max(1, len(recalls))
    return 2 * precision * recall / max(1e-9, precision + recall), precision, recall


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def candidates(quick: bool, peers: Path | None = None) -> dict[str, Extract]:
    """The extractors that can be imported or run, ours and the baseline first."""
    found: dict[str, Extract] = {OURS: lambda html, url: extract_html(html, url).text}

    def add(name: str, module: str, make: Callable[[object], Extract]) -> None:
        try:
            found[name] = make(importlib.import_module(module))
        except ImportError:
            print(f"{name}: not installed, left out", file=sys.stderr)

    add(BASELINE, "trafilatura", lambda m: lambda html, url: m.extract(html, fast=True) or "")  # type: ignore[attr-defined]
    if quick:
        return found
    add(
        "trafilatura fast=True, no comments",
        "trafilatura",
        lambda m: lambda html, url: m.extract(html, fast=True, include_comments=False) or "",  # type: ignore[attr-defined]
    )
    add("trafilatura", "trafilatura", lambda m: lambda html, url: m.extract(html) or "")  # type: ignore[attr-defined]
    for mode in ("include_comments=False", "favor_precision=True", "favor_recall=True"):
        word, _, value = mode.partition("=")
        add(
            f"trafilatura {mode}",
            "trafilatura",
            lambda m, chosen={word: value == "True"}: lambda html, url: m.extract(html, **chosen) or "",  # type: ignore[misc]
        )
    add("readability-lxml", "readability", _readability)
    add(
        "resiliparse",
        "resiliparse.extract.html2text",
        lambda m: (
            lambda html, url: m.extract_plain_text(  # type: ignore[attr-defined]
                html.decode("utf-8", "replace"), main_content=True, alt_texts=False
            )
        ),
    )
    add("justext", "justext", _justext)
    add("breadability", "breadability.readable", _breadability)
    if peers is not None:
        sys.path.append(str(peers / "py"))
        add("newspaper4k", "newspaper", _newspaper)
        if (peers / "node_modules").is_dir():
            node = _Node(peers)
            found |= {name: node.extractor(name) for name in ("readability", "defuddle")}
    return found


def _newspaper(module: object) -> Extract:
    def extract(html: bytes, url: str) -> str:
        article = module.Article(url or "https://a.example/")  # type: ignore[attr-defined]
        article.download(input_html=html.decode("utf-8", "replace"))
        article.parse()
        return str(article.text)

    return extract


class _Node:
    """The candidates that run in Node, in a process that lives as long as this one."""

    def __init__(self, peers: Path) -> None:
        script = Path(__file__).with_name("read_peers.mjs")
        command = ["node", str(script), str(peers.resolve())]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._into, self._out = cast(TextIO, process.stdin), cast(TextIO, process.stdout)
        self._asked = 0

    def extractor(self, name: str) -> Extract:
        from lxml import html as lxml_html

        def extract(html: bytes, url: str) -> str:
            self._asked += 1
            page = {"name": name, "html": decode_page(html, None), "url": url or "https://a.example/"}
            print(json.dumps({**page, "number": self._asked}), file=self._into, flush=True)
            answer = {"number": 0}
            while answer["number"] != self._asked:  # one that came too late is still to be read
                answer = json.loads(self._out.readline())
            found = str(answer["found"])
            return (
                "\n".join(map(str, lxml_html.document_fromstring(found).itertext())) if found.strip() else ""
            )

        return extract


def _readability(module: object) -> Extract:
    from lxml import html as lxml_html

    def extract(html: bytes, url: str) -> str:
        summary = module.Document(decode_page(html, None)).summary()  # type: ignore[attr-defined]
        return "\n".join(map(str, lxml_html.document_fromstring(summary).itertext()))

    return extract


def _justext(module: object) -> Extract:
    stop = module.get_stoplist("English")  # type: ignore[attr-defined]

    def extract(html: bytes, url: str) -> str:
        return "\n".join(p.text for p in module.justext(html, stop) if not p.is_boilerplate)  # type: ignore[attr-defined]

    return extract


def _breadability(module: object) -> Extract:
    from lxml import html as lxml_html

    def extract(html: bytes, url: str) -> str:
        readable = module.Article(html, url).readable  # type: ignore[attr-defined]
        return "\n".join(map(str, lxml_html.document_fromstring(readable).itertext()))

    return extract


def load(data: Path) -> dict[str, tuple[bytes, str, str]]:
    """HTML, true text and address by key."""
    folder = data / "extraction"
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    return {
        key: (
            gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes()),
            page.get("articleBody") or "",
            page.get("url") or "",
        )
        for key, page in truth.items()
    }


def run(
    pages: dict[str, tuple[bytes, str, str]], extractors: dict[str, Extract], rounds: int
) -> list[Result]:
    """Page by page, one extractor after the other, so that a busy machine slows all alike.

    The first round is scored; a page's time is its best over the rounds.
    """
    results = {name: Result(name) for name in extractors}
    for html, _, url in list(pages.values())[:3]:  # imports and caches
        for extract in extractors.values():
            _one(extract, html, url)
    for key, (html, true, url) in pages.items():
        for name, extract in extractors.items():
            text, seconds, failed = _one(extract, html, url)
            for _ in range(rounds - 1):
                if seconds < 1:
                    seconds = min(seconds, _one(extract, html, url)[1])
            result = results[name]
            result.seconds += seconds
            result.failed += failed
            result.pairs[key] = page_scores(text, true)
    return list(results.values())


def table_of_lab(lab: Path, older: list[Result], extractors: dict[str, Extract]) -> None:
    """Prints what each candidate comes to on the lab's pages and segments, beside the older pages."""
    pages: dict[str, tuple[bytes, str, str]] = {}
    for line in (lab / "pages" / "gold.jsonl").read_text("utf-8").splitlines():
        page = json.loads(line)
        html = gzip.decompress((lab / "pages" / "html" / f"{page['id']}.html.gz").read_bytes())
        pages[page["id"]] = (html, page["text"], page["url"])
    of_pages = {result.name: result for result in run(pages, extractors, 1)}
    counts = {name: [0, 0, 0] for name in extractors}
    for line in (lab / "segments" / "gold.jsonl").read_text("utf-8").splitlines():
        page = json.loads(line)
        html = gzip.decompress((lab / "segments" / "html" / f"{page['file']}.gz").read_bytes())
        for name, extract in extractors.items():
            text = " ".join(_one(extract, html, page["url"] if "://" in page["url"] else "")[0].split())
            read = sum(" ".join(part.split()) in text for part in page["with"])
            wrong = sum(" ".join(part.split()) in text for part in page["without"])
            for place, count in enumerate((read, len(page["with"]) - read, wrong)):
                counts[name][place] += count
    print("| 4-gram F1 | pages | unread | older pages | segments | pages/s |\n|---|---|---|---|---|---|")
    for result in older:
        found = of_pages[result.name]
        read, missed, wrong = counts[result.name]
        unread = sum((recall or 0.0) < 0.5 for _, recall in found.pairs.values())
        print(
            f"| {result.name} | {means(list(found.pairs.values()))[0]:.3f} | {unread} "
            f"| {means(list(result.pairs.values()))[0]:.3f} | {2 * read / max(1, 2 * read + missed + wrong):.3f} "
            f"| {len(pages) / found.seconds:.0f} |"
        )


def _one(extract: Extract, html: bytes, url: str) -> tuple[str, float, bool]:
    start = time.perf_counter()
    try:
        with limited(LIMIT):
            text, failed = extract(html, url), False
    except Exception:
        text, failed = "", True
    return text, time.perf_counter() - start, failed


def half(key: str) -> int:
    return hashlib.sha256(key.encode()).digest()[0] % 2


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--quick", action="store_true", help="ours and the baseline only, under 50 s")
    parser.add_argument("--json", metavar="FILE", help="write one JSON object there, - for standard output")
    parser.add_argument("--lab", type=Path, metavar="DIR", help="holds pages/ and segments/, read too")
    parser.add_argument("--peers", type=Path, metavar="DIR", help="holds more candidates")
    parser.add_argument("--rounds", type=int, default=2, help="times a page is read; the best counts")
    options = parser.parse_args()
    if not (options.data / "extraction" / "ground-truth.json").is_file():
        parser.error(f"no extraction/ground-truth.json under {options.data}")
    pages = load(options.data)
    extractors = candidates(options.quick, options.peers)
    results = run(pages, extractors, options.rounds)
    if options.lab:
        table_of_lab(options.lab, results, extractors)
    table(results, len(pages), sys.stderr if options.json == "-" else sys.stdout)
    if options.json:
        text = json.dumps(summary(results, len(pages)))
        if options.json == "-":
            print(text)
        else:
            Path(options.json).write_text(text + "\n", "utf-8")


def summary(results: list[Result], pages: int) -> dict[str, float]:
    by_name = {result.name: result for result in results}
    ours, baseline = by_name[OURS], by_name.get(BASELINE)
    f1, precision, recall = means(list(ours.pairs.values()))
    found = {"f1": f1, "precision": precision, "recall": recall, "pages_per_s": pages / ours.seconds}
    if baseline is not None:
        found["baseline_pages_per_s"] = pages / baseline.seconds
        found["baseline_f1"] = means(list(baseline.pairs.values()))[0]
    return {name: round(value, 4) for name, value in found.items()} | {"pages": pages}


def table(results: list[Result], pages: int, out: object) -> None:
    lines = [
        "| extractor | F1 | precision | recall | F1 half 0 | F1 half 1 | pages/s | failed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        f1, precision, recall = means(list(result.pairs.values()))
        halves = [
            means([pair for key, pair in result.pairs.items() if half(key) == side])[0] for side in (0, 1)
        ]
        lines.append(
            f"| {result.name} | {f1:.4f} | {precision:.4f} | {recall:.4f} | {halves[0]:.4f} | {halves[1]:.4f} "
            f"| {pages / result.seconds:.0f} | {result.failed} |"
        )
    print("\n".join(lines), file=out)  # type: ignore[call-overload]


if __name__ == "__main__":
    main()
