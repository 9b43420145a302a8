"""The extractive summarizer keeps the port's contract."""

from __future__ import annotations

from digests.brief.extractive import ExtractiveSummarizer
from digests.model import Article, Brief, BriefRequest


async def test_brief_is_within_bounds_and_traceable() -> None:
    article = Article(
        title="Bridge closed", sentences=tuple(f"Sentence number {n} is here." for n in range(9))
    )
    brief = await ExtractiveSummarizer().brief(BriefRequest(articles=(article,)), None)
    assert isinstance(brief, Brief)
    assert 0 < len(brief.sentences) <= 3
    for sentence in brief.sentences:
        assert [brief.source_sentences[i].text for i in sentence.support] == [sentence.text]
