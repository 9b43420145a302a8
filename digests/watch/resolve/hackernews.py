"""Hacker News: the front page; by way of hnrss.org also its other lists, people, threads, a query and
minimum points."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs, urlencode

from digests.model import Source
from digests.watch.resolve.hosts import site

_LISTS = {
    name: name for name in ("newest", "newcomments", "show", "ask", "jobs", "best", "active", "launches")
}
_LISTS |= {"over": "newest", "shownew": "show", "front": "frontpage"}
_OF_ONE = frozenset({"item", "user", "submitted", "threads"})


def hackernews(url: SplitResult) -> Source | None:
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    if url.hostname == "hn.algolia.com":
        words = asked.get("q") or asked.get("query")
        return _found(words) if words else None
    if site(url) != "news.ycombinator.com":
        return None
    page = url.path.strip("/")
    if page in ("", "news", "rss"):
        return Source(url="https://news.ycombinator.com/rss", name="Hacker News")
    if page == "from" and asked.get("site"):
        return _found(asked["site"])
    one = re.fullmatch(r"[\w-]{1,30}", asked.get("id", ""), re.ASCII)
    if page in _OF_ONE and one:
        return Source(url=f"https://hnrss.org/{page}?id={one[0]}", name=f"Hacker News: {page} {one[0]}")
    if page not in _LISTS:
        return None
    points = asked.get("points", "")
    query = f"?points={points}" if points.isascii() and points.isdecimal() else ""
    return Source(url=f"https://hnrss.org/{_LISTS[page]}{query}", name=f"Hacker News: {page}")


def _found(words: str) -> Source:
    return Source(url=f"https://hnrss.org/newest?{urlencode({'q': words})}", name=f"Hacker News: {words}")
