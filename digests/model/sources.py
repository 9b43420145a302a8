"""Sources, what is remembered about polling them, and what they publish."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digests.model.failures import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place that publishes. ``kind`` names the reader that can read it (``feed``, ``page`` …)."""

    id: int = 0
    url: str
    kind: str = "feed"
    name: str = ""
    topics: tuple[str, ...] = ()
    origin: str = "chat"  # who added it: "config", "admin", or "chat": then it is its followers' alone
    paused: bool = False
    options: tuple[tuple[str, str], ...] = ()  # reader's own options, e.g. ("selector", "h2 a")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a source publishes, as learned from its entries' moments (UTC).

    ``hours`` (24) and ``days`` (7, Monday first) count entries, older ones for less: a count halves in
    sixty days. ``first`` is the oldest moment learned from, ``newest`` the last few, ascending. ``late`` is
    how many seconds after they were published the last few entries were found.
    """

    hours: tuple[float, ...] = (0.0,) * 24
    days: tuple[float, ...] = (0.0,) * 7
    first: datetime | None = None
    newest: tuple[datetime, ...] = ()
    late: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Demand:
    """Who waits for a source's news: somebody at once, a digest at that moment, both, or nobody."""

    at_once: bool = False
    digest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """What the desk remembers about polling one source."""

    etag: str | None = None
    last_modified: str | None = None
    next_poll: datetime | None = None  # None: due at once
    last_poll: datetime | None = None
    last_ok: datetime | None = None
    interval: timedelta = timedelta(minutes=30)
    failures: int = 0  # in a row
    failure: Failure | None = None  # the last poll's, None when it went well
    ended: bool = False  # 410: polled no more
    told_bad: bool = False  # the admins know that it fails
    body_hash: str | None = None  # of the last body, so that an unchanged 200 costs no parse
    marks: str | None = None  # of its items, so that those which come again cost none either
    ttl: timedelta | None = None  # what the feed last asked for, which holds while it is unchanged
    skip_hours: frozenset[int] = frozenset()
    moved: str | None = None  # where a source of the configuration file moved for good
    pushed_until: datetime | None = None  # its hub says by itself what is new, until then
    rhythm: Rhythm = Rhythm()  # when it publishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A subscription at a WebSub hub, which sends what a source publishes.

    ``token`` is what the hub calls us by, ``secret`` what it signs with; ``until`` is None before
    it agreed.
    """

    source_id: int
    hub: str
    topic: str
    token: str = field(repr=False)
    secret: str = field(repr=False)
    until: datetime | None = None
    next_try: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a source as its feed or list page gives it."""

    id: int = 0
    source_id: int = 0
    guid: str = ""  # the source's own identity for it, "" if it gives none
    url: str = ""
    title: str = ""
    html: str = ""  # content or summary, as HTML; hostile
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    image: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    found: datetime | None = None  # when the desk first saw it


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A parsed feed: its own facts and its entries in document order."""

    title: str = ""
    site_url: str = ""
    language: str | None = None
    entries: tuple[Entry, ...] = ()
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()  # UTC hours the feed asks not to be polled in
    hub: str | None = None  # WebSub
    self_url: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A fetched document. ``url`` is where it was found after redirects."""

    url: str
    status: int
    body: bytes
    content_type: str = ""
    charset: str | None = None  # as the server declares it; may lie
    etag: str | None = None
    last_modified: str | None = None
    max_age: timedelta | None = None
    moved_to: str | None = None  # set when every hop to here was a permanent redirect
    not_modified: bool = False
    date: str | None = None  # the server's clock, as its header says it
    body_hash: str | None = None  # where it was taken already, to compare with the last one
