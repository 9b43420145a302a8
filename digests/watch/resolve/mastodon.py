"""Mastodon and what is like it: tags. An account's page declares its feed itself."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, unquote

from digests.model import Source


def mastodon(url: SplitResult) -> Source | None:
    found = re.fullmatch(r"/tags/([^/]{1,100}?)(?:\.rss)?/?", url.path)
    if not found or url.query:
        return None
    tag = unquote(found[1])
    return Source(url=f"https://{url.netloc}/tags/{quote(tag)}.rss", name=f"#{tag} on {url.hostname}")
