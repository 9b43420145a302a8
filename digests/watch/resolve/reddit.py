"""Reddit: subreddits with their order, and people."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from digests.model import Source

_PATH = re.compile(r"/(r|u|user)/([\w-]{2,30})(?:/(hot|new|top|rising))?/?(?:\.rss)?$")


def reddit(url: SplitResult) -> Source | None:
    if url.hostname not in (
        "reddit.com",
        "www.reddit.com",
        "old.reddit.com",
        "new.reddit.com",
        "m.reddit.com",
    ):
        return None
    found = _PATH.match(url.path)
    if not found:
        return None
    what = "r" if found[1] == "r" else "user"
    order = f"/{found[3]}" if found[3] else ""
    query = f"?{url.query}" if url.query else ""  # ?t=week of a top list
    return Source(
        url=f"https://www.reddit.com/{what}/{found[2]}{order}/.rss{query}", name=f"{what}/{found[2]}"
    )
