"""Fetching a source's document only if it changed: what every reader begins with."""

from __future__ import annotations

from digests.model import Failure, Page, PollState, Source
from digests.ports import Fetcher, Polled
from digests.watch.cadence import body_hash
from digests.watch.http import FEED_LIMIT


async def changed_page(fetcher: Fetcher, source: Source, state: PollState) -> Page | Polled | Failure:
    """The source's page; ``Polled`` without a feed when it is the one of last time.

    Servers that know no conditional requests are caught by the body's hash.
    """
    page = await fetcher.get(source.url, etag=state.etag, last_modified=state.last_modified, limit=FEED_LIMIT)
    if isinstance(page, Page) and (page.not_modified or body_hash(page.body) == state.body_hash):
        return Polled(feed=None, page=page)
    return page
