"""How much of an article is taken in: what every later step costs depends on it.

A long report has 20,000 characters, a long sentence 500. What goes beyond these bounds is a page
that was misread or one made to keep the desk busy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

ARTICLE: Final = 200_000  # characters of an article's text
SENTENCES: Final = 4_000  # of an article
SENTENCE: Final = 2_000  # characters; what goes on longer without an end is cut at a word
FACT: Final = 1_000  # characters of a title, a byline, a site's name
ADDRESS: Final = 4_096  # characters; a longer one is fetched by nobody


def in_pieces(sentence: str) -> Iterator[str]:
    """The sentence in pieces of ``SENTENCE`` characters at most, cut between words where there are any."""
    start = 0
    while len(sentence) - start > SENTENCE:
        piece = cut(sentence[start : start + SENTENCE + 1], SENTENCE)
        yield piece
        start += len(piece)
        start += sentence[start] == " "
    yield sentence[start:]


def cut(text: str, most: int) -> str:
    """The beginning of a text, ``most`` characters at most, up to the end of a word where there is one."""
    if len(text) <= most:
        return text
    space = text.rfind(" ", most // 2, most + 1)
    return text[: space if space > 0 else most]


def first_texts(texts: Iterable[str], most: int = ARTICLE) -> tuple[str, ...]:
    """The texts, an article's paragraphs say, within ``most`` characters, the last of them cut."""
    found: list[str] = []
    left = most
    for text in texts:
        if left <= 0:
            break
        found.append(cut(text, left))
        left -= len(text)
    return tuple(found)


def first_sentences(sentences: Iterable[str]) -> tuple[str, ...]:
    """The sentences within ``SENTENCES``."""
    return tuple(islice(sentences, SENTENCES))
