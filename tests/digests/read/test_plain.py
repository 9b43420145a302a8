"""Plain text: what a scraper leaves around an article goes."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
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


HYPHEN = b"BT /F1 12 Tf 20 200 Td (The harbour board of Pell has voted to con-) Tj 0 -14 Td (clude the plan.) Tj ET"


def pdf(pages: int, streams: Sequence[bytes] = ()) -> bytes:
    """A PDF of so many pages, each with its stream or a sentence with a word parted at a line's end."""
    writer = pypdf.PdfWriter()
    for number in range(pages):
        page = writer.add_blank_page(300, 300)
        stream = pypdf.generic.DecodedStreamObject()
        stream.set_data(streams[number] if streams else HYPHEN)
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
    monkeypatch.setattr("digests.read.plain.MAX_TEXT", 40)
    assert text_of_pdf(pdf(3)).count("harbour") == 1
    assert MAX_TEXT > 40


def test_no_sentence_is_torn_where_lines_break() -> None:
    # Broken at the clause, as many write; wide; and with a date at a line's start.
    clauses = (
        "The board, which met late,\nvoted to close the lock\nand to build a bridge.\nTwo members voted no."
    )
    assert paragraphs_of_text(clauses)[1] == [
        "The board, which met late, voted to close the lock and to build a bridge.",
        "Two members voted no.",
    ]
    wide = " ".join(
        f"The harbour board of Pell voted on lock {number} of the old canal." for number in range(20)
    )
    assert paragraphs_of_text(textwrap.fill(wide, 118))[1] == [wide]
    german = (
        "Der Stadtrat von Pell hat die alte Schleuse am Dienstag geschlossen. Sie bleibt bis zum\n"
        "31. August zu, wie der Bürgermeister sagt. Danach wird am alten Kanal eine neue Brücke für\n"
        "die Fußgänger gebaut, und zwei Räte stimmten dagegen."
    )
    assert paragraphs_of_text(german)[1] == [german.replace("\n", " ")]
    day = "The lock is closed on Tuesday.\n31. August is the last day."
    assert paragraphs_of_text(day)[1] == ["The lock is closed on Tuesday.", "31. August is the last day."]
    hyphen = "The board has a well-\nknown plan for the lock."
    assert paragraphs_of_text(hyphen)[1] == ["The board has a well-known plan for the lock."]


def test_lines_that_are_paragraphs_stay_apart() -> None:
    lines = [
        f"The board of the harbour voted on lock number {number} of the canal on Tuesday."
        for number in range(5)
    ]
    assert paragraphs_of_text("\n".join(lines))[1] == lines
    headlines = [f"Lock number {number} of the old canal closes for the summer" for number in range(5)]
    assert paragraphs_of_text("\n".join(["Closures:", *headlines]))[1] == ["Closures:"]
    steps = "How it is done:\n1. The lock is emptied.\n2. The gates are lifted.\n– Two men watch."
    assert paragraphs_of_text(steps)[1] == [
        "How it is done:", "The lock is emptied.", "The gates are lifted.", "Two men watch."
    ]  # fmt: skip


MARKDOWN = """---
title: "Old lock closes"
date: 2026-03-03
---
<!-- not for the paper -->
# The lock of *Pell*

> The harbour board has **voted** to close [the old lock](https://a.example/lock "Lock"),
> which has leaked <b>for years</b>[^1].

- [x] `lock_a` is emptied in May
- a bridge follows,
  which is for walkers
* * *
Costs
-----

| what | crowns |
|------|-------:|
| gate | 3 \\* 4 |
| ![](a.png) | |

```sh
rm -r lock
```
Two members voted no ![][map].

[map]: https://a.example/map.png
"""


def test_markdown_is_read_as_what_it_shows() -> None:
    assert paragraphs_of_text(MARKDOWN) == (
        "Old lock closes",
        [
            "The harbour board has voted to close the old lock, which has leaked for years.",
            "lock_a is emptied in May",
            "a bridge follows, which is for walkers",
            "what | crowns",
            "gate | 3 * 4",
            "Two members voted no.",
        ],
    )
    assert paragraphs_of_text("# One\n\n## Two\n\nIf a<b and b>c, then it closes.\nIt opens in\nMay.") == (
        "One",
        ["If a<b and b>c, then it closes. It opens in May."],
    )


def test_a_front_names_its_fields() -> None:
    lines = ["The lock of Pell closes.", "It leaked."]
    assert paragraphs_of_text("---\nlock: closed\n---\nThe lock of Pell closes.\n\nIt leaked.") == ("", lines)
    assert paragraphs_of_text("---\nThe lock of Pell closes.\n---\nIt leaked.") == (lines[0], lines[1:])


def page_of(*lines: str) -> bytes:
    shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
    return f"BT /F1 9 Tf 20 280 Td {shown} ET".encode("latin-1")


def test_a_pdf_is_read_as_paragraphs_across_its_pages() -> None:
    head, wide = "Pell Harbour Board", "The board of the harbour has voted on Tuesday to close the lock, and"
    pages = [
        page_of(
            head,
            "Old lock closes",
            "Contents . . . . . . . . 3",
            wide,
            "a bridge will follow in May.",
            wide,
            "1",
        ),
        page_of(
            head,
            "no tunnel will be built there.",
            "- The owners of boats will be heard, all of",
            "them.",
            "Page 2 of 3",
        ),
        page_of(head, wide, "no more is known.", "3"),
    ]
    assert text_of_pdf(pdf(3, pages)).split("\n\n") == [
        "Old lock closes",
        f"{wide} a bridge will follow in May.",
        f"{wide} no tunnel will be built there.",
        "- The owners of boats will be heard, all of them.",
        f"{wide} no more is known.",
    ]
    assert text_of_pdf(pdf(1, [page_of("")])) == ""
