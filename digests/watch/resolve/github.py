"""GitHub: a repository's releases; its tags or commits where those pages are pasted."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from digests.model import Source

_PATH = re.compile(
    r"/([\w-]{1,39})/([\w.-]{1,100}?)(?:\.git)?(?:/(releases|tags|commits)(?:/([\w./-]{1,100}))?)?/?$"
)
_NOT_PEOPLE = frozenset(
    {"topics", "orgs", "search", "features", "sponsors", "collections", "settings", "about"}
)


def github(url: SplitResult) -> Source | None:
    found = _PATH.match(url.path)
    if url.hostname not in ("github.com", "www.github.com") or not found or found[1] in _NOT_PEOPLE:
        return None
    what = found[3] or "releases"
    branch = f"/{found[4]}" if what == "commits" and found[4] else ""
    return Source(
        url=f"https://github.com/{found[1]}/{found[2]}/{what}{branch}.atom", name=f"{found[1]}/{found[2]}"
    )
