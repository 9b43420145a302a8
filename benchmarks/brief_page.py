"""Briefs for human eyes: python benchmarks/brief_page.py [--lab DIR] [--out FILE.html] [--most 60] [--text]

A page with briefs of twelve languages side by side: what the summarizer without a key writes, the first
whole sentences, and what a person wrote. The articles are spread evenly over the twelve languages of
``LAB/summaries`` that have most; it is the same ones each time, so that two versions can be compared. Read
them all, and write down what is wrong with each that is. The page holds others' texts: it is for reading
here, not for keeping.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.labs.overlap import lead  # noqa: E402
from benchmarks.labs.summaries import BOUND, brief  # noqa: E402
from digests.text.sentences import split_sentences  # noqa: E402

LAB = ROOT / ".." / "shared" / "lab"
LANGUAGES = 12
_STYLE = """body{font:15px/1.45 sans-serif;margin:2em auto;max-width:1300px}article{border-top:1px solid #999;
padding:.6em 0}div{display:grid;grid-template-columns:1fr 1fr 1fr;gap:1.5em}h2{font-size:1.05em;margin:.2em 0}
h3{font-size:.8em;color:#666;margin:.3em 0}p{margin:.3em 0}"""


@dataclass(frozen=True)
class Shown:
    """One article: what it is called, what we and the lead say of it, and what a person wrote."""

    set: str
    id: str
    language: str
    title: str
    ours: list[str]
    lead: list[str]
    person: str


def shown(lab: Path, most: int) -> Iterator[Shown]:
    """Articles of the languages that have most of them by turns, those of a language spread over its sets."""
    by_language: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for path in sorted((lab / "summaries").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            by_language[item["language"]].append((path.stem, item))
    common = sorted(by_language.values(), key=lambda of_one: -len(of_one))[:LANGUAGES]
    each = -(-most // len(common))
    spread = [of_one[:: max(1, len(of_one) // each)] for of_one in common]
    turns = (one for row in zip_longest(*spread) for one in row if one)
    for name, item in islice(turns, most):
        sentences = split_sentences(item["text"], item["language"])
        yield Shown(
            set=name,
            id=str(item["id"]),
            language=item["language"],
            title=item["title"],
            ours=brief(sentences, item["title"], item["language"]),
            lead=lead(sentences, BOUND),
            person=item["references"][0],
        )


def page(all_shown: list[Shown]) -> str:
    parts = [f"<!doctype html><meta charset=utf-8><title>Briefs</title><style>{_STYLE}</style>"]
    for number, one in enumerate(all_shown, 1):
        columns = (("Newsdesk", one.ours), ("first sentences", one.lead), ("a person", [one.person]))
        cells = "".join(
            f"<section><h3>{name}</h3>{''.join(f'<p dir=auto>{escape(text)}</p>' for text in texts)}</section>"
            for name, texts in columns
        )
        head = f"{number}. {one.language} · {one.set} · {one.id}"
        parts.append(
            f"<article><h3>{escape(head)}</h3><h2 dir=auto>{escape(one.title)}</h2><div>{cells}</div></article>"
        )
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lab", type=Path, default=LAB, help="folder that holds summaries/*.jsonl")
    parser.add_argument("--out", type=Path, default=Path("briefs.html"), help="where the page goes")
    parser.add_argument("--most", type=int, default=60, help="articles on the page")
    parser.add_argument("--text", action="store_true", help="plain text on standard output instead")
    asked = parser.parse_args()
    found = list(shown(asked.lab, asked.most))
    if asked.text:
        for number, one in enumerate(found, 1):
            print(f"{number}. {one.language} {one.set} {one.id}\n  # {one.title}")
            print(
                *(f"  - {text}" for text in one.ours),
                f"  = {' '.join(one.lead)}",
                f"  * {one.person}",
                sep="\n",
            )
        return
    asked.out.write_text(page(found), encoding="utf-8")
    languages = len({one.language for one in found})
    print(f"{len(found)} briefs of {languages} languages: {asked.out}")


if __name__ == "__main__":
    main()
