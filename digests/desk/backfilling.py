"""What a source told before the desk knew it: its archives, read into the library and posted to nobody.

A feed names its archives as RFC 5005 says: each document the one before it, by a link ``prev-archive``
or, where it is turned over page by page, ``next``. What the feed itself holds is left to the next poll.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from digests.desk.intake import Intake
from digests.edit.schedule import next_digest
from digests.model import Chat, Digest, Entry, Failure, FailureKind, Feed, Page, Source, Subscription
from digests.ports import Fetcher, Store
from digests.watch import fields
from digests.watch.feed_xml import name_of
from digests.watch.feeds import parse_feed
from digests.watch.http import FEED_LIMIT
from digests.watch.identity import Keyed, all_keys, keyed, news
from digests.watch.offload import Offload
from digests.watch.xml_tree import any_tree

Tell = Callable[[int, int], None]
"""Hears how many of how many items were read."""


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What came of one source. ``failure``: why it did not go on; what came before that stays."""

    source: Source
    pages: int = 0
    new: int = 0
    read: int = 0
    failure: Failure | None = None


class Backfill:
    """Reads the archives of sources: at most ``pages`` documents each, and no item from before ``since``."""

    def __init__(
        self, store: Store, intake: Intake, fetcher: Fetcher, offload: Offload, *, pages: int, since: datetime
    ) -> None:
        self._store = store
        self._intake = intake
        self._fetcher = fetcher
        self._offload = offload
        self._pages = pages
        self._since = since

    async def run(self, source: Source, now: datetime, tell: Tell) -> Backfilled:
        """Read one source's archives, from the newest to the oldest. A second run goes on with what is left."""
        if source.kind != "feed":
            return Backfilled(
                source, failure=Failure(FailureKind.UNSUPPORTED, "only feeds name their archives")
            )
        failure: Failure | None = None
        pages = new = read = 0
        current: set[str] | None = None  # what the feed itself holds; None: it is not read yet
        url, seen = source.url, set[str]()
        while url and url not in seen and pages < self._pages:
            seen.add(url)
            document = await self._document(url)
            if isinstance(document, Failure):
                failure = document
                break
            feed, url = document
            if current is None:
                current = set(all_keys(keyed(feed.entries)))
                continue
            pages += 1
            fresh = await self._take(source, feed, current, now)
            new += len(fresh)
            for entry in fresh:
                # read as of its own time, so that the library has it where it belongs
                read += await self._intake.read(entry, entry.published or now) is not None
                tell(read, new)
            if feed.entries and all(_moment(entry, now) < self._since for entry in feed.entries):
                break
        await self._intake.group_new(now)
        return Backfilled(source, pages, new, read, failure)

    async def _document(self, url: str) -> tuple[Feed, str] | Failure:
        page = await self._fetcher.get(url, limit=FEED_LIMIT)
        return page if isinstance(page, Failure) else await self._offload.run(read_document, page)

    async def _take(self, source: Source, feed: Feed, current: set[str], now: datetime) -> list[Entry]:
        """Store what is new of an archive, as used up by every chat that follows the source."""
        older = [
            (entry, keys)
            for entry, keys in keyed(feed.entries)
            if current.isdisjoint(keys) and _moment(entry, now) >= self._since
        ]
        known = await self._store.entries.known(source.id, all_keys(older))
        new = news(older, known, now, source.id).new
        return await _whole(self._add(source, new, now)) if new else []

    async def _add(self, source: Source, new: Sequence[Keyed], now: datetime) -> list[Entry]:
        chats = sorted({one.chat_id for one in await self._store.subscriptions.of_source(source.id)})
        async with AsyncExitStack() as stack:
            for chat_id in chats:  # nobody edits for them before the items are used up
                await stack.enter_async_context(self._store.turns.turn(f"edit {chat_id}"))
            entries = await self._store.entries.add(new, now)
            ids = [entry.id for entry in entries]
            for chat_id in chats:
                chat = await self._store.chats.get(chat_id)
                if chat is not None:
                    nothing = Digest(chat_id=chat_id, created=now, items=())
                    await self._store.digests.compose(nothing, (), ids, chat.next_digest, now)
        return entries


async def _whole(doing: Coroutine[Any, Any, list[Entry]]) -> list[Entry]:
    """Its result; a cancellation waits for its end, lest items be stored that are not used up."""
    task = asyncio.ensure_future(doing)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _moment(entry: Entry, now: datetime) -> datetime:
    return entry.published or entry.updated or now


def read_document(page: Page) -> tuple[Feed, str] | Failure:
    """A document of a feed, and the address of the one before it, "" where it names none."""
    feed = parse_feed(page.body, page.content_type, page.charset, page.url)
    if isinstance(feed, Failure):
        return feed
    root = any_tree(page.body, page.charset)
    return feed, "" if root is None else older_link(root, page.url)


def older_link(root: Any, url: str) -> str:
    """Where the document before this one is: ``prev-archive`` before ``next``."""
    found: dict[str, str] = {}
    for holder in [root, *(node for node in root if name_of(node).rpartition(":")[2] == "channel")]:
        for node in holder:
            if name_of(node).rpartition(":")[2] == "link":
                found.setdefault((node.get("rel") or "").lower(), fields.link(url, node.get("href")))
    return found.get("prev-archive") or found.get("next") or ""


# ------------ A chat begins to follow a source: what of it is shown at once, and what counts as seen.


async def subscribe(
    store: Store,
    chat: Chat,
    source: Source,
    person: str,
    now: datetime,
    *,
    newest: int = 1,
    most: int | None = None,
) -> tuple[bool, list[Entry]] | None:
    """Subscribe; the ``newest`` items count as fresh, older ones as seen.

    Says whether the subscription is new, and which entries to show as samples. Subscribing again
    makes that many fresh anew, save those the chat has had. A name and topics other than those the
    store has for the source are the chat's own for it. None where the chat follows ``most`` sources
    already.
    """
    samples = await store.entries.newest(source.id, newest)
    shown = {entry.id for entry in samples}
    ids = await store.entries.ids(source.id)
    start = min(shown) - 1 if shown else max(ids, default=0)
    known = await store.sources.get(source.id) or source
    wish = Subscription(
        chat_id=chat.id, source_id=source.id, after_entry=start, created=now, created_by=person
    )
    if source.name != known.name:
        wish = replace(wish, name=source.name)
    if source.topics != known.topics:
        wish = replace(wish, topics=source.topics)
    added = await store.subscriptions.add_within(wish, now, most)
    if added is None:
        return None
    new = added[1]
    if not new:
        await store.subscriptions.rewind(chat.id, source.id, start)
    # what was found after the samples and yet is older, out of an archive say
    if passed := [id_ for id_ in ids if id_ > start and id_ not in shown]:
        nothing = Digest(chat_id=chat.id, created=now, items=())
        await store.digests.compose(nothing, (), passed, chat.next_digest, now)
    if new and chat.next_digest is None:
        await store.chats.schedule(chat.id, next_digest(chat.settings, now))
    return new, samples
