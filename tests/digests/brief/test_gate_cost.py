"""The gate's cost grows with a brief and its sources, not with one times the other."""

from __future__ import annotations

import time

import pytest

from digests.brief.grounding.check import check, ground
from digests.model import Article, Brief, BriefSentence, SourceSentence

SENTENCES = {
    "dots": ".a1" * 8_000,
    "words": " ".join(f"word{number:x}" for number in range(4_000)),
    "names": ", ".join(f"Name{number:x}" for number in range(3_000)),
    "figures": "It says " + " ".join(str(number * 37) for number in range(4_000)),
    "han": "北京市長今天宣布新橋開通將在三月" * 1_500,
}
LIMIT = 3.0  # seconds of work; 16 were taken where each word of the claim had the source read anew


@pytest.mark.slow
@pytest.mark.parametrize("kind", SENTENCES)
def test_a_sentence_of_24_kilobytes_is_held_against_itself_in_time(kind: str) -> None:
    text = SENTENCES[kind]
    language = "zh" if kind == "han" else "en"
    article = Article(url="https://a.example/", title="Bridge", sentences=(text,), language=language)
    brief = Brief(
        headline="Bridge",
        sentences=(BriefSentence(text[:1_200], (0,)),),
        source_sentences=(SourceSentence(text, 0),),
        language=language,
    )
    start = time.process_time()
    ground(brief, (article,))
    assert time.process_time() - start < LIMIT


RATIO = 8.0  # four times the text may cost four times the work, and room for a machine that is busy


def seconds(kind: str, size: int) -> float:
    """Work to hold a claim against one source sentence of ``size`` characters: the least of three times."""
    text = (SENTENCES[kind] * (size // len(SENTENCES[kind]) + 1))[:size]
    language = "zh" if kind == "han" else "en"
    took = []
    for _ in range(3):
        start = time.process_time()
        check(text[:300] + " 7", text, language)
        took.append(time.process_time() - start)
    return min(took)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SENTENCES)
def test_the_work_grows_with_the_source_and_not_with_its_square(kind: str) -> None:
    assert seconds(kind, 64_000) < RATIO * max(0.02, seconds(kind, 16_000))


def test_what_is_too_long_for_a_sentence_is_not_read() -> None:
    cut = check("It says that " * 5_000, "It says so.", "en")
    assert cut is not None
    assert cut.reason == "It is too long to be one sentence."
    assert len(cut.sentence) <= 2_000
