"""Fetching a source's document only if it changed: what every reader begins with."""

from __future__ import annotations

from dataclasses import replace

from digests.model import Failure, Page, PollState, Source
from digests.ports import Fetcher, Polled
from digests.watch.cadence import body_hash
from digests.watch.http import FEED_LIMIT


async def changed_page(fetcher: Fetcher, source: Source, state: PollState) -> Page | Polled | Failure:
    """The source's page; ``Polled`` without a feed when it is the one of last time.

    Servers that know no conditional requests are caught by the body's hash. A source that moved
    for good is asked at its new address.
    """
    url = state.moved or source.url
    page = await fetcher.get(url, etag=state.etag, last_modified=state.last_modified, limit=FEED_LIMIT)
    if isinstance(page, Failure):
        return page
    if page.not_modified:
        return Polled(feed=None, page=page)
    page = replace(page, body_hash=body_hash(page.body))
    return Polled(feed=None, page=page) if page.body_hash == state.body_hash else page
