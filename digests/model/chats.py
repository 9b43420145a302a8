"""Chats, what they follow, and what their people say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, get_type_hints

# ------------ What a chat can choose: one row a setting, with all that the desk has to know of it.
#
# From a row follow the configuration's ``[chats]`` with its checks and its part of ``config.example.toml``, the menu
# of ``/settings``, how a value is typed, shown and checked there, what ``/export`` and ``/import`` take, and where
# it is stored. What people read is in English here and marked with ``N_`` for the catalogues.

T = TypeVar("T")


def N_(words: str) -> str:
    """Mark words for translation; they are translated where they are shown."""
    return words


WHEN, WHAT, LOOKS, MODEL = N_("When"), N_("What"), N_("How it looks"), N_("With a language model")
GROUPS = (WHEN, WHAT, LOOKS, MODEL)
"""The menu's parts, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A row. ``kind`` says how a value is typed, checked and shown: ``switch``, ``number`` from ``least`` to
    ``most``, ``choice`` of the ``words``, ``text`` of at most ``most`` characters, or one of its own, named as the
    setting is. ``taps`` are values that can be tapped, ``ask`` the question for any other, ``example`` a value to
    type, ``also`` further names of the setting, ``chats`` the kinds of chats that have it (none: every one),
    ``about`` what the configuration's example says. Where it is not ``configured`` it has no default there.
    """

    name: str = ""
    type: Any = str
    default: Any = None
    group: str
    label: str
    about: str
    kind: str
    words: Mapping[str, str] = field(default_factory=dict)  # of each value, as it is shown
    least: int = 0
    most: int = 0
    taps: tuple[str, ...] = ()
    ask: str = ""
    example: str = ""
    also: tuple[str, ...] = ()
    chats: tuple[str, ...] = ()
    configured: bool = True


def _row(default: T, group: str, label: str, about: str = "", kind: str = "", **more: Any) -> T:
    if not kind:
        kind = "switch" if isinstance(default, bool) else "number" if isinstance(default, int) else "choice"
    taps = more.pop("taps", ("on", "off") if kind == "switch" else tuple(more.get("words", ())))
    row = Setting(group=group, label=label, about=about, kind=kind, taps=taps, default=default, **more)
    made: T = field(default=default, metadata={"setting": row})
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """How a chat wants its digests. Every field is a row; the menu shows them in this order."""

    cadence: str = _row(
        "daily 08:00", WHEN, N_("Digests"),
        "instant, hourly, every 6 hours, daily 08:00, daily 08:00,18:00, weekdays 07:30, sat,sun 10:00",
        "cadence",
        taps=("instant", "hourly", "every 3 hours", "every 6 hours", "every 12 hours", "daily 08:00",
              "weekdays 08:00", "weekly", "monthly 1 08:00"),
        ask=N_("When shall digests come? For example: daily 07:30,18:00, or sat,sun 10:00, or monthly 15 09:00"),
        also=("schedule", "frequency", "time"),
    )  # fmt: skip
    zone: str = _row(
        "UTC", WHEN, N_("Time zone"), "The IANA name of the zone that its times are in.", "zone",
        taps=("UTC",), ask=N_("Which city's time? For example: Berlin, São Paulo, Kyiv or New York"),
        example="Berlin", also=("timezone", "tz", "city"),
    )  # fmt: skip
    quiet: str = _row(
        "", WHEN, N_("Quiet hours"), 'Hours in which nothing is sent, like "22:00-07:00"; it comes after them.',
        "quiet", taps=("off", "22:00-07:00", "20:00-08:00", "23:00-06:00"),
        ask=N_("From when until when shall I be quiet? For example: 22:30-06:30"),
    )  # fmt: skip
    silent: bool = _row(False, WHEN, N_("Silent notifications"))
    stories: int = _row(
        10, WHAT, N_("Stories a digest, the rest as headlines"),
        "Stories told in one digest; further ones are listed as headlines.",
        least=1, most=50, taps=("3", "5", "10", "20"), ask=N_("How many stories at most, 1 to 50?"), also=("size",),
    )  # fmt: skip
    topics: tuple[str, ...] = _row(
        (), WHAT, N_("Topics first"), "Stories on these topics come first, in this order.", "topics",
        taps=("off",), most=12, example="local, world, sport",
        ask=N_("Which topics come first, in which order? For example: local, world, sport"),
    )  # fmt: skip
    order: str = _row(
        "rank", WHAT, N_("Order of stories"),
        '"rank": the weightiest story first; "topics": those on one topic together.',
        words={"rank": N_("the weightiest first"), "topics": N_("by topic")},
    )  # fmt: skip
    mixed: bool = _row(
        True, WHAT, N_("A mixture of sources and topics"),
        "No source and no topic fills a digest while others wait: each has one story in three, two at least.",
    )  # fmt: skip
    interest: str = _row(
        "", WHAT, N_("Interest"),
        'What the chat wants to read, in plain words: "AI policy in Europe, not product launches". What does not '
        "fit becomes a headline, or is left out.",
        "text", most=500, taps=("off",), example="AI policy in Europe",
        ask=N_("What do you want to read? For example: AI policy in Europe, not product launches"),
    )  # fmt: skip
    updates: str = _row(
        "edit", WHAT, N_("When a story develops"),
        'When a posted story develops: "edit" the message, "reply" to it, or "off".',
        words={"edit": N_("edit the message"), "reply": N_("reply to the message"), "off": N_("do nothing")},
    )  # fmt: skip
    changes: bool = _row(
        True, WHAT, N_("Of a story told before, only what is new"),
        "A story told before that is posted anew: only what is new in it.",
    )  # fmt: skip
    feedback: str = _row(
        "auto", WHAT, N_("Thumbs under digests"),
        'Thumbs under each digest, whose votes move the chat\'s ranking: "on", "off", or "auto": everywhere but in '
        "Telegram's channels and Discord's announcement channels, which are broadcast.",
        words={"auto": N_("where it is no channel"), "on": N_("on"), "off": N_("off")},
    )  # fmt: skip
    language: str | None = _row(
        None, LOOKS, N_("Language"), "Of the bot and the digest; none: as the person's client says.", "language",
        also=("lang",), configured=False,
    )  # fmt: skip
    style: str = _row(
        "sentences", LOOKS, N_("Style"), '"sentences" running on, "bullets", or "headlines" alone.',
        words={"sentences": N_("running sentences"), "bullets": N_("bullets"), "headlines": N_("headlines alone")},
    )  # fmt: skip
    sentences: int = _row(
        3, LOOKS, N_("Sentences a story"), "The length of a brief: at most so many sentences.",
        most=10, taps=("1", "2", "3", "4", "5"), ask=N_("How many sentences at most, 0 to 10?"),
    )  # fmt: skip
    words: int = _row(
        80, LOOKS, N_("Words a story"), "The same in words.",
        least=10, most=1000, taps=("40", "80", "120", "150"), ask=N_("How many words at most, 10 to 1000?"),
    )  # fmt: skip
    characters: int = _row(
        160, LOOKS, N_("Characters a story (Chinese, Japanese)"),
        "The same in characters, for Chinese, Japanese and Korean.",
        least=20, most=2000, taps=("80", "160", "240", "320"), ask=N_("How many characters at most, 20 to 2000?"),
    )  # fmt: skip
    headings: bool = _row(False, LOOKS, N_("Headings by topic"), "Stories stand under their topics.")
    images: bool = _row(True, LOOKS, N_("Images"))
    previews: bool = _row(False, LOOKS, N_("Link previews"))
    forum: str = _row(
        "digest", LOOKS, N_("A forum post holds"), 'In a Discord forum a post holds a "digest" or a "story".',
        words={"digest": N_("a digest"), "story": N_("a story")}, chats=("forum",),
    )  # fmt: skip
    note: bool = _row(
        False, MODEL, N_("Overview above the stories"),
        "A sentence or two over the top stories, from a model; nothing where there is none.",
    )  # fmt: skip
    translate: bool = _row(
        False, MODEL, N_("Translate briefs"),
        "Briefs in the chat's language, by a model; where that fails, as they are, marked.",
    )  # fmt: skip
    voice: bool = _row(
        False, MODEL, N_("Read aloud"),
        "The digest read aloud after the written one, where speech_price below [openai] is set.",
    )  # fmt: skip


@cache
def chat_settings() -> Mapping[str, Setting]:
    """Every row by its name, in the menu's order."""
    types = get_type_hints(ChatSettings)
    rows = {one.name: one.metadata["setting"] for one in fields(ChatSettings)}
    return {name: replace(row, name=name, type=types[name]) for name, row in rows.items()}


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
class AuditEntry:
    """Who changed what, in words; ``chat_id`` None: for the whole desk."""

    chat_id: int | None
    person: str
    what: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What lets a program read a chat. ``key`` is a hash of it; ``scope`` is ``read``, or ``ask`` for what
    may cost something as well."""

    key: str
    chat_id: int
    name: str
    scope: str
    created: datetime
    created_by: str
