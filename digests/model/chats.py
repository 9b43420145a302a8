"""Chats, what they follow, and what their people say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """How a chat wants its digests. ``cadence``: ``instant``, ``hourly``, ``daily HH:MM`` …

    ``zone`` is an IANA name. Times in ``cadence`` are that zone's.
    """

    cadence: str = "daily 08:00"
    zone: str = "UTC"
    quiet: str = ""  # "22:00-07:00": collected, delivered after
    sentences: int = 3
    words: int = 80
    characters: int = 160
    stories: int = 10  # at most; the rest as headlines
    language: str | None = None  # of the bot and the digest; None: as the person's client says
    images: bool = True
    previews: bool = False
    silent: bool = False
    updates: str = "edit"  # a development: "edit" the posted message, "reply" to it, or "off"
    style: str = "sentences"  # "sentences" running on, "bullets", or "headlines" alone
    headings: bool = False  # stories stand under their topics
    topics: tuple[str, ...] = ()  # told in this order, the others after them
    forum: str = "digest"  # a forum's post holds a "digest" or a "story"
    changes: bool = True  # a story told before, when posted anew: only what is new in it
    order: str = "rank"  # "rank": the weightiest first; "topics": what belongs together stands together
    mixed: bool = True  # no source or topic fills a digest while others wait
    interest: str = ""  # in plain words: "AI policy in Europe, not product launches"
    note: bool = False  # a model's sentence or two over the top stories
    translate: bool = False  # into ``language``, by a model
    voice: bool = False  # the digest read aloud, after the written one
    feedback: str = "auto"  # thumbs under digests: "on", "off", "auto": but not where it is broadcast


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
