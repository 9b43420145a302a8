"""GitHub: a repository's releases; its tags, commits or wiki where those pages are pasted; what a person does."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from digests.model import Source
from digests.watch.resolve.hosts import site

_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")
_REPOSITORY = re.compile(r"[\w.-]{1,100}")
_NOT_PEOPLE = frozenset({
    "about", "apps", "collections", "contact", "customer-stories", "dashboard", "enterprise", "events",
    "explore", "features", "issues", "login", "marketplace", "new", "notifications", "organizations",
    "orgs", "pricing", "pulls", "readme", "search", "security", "settings", "signup", "site",
    "sponsors", "stars", "team", "topics", "trending",
})  # fmt: skip


def github(url: SplitResult) -> Source | None:
    host = site(url)
    parts = url.path.strip("/").split("/")
    if (
        host not in ("github.com", "gist.github.com")
        or not _OWNER.fullmatch(parts[0])
        or parts[0] in _NOT_PEOPLE
    ):
        return None
    if len(parts) == 1 or host == "gist.github.com":
        return Source(url=f"https://{host}/{parts[0]}.atom", name=f"{parts[0]} on GitHub")
    repository = parts[1].removesuffix(".git")
    if not _REPOSITORY.fullmatch(repository):
        return None
    what = parts[2] if parts[2:] and parts[2] in ("tags", "commits", "wiki") else "releases"
    branch = "".join(f"/{part}" for part in parts[3:]) if what == "commits" else ""
    name = f"{parts[0]}/{repository}"
    return Source(url=f"https://github.com/{name}/{what}{branch}.atom", name=name)
