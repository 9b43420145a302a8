"""The smallest useful reader of another kind of source: a text with a line for each tide."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import SplitResult

from digests.model import Entry, Failure, FailureKind, Feed, Page, PollState, Source
from digests.ports import Fetcher, Polled, Workers


class TideReader:
    """Keeps ``digests.ports.SourceReader``. A line is ``2026-11-30T06:12+00:00 High water, 4.1 metres``."""

    kind = "tides"

    def __init__(self, fetcher: Fetcher, workers: Workers) -> None:
        self._fetcher = fetcher
        self._workers = workers

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled | Failure:
        page = await self._fetcher.get(source.url, etag=state.etag, last_modified=state.last_modified)
        if isinstance(page, Failure):
            return page
        if page.not_modified:
            return Polled(feed=None, page=page)
        feed = await self._workers.run(parse_tides, page)
        return feed if isinstance(feed, Failure) else Polled(feed=feed, page=page)


def parse_tides(page: Page) -> Feed | Failure:
    """The table's lines, the first 500. Pure and picklable: it runs in a process of its own."""
    entries = []
    for line in page.body.decode("utf-8", "replace").splitlines()[:500]:
        moment, _space, what = line.partition(" ")
        try:
            published = datetime.fromisoformat(moment)
        except ValueError:
            continue
        if what and published.tzinfo is not None:
            title = what[:200]
            entries.append(Entry(guid=moment, url=f"{page.url}#{moment}", title=title, published=published))
    if not entries:
        return Failure(FailureKind.NOT_A_FEED, "the table has no line that begins with a moment")
    return Feed(title="Tides", site_url=page.url, entries=tuple(entries))


def resolve(url: SplitResult) -> Source | None:
    """Addresses that end in ``.tides`` are tables of tides, so that nobody has to say so."""
    return Source(url=url.geturl(), kind="tides", name="Tides") if url.path.endswith(".tides") else None
