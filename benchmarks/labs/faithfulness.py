"""How the gate judges summaries that models wrote and people judged.

Every ``*.jsonl`` of the folder is a set; a row has ``id``, ``document``, ``language``, ``source``, ``summary``
and either ``faithful`` (1 or 0) or ``worst`` (Consistent and Benign are faithful, Questionable and Unwanted
are not). A model's citations are seldom given, so each sentence cites the three source sentences that share
most words with it; then the brief passes the gate.

By set: ``caught`` (share of unfaithful summaries that lose a sentence), ``faithful_with_a_cut``, ``balanced``
(the mean of the first and of what the second leaves of one) and ``sentences_cut`` (share of the sentences of
faithful summaries). ``reasons`` counts why sentences of faithful ones went.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from digests.brief.grounding.check import ground
from digests.model import Article, Brief, BriefSentence, SourceSentence
from digests.text.sentences import split_sentences
from digests.text.tokens import clean, tokens

CITED = 3  # source sentences a summary's sentence cites
QUICK = 3  # every how many rows are read with --quick
_FAITHFUL = {"Consistent": 1, "Benign": 1, "Questionable": 0, "Unwanted": 0}


def measure(folder: Path, *, quick: bool) -> dict[str, Any]:
    """The figures of each set by its file's name; shares are 0 to 1."""
    return {
        path.stem: judged(read(path)[:: QUICK if quick else 1]) for path in sorted(folder.glob("*.jsonl"))
    }


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def faithful(row: dict[str, Any]) -> bool:
    """What people said of the summary."""
    label = row["faithful"] if row.get("faithful") is not None else _FAITHFUL[row["worst"]]
    return bool(label)


def judged(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The gate's figures over rows."""
    bad = caught = good = touched = sentences = cut = 0
    reasons: Counter[str] = Counter()
    for row in rows:
        brief, article = brief_of(row)
        cuts = ground(brief, (article,)).cuts
        if faithful(row):
            good, touched = good + 1, touched + bool(cuts)
            sentences, cut = sentences + len(brief.sentences), cut + len(cuts)
            reasons.update(c.kind.value for c in cuts)
        else:
            bad, caught = bad + 1, caught + bool(cuts)
    shares = caught / max(1, bad), touched / max(1, good)
    return {
        "summaries": len(rows),
        "caught": round(shares[0], 4),
        "faithful_with_a_cut": round(shares[1], 4),
        "balanced": round((shares[0] + 1 - shares[1]) / 2, 4),
        "sentences_cut": round(cut / max(1, sentences), 4),
        "reasons": dict(reasons.most_common()),
    }


def brief_of(row: dict[str, Any]) -> tuple[Brief, Article]:
    """The summary as a brief that cites its source, and the source as an article."""
    language = row.get("language", "en")
    source = tuple(split_sentences(row["source"], language))
    words = [_words(sentence) for sentence in source]
    sentences = []
    for text in split_sentences(row["summary"], language):
        own = _words(text)
        nearest = sorted(range(len(source)), key=lambda i: (-len(own & words[i]), i))[:CITED]
        sentences.append(BriefSentence(text, tuple(sorted(nearest))))
    article = Article(title="", sentences=source, paragraphs=source, language=language)
    return Brief(
        headline="",
        sentences=tuple(sentences),
        source_sentences=tuple(SourceSentence(text) for text in source),
        language=language,
    ), article


def _words(text: str) -> frozenset[str]:
    return frozenset(token.key for token in tokens(clean(text)))
