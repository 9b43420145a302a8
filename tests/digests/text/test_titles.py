"""Titles keep what only looks like markup."""

from __future__ import annotations

import pytest

from digests.text.door import plain_title


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("if x<y and z>w, who wins?", "if x<y and z>w, who wins?"),
        ("</queue>", "</queue>"),
        ("From <frameset> to <main>", "From <frameset> to <main>"),
        ("The <em>second</em>  bridge", "The second bridge"),
        ("&lt;b&gt;Ferry&lt;/b&gt; late", "Ferry late"),
        ("Q&amp;amp;A with the harbour master", "Q&A with the harbour master"),
        ('<a href="https://a.example/" class=x>Tide tables</a>', "Tide tables"),
    ],
)
def test_a_title_is_plain(given: str, plain: str) -> None:
    assert plain_title(given) == plain
