"""The nouns that travel through the desk, in the order they travel.

    Source -> Entry -> Article -> Story -> Brief -> Digest -> Delivery

Everything here is frozen and holds data only. Every ``datetime`` is aware and in UTC.
``id`` is the number the store gave; values that the store has not seen yet have no ``id``
field or carry ``0``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

# ---------------------------------------------------------------- failures as values


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


# ---------------------------------------------------------------- sources and entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place that publishes. ``kind`` names the reader that can read it (``feed``, ``page`` …)."""

    id: int = 0
    url: str
    kind: str = "feed"
    name: str = ""
    topics: tuple[str, ...] = ()
    origin: str = "chat"  # "config" or "chat": who added it
    paused: bool = False
    options: tuple[tuple[str, str], ...] = ()  # reader's own options, e.g. ("selector", "h2 a")


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


# ---------------------------------------------------------------- articles


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


# ---------------------------------------------------------------- stories


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


# ---------------------------------------------------------------- briefs


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

    @property
    def text(self) -> str:
        """The sentences as running text; scripts written without spaces are joined without."""
        joiner = "" if self.language in {"zh", "ja", "th"} else " "
        return joiner.join(s.text for s in self.sentences)


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


# ---------------------------------------------------------------- chats and subscriptions


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
    interest: str = ""  # in plain words: "AI policy in Europe, not product launches"
    note: bool = False  # a model's sentence or two over the top stories
    translate: bool = False  # into ``language``, by a model
    voice: bool = False  # the digest read aloud, after the written one
    feedback: str = "auto"  # thumbs under digests: "on", "off", "auto": but not where it is broadcast


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A place on a platform where digests go: private chat, group, topic, channel, thread."""

    id: int = 0
    platform: str  # "telegram", "discord", "console"
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
    """A chat's wish for one source. Entries up to ``after_entry`` count as seen."""

    id: int = 0
    chat_id: int
    source_id: int
    after_entry: int = 0
    created: datetime | None = None
    created_by: str = ""


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


# ---------------------------------------------------------------- what a chat's people say


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


# ---------------------------------------------------------------- digests and deliveries


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A story the chat's interest kept from its digest. ``score``: 0 to 10, against that interest."""

    story_id: int
    headline: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What one chat gets at one moment.

    ``note`` opens it: a brief without headline whose source sentences' ``article`` is the place
    in ``items`` of the story they are from. ``spoken``: it is to be read aloud once it is posted.
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
    ``plain`` is the same text without markup, sent when the platform refuses the payload."""

    payload: str
    plain: str
    stories: tuple[int, ...] = ()  # story ids told in this part, so that an edit finds it
    audio: int = 0  # the digest whose recording this part is, 0: a text


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


# ---------------------------------------------------------------- what models cost


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call as the server counted them, or at most."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap on one account in one period. ``chat_id`` None: all chats together."""

    chat_id: int | None
    period: str  # "2026-11-24" or "2026-11"
    cap: int

    @property
    def name(self) -> str:
        whose = "of all chats" if self.chat_id is None else "of this chat"
        return f"{'daily' if len(self.period) == 10 else 'monthly'} cap {whose}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Money set aside for one call, with what it is for."""

    id: int = 0
    model: str
    chat_id: int | None
    source_id: int
    amount: int  # millionths, the most the call can cost
    day: str  # the UTC date it counts for


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What a model cost one chat for one source on one day. ``held`` is not settled yet."""

    day: str
    model: str
    chat_id: int | None
    source_id: int
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadBrief:
    """A brief that was asked for ahead of its digest; ``key`` is what it will be remembered by."""

    key: str
    story_id: int
    chat_id: int
    sentences: int
    hold: Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelBatch:
    """Briefs a server was asked for in one batch, which it answers in its own time."""

    id: int = 0
    writer: str  # whose server it is at, by its name in the chain
    name: str  # the server's own id of the batch
    submitted: datetime
    briefs: tuple[AheadBrief, ...]


# ---------------------------------------------------------------- what is kept


@dataclass(frozen=True, slots=True)
class Spacing:
    """At most ``burst`` sends at once, and one ``every`` so often in the long run."""

    every: timedelta
    burst: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
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
