"""Applies a chat's rules to what it has not had yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from digests.edit.filters import sift
from digests.edit.schedule import is_quiet
from digests.model import Chat, Rule, Source, Withheld
from digests.ports import Candidate, Store


@dataclass(frozen=True, slots=True)
class Ruled:
    """``kept`` may be told; ``entry_ids`` are of what may not, and ``withheld`` says why."""

    kept: list[Candidate]
    withheld: list[Withheld] = field(default_factory=list)
    entry_ids: list[int] = field(default_factory=list)
    watched: dict[int, Rule] = field(default_factory=dict)  # by story

    def role(self, story_ids: Sequence[int]) -> str:
        """The role that one of these stories may mention, "" for none."""
        roles = (self.watched[id_].role for id_ in story_ids if id_ in self.watched)
        return next((role for role in roles if role), "")


async def apply_rules(
    store: Store, chat: Chat, candidates: list[Candidate], sources: Mapping[int, Source], now: datetime
) -> Ruled:
    """Sort the candidates by the chat's rules; changes nothing."""
    rules = await store.rules.of_chat(chat.id) if candidates else []
    if not rules:
        return Ruled(candidates)
    subscribed = {source.id for _, source in await store.subscriptions.of_chat(chat.id)}
    sifted = sift([candidate.story for candidate in candidates], rules, sources, subscribed)
    return Ruled(
        [candidates[index] for index in sifted.kept],
        [_withheld(candidates[index], rule, now) for index, rule in sifted.left_out],
        [id_ for index, _ in sifted.left_out for id_ in candidates[index].entry_ids],
        {candidates[index].story.id: rule for index, rule in sifted.watched},
    )


async def highlights(store: Store, now: datetime, limit: int) -> list[tuple[Chat, frozenset[int]]]:
    """Chats that something they watch for has come for, with its entries; not in their quiet hours."""
    found: list[tuple[Chat, frozenset[int]]] = []
    for chat_id in sorted(await store.rules.watching()):
        chat = await store.chats.get(chat_id)
        if chat is None or chat.paused or is_quiet(chat.settings, now):
            continue
        if not await store.digests.pending(chat_id):
            continue
        candidates = await store.digests.candidates(chat_id, limit)
        sources = {source.id: source for source in await store.sources.all()}
        ruled = await apply_rules(store, chat, candidates, sources, now)
        entries = [id_ for c in ruled.kept if c.story.id in ruled.watched for id_ in c.entry_ids]
        if entries:
            found.append((chat, frozenset(entries)))
    return found


def rule_words(rule: Rule) -> str:
    """A rule as it is typed."""
    return f"{rule.kind} {rule.pattern}"


def _withheld(candidate: Candidate, rule: Rule, now: datetime) -> Withheld:
    lead = candidate.story.lead
    return Withheld(
        story_id=candidate.story.id,
        source_id=rule.source_id or lead.source_id,
        title=lead.title,
        url=lead.url,
        rule=rule_words(rule),
        at=now,
    )
