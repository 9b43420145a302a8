"""Chats, what they follow, and what their people say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from digests.model.chat_settings import ChatSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A place on a platform where digests go: private chat, group, topic, channel, thread."""

    id: int = 0
    platform: str  # its name; the terminal is "console"
    address: str  # the platform's own id, as text
    thread: str | None = None
    kind: str = "private"  # private, group, channel, text, thread, forum, news
    title: str = ""
    settings: ChatSettings = field(default_factory=ChatSettings)
    paused: str | None = None  # the plain reason, None while it works
    next_digest: datetime | None = None
    last_digest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A chat's wish for one source. Entries up to ``after_entry`` count as seen.

    ``number`` is what the chat's people call it by, 0: not given yet. ``name`` and ``topics`` are the
    chat's own for it, "" and None: the source's.
    """

    id: int = 0
    chat_id: int
    source_id: int
    after_entry: int = 0
    created: datetime | None = None
    created_by: str = ""
    number: int = 0
    name: str = ""
    topics: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a chat wants of its stories, or of one source's where ``source_id`` names one.

    ``kind``: ``hide`` what matches, tell ``only`` what matches, ``watch`` for what matches (it comes
    at once), or ``least`` so many sources. ``pattern`` is as a person typed it, see ``edit.filters``.
    """

    id: int = 0
    chat_id: int
    source_id: int | None = None
    kind: str
    pattern: str
    role: str = ""  # the platform's id of a role that a watched story may mention
    created_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A story a chat was not told, and the rule that did it, in its words of that time."""

    story_id: int
    source_id: int
    title: str
    url: str
    rule: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's thumb on one story in one chat. ``features`` are what was voted on, see ``group.taste``."""

    chat_id: int
    story_id: int
    person: str
    value: int  # 1 or -1
    features: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """A ``story`` or a ``source`` a chat does not want to hear of, None: for good."""

    chat_id: int
    kind: str
    target: int
    until: datetime | None = None
    created_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who changed what, in words; ``chat_id`` None: for the whole desk."""

    chat_id: int | None
    person: str
    what: str
    at: datetime
