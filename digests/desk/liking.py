"""A chat's votes and mutes, applied to what it has not had yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digests.group.rank import Ranked, rank
from digests.group.taste import features, taste, weights
from digests.model import Chat, Source
from digests.ports import Candidate, Store


@dataclass(frozen=True, slots=True)
class Heard:
    """``kept`` may be told; ``entry_ids`` are of what is muted."""

    kept: list[Candidate]
    entry_ids: list[int]


async def unmuted(store: Store, chat: Chat, candidates: Sequence[Candidate], now: datetime) -> Heard:
    """Without the stories the chat muted, and those that of its sources only muted ones brought."""
    mutes = await store.feedback.mutes(chat.id, now) if candidates else []
    stories = {mute.target for mute in mutes if mute.kind == "story"}
    sources = {mute.target for mute in mutes if mute.kind == "source"}
    followed = {source.id for _, source in await store.subscriptions.of_chat(chat.id)} if sources else set()
    kept: list[Candidate] = []
    entry_ids: list[int] = []
    for candidate in candidates:
        brought = {article.source_id for article in candidate.story.articles}
        if candidate.story.id in stories or (brought & followed or brought) <= sources:
            entry_ids.extend(candidate.entry_ids)
        else:
            kept.append(candidate)
    return Heard(kept, entry_ids)


async def tastes(
    store: Store, chat: Chat, candidates: Sequence[Candidate], sources: Mapping[int, Source]
) -> dict[int, float]:
    """What the chat's votes add to each story's score."""
    weighed = weights(await store.feedback.votes(chat.id)) if candidates else {}
    if not weighed:
        return {}
    return {c.story.id: taste(features(c.story, sources), weighed) for c in candidates}


async def ranking(store: Store, chat: Chat, now: datetime, limit: int) -> list[Ranked]:
    """What the chat has not had yet, in the order it would be told, with the reasons."""
    heard = await unmuted(store, chat, await store.digests.candidates(chat.id, limit), now)
    sources = {source.id: source for source in await store.sources.all()}
    return rank(heard.kept, now, tastes=await tastes(store, chat, heard.kept, sources))
