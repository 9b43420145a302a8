"""Fields of feeds: titles as plain text, absolute links, bounded lengths."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from digests.text.door import plain_title

MAX_FIELD: Final = 1_000  # characters of a title, a name, an identity
MAX_CONTENT: Final = 400_000  # characters of an entry's text
MAX_ITEMS: Final = 500


def line(text: str | None) -> str:
    """Text on one line, without spaces around, at most ``MAX_FIELD`` characters."""
    if not text:
        return ""
    if len(text) > MAX_FIELD:
        text = text[: 4 * MAX_FIELD]
    return " ".join(text.split())[:MAX_FIELD]


def title(text: str | None) -> str:
    """A title that may hold HTML, as plain text on one line."""
    if not text:
        return ""
    return line(plain_title(text[: 4 * MAX_FIELD]))


def link(base: str, url: str | None) -> str:
    """An absolute web address, "" when there is none or it is of another kind."""
    if not url:
        return ""
    url = url[:4096].strip()
    if url.startswith(("http://", "https://")) and "[" not in url:
        return url
    try:
        url = urljoin(base, "".join(url.split()))
    except ValueError:
        return ""
    return url if url[:8].lower().startswith(("http://", "https://")) else ""
