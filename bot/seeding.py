"""What the configuration file puts into the store at each start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.config import SourceSettings
from digests.model import Chat, Source, Subscription
from digests.ports import Store


async def keep_sources(store: Store, wanted: Sequence[SourceSettings], now: datetime) -> None:
    """Bring the file's sources into the store: the file's name, topics and options win.

    A source the file no longer names goes if nobody follows it, and stays as one added in
    chat if somebody does.
    """
    urls = {entry.url for entry in wanted}
    for source in await store.sources.all():
        if source.origin == "config" and source.url not in urls:
            if await store.subscriptions.of_source(source.id):
                await store.sources.update(replace(source, origin="chat"))
            else:
                await store.sources.remove(source.id)
    for entry in wanted:
        kept = Source(
            url=entry.url,
            kind=entry.kind,
            name=entry.name,
            topics=entry.topics,
            origin="config",
            options=tuple(entry.options.items()),
        )
        known = await store.sources.by_url(entry.url)
        if known is None:
            await store.sources.add(kept, now)
        else:
            name = kept.name or known.name
            await store.sources.update(replace(kept, id=known.id, paused=known.paused, name=name))


async def follow_everything(store: Store, chat: Chat, now: datetime) -> None:
    """Let a chat the store has not met follow every source, with a first digest at once.

    This is the terminal's start: whoever runs the example sees news without a further step.
    """
    if await store.chats.find(chat.platform, chat.address, chat.thread) is not None:
        return
    known = await store.chats.ensure(chat, now)
    for source in await store.sources.all():
        await store.subscriptions.add(Subscription(chat_id=known.id, source_id=source.id), now)
    await store.chats.schedule(known.id, now)
