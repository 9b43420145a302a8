"""The project's own pages: twenty-five articles in fifteen languages, each inside a site's furniture."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digests.model import Article, Entry, Page
from digests.read.extract import read_article

GOLDEN = Path(__file__).parents[2] / "golden"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((GOLDEN / "expected.toml").read_text("utf-8"))


def read(name: str) -> Article:
    url = f"https://{name}.example/{name}"
    body = (GOLDEN / f"{name}.html").read_bytes()
    article = read_article(Entry(url=url), Page(url=url, status=200, body=body, content_type="text/html"))
    assert isinstance(article, Article)
    return article


def test_every_page_is_expected() -> None:
    assert {path.stem for path in GOLDEN.glob("*.html")} == set(EXPECTED)
    assert len(EXPECTED) >= 20
    assert len({page["language"] for page in EXPECTED.values()}) >= 8


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_article_and_nothing_else(name: str) -> None:
    expected, article = EXPECTED[name], read(name)
    assert article.paragraphs[0].startswith(expected["begins"])
    assert article.paragraphs[-1].endswith(expected["ends"])
    assert len(article.paragraphs) >= expected["paragraphs"]
    assert article.title not in article.paragraphs
    for furniture in expected["furniture"]:
        assert not any(furniture in paragraph for paragraph in article.paragraphs), furniture


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_facts_around_it(name: str) -> None:
    expected, article = EXPECTED[name], read(name)
    assert article.title == " ".join(expected["title"].split())
    assert article.language == expected["language"]
    assert article.published == datetime.fromisoformat(expected["published"]).astimezone(UTC)
    assert article.image == f"https://{name}.example/lead.jpg"
    assert article.site
    assert not article.excerpt
    for spellings in expected["facts"]:
        assert any(spelling in article.text for spelling in spellings), spellings


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_sentences_end_as_sentences_do(name: str) -> None:
    article = read(name)
    assert "".join("".join(article.sentences).split()) == "".join("".join(article.paragraphs).split())
    assert len(article.sentences) >= len(article.paragraphs)
    assert max(map(len, article.sentences)) < 320
