"""An entry of which nothing can be read is still told: by its headline and its link."""

from __future__ import annotations

import html
import re

from digests.model import Article, Entry
from digests.text import bounds
from digests.text.detection import detect
from digests.text.links import host

WARNING = "There was no text to read; this is the headline alone."

_TAG = re.compile(r"<[^<>]{0,2000}>")
_ALTERNATIVE = re.compile(r"""<img\b[^<>]{0,2000}?\balt\s*=\s*["']([^"'<>]{1,300})""", re.IGNORECASE)
_LOOKED_AT = 20_000  # characters of the entry's own text
_HEADLINE = 200  # characters of a headline made of a text


def headline_alone(entry: Entry) -> Article | None:
    """The entry as an article without text. Its headline is its title, else its own first words, what its
    picture is said to show, or the site of its link; None where it has nothing of these."""
    body = entry.html[:_LOOKED_AT]
    words = _plain(_TAG.sub(" ", body))
    shown = _ALTERNATIVE.search(body)
    title = _plain(entry.title) or words or (_plain(shown[1]) if shown else "") or host(entry.url)
    if not title:
        return None
    return Article(
        entry_id=entry.id,
        source_id=entry.source_id,
        url=entry.url,
        title=bounds.cut(title, bounds.FACT if entry.title else _HEADLINE),
        language=detect(title, entry.language),
        byline=bounds.cut(", ".join(entry.authors), bounds.FACT),
        site=bounds.cut(host(entry.url), bounds.FACT),
        published=entry.published,
        updated=entry.updated,
        image=entry.image if entry.image and len(entry.image) <= bounds.ADDRESS else None,
        excerpt=True,
        warnings=(WARNING,),
    )


def _plain(text: str) -> str:
    return " ".join(html.unescape(text).split())
