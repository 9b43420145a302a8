"""Google News: the front page, topics, and queries, in the language of the pasted address."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs, urlencode

from digests.model import Source

_SEARCH = re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}")
_FRONT = frozenset({"", "/home", "/topstories"})
_TOPIC = re.compile(r"/topics/[\w-]+(?:/sections/[\w-]+)?|/headlines/section/topic/\w+")


def google_news(url: SplitResult) -> Source | None:
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    kept: dict[str, str] = {name: asked[name] for name in ("hl", "gl", "ceid") if name in asked}
    path = re.sub(r"^/rss(?=/|$)", "", url.path).rstrip("/")
    news = url.hostname == "news.google.com"
    searched = news or (_SEARCH.fullmatch(url.hostname or "") and asked.get("tbm") == "nws")  # its News tab
    if searched and path == "/search" and asked.get("q"):
        kept = {"q": asked["q"], **kept}
        return Source(
            url=f"https://news.google.com/rss/search?{urlencode(kept)}", name=f"Google News: {asked['q']}"
        )
    if not news or not (path in _FRONT or _TOPIC.fullmatch(path)):
        return None
    path = "" if path in _FRONT else path
    query = f"?{urlencode(kept)}" if kept else ""
    return Source(url=f"https://news.google.com/rss{path}{query}", name="Google News")
