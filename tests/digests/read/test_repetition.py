"""Furniture told by repetition across the pages of one site."""

from __future__ import annotations

from digests.model import Article
from digests.read import repetition
from digests.read.repetition import KnownLines
from digests.text.sentences import split_sentences

CALL = "Send us what you know of this. We read every letter."


def article(title: str, *paragraphs: str, site: str = "a.example") -> Article:
    sentences = tuple(sentence for text in paragraphs for sentence in split_sentences(text, "en"))
    return Article(title=title, site=site, paragraphs=paragraphs, sentences=sentences, language="en")


def report(number: int, **more: str) -> Article:
    return article(
        f"Lock {number}", f"Lock number {number} of the canal closes. It has leaked for years.", CALL, **more
    )


def test_what_stands_under_every_article_of_a_site_goes_from_the_third_on() -> None:
    lines = KnownLines()
    assert lines.without_repeated(report(1)) == report(1)
    assert lines.without_repeated(report(2)) == report(2)
    third = lines.without_repeated(report(3))
    assert third.paragraphs == report(3).paragraphs[:1]
    assert third.sentences == report(3).sentences[:2]
    # Each site has its own, and a page with no site has none.
    assert lines.without_repeated(report(4, site="b.example")) == report(4, site="b.example")
    assert lines.without_repeated(report(5, site="")) == report(5, site="")
    assert lines.without_repeated(article("Lock 6")) == article("Lock 6")
    assert lines.without_repeated(report(7)).paragraphs == report(7).paragraphs[:1]


def test_an_article_read_again_repeats_nobody() -> None:
    lines = KnownLines()
    for _ in range(5):
        assert lines.without_repeated(report(1)) == report(1)


def test_a_bulletin_that_says_much_the_same_every_day_stays_whole() -> None:
    lines = KnownLines()
    for day in range(5):
        bulletin = article(
            f"Day {day}", "The ferry sails at nine and at four, and takes bicycles.", f"Wind: {day}."
        )
        assert lines.without_repeated(bulletin) == bulletin


def test_what_is_remembered_is_bounded() -> None:
    lines = KnownLines()
    for number in range(repetition._SITES + 5):
        lines.without_repeated(report(number, site=f"{number}.example"))
    assert len(lines._sites) == repetition._SITES
    for number in range(repetition._LINES):
        lines.without_repeated(report(number))
        lines.without_repeated(article(f"Long {number}", "The lock has leaked for years. " * 20))
    assert len(lines._sites["a.example"]) == repetition._LINES
