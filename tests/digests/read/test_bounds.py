"""An article is taken in within bounds, so that no later step costs more than they allow."""

from __future__ import annotations

from digests.model import Article, Entry, Page
from digests.read.extract import read_article, read_text
from digests.text import bounds
from digests.text.sentences import split_sentences


def read(body: str, **entry: str) -> Article:
    html = f"<html><body><article><h1>Bridge opens</h1>{body}</article></body></html>"
    page = Page(url="https://a.example/1", status=200, body=html.encode(), content_type="text/html")
    article = read_article(Entry(url="https://a.example/1", **entry), page)
    assert isinstance(article, Article)
    return article


def test_a_sentence_without_an_end_is_cut_between_words_and_loses_none() -> None:
    text = " ".join(f"word{number}" for number in range(5_000))
    pieces = split_sentences(text)
    assert " ".join(pieces) == text
    assert max(map(len, pieces)) <= bounds.SENTENCE
    assert len(pieces) < 30


def test_a_word_without_an_end_is_cut_inside_it() -> None:
    pieces = split_sentences("北京" * 5_000)
    assert "".join(pieces) == "北京" * 5_000
    assert [len(piece) for piece in pieces] == [bounds.SENTENCE] * 5


def test_a_sentence_at_the_bound_stays_whole() -> None:
    text = "a" * (bounds.SENTENCE - 1) + "."
    assert split_sentences(text) == [text]


def test_a_text_is_cut_at_the_end_of_a_word() -> None:
    assert bounds.cut("one two three", 9) == "one two"
    assert bounds.cut("one two", 7) == "one two"
    assert bounds.cut("a bcdefghijk", 9) == "a bcdefgh"  # no cut that would lose most of it


def test_a_page_of_megabytes_gives_an_article_within_bounds() -> None:
    line = "The bridge across the river was opened by the mayor on Monday. " * 400
    article = read("".join(f"<p>{number}. {line}</p>" for number in range(150)))
    assert bounds.ARTICLE * 0.9 < sum(map(len, article.paragraphs)) <= bounds.ARTICLE
    assert sum(map(len, article.sentences)) <= bounds.ARTICLE


def test_a_page_of_tiny_sentences_gives_few_of_them() -> None:
    assert len(read("<p>" + "Go on! He did. " * 12_000 + "</p>").sentences) == bounds.SENTENCES


def test_titles_names_and_addresses_are_bounded_too() -> None:
    article = read(
        "<p>" + "The bridge was opened on Monday. " * 20 + "</p>", title="long " * 9_000, image="x" * 9_000
    )
    assert len(article.title) <= bounds.FACT
    assert article.image is None


def test_a_plain_text_is_bounded_as_a_page_is() -> None:
    article = read_text("The bridge was opened on Monday by the mayor of the town. " * 6_000)
    assert sum(map(len, article.paragraphs)) <= bounds.ARTICLE
