"""The schema. What is searched by is a column; the rest of a value is JSON beside it.

    sources 1-1 poll_states        sources 1-* entries 1-1 articles *-1 stories 1-* briefs
    entries 1-* entry_keys         chats *-* sources: subscriptions
    chats 1-* digests 1-* deliveries; chats *-* entries: used; chats *-* stories: told

``placements`` holds the stories of a chat where they are not the desk's, see ``store.stories``.
``used`` holds the entries a chat needs no more, ``told`` the version of each story in each
digest, ``corrections`` the entries that their source put right since. ``model_calls`` stands
alone: what was paid stays when its chat or source goes.
``migrations`` builds the same schema step by step; a test proves them equal.
"""

from __future__ import annotations

from digests.store.tables.base import metadata
from digests.store.tables.chats import (
    allowed_chats,
    allowed_roles,
    audit,
    chat_limits,
    chats,
    managers,
    mutes,
    rules,
    sign_ins,
    subscriptions,
    summaries_asked,
    votes,
)
from digests.store.tables.digests import (
    corrections,
    deliveries,
    digests,
    flood_waits,
    paces,
    recordings,
    told,
    used,
    withheld,
)
from digests.store.tables.models import budget_warnings, model_answers, model_batches, model_calls
from digests.store.tables.news import (
    articles,
    briefs,
    entries,
    entry_keys,
    placements,
    poll_states,
    pushes,
    searchable,
    sources,
    stories,
    story_numbers,
)

__all__ = [
    "allowed_chats",
    "allowed_roles",
    "articles",
    "audit",
    "briefs",
    "budget_warnings",
    "chat_limits",
    "chats",
    "corrections",
    "deliveries",
    "digests",
    "entries",
    "entry_keys",
    "flood_waits",
    "managers",
    "metadata",
    "model_answers",
    "model_batches",
    "model_calls",
    "mutes",
    "paces",
    "placements",
    "poll_states",
    "pushes",
    "recordings",
    "rules",
    "searchable",
    "sign_ins",
    "sources",
    "stories",
    "story_numbers",
    "subscriptions",
    "summaries_asked",
    "told",
    "used",
    "votes",
    "withheld",
]
