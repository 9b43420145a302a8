"""The smallest useful source plug-in: a page of one site, and the feed behind it."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from digests.model import Source


def resolve(url: SplitResult) -> Source | None:
    """The entry point: ``https://gazette.example/marrow`` is followed by its feed; None for other sites."""
    town = re.fullmatch(r"/([a-z-]+)/?", url.path)
    if url.hostname not in {"gazette.example", "www.gazette.example"} or town is None:
        return None
    name = town[1].replace("-", " ").title()
    return Source(
        url=f"https://gazette.example/feeds/{town[1]}.xml", name=f"Gazette, {name}", topics=("local",)
    )
