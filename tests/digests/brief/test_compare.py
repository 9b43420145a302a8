"""Summaries compared: ROUGE as the usual package counts it, and what a brief comes to."""

from __future__ import annotations

import random

import pytest

from digests.brief.evaluate import Judged, Written, judge, rouge, totals
from digests.model import Article, Brief, BriefSentence, Failure, FailureKind, SourceSentence

TEXT = "the ferry was cancelled on Monday after its engine failed and 120 passengers waited"
WORDS = TEXT.split()
ARTICLE = Article(
    title="Ferry", sentences=("The ferry was cancelled on Monday.", "120 people waited."), language="en"
)


def texts(seed: int) -> tuple[list[str], list[str]]:
    chance = random.Random(seed)

    def some() -> list[str]:
        return [
            " ".join(chance.choices(WORDS, k=chance.randint(1, 9))) + chance.choice(".!?")
            for _ in range(chance.randint(1, 4))
        ]

    return some(), some()


@pytest.mark.slow
def test_rouge_is_the_packages() -> None:
    scorer = pytest.importorskip("rouge_score.rouge_scorer")
    theirs = scorer.RougeScorer(["rouge1", "rouge2", "rougeLsum"], use_stemmer=False)
    for seed in range(200):
        reference, summary = texts(seed)
        ours = rouge(reference, summary)
        wanted = theirs.score("\n".join(reference), "\n".join(summary))
        assert ours.one == pytest.approx(wanted["rouge1"].fmeasure)
        assert ours.two == pytest.approx(wanted["rouge2"].fmeasure)
        assert ours.lsum == pytest.approx(wanted["rougeLsum"].fmeasure)


def test_rouge_reads_other_scripts_and_nothing() -> None:
    assert rouge(["渡轮星期一取消。"], ["渡轮星期一取消。"]).two == 1.0
    assert rouge(["Паром отменён."], ["Паром отменён."]).one == 1.0
    assert rouge(["a b", "a"], ["a b"]).lsum == 0.8  # a word that stands once is found once
    assert rouge([], []).one == rouge(["a b"], []).lsum == rouge(["a"], ["b"]).two == 0.0


def written(
    name: str, *sentences: str, seconds: float = 1.0, cost: int = 0, reference: tuple[str, ...] = ()
) -> Judged:
    source = tuple(SourceSentence(text) for text in ARTICLE.sentences)
    brief = Brief(
        headline="Ferry",
        sentences=tuple(BriefSentence(text, (n,)) for n, text in enumerate(sentences)),
        source_sentences=source,
        language="en",
    )
    return judge(
        Written(
            summarizer=name, article=ARTICLE, result=brief, seconds=seconds, cost=cost, reference=reference
        )
    )


def test_what_does_not_stand_is_counted_with_its_reason() -> None:
    judged = written(
        "bold", ARTICLE.sentences[0], "900 people waited.", reference=("The ferry was cancelled.",)
    )
    assert (judged.said, judged.kept, judged.words) == (2, 1, 9)
    ((sentence, reason),) = judged.cuts
    assert sentence == "900 people waited."
    assert "number" in reason
    assert judged.rouge is not None


def test_totals_are_means_and_shares() -> None:
    failure = Failure(FailureKind.TIMEOUT, "late")
    late = judge(Written(summarizer="bold", article=ARTICLE, result=failure, seconds=3.0, cost=5))
    table = totals(
        [
            written("bold", ARTICLE.sentences[0], "900 people waited.", cost=10),
            written("plain", *ARTICLE.sentences, reference=ARTICLE.sentences),
            late,
            judge(Written(summarizer="none", article=ARTICLE, result=failure, seconds=0.5)),
        ]
    )
    bold, plain, none = table
    assert (bold.briefs, bold.failures, bold.grounded, bold.seconds, bold.cost, bold.rouge) == (
        1,
        1,
        0.5,
        2.0,
        15,
        None,
    )
    assert (plain.grounded, plain.words) == (1.0, 9)
    assert plain.rouge is not None
    assert (plain.rouge.one, plain.rouge.two, plain.rouge.lsum) == (1.0, 1.0, 1.0)
    assert (none.briefs, none.grounded, none.words) == (0, None, None)
    assert totals([]) == []
