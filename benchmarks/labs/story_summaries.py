"""Briefs of one event from several articles against what people wrote of all of them.

``DIR/story_summaries/<set>.jsonl``: id, language, articles (title, text, published, source), references.
Ten articles at most, six sentences, 120 words (240 characters in Chinese, Japanese, Korean and Thai).
For every set ``ours``, ``lead`` (of the first article) and ``turns`` (the first sentences of all, then
the second ones) give ROUGE-1, -2 and -L (F1 x 100); the last sentence of these two is cut off where
the room ends. ``gain_r1`` is over the better of the two and ``se`` its standard error.
``macro_gain_r1`` is the mean over the sets.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from benchmarks.labs.overlap import Bound, column_means, cut_lead, figures, items, turns
from digests.brief.extractive.summarizer import write_brief
from digests.model import Article, Brief, BriefRequest
from digests.text.sentences import split_sentences

BOUND = Bound(sentences=6, words=120, characters=240)
ARTICLES, QUICK = 10, 15  # of a story; of a set


def measure(folder: Path, *, quick: bool) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for path in sorted(folder.glob("*.jsonl")):
        chosen, _ = items(path, QUICK if quick else None)
        result[path.stem] = _set(chosen)
    gains = [of_set["gain_r1"] for of_set in result.values()]
    result["macro_gain_r1"] = round(mean(gains), 2) if gains else 0.0
    return result


def _set(chosen: list[dict[str, Any]]) -> dict[str, Any]:
    ours, leads, in_turn, longer = [], [], [], 0
    for item in chosen:
        texts = [split_sentences(a["text"], item["language"]) for a in item["articles"][:ARTICLES]]
        told = brief(item, texts)
        longer += not BOUND.keeps(told, " ".join(texts[0][:20]))
        ours.append(figures(" ".join(told), item["references"]))
        leads.append(figures(" ".join(cut_lead(texts[0], BOUND)), item["references"]))
        in_turn.append(figures(" ".join(turns(texts, BOUND)), item["references"]))
    better = max(leads, in_turn, key=lambda rows: mean(row[0] for row in rows))
    gains = [one[0] - other[0] for one, other in zip(ours, better, strict=True)]
    return {
        "items": len(chosen),
        "ours": column_means(ours),
        "lead": column_means(leads),
        "turns": column_means(in_turn),
        "gain_r1": round(mean(gains), 2),
        "se": round(stdev(gains) / math.sqrt(len(gains)), 2) if len(gains) > 1 else 0.0,
        "longer": longer,
    }


def brief(item: dict[str, Any], texts: list[list[str]]) -> list[str]:
    """What the product writes of the articles, in sentences."""
    articles = tuple(
        Article(
            title=one["title"],
            sentences=tuple(text),
            language=item["language"],
            site=one["source"],
            published=_moment(one["published"]),
        )
        for one, text in zip(item["articles"], texts, strict=False)
    )
    written = write_brief(
        BriefRequest(
            articles=articles, sentences=BOUND.sentences, words=BOUND.words, characters=BOUND.characters
        )
    )
    return [sentence.text for sentence in written.sentences] if isinstance(written, Brief) else []


def _moment(text: str | None) -> datetime | None:
    """A moment whose parts stand in ISO 8601's order, with or without leading zeros; taken for UTC."""
    parts = [int(part) for part in re.findall(r"\d+", text or "")[:5]]
    return datetime(*parts, tzinfo=UTC) if len(parts) >= 3 else None
