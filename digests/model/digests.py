"""Digests, and the messages they go out as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from digests.model.news import Brief


@dataclass(frozen=True, slots=True)
class Link:
    """A source named under a story: the site's name and the article's address."""

    site: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestItem:
    """One story in a digest. ``brief.sentences`` is empty for a headline-only item."""

    story_id: int
    version: int
    brief: Brief
    links: tuple[Link, ...]  # lead first, one a source
    image: str | None = None
    topics: tuple[str, ...] = ()
    heading: str = ""  # the topic it stands under, where the chat wants headings
    entry_ids: tuple[int, ...] = ()  # what this item uses up for the chat
    updated: bool = False  # stands in for an item already posted
    published: datetime | None = None
    changed: tuple[str, ...] = ()  # sentences of the brief that were not in the message it is edited into


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A story the chat's interest kept from its digest. ``score``: 0 to 10, against that interest."""

    story_id: int
    headline: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What one chat gets at one moment.

    ``title`` may be a moment on the chat's clocks, like 2026-11-29T18:00, or words. ``note`` opens it: a
    brief without headline whose source sentences' ``article`` is the place in ``items`` of the story they
    are from. ``spoken``: it is to be read aloud once it is posted.
    """

    id: int = 0
    chat_id: int
    created: datetime
    items: tuple[DigestItem, ...]
    headlines: tuple[DigestItem, ...] = ()  # stories beyond the chat's limit
    title: str = ""
    sample: bool = False  # the first one after subscribing
    role: str = ""  # the platform's id of a role it mentions
    style: str = "sentences"  # as the chat's settings say
    note: Brief | None = None
    left_out: tuple[LeftOut, ...] = ()
    spoken: bool = False


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"  # the only doubtful state after a restart
    SENT = "sent"
    HELD = "held"  # doubtful, and the policy says not to send again
    FAILED = "failed"  # refused for good, also as plain text


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One rendered message. ``payload`` is JSON that only the chat that made it reads;
    ``plain`` is the same text without markup, sent when the platform refuses the payload. ``published`` is
    when the news was that is first told in it."""

    payload: str
    plain: str
    stories: tuple[int, ...] = ()  # story ids told in this part, so that an edit finds it
    audio: int = 0  # the digest whose recording this part is, 0: a text
    published: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One part of a digest on its way to a chat."""

    id: int = 0
    digest_id: int
    chat_id: int
    part: int  # 0-based
    content: Part
    nonce: str  # unique, at most 25 characters of [0-9a-z]
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    not_before: datetime | None = None
    started: datetime | None = None  # of the last attempt
    sent: datetime | None = None
    message_id: str | None = None
    plain: bool = False  # goes, or went, as plain text
    reason: str | None = None  # why it waits, is held or failed
    reply_to: str | None = None  # message id it answers
    edits: str | None = None  # message id it replaces instead of posting anew


@dataclass(frozen=True, slots=True)
class Spacing:
    """At most ``burst`` sends at once, and one ``every`` so often in the long run."""

    every: timedelta
    burst: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """How long the desk remembers. ``articles`` must be longer than the rarest digest's rhythm.

    A source's newest ``identities`` entries are recognised however old they are, since a feed may
    still list them.
    """

    articles: timedelta = timedelta(days=90)
    digests: timedelta = timedelta(days=365)
    audit: timedelta = timedelta(days=730)
    calls: timedelta = timedelta(days=400)
    identities: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How much was forgotten."""

    digests: int = 0
    articles: int = 0
    entries: int = 0
