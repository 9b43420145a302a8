"""Reads sources of kind ``feed``."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from digests.model import Failure, FailureKind, Feed, Page, PollState, Source
from digests.ports import Fetcher, Polled
from digests.watch.feeds import SMALL
from digests.watch.known_items import Reading, read_changed
from digests.watch.loop_share import LoopShare
from digests.watch.offload import Offload
from digests.watch.protection import bot_protection
from digests.watch.unchanged import changed_page

SHORT_URL = 500  # characters; each relative address of a document is joined with its own


class FeedReader:
    """A ``ports.SourceReader``. A body like the last one is not parsed again, nor an item that
    the last body held too.

    Documents of up to ``SMALL`` bytes are parsed on the loop, which takes a few milliseconds
    at the worst, a few at a time; larger ones, and those that could take longer, in a worker process.
    """

    kind = "feed"

    def __init__(self, fetcher: Fetcher, offload: Offload) -> None:
        self._fetcher = fetcher
        self._offload = offload
        self._share = LoopShare()

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled | Failure:
        page = await changed_page(self._fetcher, source, state)
        if not isinstance(page, Page):
            return page
        reading = await self._parse(page, state.marks)
        if isinstance(reading, Failure):
            guard = bot_protection(page.status, {}, page.body[:16_385])
            if guard is not None and reading.kind is FailureKind.NOT_A_FEED:
                return Failure(FailureKind.BOT_PROTECTION, f"the site blocks bots with {guard}", page.status)
            return reading
        whole = partial(self._whole, page) if reading.partial else None
        return Polled(feed=reading.feed, page=page, marks=reading.marks, older=reading.older, whole=whole)

    async def _parse(self, page: Page, marks: str | None) -> Reading | Failure:
        run = self._share.run if _is_light(page) else self._offload.run
        return await run(read_changed, page.body, page.content_type, page.charset, page.url, marks)

    async def _whole(self, page: Page) -> Feed | Failure:
        reading = await self._parse(page, None)
        return reading if isinstance(reading, Failure) else reading.feed


def _is_light(page: Page) -> bool:
    """Whether it takes milliseconds to read: a small document whose addresses are short, and none of
    them to be joined with a base of its own that may be as long as it likes."""
    return len(page.body) <= SMALL and len(page.url) <= SHORT_URL and b":base" not in page.body
