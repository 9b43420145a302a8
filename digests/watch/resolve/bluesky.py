"""Bluesky: accounts."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from digests.model import Source


def bluesky(url: SplitResult) -> Source | None:
    found = re.match(r"/profile/((?:did:[a-z]+:)?[\w.:-]{3,100})(?:/rss)?/?$", url.path)
    if url.hostname != "bsky.app" or not found:
        return None
    return Source(url=f"https://bsky.app/profile/{found[1]}/rss", name=f"@{found[1]}")
