"""Are reports of one event put together, and nothing else? One line of ``DIR/stories/<set>.jsonl`` a report.

``id, language, story``, and ``title, text, published, source`` where they are known; ``story`` is what people
said. One pass in order of ``published`` (shuffled with one seed where a set has no moments), each report placed
once and for good, marked with B-cubed precision, recall and F1 over the set's reports. ``<set>`` is a desk with
no other news; for ``<set>_among`` full articles of the other kinds of material in ``DIR`` were recorded before,
each a story of its own, so that joining one of them costs precision. A set of headlines in several languages
is one for each language, ``<name>_<language>``.

``peer_f1``: the nearest earlier report by tf-idf, one pass too, at the threshold that suits the labels best;
ours runs as it ships. Quick: of each set the stories that fill 60 texts or 250 headlines, and fewer others.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

from digests.group.stories import Report, StoryIndex
from digests.text.words import words

NOW = datetime(2031, 1, 1, tzinfo=UTC)
SEED = 3
THRESHOLDS = tuple(n / 100 for n in range(6, 66, 3))
FEWEST = 50  # headlines of a language, below which a figure would say little
QUICK_TEXTS, QUICK_HEADLINES, QUICK_OTHERS = 60, 250, 250
Row = Mapping[str, str]
Marks = dict[str, float]


Set = tuple[str, list[Report], list[Report], list[str]]


def measure(folder: Path, quick: bool) -> dict[str, Marks]:
    """The marks of each set."""
    return {name: _marks(before, reports, truth) for name, before, reports, truth in material(folder, quick)}


def material(folder: Path, quick: bool = False) -> Iterator[Set]:
    """Each set's name, the reports that came before, those that are marked, and the stories of these."""
    for path in sorted(folder.glob("*.jsonl")):
        rows = _rows(path)
        if any(row.get("text") for row in rows):
            rows = _part(rows, QUICK_TEXTS) if quick else rows
            others = list(_others(folder, path.stem))
            if quick:
                others = random.Random(SEED).sample(others, min(len(others), QUICK_OTHERS))
            yield path.stem, *_reports(rows, [])
            if others:
                yield f"{path.stem}_among", *_reports(rows, others)
            continue
        by_language: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            by_language[row["language"]].append(row)
        for language, some in sorted(by_language.items()):
            if len(some) >= FEWEST:
                some = _part(some, QUICK_HEADLINES) if quick else some
                yield f"{path.stem.removesuffix('_titles')}_{language}", *_reports(some, [])


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _part(rows: Sequence[Row], most: int) -> list[Row]:
    """Whole stories, always the same, until there are ``most`` reports."""
    sizes = Counter(row["story"] for row in rows)
    taken: set[str] = set()
    room = most
    for story in sorted(sizes, key=lambda name: crc32(name.encode())):
        if sizes[story] <= room:
            taken.add(story)
            room -= sizes[story]
    return [row for row in rows if row["story"] in taken]


def _others(folder: Path, name: str) -> Iterator[Row]:
    """Full texts of the other sets; a set may stand in several folders, under one name."""
    for kind in ("stories", "summaries", "pages"):
        for path in sorted((folder.parent / kind).glob("*.jsonl")):
            if path.stem != name:
                yield from (row for row in _rows(path) if row.get("text"))


def _moment(row: Row, otherwise: datetime) -> datetime:
    """When the row was published; in UTC where no zone is said. Figures may lack their leading zero."""
    figures = [int(part) for part in re.split(r"\D+", (row.get("published") or "").split("+")[0]) if part]
    return datetime(*figures[:3], *figures[3:6], tzinfo=UTC) if len(figures) >= 3 else otherwise  # type: ignore[misc, arg-type]


def _report(row: Row, number: int, otherwise: datetime) -> Report:
    return Report(
        article_id=number,
        title=row.get("title") or "",
        text=row.get("text") or "",
        published=_moment(row, otherwise),
        language=row.get("language") or "und",
        # a report whose source is not known has one of its own
        source_id=crc32((row.get("source") or f"{row.get('id')} {number}").encode()),
    )


def _ordered(rows: Sequence[Row]) -> list[Row]:
    """In order of publication; shuffled, and without any moments, where one is missing."""
    if all(row.get("published") for row in rows):
        return sorted(rows, key=lambda row: _moment(row, NOW))
    shuffled: list[Row] = [{**row, "published": ""} for row in rows]
    random.Random(SEED).shuffle(shuffled)
    return shuffled


def _reports(rows: Sequence[Row], others: Sequence[Row]) -> tuple[list[Report], list[Report], list[str]]:
    rows = _ordered(rows)
    reports = [_report(row, number, NOW) for number, row in enumerate(rows, len(others) + 1)]
    first = reports[0].published if reports else NOW
    before = [_report({**row, "published": ""}, number, first) for number, row in enumerate(others, 1)]
    return before, reports, [row["story"] for row in rows]


def _marks(before: Sequence[Report], reports: Sequence[Report], truth: Sequence[str]) -> Marks:
    precision, recall, f1 = b_cubed(_ours(before, reports), truth)
    peer = max(b_cubed(found, truth)[2] for found in _nearest(before, reports))
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(f1, 4),
        "peer_f1": round(peer, 4),
    }


def b_cubed(found: Sequence[int], truth: Sequence[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 over labelled reports (Bagga and Baldwin 1998).

    ``found`` are ids of stories; a negative one is an unlabelled report, which counts as one more in it.
    """
    ours, theirs = Counter(abs(story) for story in found), Counter(truth)
    both = Counter(zip(map(abs, found), truth, strict=True))
    foreign = {-story for story in found if story < 0}
    precision = sum(n * n / (ours[f] + (f in foreign)) for (f, _), n in both.items()) / len(found)
    recall = sum(n * n / theirs[t] for (_, t), n in both.items()) / len(found)
    return precision, recall, 2 * precision * recall / (precision + recall)


def _ours(before: Sequence[Report], reports: Sequence[Report]) -> list[int]:
    index = StoryIndex()
    for report in before:
        index.record(report, report.article_id)
    found: list[int] = []
    for report in reports:
        placement = index.place(report, report.published)
        story = report.article_id if placement.story_id is None else placement.story_id
        index.record(report, story)
        found.append(-story if story <= len(before) else story)
    return found


def _nearest(before: Sequence[Report], reports: Sequence[Report]) -> Iterator[list[int]]:
    """The story of the nearest earlier report by tf-idf cosine, for each threshold."""
    frequency: Counter[str] = Counter()
    holders: dict[str, list[tuple[int, float]]] = defaultdict(list)
    nearest: list[tuple[int, float]] = []
    for number, report in enumerate([*before, *reports]):
        counts = Counter(words(f"{report.title} {report.text}"))
        vector = {
            w: (1 + math.log(n)) * math.log((number + 2) / (frequency[w] + 1)) for w, n in counts.items()
        }
        length = math.sqrt(sum(x * x for x in vector.values())) or 1.0
        if number >= len(before):
            likeness: dict[int, float] = defaultdict(float)
            for word, x in vector.items():
                for other, y in holders[word]:
                    likeness[other] += x / length * y
            nearest.append(max(likeness.items(), key=lambda pair: pair[1], default=(0, 0.0)))
        for word, x in vector.items():
            holders[word].append((number, x / length))
            frequency[word] += 1
    for threshold in THRESHOLDS:
        found: list[int] = []
        for number, (other, cosine) in enumerate(nearest, len(before)):
            if cosine < threshold:
                found.append(number + 1)
            elif other < len(before):
                found.append(-other - 1)
            else:
                found.append(found[other - len(before)])
        yield found
