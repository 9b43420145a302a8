"""Choose the numbers grouping rests on: python benchmarks/train_group.py [--minutes N] [--without SET ...] [--json -]

Reads ``DIR/lab/stories`` and ``DIR/data/stories`` as the benchmarks do, and makes up streams from seeds that they
don't use. The terms of a report are weighed once, as it comes in, so the likeness of every two of a set is worked
out beforehand; then each choice of numbers is tried on all sets in one pass, one number after another up and down
by shrinking steps. What is made as great as can be is the mean over the kinds of material of B-cubed F1 and of
F0.7, which holds a wrong merge for worse than a missed one. ``--without`` leaves kinds out, and marks them after.

Needs numpy and scipy (the ``bench`` extra).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from group import as_report, b_cubed, headlines  # noqa: E402
from labs.stories import b_cubed as b_cubed_among  # noqa: E402
from labs.stories import material  # noqa: E402
from streams.events import stream  # noqa: E402
from streams.notices import TUNE, notices  # noqa: E402

from digests.group import stories as shipped  # noqa: E402
from digests.group.stories import HEADLINE, TEXT, Report, StoryIndex  # noqa: E402
from digests.group.terms import FIGURE, KEY, NAME, TITLE  # noqa: E402

Numbers = dict[str, float]
MOST = 900  # reports of a set; a longer one is cut
WEIGHT = {
    "cstnews": 1.5,
    "vietnamese_mds": 2,
    "ecb_plus": 2,
    "og2021": 2,
    "data": 0.5,
    "stream": 1,
    "short": 1.5,
}
assert b_cubed


@dataclass
class Pairs:
    """A set with the likeness of each report to every earlier one; ``before`` came first, unlabelled."""

    before: int
    truth: list[str]
    headline: bool
    cosine: Any
    title: Any
    names: Any
    figures: Any
    apart: Any
    days: Any
    source: Any
    form: Any
    length: Any


def pairs_of(before: Sequence[Report], reports: Sequence[Report], truth: Sequence[str]) -> Pairs:
    index = StoryIndex()
    reads, rarities = [], []
    for report in (*before, *reports):
        read = index._read(report)
        reads.append(read)
        rarities.append(index._rarities(read.terms, read.kinds, read.language))
        index.record(report, report.article_id)

    def table(value: Callable[[Any, float, int, float], float]) -> Any:
        data: list[float] = []
        columns: list[int] = []
        starts = [0]
        for read, rarity in zip(reads, rarities, strict=True):
            for term, weight, kind, rare in zip(read.terms, read.weights, read.kinds, rarity, strict=True):
                if found := value(read, weight, kind, rare):
                    columns.append(term)
                    data.append(found)
            starts.append(len(columns))
        return sparse.csr_matrix(
            (np.array(data, "f4"), columns, starts), shape=(len(reads), len(index._names))
        )

    first = len(before)

    def alike(one: Any, other: Any) -> Any:
        return (one[first:] @ other.T).toarray()

    weights = table(lambda read, weight, kind, rare: weight)
    titles = table(lambda read, weight, kind, rare: weight / read.title if kind & TITLE else 0)
    names = table(lambda read, weight, kind, rare: weight / read.names if kind & NAME else 0)
    figures = table(lambda read, weight, kind, rare: 1 if kind & FIGURE else 0)
    there = table(lambda read, weight, kind, rare: 1)
    keys = table(
        lambda read, weight, kind, rare: 0 if not kind & KEY else shipped._FIGURE if kind & FIGURE else rare
    )
    total = np.asarray(keys.sum(1)).ravel()
    apart = np.minimum(total[first:, None] - alike(keys, there), total[None] - alike(there, keys))
    moments = np.array([read.published.timestamp() for read in reads])
    days = np.abs(moments[first:, None] - moments[None]) / 86400
    sources = np.array([read.source_id for read in reads])
    cosine = alike(weights, weights)
    form = np.zeros(cosine.shape, bool)
    for i, j in zip(*np.where(cosine > 0.35), strict=True):
        one, other = reads[first + i], reads[j]
        if j < first + i and not set(one.wording[: shipped._KEYS]).isdisjoint(other.wording):
            like = shipped.containment(one.wording, other.wording) >= shipped._FORM
            form[i, j] = like and shipped._of_a_form(one, other)
    return Pairs(
        before=first,
        truth=list(truth),
        headline=reads[-1].headline,
        cosine=cosine,
        title=alike(titles, titles),
        names=alike(names, names),
        figures=np.minimum(alike(figures, figures), 3) / 3,
        apart=np.maximum(apart, 0),
        days=days,
        source=(sources[first:, None] == sources[None]) * np.exp(-days * 12),
        form=form,
        length=np.log([len(read.terms) + 1 for read in reads]),
    )


def placed(pairs: Pairs, numbers: Numbers) -> list[int]:
    """The story of each report, in one pass, as ``StoryIndex`` decides."""
    of = "headline_" if pairs.headline else ""
    size, gap, crowd = (numbers[of + name] for name in ("size", "gap", "crowd"))
    likeness = pairs.cosine
    if not pairs.headline:
        likeness = likeness + numbers["title"] * pairs.title + numbers["names"] * pairs.names
        likeness = likeness + numbers["figures"] * pairs.figures
        short = np.clip((5.2 - pairs.length[pairs.before :, None]) / 2, 0.15, 1)
        likeness = likeness * (1 + pairs.apart) ** (-numbers["conflict"] * short)
    likeness = likeness - numbers["source"] * pairs.source
    likeness = np.where(pairs.days > 7, -9.0, likeness)
    story = np.arange(pairs.before + len(pairs.truth))
    members = {number: [number] for number in range(pairs.before)}
    for i in range(len(pairs.truth)):
        own = pairs.before + i
        row = likeness[i, :own]
        near = np.argpartition(-row, 30)[:30] if own > 30 else np.arange(own)
        others = set(story[np.where(pairs.form[i, :own])[0]].tolist())
        scored = []
        for one in set(story[near].tolist()) - others:
            last = members[one][-12:]
            score = row[last].mean() * len(members[one]) ** size - gap * min(pairs.days[i, last[-1]], 7)
            scored.append((score, one))
        scored.sort(reverse=True)
        around = np.mean([max(score, 0) for score, _ in scored[1:6]]) if len(scored) > 1 else 0
        needed = numbers[of + "least"] + crowd * around
        if not pairs.headline:
            needed += numbers["shorter"] * (5 - pairs.length[own])
        if scored and scored[0][0] > needed:
            story[own] = scored[0][1]
        members.setdefault(int(story[own]), []).append(own)
    found = story[pairs.before :].tolist()
    return [-(one + 1) if one < pairs.before else one + 1 for one in found]


def worth(sets: dict[str, list[Pairs]], numbers: Numbers) -> float:
    total = 0.0
    for kind, some in sets.items():
        marks = [b_cubed_among(placed(pairs, numbers), pairs.truth) for pairs in some]
        total += WEIGHT[kind] * float(
            np.mean([(1.5 * p * r / (0.5 * p + r + 1e-9) + f1) / 2 for p, r, f1 in marks])
        )
    return total / sum(WEIGHT[kind] for kind in sets)


def search(sets: dict[str, list[Pairs]], seconds: float, numbers: Numbers) -> Numbers:
    best, score = dict(numbers), worth(sets, numbers)
    step = {name: max(abs(value) * 0.35, 0.015) for name, value in best.items()}
    began = time.process_time()
    while time.process_time() - began < seconds and max(step.values()) > 0.002:
        for name in best:
            for sign in (1, -1):
                tried = {**best, name: best[name] + sign * step[name]}
                if (found := worth(sets, tried)) > score + 1e-5:
                    best, score = tried, found
                    step[name] *= 1.3
                    break
            else:
                step[name] *= 0.5
    return best


def all_sets(data: Path) -> dict[str, list[Pairs]]:
    sets: dict[str, list[Pairs]] = {}
    for name, before, reports, truth in material(data / "lab" / "stories"):
        kind = (
            name.removesuffix("_among").partition("_")[0]
            if name.startswith("og2021")
            else name.removesuffix("_among")
        )
        sets.setdefault(kind, []).append(pairs_of(before, reports[:MOST], truth[:MOST]))
    for path in sorted((data / "data" / "stories").glob("*.csv")):
        reports, truth = headlines(path)
        sets.setdefault("data", []).append(pairs_of([], reports[:MOST], truth[:MOST]))
    for seed in (1, 2):
        for kind, made in (("stream", stream(seed)), ("short", notices(seed, TUNE))):
            some = [as_report(one) for one in made]
            sets.setdefault(kind, []).append(pairs_of([], some, [str(one.event) for one in made]))
    return sets


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT / ".." / "shared", metavar="DIR")
    parser.add_argument("--minutes", type=float, default=5.0, help="of processor time")
    parser.add_argument("--without", nargs="*", default=[], metavar="SET")
    parser.add_argument("--json", action="store_true", help="the numbers as JSON on standard output")
    asked = parser.parse_args()
    sets = all_sets(asked.data)
    start = {**asdict(TEXT), **{f"headline_{name}": value for name, value in asdict(HEADLINE).items()}}
    chosen = {kind: some for kind, some in sets.items() if kind not in asked.without}
    numbers = search(chosen, asked.minutes * 60, start) if asked.minutes else start
    log = sys.stderr if asked.json else sys.stdout
    for kind, some in sets.items():
        for pairs in some:
            p, r, f1 = b_cubed_among(placed(pairs, numbers), pairs.truth)
            note = "" if kind in chosen else "  (left out)"
            print(f"{kind:16} {p:.3f} {r:.3f} {f1:.3f}{note}", file=log)
    print(json.dumps({name: round(value, 4) for name, value in numbers.items()}, indent=2))


if __name__ == "__main__":
    main()
