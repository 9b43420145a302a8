"""The gate's cost grows with a brief and its sources, not with one times the other."""

from __future__ import annotations

import time

import pytest

from digests.brief.grounding.check import ground
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
