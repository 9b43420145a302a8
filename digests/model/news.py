"""Values of the news: sources and how asking them went, entries, articles, stories, briefs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class FailureKind(StrEnum):
    """Why something that is expected to fail now and then failed."""

    BLOCKED_ADDRESS = "blocked_address"  # the private-address guard said no
    BAD_URL = "bad_url"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    HTTP_STATUS = "http_status"
    GONE = "gone"  # 410, or a source that says it has ended
    BOT_PROTECTION = "bot_protection"
    ROBOTS = "robots"
    NOT_A_FEED = "not_a_feed"
    EMPTY = "empty"
    UNREADABLE = "unreadable"  # the document is there but no text can be made of it
    BUDGET = "budget"
    MODEL = "model"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Failure:
    """An expected failure.

    ``reason`` is one plain sentence for a person: what happened, without advice.
    ``retry_after`` is what the other side asked us to wait, if it did.
    """

    kind: FailureKind
    reason: str
    status: int | None = None
    retry_after: timedelta | None = None


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

    ``hours`` (24), ``days`` (7, Monday first) and ``minutes`` (of any hour, twelve of five) count entries, older
    ones for less: a count halves in sixty days. ``first`` is the oldest moment learned from, ``newest`` the last
    few, ascending. ``late`` is how many seconds after they were published the last few entries were found.
    """

    hours: tuple[float, ...] = (0.0,) * 24
    days: tuple[float, ...] = (0.0,) * 7
    minutes: tuple[float, ...] = (0.0,) * 12
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An entry that has been read: clean text in order, and the facts around it."""

    id: int = 0
    entry_id: int = 0
    source_id: int = 0
    url: str = ""
    title: str = ""
    paragraphs: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()  # of the paragraphs, in order
    language: str = "und"  # ISO 639-1, "und" when it can't be told
    byline: str = ""
    site: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    image: str | None = None
    excerpt: bool = False  # rests on the feed's own text: the page is a stub, paywalled or unread
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Articles on one event. ``articles`` are in order of arrival, the lead among them."""

    id: int = 0
    lead_id: int = 0  # id of the lead article
    articles: tuple[Article, ...] = ()
    version: int = 1  # grows when a development, not a copy, joins
    started: datetime | None = None
    updated: datetime | None = None

    @property
    def lead(self) -> Article:
        for article in self.articles:
            if article.id == self.lead_id:
                return article
        return self.articles[0]

    @property
    def lead_first(self) -> tuple[Article, ...]:
        """The lead, then the others in order of arrival."""
        lead = self.lead
        return (lead, *(article for article in self.articles if article.id != lead.id))


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """A sentence a brief may rest on; ``article`` is the index into the request's articles."""

    text: str
    article: int = 0


@dataclass(frozen=True, slots=True)
class BriefSentence:
    """One posted sentence; ``support`` are the indexes of the source sentences it rests on."""

    text: str
    support: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What the desk says about a story, every sentence traceable."""

    headline: str
    sentences: tuple[BriefSentence, ...]
    source_sentences: tuple[SourceSentence, ...]
    language: str = "und"
    summarizer: str = ""
    warnings: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()  # of brief.topics.TOPICS, where a model gave any
    score: float | None = None  # news value, 0 to 10, where a model gave one
    instead: FailureKind | None = None  # why no model wrote it, where one should have
    translated_from: str = ""  # the language it was written in, "" for one that was not translated
    close: bool = False  # held to its sources' own words: its writer has not earned others yet

    @property
    def joiner(self) -> str:
        """What stands between two sentences: nothing in scripts written without spaces."""
        return "" if self.language in {"zh", "ja", "th"} else " "

    @property
    def text(self) -> str:
        """The sentences as running text."""
        return self.joiner.join(s.text for s in self.sentences)


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefRequest:
    """What to brief and how long.

    ``sentences`` and ``words`` both bound the result; ``words`` counts words, and
    ``characters`` takes its place in Chinese and Japanese. ``sentences=0`` asks for the
    headline alone.
    """

    articles: tuple[Article, ...]  # the lead first
    sentences: int = 3
    words: int = 80
    characters: int = 160
    language: str | None = None  # wanted language of the brief; None: the article's own
    chat_id: int | None = None  # who pays, where it costs
