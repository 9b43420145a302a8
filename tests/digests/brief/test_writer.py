"""A model is held to its sources' own words until what it retells has stood; small ones never get there."""

from __future__ import annotations

import pytest

from digests.brief.grounding.check import CutKind, ground
from digests.brief.llm.writer import Writer
from digests.model import Article, Brief, BriefSentence, SourceSentence

LINES = (
    "Two ferries will carry pedestrians across the Ladd from Wednesday while the bridge stays closed, the town council said.",
    "The council's transport officer, Milo Arendt, said the crossing would be free of charge.",
    "The company said demand for frozen fish had grown most, while sales of ready meals fell.",
)
ARTICLE = Article(title="Ferries replace closed bridge", sentences=LINES, paragraphs=LINES, language="en")
SHORTER = "Two ferries will carry pedestrians across the Ladd from Wednesday, the town council said."
RETOLD = "Milo Arendt said people would cross free of charge."
MADE_UP = "Milo Arendt said the crossing would be free of charge for school buses."
FALSE = "Milo Arendt said 40 ferries would cross the Ladd."


def brief(*texts: str, close: bool, headline: str = ARTICLE.title) -> Brief:
    return Brief(
        headline=headline,
        sentences=tuple(BriefSentence(text, tuple(range(len(LINES)))) for text in texts),
        source_sentences=tuple(SourceSentence(line) for line in LINES),
        language="en",
        close=close,
    )


@pytest.mark.parametrize("text", [RETOLD, MADE_UP])
def test_held_close_only_the_sources_own_words_stand(text: str) -> None:
    assert ground(brief(SHORTER, LINES[1], text, close=False), (ARTICLE,)).cuts == ()
    held = ground(brief(SHORTER, LINES[1], text, close=True), (ARTICLE,))
    assert [(cut.sentence, cut.kind) for cut in held.cuts] == [(text, CutKind.FREE)]
    assert held.brief is not None
    assert [sentence.text for sentence in held.brief.sentences] == [SHORTER, LINES[1]]


def test_held_close_a_free_headline_gives_way_to_the_sources() -> None:
    free, near = (
        "Crossing free of charge while bridge closed",
        "Two ferries will carry pedestrians across the Ladd",
    )
    for headline, left in ((free, ARTICLE.title), (near, near)):
        held = ground(brief(SHORTER, close=True, headline=headline), (ARTICLE,))
        assert held.brief is not None
        assert held.brief.headline == left


def test_a_writer_is_believed_once_what_it_retold_stood() -> None:
    writer = Writer("m")
    for _ in range(12):
        assert not writer.believed
        writer.judged(brief(LINES[0], RETOLD, close=True), (ARTICLE,))
    assert writer.believed
    writer.judged(brief(FALSE, FALSE, close=False), (ARTICLE,))
    assert not writer.believed


def test_copies_earn_no_belief() -> None:
    writer = Writer("m")
    for _ in range(40):
        writer.judged(brief(*LINES, close=True), (ARTICLE,))
    assert not writer.believed
    assert not writer.stood
