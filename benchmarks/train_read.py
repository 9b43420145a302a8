"""Fits the weights by which a page's blocks are told to be article or not: python benchmarks/train_read.py

    python benchmarks/train_read.py --lab ../shared/lab --data ../shared/data        cross-validated figures
    python benchmarks/train_read.py --lab ... --data ... --write                     and digests/read/weights.json

Two logistic regressions: one on what a block looks like (``digests.read.features``), one that also knows
what its neighbours came to (``digests.read.choose.context``). A block is article where half of its 4-grams
stand in the page's true text; in pages of which only some segments are labelled, only blocks that hold one
count. A block counts by its share of the page's words, so that every page counts alike.

The folds keep all pages of a publisher together. The threshold and the features were chosen while
looking at the cross-validated figures, so they are a little kinder than pages never seen.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.read import _TOKEN, means, page_scores, shingles  # noqa: E402
from digests.read import choose  # noqa: E402
from digests.read.blocks import read_blocks  # noqa: E402
from digests.read.extract import extract_html, parse_html  # noqa: E402
from digests.read.features import NAMES, features  # noqa: E402
from digests.read.metadata import read_metadata  # noqa: E402
from digests.text.encoding import decode_page  # noqa: E402

FOLDS = 5
_STRENGTH = 1.0  # scikit-learn's C
_PARTLY = 1.0  # what a page counts of which only segments are labelled
_WHOLE = {"pages": 1.0, "extraction": 2.2}  # and what others do: sets of fewer pages count more


_Parts = tuple[list[str], list[str]]  # what stands in an article, and what does not


@dataclass
class Sample:
    """A page: its blocks' numbers, whether each is article, and how much each counts."""

    name: str  # of its set
    group: str
    html: bytes
    true: str | None
    parts: _Parts | None  # where only these are known
    rows: np.ndarray[Any, Any]
    weighed: np.ndarray[Any, Any]  # whether a block has numbers; those without are no article
    texts: list[str]
    parents: list[int]
    article: list[int] = field(default_factory=list)
    counts: list[float] = field(default_factory=list)


def sample(
    html: bytes,
    group: str,
    true: str | None,
    segments: _Parts | None,
    worth: float = 1.0,
) -> Sample | None:
    root = parse_html(decode_page(html))
    if root is None:
        return None
    facts, page = read_metadata(root, ""), read_blocks(root)
    if not page.blocks:
        return None
    net = choose.subtree_weights(page)
    container, core = choose.find_container(page, net)
    ruled = set(choose.rule(page, net, container, core))
    weights = [choose.weigh(block) for block in page.blocks]
    rows = features(page, net, container, core, weights, ruled, facts.title, facts.description, facts.body)
    made = Sample(
        "segments" if segments is not None else next(name for name in _WHOLE if _WHOLE[name] == worth),
        group,
        html,
        true,
        segments,
        np.array([row or [0.0] * len(NAMES) for row in rows]),
        np.array([bool(row) for row in rows]),
        [block.text for block in page.blocks],
        [block.row for block in page.blocks],
    )
    if segments is not None:
        _label_segments(made, *segments)
    else:
        _label_text(made, true or "")
    made.counts = [count * worth * bool(row) for count, row in zip(made.counts, rows, strict=True)]
    return made


def _label_segments(made: Sample, inside: list[str], outside: list[str]) -> None:
    total = max(1, len(inside) + len(outside))
    for text in made.texts:
        yes, no = sum(part in text for part in inside), sum(part in text for part in outside)
        made.article.append(int(yes >= no and yes > 0))
        made.counts.append(_PARTLY * max(yes, no) / total)


def _label_text(made: Sample, true: str) -> None:
    left = shingles(true)
    lines = Counter(" ".join(_TOKEN.findall(line)).casefold() for line in true.split("\n"))
    words = max(30, len(_TOKEN.findall(true)))
    for text in made.texts:
        tokens = _TOKEN.findall(text)
        if len(tokens) < 4:
            line = " ".join(tokens).casefold()
            article = bool(line) and lines[line] > 0
            lines[line] -= article
        else:
            own = shingles(text)
            article = (own & left).total() * 2 >= own.total()
            if article:
                left = left - own
        made.article.append(int(article))
        made.counts.append(min(len(tokens) + 1, words) / words)


def load(lab: Path, data: Path) -> list[Sample]:
    found = []
    for line in (lab / "pages" / "gold.jsonl").read_text("utf-8").splitlines():
        page = json.loads(line)
        html = gzip.decompress((lab / "pages" / "html" / f"{page['id']}.html.gz").read_bytes())
        found.append(sample(html, page["publisher"], page["text"], None, _WHOLE["pages"]))
    for line in (lab / "segments" / "gold.jsonl").read_text("utf-8").splitlines():
        page = json.loads(line)
        html = gzip.decompress((lab / "segments" / "html" / f"{page['file']}.gz").read_bytes())
        inside, outside = ([" ".join(part.split()) for part in page[key]] for key in ("with", "without"))
        found.append(sample(html, page["file"], None, (inside, outside)))
    for key, page in json.loads((data / "extraction" / "ground-truth.json").read_text("utf-8")).items():
        html = gzip.decompress((data / "extraction" / "html" / f"{key}.html.gz").read_bytes())
        found.append(sample(html, key, page.get("articleBody") or "", None, _WHOLE["extraction"]))
    return [made for made in found if made is not None]


def fit(samples: list[Sample]) -> tuple[LogisticRegression, LogisticRegression]:
    article = np.concatenate([made.article for made in samples])
    counts = np.concatenate([made.counts for made in samples])
    used = counts > 0
    rows = np.vstack([made.rows for made in samples])
    first = LogisticRegression(C=_STRENGTH, max_iter=300, fit_intercept=False)
    first.fit(rows[used], article[used], sample_weight=counts[used] * 10)
    around = np.vstack([_around(made, first) for made in samples])
    second = LogisticRegression(C=_STRENGTH, max_iter=300, fit_intercept=False)
    second.fit(np.hstack([rows, around])[used], article[used], sample_weight=counts[used] * 10)
    return first, second


def _around(made: Sample, first: LogisticRegression) -> np.ndarray[Any, Any]:
    chances = (first.predict_proba(made.rows)[:, 1] * made.weighed).tolist()
    return np.array(choose.context(made.parents, chances))


def _fold(group: str) -> int:
    return hashlib.sha256(group.encode()).digest()[0] % FOLDS


def cross_validate(samples: list[Sample]) -> dict[str, dict[str, float]]:
    """What reading as it ships comes to, by set, on pages none of whose publisher's was fitted on: F1, precision,
    recall and the share with a recall under a half; of segments F1 alone."""
    pairs: dict[str, list[tuple[float | None, float | None]]] = {}
    kept, missed, wrong = 0, 0, 0
    shipped = choose._FIRST, choose._SECOND, choose._AROUND
    for held in range(FOLDS):
        first, second = fit([made for made in samples if _fold(made.group) != held])
        choose._FIRST = first.coef_[0].tolist()
        choose._SECOND = second.coef_[0][: len(NAMES)].tolist()
        choose._AROUND = second.coef_[0][len(NAMES) :].tolist()
        for made in samples:
            if _fold(made.group) != held:
                continue
            text = extract_html(made.html).text
            if made.parts is None:
                pairs.setdefault(made.name, []).append(page_scores(text, made.true or ""))
                continue
            text = " ".join(text.split())
            inside, outside = made.parts
            kept += sum(part in text for part in inside)
            missed += sum(part not in text for part in inside)
            wrong += sum(part in text for part in outside)
    choose._FIRST, choose._SECOND, choose._AROUND = shipped
    found = {"segments": {"f1": round(2 * kept / max(1, 2 * kept + missed + wrong), 4)}}
    for name, scores in pairs.items():
        f1, precision, recall = means(scores)
        unread = sum((recall or 0.0) < 0.5 for _, recall in scores) / len(scores)
        figures = {"f1": f1, "precision": precision, "recall": recall, "unread": unread}
        found[name] = {key: round(figure, 4) for key, figure in figures.items()}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    shared = ROOT.parent / "shared"
    parser.add_argument("--lab", type=Path, default=shared / "lab", help="holds pages/ and segments/")
    parser.add_argument("--data", type=Path, default=shared / "data", help="holds extraction/")
    parser.add_argument("--write", action="store_true", help="write the weights fitted on all pages")
    parser.add_argument("--no-check", action="store_true", help="leave the cross-validation out")
    asked = parser.parse_args()
    samples = load(asked.lab, asked.data)
    print(f"{len(samples)} pages, {sum(len(made.texts) for made in samples)} blocks")
    if not asked.no_check:
        print(json.dumps({"cross_validated": cross_validate(samples)}))
    if asked.write:
        first, second = fit(samples)
        names = [*NAMES, *choose.CONTEXT]
        weights = {
            "first": dict(zip(NAMES, first.coef_[0].round(2).tolist(), strict=True)),
            "second": dict(zip(NAMES, second.coef_[0][: len(NAMES)].round(2).tolist(), strict=True)),
            "around": dict(
                zip(names[len(NAMES) :], second.coef_[0][len(NAMES) :].round(2).tolist(), strict=True)
            ),
        }
        target = ROOT / "digests" / "read" / "weights.json"
        target.write_text(json.dumps(weights, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
