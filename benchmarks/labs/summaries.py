"""Briefs of one article against what people wrote of it, beside the first whole sentences.

``DIR/summaries/<set>.jsonl``: id, language, title ("" where there is none), text, references. Three
sentences, 80 words (160 characters in Chinese, Japanese, Korean and Thai). For every set ``ours`` and
``lead`` give ROUGE-1, -2 and -L (F1 x 100), ``gain_r1`` the mean gain in ROUGE-1 and ``se`` its
standard error. ``macro_gain_r1`` is the mean over the sets, ``worst_gain_r1`` the least of those that have
at least 40 items. ``longer`` counts briefs beyond the bound, ``none`` articles without a brief.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from benchmarks.labs.overlap import Bound, column_means, figures, items, lead
from digests.brief.extractive.summarizer import write_brief
from digests.model import Article, Brief, BriefRequest
from digests.text.sentences import split_sentences

BOUND = Bound(sentences=3, words=80, characters=160)
QUICK, LARGE = 30, 40  # items of a set; from so many on a set counts for the worst


def measure(folder: Path, *, quick: bool) -> dict[str, Any]:
    result: dict[str, Any] = {}
    gains: list[float] = []
    large: list[float] = []
    took, count = 0.0, 0
    for path in sorted(folder.glob("*.jsonl")):
        chosen, size = items(path, QUICK if quick else None)
        result[path.stem] = figures_of(chosen)
        seconds = result[path.stem].pop("seconds")
        gains.append(result[path.stem]["gain_r1"])
        large += gains[-1:] if size >= LARGE else []
        took, count = took + seconds, count + len(chosen)
    result["macro_gain_r1"] = round(mean(gains), 2) if gains else 0.0
    result["worst_gain_r1"] = min(large, default=0.0)
    result["articles_per_s"] = round(count / took) if took else 0
    return result


def figures_of(chosen: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of one set's items, with the processor time that their briefs took."""
    ours, leads, longer, none, took = [], [], 0, 0, 0.0
    for item in chosen:
        sentences = split_sentences(item["text"], item["language"])
        began = time.process_time()
        told = brief(sentences, item["title"], item["language"])
        took += time.process_time() - began
        longer += not BOUND.keeps(told, " ".join(sentences[:20]))
        none += not told
        ours.append(figures(" ".join(told), item["references"]))
        leads.append(figures(" ".join(lead(sentences, BOUND)), item["references"]))
    gains = [one[0] - other[0] for one, other in zip(ours, leads, strict=True)]
    return {
        "items": len(chosen),
        "ours": column_means(ours),
        "lead": column_means(leads),
        "gain_r1": round(mean(gains), 2),
        "se": round(stdev(gains) / math.sqrt(len(gains)), 2) if len(gains) > 1 else 0.0,
        "longer": longer,
        "none": none,
        "seconds": round(took, 3),
    }


def brief(sentences: list[str], title: str, language: str) -> list[str]:
    """What the product writes of one article, in sentences."""
    article = Article(title=title, sentences=tuple(sentences), language=language)
    written = write_brief(
        BriefRequest(
            articles=(article,),
            sentences=BOUND.sentences,
            words=BOUND.words,
            characters=BOUND.characters,
        )
    )
    return [sentence.text for sentence in written.sentences] if isinstance(written, Brief) else []
