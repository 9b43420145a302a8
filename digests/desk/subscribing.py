"""A chat begins to follow a source: what of it is shown at once, and what counts as seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from digests.edit.schedule import next_digest
from digests.model import Chat, Digest, Entry, Source, Subscription
from digests.ports import Store


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
