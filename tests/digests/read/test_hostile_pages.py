"""Pages made to hurt: each ends in time, and the text beside the trap is still read where it can be."""

from __future__ import annotations

import time

import pytest

from digests.read.extract import MOST, extract_html, read_text, trim_attributes
from digests.text.sentences import split_sentences

LIMIT = 2.0  # seconds, the project's bound for one page

PAGES = {
    "nested divs": "<body>" + "<div>" * 100_000 + "text",
    "nested bold": "<body><p>" + "<b>" * 100_000 + "text",
    "3 MB of links": "<body>" + "<a href=x>aaaa bbb</a> " * 130_000,
    "lists of links": "<body><ul>" + "<li><a href=x>aaaa bbb</a></li>" * 90_000,
    "attributes": "<body><p " + " ".join(f"a{number}=1" for number in range(200_000)) + ">hi</p>",
    "attributes of a script": "<script " + " ".join(f"a{number}" for number in range(200_000)) + "></script>",
    "a long class": "<body><p class='" + "ad-" * 700_000 + "'>hi</p>",
    "nested JSON-LD": '<script type="application/ld+json">' + '{"@graph":[' * 50_000 + "</script><body>x",
    "wide JSON-LD": '<script type="application/ld+json">[' + "[]," * 100_000 + "[]]</script><body>x",
    "meta elements": "<head>" + "<meta name=a content=b>" * 90_000,
    "a title of bars": "<title>" + "a | " * 500_000,
    "nested tables": "<body>" + "<table><tr><td>" * 60_000 + "x",
    "only angles": "<" * 2_000_000,
    "breaks": "<body>" + "<br>" * 400_000,
    "entities": "<p>" + "&lt;" * 500_000,
    "open comments": "<!--" * 500_000,
    "open quotes": "<a x='" * 400_000,
    "zero bytes": "\0" * 1_000_000 + "<p>hi",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_ends_in_time(name: str) -> None:
    start = time.process_time()
    extract_html(PAGES[name].encode(), "https://a.example/")
    assert time.process_time() - start < LIMIT


TEXTS = {
    "dots": "." * 500_000,
    "initials": "A. B. " * 150_000,
    "open quotations": "「" * 400_000,
    "quotations": "「a。」" * 150_000,
    "blank lines": "\n \n" * 300_000,
    "closers": ".»" * 400_000,
    "one word": "a" * 1_000_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_text_ends_in_time(name: str) -> None:
    start = time.process_time()
    split_sentences(TEXTS[name])
    read_text(TEXTS[name])
    assert time.process_time() - start < 2 * LIMIT


def test_an_element_keeps_its_first_attributes() -> None:
    many = "<p " + " ".join(f"a{number}=1" for number in range(MOST + 5)) + ">hi</p>"
    trimmed = trim_attributes(many)
    assert trimmed.endswith(f"a{MOST - 1}=1>hi</p>")
    assert trim_attributes(trimmed) == trimmed


def test_what_only_looks_like_attributes_is_left_alone() -> None:
    words = " ".join(f"w{number}" for number in range(MOST * 2))
    for html in (
        f"<p>{words}</p>",
        f"<script>if (a <b) {{ '{words}' }}</script><p>x",
        f"<!-- <p {words}> -->",
        f"<p x='{words}'>",
    ):
        assert trim_attributes(html) == html


def test_attributes_behind_a_trap_are_found() -> None:
    many = "<p " + "a=1 " * (MOST + 9) + ">hi</p>"
    for trap in ("<!-->", "<script>\"<b x='</script>", '<a x="\'">', "<style><!--</style>"):
        assert len(trim_attributes(trap + many)) < len(trap + many)


def test_a_script_with_too_many_attributes_keeps_its_end() -> None:
    trimmed = trim_attributes("<script " + "a=1 " * (MOST + 9) + "></script><p>hi</p>")
    assert trimmed.endswith("></script><p>hi</p>")
    assert trimmed.count("a=1") == MOST


def test_depth_beyond_the_parser_costs_only_what_is_that_deep() -> None:
    html = "<body><p>The harbour board of Pell voted on Tuesday to close the old lock.</p>" + "<div>" * 5000
    assert extract_html(html).paragraphs


def test_blocks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digests.read.blocks.MAX_BLOCKS", 3)
    html = "".join(f"<p>Paragraph number {number} of a long page with text.</p>" for number in range(9))
    assert len(extract_html(html).paragraphs) == 3
