"""Bluesky: accounts, by their page, a post of theirs, or their host."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from digests.model import Source
from digests.watch.resolve.hosts import site

_PATH = re.compile(r"/profile/(did:[a-z]+:[\w.:-]{3,100}|[\w-]+(?:\.[\w-]+)+)(?:/(?:rss|post/\w+))?/?")
_HOST = re.compile(r"[\w-]+\.bsky\.social")


def bluesky(url: SplitResult) -> Source | None:
    host = site(url)
    if _HOST.fullmatch(host):
        return account(host)
    found = _PATH.fullmatch(url.path)
    return account(found[1]) if host == "bsky.app" and found else None


def account(handle: str) -> Source:
    """The feed of an account by its handle or DID."""
    return Source(url=f"https://bsky.app/profile/{handle}/rss", name=f"@{handle}")
