"""What a chat is to be told: its stories, without what it muted and filtered out, in their order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from digests.edit.compose import mixed
from digests.edit.filters import sift, story_named
from digests.edit.outlets import outlets
from digests.group.rank import Ranked, features, rank, taste, weights
from digests.model import Chat, Rule, Source, Withheld
from digests.ports import Candidate, Store


@dataclass(frozen=True, slots=True)
class Selection:
    """``new`` and ``developed`` may be told, best first, and stand in ``ranked`` with the reasons for
    their places. ``seen`` are the entries that add nothing, muted and filtered ones among them.

    ``withheld``: what the chat's rules leave out, and which did. ``watched``: by story, the rule it came
    for; ``followed`` are those that a rule names. ``sources``: the chat's and the desk's own, as the chat
    may be told their names. ``preferences``: by story, what the chat's votes add to its score.
    """

    new: list[Candidate] = field(default_factory=list)
    developed: list[Candidate] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    watched: Mapping[int, Rule] = field(default_factory=dict)
    followed: Collection[int] = frozenset()
    sources: Mapping[int, Source] = field(default_factory=dict)
    preferences: Mapping[int, float] = field(default_factory=dict)
    ranked: list[Ranked] = field(default_factory=list)

    def role(self, story_ids: Sequence[int]) -> str:
        """The role that one of these stories may mention, "" for none."""
        roles = (self.watched[id_].role for id_ in story_ids if id_ in self.watched)
        return next((role for role in roles if role), "")


async def sources_of(store: Store, chat_id: int) -> dict[int, Source]:
    """The sources the chat follows and the desk's own, as the chat may be told their names."""
    followed = [source for _, source in await store.subscriptions.of_chat(chat_id)]
    return outlets(await store.sources.own(), followed)


async def select(store: Store, chat: Chat, candidates: Sequence[Candidate], now: datetime) -> Selection:
    """Choose among the candidates; changes nothing."""
    if not candidates:  # asked every few seconds for an instant chat, which mostly has nothing new
        return Selection()
    followed = [source for _, source in await store.subscriptions.of_chat(chat.id)]
    sources = outlets(await store.sources.own(), followed)
    subscribed = {source.id for source in followed}
    heard, seen = await _unmuted(store, chat, candidates, subscribed, now)
    rules = await store.rules.of_chat(chat.id)
    sifted = sift([candidate.story for candidate in heard], rules, sources, subscribed)
    kept = [heard[index] for index in sifted.kept]
    named = await _named(store, chat, rules)
    watched = {heard[index].story.id: rule for index, rule in sifted.watched}
    watched |= {one.story.id: named[one.story.id] for one in kept if one.story.id in named}
    seen += [id_ for index, _ in sifted.left_out for id_ in heard[index].entry_ids]
    weighed = weights(await store.feedback.votes(chat.id))
    preferences = (
        {one.story.id: taste(features(one.story, sources), weighed) for one in kept} if weighed else {}
    )
    new: list[Candidate] = []
    developed: list[Candidate] = []
    ranked: list[Ranked] = []
    for one in rank(kept, now, tastes=preferences):
        candidate = one.candidate
        if not candidate.told:
            new.append(candidate)
        elif candidate.story.version > candidate.told and (
            chat.settings.updates != "off" or candidate.story.id in named
        ):
            developed.append(candidate)
        else:
            seen.extend(candidate.entry_ids)
            continue
        ranked.append(one)
    if chat.settings.mixed:
        new = mixed(new, chat.settings.stories, sources)
    return Selection(
        new,
        developed,
        seen,
        [_withheld(heard[index], rule, now) for index, rule in sifted.left_out],
        watched,
        named,
        sources,
        preferences,
        ranked,
    )


async def _named(store: Store, chat: Chat, rules: Sequence[Rule]) -> dict[int, Rule]:
    """The stories that the chat's rules name, by their ids."""
    found: dict[int, Rule] = {}
    for rule in rules:
        number = story_named(rule.pattern) if rule.kind == "watch" else None
        story_id = await store.library.numbered(chat.id, number) if number is not None else None
        if story_id is not None:
            found[story_id] = rule
    return found


async def _unmuted(
    store: Store, chat: Chat, candidates: Sequence[Candidate], subscribed: set[int], now: datetime
) -> tuple[list[Candidate], list[int]]:
    """Without the stories the chat muted, and those that of its sources only muted ones brought; and the
    entries of those."""
    mutes = await store.feedback.mutes(chat.id, now)
    stories = {mute.target for mute in mutes if mute.kind == "story"}
    sources = {mute.target for mute in mutes if mute.kind == "source"}
    kept: list[Candidate] = []
    entry_ids: list[int] = []
    for candidate in candidates:
        brought = {article.source_id for article in candidate.story.articles}
        if candidate.story.id in stories or (brought & subscribed or brought) <= sources:
            entry_ids.extend(candidate.entry_ids)
        else:
            kept.append(candidate)
    return kept, entry_ids


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
