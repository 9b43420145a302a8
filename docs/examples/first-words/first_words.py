"""The smallest useful summarizer: the first sentence of the lead article, cut after some words."""

from __future__ import annotations

from datetime import datetime

from digests.model import Brief, BriefRequest, BriefSentence, Failure, FailureKind, SourceSentence


class FirstWords:
    """Keeps ``digests.ports.Summarizer``."""

    name = "first-words"
    writes_with_a_model = False

    def __init__(self, most: int) -> None:
        self.most = most
        self.cache_key = f"first-words/{most}"

    async def brief(self, request: BriefRequest, deadline: datetime | None) -> Brief | Failure:
        article = request.articles[0]
        if not article.sentences:
            return Failure(FailureKind.UNREADABLE, "the article has no sentence")
        text = " ".join(article.sentences[0].split()[: self.most])
        return Brief(
            headline=article.title,
            sentences=(BriefSentence(text, support=(0,)),),
            source_sentences=tuple(SourceSentence(sentence) for sentence in article.sentences),
            language=article.language,
            summarizer=self.name,
        )


def make(most: int = 12) -> FirstWords:
    """The entry point: the keyword arguments are the table ``[summarizers.first-words]``."""
    return FirstWords(most)
