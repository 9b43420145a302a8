"""The nouns that travel through the desk, in the order they travel.

    Source -> Entry -> Article -> Story -> Brief -> Digest -> Delivery

Everything here is frozen and holds data only. Every ``datetime`` is aware and in UTC.
``id`` is the number the store gave; values that the store has not seen yet have no ``id``
field or carry ``0``.
"""

from __future__ import annotations

from digests.model.chats import (
    AuditEntry,
    Chat,
    ChatSettings,
    Mute,
    Rule,
    Subscription,
    Token,
    Vote,
    Withheld,
)
from digests.model.digests import (
    Delivery,
    DeliveryState,
    Digest,
    DigestItem,
    LeftOut,
    Link,
    Part,
    Pruned,
    RetentionPolicy,
    Spacing,
)
from digests.model.models import AheadBrief, Hold, Limit, ModelBatch, Spend, Usage
from digests.model.news import (
    Article,
    Brief,
    BriefRequest,
    BriefSentence,
    Demand,
    Entry,
    Failure,
    FailureKind,
    Feed,
    Page,
    PollState,
    Push,
    Rhythm,
    Source,
    SourceSentence,
    Story,
)

__all__ = [
    "AheadBrief",
    "Article",
    "AuditEntry",
    "Brief",
    "BriefRequest",
    "BriefSentence",
    "Chat",
    "ChatSettings",
    "Delivery",
    "DeliveryState",
    "Demand",
    "Digest",
    "DigestItem",
    "Entry",
    "Failure",
    "FailureKind",
    "Feed",
    "Hold",
    "LeftOut",
    "Limit",
    "Link",
    "ModelBatch",
    "Mute",
    "Page",
    "Part",
    "PollState",
    "Pruned",
    "Push",
    "RetentionPolicy",
    "Rhythm",
    "Rule",
    "Source",
    "SourceSentence",
    "Spacing",
    "Spend",
    "Story",
    "Subscription",
    "Token",
    "Usage",
    "Vote",
    "Withheld",
]
