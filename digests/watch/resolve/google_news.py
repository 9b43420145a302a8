"""Google News: the front page, topics, and queries, in the language of the pasted address."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs, urlencode

from digests.model import Source


def google_news(url: SplitResult) -> Source | None:
    if url.hostname != "news.google.com":
        return None
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    kept: dict[str, str] = {name: asked[name] for name in ("hl", "gl", "ceid") if name in asked}
    path = re.sub(r"^/rss(?=/|$)", "", url.path).rstrip("/")
    name = "Google News"
    if path == "/search" and asked.get("q"):
        kept = {"q": asked["q"], **kept}
        name = f"Google News: {asked['q']}"
    elif not re.fullmatch(r"(/home|/topics/[\w-]+(/sections/[\w-]+)?|/headlines/section/topic/\w+)?", path):
        return None
    path = "" if path == "/home" else path
    query = f"?{urlencode(kept)}" if kept else ""
    return Source(url=f"https://news.google.com/rss{path}{query}", name=name)
