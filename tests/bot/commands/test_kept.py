"""A summary is kept with as much of its article as a button can ask about."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.summaries import find, keep
from digests.desk import Summary
from digests.model import Article, Brief, BriefRequest, BriefSentence, Chat, SourceSentence
from tests.bot.conftest import open_house


@pytest.mark.slow
async def test_of_a_book_the_beginning_is_kept_and_what_was_cited(tmp_path: Path) -> None:
    chat = Chat(platform="console", address="here")
    book = tuple(f"Sentence number {n} of a long book." for n in range(5_000))
    brief = Brief(
        headline="A book",
        sentences=(BriefSentence(text=book[4_999], support=(4_999,)),),
        source_sentences=tuple(SourceSentence(text=text) for text in book),
    )
    article = Article(title="A book", paragraphs=(" ".join(book),), sentences=book)
    async with open_house(tmp_path, with_sources=False) as house:
        service = house.app.commands._service
        token = await keep(service, chat, Summary(article, brief), BriefRequest(articles=()))
        kept = await find(service, chat, token)
        row = await service.store.answers.get(f"summary:console:here::{token}")
    assert kept is not None
    assert row is not None
    assert len(row) < 200_000
    assert book[0] == kept.article.sentences[0]
    assert 19_000 < len(kept.article.text) <= 20_000
    (sentence,) = kept.brief.sentences
    assert kept.brief.source_sentences[sentence.support[0]].text == book[4_999]
