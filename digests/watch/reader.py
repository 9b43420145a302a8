"""Reads sources of kind ``feed``."""

from __future__ import annotations

from datetime import datetime

from digests.model import Failure, FailureKind, Feed, Page, PollState, Source
from digests.ports import Fetcher, Polled
from digests.watch.feeds import SMALL, parse_feed
from digests.watch.offload import Offload
from digests.watch.protection import bot_protection
from digests.watch.unchanged import changed_page


class FeedReader:
    """A ``ports.SourceReader``. A body like the last one is not parsed again.

    Documents of up to ``SMALL`` bytes are parsed on the loop, which takes a few milliseconds
    at the worst; larger ones in a worker process.
    """

    kind = "feed"

    def __init__(self, fetcher: Fetcher, offload: Offload) -> None:
        self._fetcher = fetcher
        self._offload = offload

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled | Failure:
        page = await changed_page(self._fetcher, source, state)
        if not isinstance(page, Page):
            return page
        feed: Feed | Failure
        if len(page.body) <= SMALL:
            feed = parse_feed(page.body, page.content_type, page.charset, page.url)
        else:
            feed = await self._offload.run(parse_feed, page.body, page.content_type, page.charset, page.url)
        if not isinstance(feed, Failure):
            return Polled(feed=feed, page=page)
        guard = bot_protection(page.status, {}, page.body[:16_385])
        if guard is not None and feed.kind is FailureKind.NOT_A_FEED:
            return Failure(FailureKind.BOT_PROTECTION, f"the site blocks bots with {guard}", page.status)
        return feed
