"""An entry without any text is told by what there is."""

from __future__ import annotations

import pytest

from digests.model import Entry
from digests.read.headline import WARNING, headline_alone


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        (Entry(title="Goal &amp; match", html="<p>Comments</p>"), "Goal & match"),
        (Entry(html="<p>☀️</p>"), "☀️"),
        (Entry(html='<p><img src="x.png" alt="Frost on the pier"></p>'), "Frost on the pier"),
        (Entry(url="https://www.weir.example/charts"), "weir.example"),
    ],
)
def test_the_headline_is_the_best_there_is(entry: Entry, title: str) -> None:
    article = headline_alone(entry)
    assert article is not None
    assert (article.title, article.url, article.text) == (title, entry.url, "")
    assert article.warnings == (WARNING,)


def test_nothing_at_all_can_not_be_told() -> None:
    assert headline_alone(Entry(guid="7")) is None


def test_a_headline_made_of_a_text_is_short_and_a_picture_has_an_address_that_opens() -> None:
    article = headline_alone(Entry(html="word " * 300, image="https://a.example/" + "b" * 5000))
    assert article is not None
    assert len(article.title) <= 200
    assert article.image is None
    shown = headline_alone(Entry(title="A", image="https://a.example/b.png"))
    assert shown is not None
    assert shown.image == "https://a.example/b.png"
