"""Fits the few numbers of ``digests/brief/extractive/weights.toml``: python benchmarks/train_brief.py --data DIR

Logistic regression on the words, and the word pairs, of one half of the articles: is it in the
person's brief? ``DIR/summaries/*.jsonl`` holds lines with ``id``, ``text`` and ``reference``.
The halves are told apart by the last bit of the id's CRC, so an article is always in the same
one; ``benchmarks/brief.py`` reports the other half by itself. Prints the table; ``--write`` puts
it in place.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from digests.brief.extractive.summarizer import score  # noqa: E402
from digests.text.sentences import split_sentences  # noqa: E402
from digests.text.stems import stems  # noqa: E402

DATA = ROOT / ".." / "shared" / "data"
WEIGHTS = Path(score.__file__).with_name("weights.toml")


def pairs_of(data: Path) -> list[dict[str, str]]:
    """Articles with their references; keys ``id``, ``text``, ``reference``."""
    lines = [
        line for path in sorted((data / "summaries").glob("*.jsonl")) for line in path.open(encoding="utf-8")
    ]
    return [json.loads(line) for line in lines if line.strip()]


def is_trained_on(pair: dict[str, str]) -> bool:
    return zlib.crc32(str(pair["id"]).encode()) & 1 == 0


def rows(
    sentences: Sequence[Sequence[str]], wanted: set[str], language: str
) -> Iterator[tuple[list[float], float]]:
    """For every unit of an article, what the weights multiply and whether the reference has it."""
    for unit, (count, first) in score.tally(sentences).items():
        yield [1.0, *score.facts(count, first, score.stop_share(unit, language))], float(unit in wanted)


def fit(samples: Sequence[tuple[list[float], float]], ridge: float = 1.0) -> list[float]:
    """Logistic regression by Newton's method."""
    facts = np.array([facts for facts, _ in samples])
    used = np.array([used for _, used in samples])
    weights = np.zeros(facts.shape[1])
    for _ in range(25):
        likely = 1 / (1 + np.exp(-facts @ weights))
        slope = facts.T @ (used - likely) - ridge * weights
        bend = (facts.T * (likely * (1 - likely))) @ facts + ridge * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    return [round(float(weight), 2) for weight in weights]


def train(data: Path, language: str = "en") -> dict[str, list[float]]:
    """The weights of words and of pairs, in the order of ``score.Weights``."""
    of_words: list[tuple[list[float], float]] = []
    of_pairs: list[tuple[list[float], float]] = []
    for pair in filter(is_trained_on, pairs_of(data)):
        text = [stems(sentence) for sentence in split_sentences(pair["text"], language)]
        reference = [stems(sentence) for sentence in split_sentences(pair["reference"], language)]
        paired = [score.pairs(sentence) for sentence in text]
        wanted = {stem for sentence in reference for stem in sentence}
        wanted_pairs = {pair for sentence in reference for pair in score.pairs(sentence)}
        of_words += rows(text, wanted, language)
        of_pairs += rows(paired, wanted_pairs, language)
    return {"words": fit(of_words), "pairs": fit(of_pairs)}


def as_toml(weights: dict[str, list[float]]) -> str:
    names = [field.name for field in fields(score.Weights)]
    head = WEIGHTS.read_text(encoding="utf-8").partition("[")[0]
    tables = (
        "\n".join([f"[{kind}]", *(f"{name} = {value}" for name, value in zip(names, values, strict=True))])
        for kind, values in weights.items()
    )
    return head + "\n\n".join(tables) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds summaries/*.jsonl")
    parser.add_argument("--write", action="store_true", help="put the numbers into weights.toml")
    asked = parser.parse_args()
    table = as_toml(train(asked.data))
    if asked.write:
        WEIGHTS.write_text(table, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
