"""Plain text: what a scraper leaves around an article goes."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest

from digests.read.extract import read_text
from digests.read.plain import MAX_TEXT, paragraphs_of_text, text_of_pdf

SCRAPED = Path(__file__).parents[3].parent / "shared" / "data" / "articles"

SAMPLE = """Home » News » Old lock in Pell closes – Pell News

Old lock in Pell closes – Pell News

Old lock in Pell closes

The harbour board of Pell voted on Tuesday to close the old lock.
 the board says

Repairs would have cost 3.4 million crowns, said the board's engineer.

Leave a Comment

This site uses Akismet to reduce spam. Learn how your comment data is processed."""


def test_breadcrumb_headlines_stray_headings_and_comment_form_go() -> None:
    article = read_text(SAMPLE)
    assert article.title == "Old lock in Pell closes"
    assert article.paragraphs == (
        "The harbour board of Pell voted on Tuesday to close the old lock.",
        "Repairs would have cost 3.4 million crowns, said the board's engineer.",
    )
    assert article.language == "en"


def test_wrapped_lines_are_one_paragraph() -> None:
    wrapped = (
        "The harbour board of Pell voted on Tuesday\nto close the old lock, which has leaked for\nyears."
    )
    assert paragraphs_of_text(wrapped) == ("", [wrapped.replace("\n", " ")])
    chinese = (
        "港务局星期二投票决定关闭旧水闸，因为它多年来一直漏水，修理费用太高，居民对此表示遗憾和不满，\n"
        "委员会说明年夏天建一座人行桥。"
    )
    assert paragraphs_of_text(chinese) == ("", [chinese.replace("\n", "")])


def test_a_text_of_short_lines_is_kept_whole() -> None:
    assert paragraphs_of_text("one\n\ntwo") == ("one", ["two"])
    assert paragraphs_of_text("just this") == ("", ["just this"])
    assert paragraphs_of_text("") == ("", [])


def test_a_breadcrumb_alone_gives_the_headline() -> None:
    title, paragraphs = paragraphs_of_text(
        "Home / News / Lock closes\n\nThe lock of Pell closes.\n\nIt leaked."
    )
    assert title == "Lock closes"
    assert paragraphs == ["The lock of Pell closes.", "It leaked."]


@pytest.mark.skipif(not SCRAPED.is_dir(), reason="shared data not at hand")
def test_a_scraped_article() -> None:
    for path in SCRAPED.glob("0*.txt"):
        article = read_text(path.read_text("utf-8"))
        assert article.title
        assert "»" not in article.title
        assert article.title not in article.text
        assert article.paragraphs[0].startswith("On the morning of November 8")
        assert len(article.paragraphs) == 6
        assert not any(
            word in article.text for word in ("Leave a Comment", "Akismet", "Highlights of", "Home »")
        )


def pdf(pages: int) -> bytes:
    """A PDF whose pages each say ``Page text.``"""
    writer = pypdf.PdfWriter()
    for _ in range(pages):
        page = writer.add_blank_page(300, 300)
        stream = pypdf.generic.DecodedStreamObject()
        stream.set_data(
            b"BT /F1 12 Tf 20 200 Td (The harbour board of Pell has voted to con-) Tj 0 -14 Td (clude the plan.) Tj ET"
        )
        font = pypdf.generic.DictionaryObject(
            {
                pypdf.generic.NameObject("/Type"): pypdf.generic.NameObject("/Font"),
                pypdf.generic.NameObject("/Subtype"): pypdf.generic.NameObject("/Type1"),
                pypdf.generic.NameObject("/BaseFont"): pypdf.generic.NameObject("/Helvetica"),
            }
        )
        fonts = pypdf.generic.DictionaryObject({pypdf.generic.NameObject("/F1"): font})
        page[pypdf.generic.NameObject("/Resources")] = pypdf.generic.DictionaryObject(
            {pypdf.generic.NameObject("/Font"): fonts}
        )
        page[pypdf.generic.NameObject("/Contents")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_pdf_is_read_and_its_hyphens_joined() -> None:
    assert "voted to conclude the plan." in " ".join(text_of_pdf(pdf(1)).split())


def test_a_pdf_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert text_of_pdf(b"%PDF" + b"x" * 30_000_000) == ""
    assert text_of_pdf(b"%PDF-1.4 garbage") == ""
    monkeypatch.setattr("digests.read.plain.MAX_TEXT", 10)
    assert text_of_pdf(pdf(3)).count("harbour") == 1
    assert MAX_TEXT > 10
