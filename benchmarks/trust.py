"""How well the gate catches what a source does not say, and how well true sentences pass.

    python benchmarks/trust.py [--data DIR] [--quick] [--json -] [--fit]

Corrupted briefs and their clean twins come from tests/digests/brief; DIR holds a folder
``faithfulness`` with sentence-pairs.jsonl and judged-summaries.jsonl (id, text, claim,
faithful). Beside the gate stands the usual simple check, which asks of every number and every
capitalised word that it occurs in the source; beside the score the share of the claim's word
pairs that occur there. ``--fit`` prints the score's weights fitted on the pairs, with their
cross-validated accuracy. True rewordings and small falsifications in fifteen languages are counted by file:
the rules were made looking at one, never at the other.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
import time
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "digests" / "brief")]

import corruptions  # noqa: E402

from digests.brief.grounding.alignment import WEIGHTS, defects, score  # noqa: E402
from digests.brief.grounding.check import CutKind  # noqa: E402
from digests.text.tokens import clean, tokens  # noqa: E402

REWORDINGS = {"seen": "rewordings.toml", "unseen": "rewordings_unseen.toml"}
SETS = {"first": "corruptions.toml", "second": "corruptions_held_out.toml"}
Row = dict[str, Any]


def occurs(claim: str, source: str) -> bool:
    """The simple check: every number and every capitalised word of the claim is in the source."""
    have = {token.key for token in tokens(clean(source))}
    digits = set(re.findall(r"\d+", clean(source)))
    said = clean(claim)
    return all(n in digits for n in re.findall(r"\d+", said)) and all(
        token.key in have for token in tokens(said) if token.capital
    )


def share_of_pairs(source: str, claim: str) -> float:
    """The simple score: share of the claim's neighbouring words that are neighbours in the source."""
    have = set(pairwise(t.key for t in tokens(clean(source))))
    pairs = list(pairwise(t.key for t in tokens(clean(claim))))
    return sum(pair in have for pair in pairs) / len(pairs) if pairs else 0.0


def gate(files: list[str]) -> Row:
    """Shares caught by kind, clean claims cut by the kind given as reason, and the time a claim takes."""
    caught: Counter[str] = Counter()
    simple: Counter[str] = Counter()
    count: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    misses: list[str] = []
    start = time.perf_counter()
    for case in (case for name in files for case in corruptions.cases(name)):
        count[case.kind] += 1
        cuts = case.grounded().cuts
        simple[case.kind] += not occurs(case.claim, "\n".join(case.source))
        caught[case.kind] += bool(cuts)
        if case.kind == "clean":
            alarms.update(cut.kind.value for cut in cuts)
        if bool(cuts) == (case.kind == "clean"):
            misses.append(f"{case.language} {case.kind}: {case.claim}")
    seconds = time.perf_counter() - start
    clean_count = count["clean"]
    return {
        "cases": dict(count),
        "caught": {kind: caught[kind] / count[kind] for kind in corruptions.KINDS if count[kind]},
        "caught_simple": {kind: simple[kind] / count[kind] for kind in corruptions.KINDS if count[kind]},
        "false_alarms": {kind.value: alarms[kind.value] / clean_count for kind in CutKind},
        "false_alarms_all": caught["clean"] / clean_count,
        "false_alarms_simple": simple["clean"] / clean_count,
        "claims_per_s": sum(count.values()) / seconds,
        "wrong": misses,
    }


def rewordings(name: str) -> Row:
    """Of a table of true rewordings and small falsifications: how many of the first go, of the second are caught."""
    with (ROOT / "tests" / "digests" / "brief" / name).open("rb") as file:
        stories = tomllib.load(file)["story"]
    shares = {}
    for kind in ("faithful", "false"):
        cut = [
            bool(
                corruptions.Case(s["language"], tuple(s["source"].strip().splitlines()), claim, kind)
                .grounded()
                .cuts
            )
            for s in stories
            for claim in s[kind]
        ]
        shares[kind] = sum(cut) / len(cut)
    return {"faithful_cut": shares["faithful"], "false_caught": shares["false"]}


def read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _pairs(rows: list[Row]) -> list[tuple[Row, Row]]:
    """(true, false) for each id."""
    by_id: dict[Any, dict[bool, Row]] = {}
    for row in rows:
        by_id.setdefault(row["id"], {})[row["faithful"] >= 0.5] = row
    return [(two[True], two[False]) for two in by_id.values() if len(two) == 2]


def pairs(rows: list[Row]) -> Row:
    """Share of pairs in which the true sentence scores strictly higher."""
    twos = _pairs(rows)
    right = sum(score(t["text"], t["claim"]) > score(f["text"], f["claim"]) for t, f in twos)
    simple = sum(
        share_of_pairs(t["text"], t["claim"]) > share_of_pairs(f["text"], f["claim"]) for t, f in twos
    )
    return {
        "pairs": len(twos),
        "pair_accuracy": right / len(twos),
        "pair_accuracy_simple": simple / len(twos),
    }


def judged(rows: list[Row]) -> Row:
    """Correlation with the judges, and how many bad summaries are found when 5 % of the good are accused."""
    ours = [score(row["text"], row["claim"]) for row in rows]
    theirs = [float(row["faithful"]) for row in rows]
    good = sorted(s for s, t in zip(ours, theirs, strict=True) if t >= 0.5)
    bad = [s for s, t in zip(ours, theirs, strict=True) if t < 0.5]
    limit = good[int(len(good) * 0.05)] if good else 0.0
    return {
        "judged": len(rows),
        "judged_pearson": _correlation(ours, theirs),
        "judged_bad_found_at_5": sum(s < limit for s in bad) / len(bad) if bad else None,
    }


def _correlation(one: list[float], two: list[float]) -> float:
    a, b = sum(one) / len(one), sum(two) / len(two)
    cross = sum((x - a) * (y - b) for x, y in zip(one, two, strict=True))
    spread = math.sqrt(sum((x - a) ** 2 for x in one) * sum((y - b) ** 2 for y in two))
    return cross / spread if spread else 0.0


# ---------------------------------------------------------------- fitting


def fitted(rows: list[Row], rounds: int = 10) -> Row:
    """Weights by pairwise logistic regression, and their accuracy in five-fold cross-validation by source."""
    data = [
        (
            [b - a for a, b in zip(_defects(t), _defects(f), strict=True)],
            t["text"],
        )
        for t, f in _pairs(rows)
    ]
    texts = sorted({text for _, text in data})
    accuracies = []
    for seed in range(rounds):
        fold = dict(zip(texts, random.Random(seed).choices(range(5), k=len(texts)), strict=True))
        right = 0
        for part in range(5):
            weights = _fit([x for x, text in data if fold[text] != part])
            right += sum(_dot(weights, x) > 0 for x, text in data if fold[text] == part)
        accuracies.append(right / len(data))
    return {
        "weights": [round(w, 2) for w in _fit([x for x, _ in data])],
        "weights_in_use": list(WEIGHTS),
        "cross_validated_accuracy": sum(accuracies) / rounds,
    }


def _defects(row: Row) -> tuple[float, ...]:
    return defects(row["text"], row["claim"]).values()


def _dot(one: list[float], two: list[float]) -> float:
    return sum(x * y for x, y in zip(one, two, strict=True))


def _fit(rows: list[list[float]], ridge: float = 0.1, steps: int = 1500, rate: float = 2.0) -> list[float]:
    """Gradient ascent on the likelihood that the true sentence has the smaller weighted defects."""
    weights = [0.0] * len(rows[0])
    for _ in range(steps):
        slope = [-ridge * w for w in weights]
        for x in rows:
            wrong = 1 / (1 + math.exp(min(50, _dot(weights, x))))
            slope = [s + wrong * v for s, v in zip(slope, x, strict=True)]
        weights = [w + rate * s / len(rows) for w, s in zip(weights, slope, strict=True)]
    return weights


def table(result: Row) -> str:
    lines = ["| corrupted | cases | gate | occurs-in-source check |", "|---|---|---|---|"]
    for kind, share in result["caught"].items():
        lines.append(
            f"| {kind} | {result['cases'][kind]} | {share:.1%} | {result['caught_simple'][kind]:.1%} |"
        )
    lines.append(
        f"| clean, cut | {result['cases']['clean']} | {result['false_alarms_all']:.1%} | {result['false_alarms_simple']:.1%} |"
    )
    lines += ["", "| rewordings | true ones cut | falsifications caught |", "|---|---|---|"]
    lines += [
        f"| {name} | {row['faithful_cut']:.1%} | {row['false_caught']:.1%} |"
        for name, row in result["rewordings"].items()
    ]
    if "pairs" in result:
        lines += ["", "| score | figure | word-pair share |", "|---|---|---|"]
        lines.append(
            f"| {result['pairs']} pairs ordered right | {result['pair_accuracy']:.1%} | {result['pair_accuracy_simple']:.1%} |"
        )
    if "judged" in result:
        lines.append(
            f"| correlation with judges, {result['judged']} summaries | {result['judged_pearson']:.2f} | |"
        )
        lines.append(f"| bad ones found at 5 % false alarms | {result['judged_bad_found_at_5']:.0%} | |")
    lines += ["", f"{result['claims_per_s']:.0f} claims a second.", *(f"wrong: {w}" for w in result["wrong"])]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--quick", action="store_true", help="judge 60 of the summaries only")
    parser.add_argument("--json", metavar="FILE", help="write one JSON object there, - for standard output")
    parser.add_argument(
        "--fit", action="store_true", help="fit the score's weights and say how well they carry over"
    )
    chosen = parser.parse_args(arguments)
    folder = chosen.data / "faithfulness"
    result = gate(list(SETS.values()))
    result["rewordings"] = {name: rewordings(file) for name, file in REWORDINGS.items()}
    sentence_pairs, summaries = folder / "sentence-pairs.jsonl", folder / "judged-summaries.jsonl"
    if sentence_pairs.exists():
        rows = read(sentence_pairs)
        result |= pairs(rows)
        if chosen.fit:
            result |= fitted(rows)
    if summaries.exists():
        result |= judged(read(summaries)[: 60 if chosen.quick else None])
    if chosen.json == "-":
        print(json.dumps(result, ensure_ascii=False))
        return
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    print(table(result))
    if chosen.fit:
        print({key: result[key] for key in ("weights", "weights_in_use", "cross_validated_accuracy")})


if __name__ == "__main__":
    main()
