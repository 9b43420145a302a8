"""Briefs against what people wrote: python benchmarks/brief.py [--quick] [--json -] [--data DIR]

``DIR/summaries/*.jsonl`` holds lines with ``id``, ``text`` and ``reference`` (and ``language``, "en"
if absent). Every method gets the same sentences and gives three of them, so the first table
lifts the product's own bound of words (``words`` is the mean it came to); the second keeps the
default bound of 80 words and cuts the lead to the same. ROUGE is rouge-score with its stemmer,
F1 x 100. Half of the articles, told by their id, are those the weights may have been trained
on: the other half is reported by itself. Speed is of processor time on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import mean
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")  # before numpy: peers get one core too
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from rouge_score.rouge_scorer import RougeScorer  # noqa: E402
from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence  # noqa: E402
from sumy.nlp.stemmers import Stemmer  # noqa: E402
from sumy.summarizers.kl import KLSummarizer  # noqa: E402
from sumy.summarizers.lex_rank import LexRankSummarizer  # noqa: E402
from sumy.summarizers.lsa import LsaSummarizer  # noqa: E402
from sumy.summarizers.luhn import LuhnSummarizer  # noqa: E402
from sumy.summarizers.sum_basic import SumBasicSummarizer  # noqa: E402
from sumy.summarizers.text_rank import TextRankSummarizer  # noqa: E402
from sumy.utils import get_stop_words  # noqa: E402
from train_brief import DATA, is_trained_on, pairs_of  # noqa: E402

from digests.brief.extractive.summarizer import write_brief  # noqa: E402
from digests.model import Article, Brief, BriefRequest  # noqa: E402
from digests.text.sentences import split_sentences  # noqa: E402

SENTENCES, WORDS, UNBOUNDED = 3, 80, 1_000_000
QUICK = 120  # articles
FIGURES = ("rouge1", "rouge2", "rougeLsum")
SUMY = {
    "LexRank": LexRankSummarizer,
    "Luhn": LuhnSummarizer,
    "SumBasic": SumBasicSummarizer,
    "LSA": LsaSummarizer,
    "TextRank": TextRankSummarizer,
    "KL": KLSummarizer,
}
Method = Callable[[Sequence[str], str], list[str]]


@dataclass(frozen=True)
class Pair:
    """An article and what a person made of it, both in sentences."""

    sentences: list[str]
    reference: str
    language: str
    trained: bool


@dataclass(frozen=True)
class Row:
    """One method's figures: the three F1 x 100 for every article, mean words, articles a second."""

    scores: list[tuple[float, ...]]
    words: float
    speed: float

    def means(self, which: Sequence[bool] | None = None) -> list[float]:
        kept = [s for i, s in enumerate(self.scores) if which is None or which[i]]
        return [round(mean(column), 2) for column in zip(*kept, strict=True)] if kept else []


def load(data: Path, quick: bool) -> list[Pair]:
    lines = pairs_of(data)
    step = max(1, len(lines) // QUICK) if quick else 1
    return [
        Pair(
            split_sentences(line["text"], language),
            "\n".join(s for part in line["reference"].splitlines() for s in split_sentences(part, language)),
            language,
            is_trained_on(line),
        )
        for line in lines[::step]
        for language in [line.get("language", "en")]
    ]


def ours(words: int) -> Method:
    def method(sentences: Sequence[str], language: str) -> list[str]:
        article = Article(sentences=tuple(sentences), language=language)
        brief = write_brief(
            BriefRequest(articles=(article,), sentences=SENTENCES, words=words, characters=words * 2)
        )
        return [sentence.text for sentence in brief.sentences] if isinstance(brief, Brief) else []

    return method


def lead(words: int) -> Method:
    def method(sentences: Sequence[str], language: str) -> list[str]:
        kept, left = [], words
        for sentence in sentences[:SENTENCES]:
            kept.append(" ".join(sentence.split()[:left]))
            left -= len(kept[-1].split())
        return [sentence for sentence in kept if sentence]

    return method


class Words:
    """What sumy needs of a tokenizer, without the corpora that its own downloads."""

    def to_words(self, sentence: str) -> list[str]:
        return re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", sentence)


def sumy(kind: Any) -> Method:
    summarizer = kind(Stemmer("english"))
    summarizer.stop_words = get_stop_words("english")

    def method(sentences: Sequence[str], language: str) -> list[str]:
        document = ObjectDocumentModel([Paragraph([Sentence(text, Words()) for text in sentences])])
        return [str(sentence) for sentence in summarizer(document, SENTENCES)]

    return method


def measure(method: Method, pairs: Sequence[Pair], scorer: RougeScorer) -> Row:
    started = time.process_time()
    briefs = [method(pair.sentences, pair.language) for pair in pairs]
    took = time.process_time() - started
    scores = []
    for pair, brief in zip(pairs, briefs, strict=True):
        found = scorer.score(pair.reference, "\n".join(brief))
        scores.append(tuple(100 * found[figure].fmeasure for figure in FIGURES))
    words = mean(sum(len(sentence.split()) for sentence in brief) for brief in briefs)
    return Row(scores, round(words, 1), len(pairs) / max(took, 1e-9))


def table(rows: dict[str, Row], which: Sequence[bool] | None = None) -> list[str]:
    lines = ["| summarizer | R-1 | R-2 | R-Lsum | words | articles/s |", "|---|---|---|---|---|---|"]
    for name, row in rows.items():
        figures = " | ".join(f"{value:.1f}" for value in row.means(which))
        lines.append(f"| {name} | {figures} | {row.words:.0f} | {row.speed:,.0f} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds summaries/*.jsonl")
    parser.add_argument("--quick", action="store_true", help=f"about {QUICK} articles at most")
    parser.add_argument(
        "--json", type=Path, help="where the figures go; - for standard output, without tables"
    )
    asked = parser.parse_args()
    pairs = load(asked.data, asked.quick)
    scorer = RougeScorer(list(FIGURES), use_stemmer=True)
    ours(UNBOUNDED)(
        pairs[0].sentences, pairs[0].language
    )  # tables are read once in a process, not once a brief
    free = {
        "Newsdesk": measure(ours(UNBOUNDED), pairs, scorer),
        "lead-3": measure(lead(UNBOUNDED), pairs, scorer),
    }
    free |= {f"sumy {name}": measure(sumy(kind), pairs, scorer) for name, kind in SUMY.items()}
    bound = {
        "Newsdesk": measure(ours(WORDS), pairs, scorer),
        "lead-3, cut": measure(lead(WORDS), pairs, scorer),
    }
    held_out = [not pair.trained for pair in pairs]
    best = max((row for name, row in free.items() if name.startswith("sumy")), key=lambda row: row.means()[0])
    means = {"ours": free["Newsdesk"], "lead3": free["lead-3"], "sumy": best}
    result: dict[str, Any] = {
        figure: {name: row.means()[i] for name, row in means.items()} for i, figure in enumerate(FIGURES)
    }
    result |= {
        "articles_per_s": round(free["Newsdesk"].speed, 1),
        "articles": len(pairs),
        "words": {name: row.words for name, row in means.items()},
        "held_out": {name: row.means(held_out) for name, row in list(free.items())[:2]},
        "within_80_words": {name: [*row.means(), row.words] for name, row in bound.items()},
    }
    if asked.json:
        text = json.dumps(result, indent=2)
        sys.stdout.write(text + "\n") if str(asked.json) == "-" else asked.json.write_text(text)
    if str(asked.json) == "-":
        return
    print(f"{len(pairs)} articles; rouge-score {version('rouge-score')}, sumy {version('sumy')}\n")
    print(f"{SENTENCES} sentences, any number of words\n", *table(free), sep="\n")
    print(f"\nThe {sum(held_out)} that no weight was trained on\n", *table(free, held_out), sep="\n")
    print(f"\n{SENTENCES} sentences and {WORDS} words at most\n", *table(bound), sep="\n")


if __name__ == "__main__":
    main()
