"""Fits ``digests/brief/extractive/weights.toml``: python benchmarks/train_brief.py [--write] [--leave-one-out]

Logistic regression on the words of articles: is the word in what a person wrote of the article? The sets
are ``LAB/summaries/*.jsonl`` (id, language, title, text, references) and ``DATA/summaries/*.jsonl`` (id,
text, reference; of these one half, told by the last bit of the id's CRC: ``benchmarks/brief.py`` reports
the other half by itself). Every set weighs the same, and in it every article. Prints the table; ``--write``
puts it in place. ``--leave-one-out`` measures each set of the lab with weights that were fitted to all the
others: what the summarizer comes to on a set that it has never seen.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.labs import summaries  # noqa: E402
from digests.brief.extractive import sentence_selection  # noqa: E402
from digests.brief.extractive.sentence_selection import tidied  # noqa: E402
from digests.text.sentences import split_sentences  # noqa: E402
from digests.text.stems import is_stop, stems  # noqa: E402

SHARED = ROOT / ".." / "shared"
DATA, LAB = SHARED / "data", SHARED / "lab"
WEIGHTS = Path(sentence_selection.__file__).with_name("weights.toml")
RIDGE = 1.0
Rows = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Facts of words, the share of references that hold the word, and what the row weighs."""


def pairs_of(data: Path) -> list[dict[str, str]]:
    """Articles with their references; keys ``id``, ``text``, ``reference``."""
    lines = [
        line for path in sorted((data / "summaries").glob("*.jsonl")) for line in path.open(encoding="utf-8")
    ]
    return [json.loads(line) for line in lines if line.strip()]


def is_trained_on(pair: dict[str, str]) -> bool:
    return zlib.crc32(str(pair["id"]).encode()) & 1 == 0


def sets_of(lab: Path, data: Path) -> dict[str, list[dict[str, Any]]]:
    """The articles of every set; keys language, title, text, references."""
    found = {
        path.stem: [json.loads(line) for line in path.open(encoding="utf-8") if line.strip()]
        for path in sorted((lab / "summaries").glob("*.jsonl"))
    }
    older = [
        {"language": "en", "title": "", "text": pair["text"], "references": [pair["reference"]]}
        for pair in pairs_of(data)
        if is_trained_on(pair)
    ]
    return found | ({"newspapers": older} if older else {})


def rows(articles: Sequence[dict[str, Any]]) -> Rows:
    """The words of a set's articles."""
    facts: list[tuple[float, ...]] = []
    used: list[float] = []
    weighs: list[float] = []
    for article in articles:
        language = article["language"]
        sentences = tidied(split_sentences(article["text"], language), language)
        references = [frozenset(stems(reference)) for reference in article["references"]]
        titled = frozenset(stems(article["title"]))
        known = sentence_selection.tally([map(stems, sentences)])
        for word, (count, first, _) in known.items():
            facts.append(
                sentence_selection.facts(
                    count,
                    first,
                    len(sentences),
                    stop=is_stop(word, language),
                    titled=word in titled,
                    has_title=bool(titled),
                )
            )
            used.append(mean(word in reference for reference in references))
            weighs.append(1 / len(known) / len(articles))
    return np.array(facts), np.array(used), np.array(weighs)


def fit(sets: Sequence[Rows]) -> list[float]:
    """Logistic regression by Newton's method."""
    facts, used, weighs = (np.concatenate(column) for column in zip(*sets, strict=True))
    weighs = weighs / weighs.mean()
    weights = np.zeros(facts.shape[1])
    for _ in range(12):
        likely = 1 / (1 + np.exp(-facts @ weights))
        slope = facts.T @ (weighs * (used - likely)) - RIDGE * weights
        bend = (facts.T * (weighs * likely * (1 - likely))) @ facts + RIDGE * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    return [round(float(weight), 2) for weight in weights]


def leave_one_out(sets: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Every set of the lab by weights fitted to the others; figures as in ``labs/summaries.py``."""
    all_rows = {name: rows(articles) for name, articles in sets.items()}
    found = {}
    inside = sentence_selection.weights
    try:
        for name, articles in sets.items():
            fitted = tuple(fit([of for other, of in all_rows.items() if other != name]))
            sentence_selection.weights = lambda fitted=fitted: fitted
            found[name] = summaries.figures_of(articles)
            print(f"{name}: {found[name]['gain_r1']:+.2f} ± {found[name]['se']:.2f}", file=sys.stderr)
    finally:
        sentence_selection.weights = inside
    return found


def as_toml(weights: Sequence[float]) -> str:
    head = WEIGHTS.read_text(encoding="utf-8").partition("[")[0]
    lines = (f"{name} = {weight}" for name, weight in zip(sentence_selection.FACTS, weights, strict=True))
    return head + "[words]\n" + "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lab", type=Path, default=LAB, help="folder that holds summaries/*.jsonl")
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds older summaries/*.jsonl")
    parser.add_argument("--write", action="store_true", help="put the numbers into weights.toml")
    parser.add_argument("--leave-one-out", action="store_true", help="measure each set as an unseen one")
    asked = parser.parse_args()
    sets = sets_of(asked.lab, asked.data)
    if asked.leave_one_out:
        found = leave_one_out(sets)
        gains = [of_set["gain_r1"] for name, of_set in found.items() if name != "newspapers"]
        large = [of_set["gain_r1"] for of_set in found.values() if of_set["items"] >= summaries.LARGE]
        figures = {"macro_gain_r1": round(mean(gains), 2), "worst_gain_r1": min(large)}
        print(json.dumps({**found, **figures}, indent=2))
        return
    table = as_toml(fit([rows(articles) for articles in sets.values()]))
    if asked.write:
        WEIGHTS.write_text(table, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
