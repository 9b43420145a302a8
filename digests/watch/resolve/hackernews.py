"""Hacker News: the front page; by way of hnrss.org also new ones, a query and minimum points."""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qs, urlencode

from digests.model import Source

_LISTS = {"newest": "newest", "show": "show", "ask": "ask", "jobs": "jobs", "best": "best", "over": "newest"}


def hackernews(url: SplitResult) -> Source | None:
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    if url.hostname == "hn.algolia.com":
        if not asked.get("q") and not asked.get("query"):
            return None
        words = asked.get("q") or asked["query"]
        return Source(url=f"https://hnrss.org/newest?{urlencode({'q': words})}", name=f"Hacker News: {words}")
    if url.hostname != "news.ycombinator.com":
        return None
    page = url.path.strip("/")
    if page in ("", "news", "rss"):
        return Source(url="https://news.ycombinator.com/rss", name="Hacker News")
    if page not in _LISTS:
        return None
    points = asked.get("points", "")
    query = f"?points={points}" if points.isascii() and points.isdecimal() else ""
    return Source(url=f"https://hnrss.org/{_LISTS[page]}{query}", name=f"Hacker News: {page}")
