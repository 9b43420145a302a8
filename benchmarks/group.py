"""How well and how fast reports are grouped: python benchmarks/group.py [--quick] [--data DIR] [--json -]

Headlines: every ``DIR/stories/*.csv`` with the columns ``title`` and ``story`` (and, where they
are given, ``id``, ``publisher``, ``text``, ``language``, ``published``), in the file's order.
Stream: the labelled reports of ``benchmarks/streams``, made anew from seeds that no parameter
was chosen on; short items of ``benchmarks/streams/notices``, half of whose kinds were looked at only
once. All in one pass, each report placed once and for good, marked with B-cubed
precision, recall and F1. Speed: place and record with up to 100,000 live articles on one core.

Beside ours: online nearest neighbour on tf-idf and, where scikit-learn is installed, DBSCAN on
tf-idf, which sees everything at once. Both get the threshold that suits the labels best; ours
runs as it ships.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import math
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from streams.crowd import crowd  # noqa: E402
from streams.events import LabelledReport, stream  # noqa: E402
from streams.notices import ONCE, TUNE, notices  # noqa: E402

from digests.group.stories import HEADLINE, HeadlineWeights, Placement, Report, StoryIndex  # noqa: E402
from digests.text.words import words  # noqa: E402

SEEDS = (11, 12, 13, 14, 15)  # 1 to 4 were used to choose parameters
LIVE = 100_000
NOW = datetime(2031, 1, 1, tzinfo=UTC)
Labels = Sequence[object]
Marks = tuple[float, float, float]


def b_cubed(found: Labels, truth: Labels) -> Marks:
    """Precision, recall and F1 of a clustering, averaged over the items (Bagga and Baldwin 1998)."""
    ours, theirs, both = Counter(found), Counter(truth), Counter(zip(found, truth, strict=True))
    precision = sum(n * n / ours[f] for (f, _), n in both.items()) / len(found)
    recall = sum(n * n / theirs[t] for (_, t), n in both.items()) / len(found)
    return precision, recall, 2 * precision * recall / (precision + recall)


# ---------------------------------------------------------------- what is grouped


def headlines(path: Path) -> tuple[list[Report], list[str]]:
    """The rows of one file as reports, with their stories."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("title") and row.get("story")]
    reports = [
        Report(
            article_id=number,
            title=row["title"],
            text=row.get("text") or "",
            published=moment(row.get("published")),
            language=row.get("language") or "en",
            source_id=crc32((row.get("publisher") or "").encode()),
        )
        for number, row in enumerate(rows, 1)
    ]
    return reports, [row["story"] for row in rows]


def moment(text: str | None) -> datetime:
    """ISO 8601, UTC where no zone is said; the same moment for all where there is no date."""
    if not text:
        return NOW
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def as_report(labelled: LabelledReport) -> Report:
    r = labelled
    return Report(r.id, r.title, r.text, r.published, r.language, r.source)


def half(story: str) -> int:
    """Which half a story is in; always the same one, whatever else is in the file."""
    return crc32(story.encode()) & 1


# ---------------------------------------------------------------- who groups


def ours(reports: Sequence[Report], headline: HeadlineWeights = HEADLINE) -> list[tuple[int, Placement]]:
    index = StoryIndex(headline=headline)
    placed: list[tuple[int, Placement]] = []
    for report in reports:
        placement = index.place(report, report.published)
        story = report.article_id if placement.story_id is None else placement.story_id
        index.record(report, story)
        placed.append((story, placement))
    return placed


def stories(placed: Sequence[tuple[int, Placement]]) -> list[int]:
    return [story for story, _ in placed]


def nearest_neighbour(reports: Sequence[Report], thresholds: Sequence[float]) -> list[list[int]]:
    """Online: the story of the nearest earlier report by tf-idf cosine, for each threshold."""
    frequency: Counter[str] = Counter()
    holders: dict[str, list[tuple[int, float]]] = defaultdict(list)
    nearest: list[tuple[int, float]] = []
    for number, report in enumerate(reports):
        counts = Counter(words(f"{report.title} {report.text}"))
        vector = {
            w: (1 + math.log(n)) * math.log((number + 2) / (frequency[w] + 1)) for w, n in counts.items()
        }
        length = math.sqrt(sum(x * x for x in vector.values())) or 1.0
        likeness: dict[int, float] = defaultdict(float)
        for word, x in vector.items():
            for other, y in holders[word]:
                likeness[other] += x / length * y
        nearest.append(max(likeness.items(), key=lambda pair: pair[1], default=(0, 0.0)))
        for word, x in vector.items():
            holders[word].append((number, x / length))
            frequency[word] += 1
    results: list[list[int]] = []
    for threshold in thresholds:
        found: list[int] = []
        for number, (other, cosine) in enumerate(nearest):
            found.append(found[other] if cosine >= threshold else number)
        results.append(found)
    return results


def dbscan(reports: Sequence[Report], radii: Sequence[float]) -> list[list[int]] | None:
    """Not online. None without scikit-learn."""
    try:
        from sklearn.cluster import DBSCAN
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError:
        return None
    texts = [f"{report.title} {report.text}" for report in reports]
    vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)
    results = []
    for radius in radii:
        labels = DBSCAN(eps=radius, min_samples=2, metric="cosine").fit_predict(vectors)
        results.append([int(label) if label >= 0 else -2 - i for i, label in enumerate(labels)])
    return results


def best(results: Sequence[Labels], truth: Labels) -> Marks:
    return max((b_cubed(found, truth) for found in results), key=lambda marks: marks[2])


# ---------------------------------------------------------------- how fast


def memory() -> float:
    """Resident megabytes of this process; 0 where /proc is missing."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if statm.exists() else 0.0


def speed(live: int, asked: int, patience: float) -> dict[str, float]:
    """Articles a second placed and recorded among live ones; filling stops after ``patience`` seconds."""
    reports = crowd(live + asked)
    index = StoryIndex()
    before = memory()
    started = time.perf_counter()
    while len(index) < live and time.perf_counter() - started < patience:
        labelled = next(reports)
        index.record(as_report(labelled), labelled.event)
    filled = len(index)
    megabytes = memory() - before
    batch = [as_report(labelled) for labelled in itertools.islice(reports, asked)]
    durations = []
    started = time.perf_counter()
    for report in batch:
        began = time.perf_counter()
        placement = index.place(report, report.published)
        index.record(report, report.article_id if placement.story_id is None else placement.story_id)
        durations.append(time.perf_counter() - began)
    taken = time.perf_counter() - started
    return {
        "articles_per_s": round(asked / taken, 1),
        "live_articles": filled,
        "p99_ms": round(sorted(durations)[int(0.99 * asked)] * 1000, 2),
        "memory_mb": round(megabytes, 1),
    }


def joined_pages(data: Path, log: Callable[[str], None]) -> None:
    """Real pages that nobody labelled: which are put together, for a person to judge."""
    path = data / "extraction" / "ground-truth.json"
    if not path.exists():
        return
    texts = [page["articleBody"] for page in json.loads(path.read_text(encoding="utf-8")).values()]
    reports = [Report(i, t.split("\n")[0][:120], t, NOW, "und", i) for i, t in enumerate(texts)]
    placed = ours(reports)
    together = [
        (r, reports[story]) for r, (story, p) in zip(reports, placed, strict=True) if p.story_id is not None
    ]
    log(f"\n{len(together)} of {len(reports)} real pages joined another:")
    for one, other in together:
        log(f"- {one.title[:70]} / {other.title[:70]}")


# ---------------------------------------------------------------- tables


def told_apart(labelled: Sequence[LabelledReport], placed: Sequence[tuple[int, Placement]]) -> Marks:
    """Precision, recall and F1 of "development" among reports that joined their own story."""
    event_of = {report.id: report.event for report in labelled}
    said = right = there = 0
    for report, (story, placement) in zip(labelled, placed, strict=True):
        if placement.story_id is None or event_of[story] != report.event:
            continue
        said += placement.kind == "development"
        there += report.told == "development"
        right += placement.kind == report.told == "development"
    precision, recall = right / max(said, 1), right / max(there, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def mean(marks: Sequence[Marks]) -> Marks:
    precision, recall, f1 = (sum(m[i] for m in marks) / len(marks) for i in range(3))
    return precision, recall, f1


def row(name: str, marks: Marks | None) -> str:
    figures = (
        " | ".join(f"{m:.3f}" for m in marks) if marks else "not measured: scikit-learn is not installed"
    )
    return f"| {name} | {figures} |"


def halves(reports: Sequence[Report], truth: Sequence[str], log: Callable[[str], None]) -> None:
    """Choose the headline parameters on one half of the stories, mark the other, both ways round."""
    grid = [
        replace(HEADLINE, least=least, size=size, crowd=crowd_)
        for least in (0.1, 0.13, 0.16)
        for size in (0.2, 0.4, 0.6)
        for crowd_ in (0.2, 0.35, 0.5)
    ]
    parts = []
    for which in (0, 1):
        chosen = [i for i, story in enumerate(truth) if half(story) == which]
        parts.append(([reports[i] for i in chosen], [truth[i] for i in chosen]))
    for here, there in ((0, 1), (1, 0)):
        tuned = max(grid, key=lambda m: b_cubed(stories(ours(parts[here][0], m)), parts[here][1])[2])
        marks = b_cubed(stories(ours(parts[there][0], tuned)), parts[there][1])
        name = f"chosen on half {here} (least {tuned.least:g}, size {tuned.size:g}, crowd {tuned.crowd:g}), half {there}"
        log(row(name, marks))
    for which in (0, 1):
        log(row(f"as it ships, half {which}", b_cubed(stories(ours(parts[which][0])), parts[which][1])))


def files(data: Path) -> Iterator[Path]:
    yield from sorted((data / "stories").glob("*.csv")) or sorted(data.glob("*.csv"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="under 50 s: one stream, fewer timed articles")
    parser.add_argument("--data", type=Path, default=ROOT / ".." / "shared" / "data", metavar="DIR")
    parser.add_argument("--json", metavar="FILE", help="write one JSON object there; - is standard output")
    args = parser.parse_args()
    log: Callable[[str], None] = (lambda line: print(line, file=sys.stderr)) if args.json == "-" else print
    result: dict[str, object] = {}

    head = "precision | recall | F1 |\n|---|---|---|---|"
    marks_of_files: list[tuple[int, Marks]] = []
    for path in files(args.data):
        reports, truth = headlines(path)
        log(f"\n| {path.name}: {len(reports)} reports, {len(set(truth))} stories | {head}")
        marks = b_cubed(stories(ours(reports)), truth)
        marks_of_files.append((len(reports), marks))
        log(row("ours, one pass", marks))
        log(
            row(
                "nearest neighbour, one pass, best threshold",
                best(nearest_neighbour(reports, (0.2, 0.3, 0.4, 0.5, 0.6)), truth),
            )
        )
        all_at_once = dbscan(reports, (0.6, 0.7, 0.75, 0.8))
        log(row("DBSCAN, not online, best radius", best(all_at_once, truth) if all_at_once else None))
        if not args.quick:
            halves(reports, truth, log)
    if marks_of_files:
        weight = sum(n for n, _ in marks_of_files)
        for i, name in enumerate(("b3_precision", "b3_recall", "b3_f1")):
            result[name] = round(sum(n * marks[i] for n, marks in marks_of_files) / weight, 4)
    else:
        log(f"no csv file in {args.data / 'stories'}")

    made = [stream(seed) for seed in (SEEDS[:2] if args.quick else SEEDS)]
    placed = [ours([as_report(r) for r in reports]) for reports in made]
    truths = [[r.event for r in reports] for reports in made]
    marks = mean([b_cubed(stories(p), t) for p, t in zip(placed, truths, strict=True)])
    log(f"\n| {len(made)} made-up streams of {len(made[0])} reports on {len(set(truths[0]))} events | {head}")
    log(row("ours, one pass", marks))
    plain = [[as_report(r) for r in reports] for reports in made]
    neighbours = [
        best(nearest_neighbour(r, (0.3, 0.4, 0.5, 0.6, 0.7)), t) for r, t in zip(plain, truths, strict=True)
    ]
    log(row("nearest neighbour, one pass, best threshold", mean(neighbours)))
    clustered = [(dbscan(r, (0.3, 0.4, 0.5, 0.6)), t) for r, t in zip(plain, truths, strict=True)]
    known = [best(c, t) for c, t in clustered if c]
    log(row("DBSCAN, not online, best radius", mean(known) if known else None))
    developments = mean([told_apart(r, p) for r, p in zip(made, placed, strict=True)])
    log(row("ours: developments told from the same news", developments))
    for i, name in enumerate(("precision", "recall", "f1")):
        result[f"stream_b3_{name}"] = round(marks[i], 4)
        result[f"stream_development_{name}"] = round(developments[i], 4)

    items = notices(SEEDS[0], TUNE), notices(SEEDS[0], ONCE)
    placed = [ours([as_report(r) for r in reports]) for reports in items]
    truths = [[r.event for r in reports] for reports in items]
    seen, unseen = (b_cubed(stories(p), t) for p, t in zip(placed, truths, strict=True))
    log(f"\n| made-up short items of local papers and feeds, {len(items[0])} of each half | {head}")
    log(row("ours, one pass, the half that parameters were chosen on", seen))
    log(row("ours, one pass, the other half", unseen))
    both = mean([seen, unseen])
    for i, name in enumerate(("precision", "recall", "f1")):
        result[f"short_b3_{name}"] = round(both[i], 4)
        result[f"short_unseen_b3_{name}"] = round(unseen[i], 4)

    timing = speed(LIVE, 2000 if args.quick else 10_000, 26.0 if args.quick else 300.0)
    log(
        f"\n{timing['articles_per_s']:.0f} articles a second placed and recorded among "
        f"{timing['live_articles']} live ones, {timing['p99_ms']} ms at the 99th percentile; "
        f"the index takes {timing['memory_mb']:.0f} MB"
    )
    result.update(timing)
    if not args.quick:
        joined_pages(args.data, log)
    if args.json:
        text = json.dumps(result)
        if args.json == "-":
            print(text)
        else:
            Path(args.json).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
