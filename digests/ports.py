"""Every port: what the engine needs from the world, and what each side promises.

An implementation may come from anywhere (this project, a plug-in, a test) as long as it
keeps the contract in the docstring; ``tests/contracts`` holds one suite for each port.
Expected failures come back as ``model.Failure`` (or an ``Outcome``); anything raised is a bug
or a lost machine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, runtime_checkable

from digests.model import (
    Article,
    Brief,
    BriefRequest,
    Chat,
    ChatSettings,
    Deed,
    Delivery,
    DeliveryState,
    Digest,
    DigestItem,
    Entry,
    Failure,
    Feed,
    Hold,
    Keep,
    Limit,
    ModelBatch,
    Mute,
    Page,
    Part,
    PollState,
    Pruned,
    Push,
    Rule,
    Source,
    Spacing,
    Spend,
    Story,
    Subscription,
    Usage,
    Vote,
    Withheld,
)

# ---------------------------------------------------------------- reading the world


class Fetcher(Protocol):
    """Gets documents over HTTP. Every outgoing request of the engine goes through one of these.

    Contract: no address the guard refuses is ever connected to, redirects included; the body
    is bounded after decompression by ``limit`` bytes; the whole call ends within its deadline.
    ``etag``/``last_modified`` make it conditional: then ``Page.not_modified`` may be true with
    an empty body. A status of 400 or more is a ``Failure``.
    """

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        limit: int | None = None,
        accept: str | None = None,
    ) -> Page | Failure: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One reading of a source. ``feed`` is None when nothing changed since last time.

    A reader may leave out entries that it gave before and that have not changed since. Then
    ``whole`` reads all of them, for where what is new can't be told without, and ``older`` says
    when the newest of those left out were published. ``marks`` are its notes for next time.
    """

    feed: Feed | None
    page: Page
    marks: str | None = None
    older: tuple[datetime, ...] = ()
    whole: Callable[[], Awaitable[Feed | Failure]] | None = None


class SourceReader(Protocol):
    """Reads one kind of source. ``kind`` is the name ``Source.kind`` refers to.

    Contract: never raises for what a source may do; bounded in time and memory; entries in
    document order with absolute URLs; uses ``state`` only to leave out what has not changed.
    """

    kind: str

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled | Failure: ...


class Extractor(Protocol):
    """Turns an entry and its page (None: could not be fetched) into an ``Article``.

    Contract: a pure function of its arguments, picklable, so that it can run in another
    process; ``Failure`` only when neither the page nor the entry holds any text.
    """

    def __call__(self, entry: Entry, page: Page | None) -> Article | Failure: ...


class Summarizer(Protocol):
    """Writes a brief for one story.

    Contract: ``source_sentences`` are the articles' own sentences; every sentence's
    ``support`` is a non-empty tuple of indexes into them; within the request's bounds;
    ends by ``deadline`` (a moment, None: no limit); ``Failure`` instead of an empty brief.
    """

    name: str

    async def brief(self, request: BriefRequest, deadline: datetime | None) -> Brief | Failure: ...


# ---------------------------------------------------------------- sending


@dataclass(frozen=True, slots=True)
class Sent:
    message_id: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Flood control: nothing was sent; this chat (``whole_platform``: every chat) must wait."""

    delay: timedelta
    whole_platform: bool = False


@dataclass(frozen=True, slots=True)
class NotSent:
    """Proven not to have reached the platform (DNS, connect, a refusing 5xx): try again later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """The request was written and the answer lost: it may have been posted."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The platform does not take this content (markup, length): it goes again as plain text."""

    reason: str


@dataclass(frozen=True, slots=True)
class Uneditable:
    """The message can't be edited any more; ``deleted``: nor answered, somebody took it away."""

    reason: str
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """The chat can't be written to (kicked, blocked, deleted, no right): pause it, say why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The chat has a new address (a group became a supergroup)."""

    address: str


Outcome = Sent | Wait | NotSent | Doubt | Refused | Uneditable | Gone | Moved


@dataclass(frozen=True, slots=True)
class Found:
    """A look at the chat: the doubtful delivery stands there under ``message_id``."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A look at the chat: the doubtful delivery is not there."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The platform gives no way to tell; ``later``: it did not answer just now, so look again."""

    reason: str
    later: bool = False


class Channel(Protocol):
    """A platform digests are delivered to.

    Contract: ``parts`` is pure, every part is within the platform's limits and valid on its
    own, and joining the plain parts gives the digest's whole text. ``send`` makes at most one
    visible message and says by its outcome whether it is certain; ``find`` never posts
    anything a person sees.
    """

    platform: str

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]: ...

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome: ...

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown: ...


class Meter(Protocol):
    """Counts what the desk does, for whoever watches it from outside.

    Contract: returns at once and never raises. An ``outcome`` is one of a few fixed words.
    """

    def polled(self, outcome: str, late: timedelta) -> None:
        """A source was asked, so long after its time."""
        ...

    def found(self, entries: int) -> None: ...

    def read(self, outcome: str) -> None:
        """A page was read, or could not be."""
        ...

    def briefed(self, writer: str, outcome: str) -> None: ...

    def cut(self, kind: str) -> None:
        """A sentence was cut, as nothing in the sources supports it."""
        ...

    def edited(self, stories: int) -> None:
        """A digest was composed."""
        ...

    def sent(self, platform: str, outcome: str, seconds: float) -> None:
        """A message was sent or tried to be; how long the platform took."""
        ...


class NoMeter:
    """Counts nothing."""

    def polled(self, outcome: str, late: timedelta) -> None: ...

    def found(self, entries: int) -> None: ...

    def read(self, outcome: str) -> None: ...

    def briefed(self, writer: str, outcome: str) -> None: ...

    def cut(self, kind: str) -> None: ...

    def edited(self, stories: int) -> None: ...

    def sent(self, platform: str, outcome: str, seconds: float) -> None: ...


# ---------------------------------------------------------------- the store


class Sources(Protocol):
    """Sources and their poll states."""

    async def add(self, source: Source, now: datetime) -> Source:
        """Add, or give back the one with that URL; its id is set."""
        ...

    async def get(self, source_id: int) -> Source | None: ...

    async def by_url(self, url: str) -> Source | None: ...

    async def all(self) -> list[Source]: ...

    async def update(self, source: Source) -> None: ...

    async def remove(self, source_id: int) -> None:
        """With its subscriptions; what was posted from it stays."""
        ...

    async def due(
        self, now: datetime, limit: int, hold: timedelta | None = None
    ) -> list[tuple[Source, PollState]]:
        """Neither paused nor ended, whose time has come, the longest overdue first.

        With ``hold`` they are given out to this caller alone: they are due again, for anyone, only
        when they were polled, or after that time, should the caller have died.
        """
        ...

    async def states(self) -> dict[int, PollState]: ...

    async def state(self, source_id: int) -> PollState: ...

    async def moved(self, source_id: int, url: str) -> bool:
        """Remember a source's new address; false when another source has it, or it is gone."""
        ...

    async def polled(self, states: Mapping[int, PollState]) -> None:
        """Save many poll states in one transaction."""
        ...


class Pushes(Protocol):
    """Subscriptions at hubs, one a source; they go with their source."""

    async def of_source(self, source_id: int) -> Push | None: ...

    async def by_token(self, token: str) -> Push | None: ...

    async def save(self, push: Push) -> None:
        """Add, or replace the source's."""
        ...

    async def try_again(self, push: Push, at: datetime) -> None:
        """Set the next try, unless it was changed since ``push`` was read."""
        ...

    async def due(self, now: datetime, limit: int) -> list[Push]:
        """Those whose hub is to be asked, the longest waiting first."""
        ...

    async def leases(self, now: datetime) -> dict[int, datetime]:
        """Sources whose hub has promised to push, and until when."""
        ...


class Entries(Protocol):
    """Entries as found. An entry's keys (guid, canonical URL, content) are its identities."""

    async def known(self, source_id: int, keys: Sequence[str]) -> dict[str, int]:
        """Which of these keys were seen before for the source, and as which entry."""
        ...

    async def known_many(self, keys: Mapping[int, Sequence[str]]) -> dict[int, dict[str, int]]:
        """``known`` for many sources in one question; a source with no known key is left out."""
        ...

    async def add(
        self, entries_with_keys: Sequence[tuple[Entry, Sequence[str]]], now: datetime
    ) -> list[Entry]:
        """Add entries with their keys in one transaction, in the order given; ids are set."""
        ...

    async def update(self, entry: Entry, keys: Sequence[str]) -> None:
        """An edited entry: save its new text, let it be read again."""
        ...

    async def learn(self, keys: Mapping[int, Sequence[str]]) -> None:
        """Further keys of entries, by entry id; an entry with many has enough of them."""
        ...

    async def unread(self, now: datetime, limit: int, hold: timedelta | None = None) -> list[Entry]:
        """Entries with no article whose next try is due, oldest first; ``hold`` as for sources."""
        ...

    async def read_failed(self, entry_id: int, failure: Failure, again: datetime | None) -> None:
        """Reading failed; ``again`` None: given up."""
        ...

    async def newest(self, source_id: int, limit: int) -> list[Entry]: ...


class Articles(Protocol):
    async def add(self, article: Article, now: datetime) -> Article:
        """Add, or replace the article of the same entry. A replaced text that says something else
        develops its story, and is a candidate again where the story was told with it."""
        ...

    async def ungrouped(self, limit: int) -> list[Article]: ...

    async def recent(self, since: datetime) -> list[tuple[Article, int]]:
        """Grouped articles found since then with their story ids: what a grouper starts from."""
        ...


class Stories(Protocol):
    async def place(self, article_id: int, story_id: int | None, *, develops: bool, now: datetime) -> int:
        """Put an article into a story, None: a new one; ``develops`` raises its version.

        Returns the story's id.
        """
        ...

    async def get(self, story_id: int) -> Story | None: ...

    async def brief(self, key: str) -> Brief | None:
        """A brief made earlier; ``key`` names content, summarizer and length."""
        ...

    async def save_brief(self, key: str, story_id: int, brief: Brief, now: datetime) -> None: ...


class Chats(Protocol):
    async def ensure(self, chat: Chat, now: datetime) -> Chat:
        """The stored chat at that platform, address and thread; added if new."""
        ...

    async def get(self, chat_id: int) -> Chat | None: ...

    async def find(self, platform: str, address: str, thread: str | None = None) -> Chat | None: ...

    async def all(self) -> list[Chat]: ...

    async def set_settings(self, chat_id: int, settings: ChatSettings) -> None: ...

    async def set_paused(self, chat_id: int, reason: str | None) -> None: ...

    async def schedule(self, chat_id: int, next_digest: datetime | None) -> None: ...

    async def due(self, now: datetime) -> list[Chat]:
        """Chats not paused, with a subscription, whose digest's time has come."""
        ...

    async def move(self, platform: str, address: str, new_address: str) -> None:
        """The platform gave a chat a new address: every row follows, in one transaction."""
        ...


class Subscriptions(Protocol):
    async def add(self, subscription: Subscription, now: datetime) -> tuple[Subscription, bool]:
        """Add, or give back the one that is there; true when it is new."""
        ...

    async def remove(self, chat_id: int, source_id: int) -> bool: ...

    async def rewind(self, chat_id: int, source_id: int, after_entry: int) -> None:
        """Let entries after that one count as unseen, if they do not already."""
        ...

    async def of_chat(self, chat_id: int) -> list[tuple[Subscription, Source]]: ...

    async def of_source(self, source_id: int) -> list[Subscription]: ...


class Rules(Protocol):
    """What chats want left out or at once, and what was left out."""

    async def add(self, rule: Rule, now: datetime) -> Rule:
        """Add, or give back the same one; its id is set."""
        ...

    async def remove(self, chat_id: int, rule_id: int) -> bool: ...

    async def of_chat(self, chat_id: int) -> list[Rule]:
        """Oldest first."""
        ...

    async def watching(self) -> set[int]:
        """Chats with a ``watch`` rule."""
        ...

    async def withhold(self, chat_id: int, left: Sequence[Withheld]) -> None:
        """Remember what was not told; a story's latest reason counts, and a chat's newest 200."""
        ...

    async def withheld(self, chat_id: int, limit: int, source_id: int | None = None) -> list[Withheld]:
        """The newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A story with entries a chat has not had. ``told`` is the version it was told, 0: never."""

    story: Story
    entry_ids: tuple[int, ...]  # the fresh ones
    told: int


@dataclass(frozen=True, slots=True)
class Hit:
    """An article a search found: its story, when it was found, and when the chat was told it."""

    article: Article
    story_id: int | None
    found: datetime
    posted: datetime | None


class Library(Protocol):
    """What was read and posted. A chat sees what its sources brought, and what it was told."""

    async def search(self, chat_id: int | None, query: str, limit: int, offset: int = 0) -> list[Hit]:
        """Articles with every word of the query, the newest first, one a story. The last word may
        be the beginning of one. ``chat_id`` None: whatever was read, for the desk's admins."""
        ...

    async def sees(self, chat_id: int, story_id: int) -> bool: ...

    async def trending(self, chat_id: int, since: datetime, limit: int) -> list[Story]:
        """By how many sources have reported since then, then by how many reports."""
        ...

    async def since(self, chat_id: int, since: datetime, limit: int) -> list[Candidate]:
        """Stories with reports since then, told or not, the newest first."""
        ...


class Feedback(Protocol):
    """Votes and mutes of chats."""

    async def vote(self, vote: Vote) -> None:
        """A person's vote on a story takes the place of their earlier one."""
        ...

    async def votes(self, chat_id: int) -> list[Vote]:
        """Oldest first."""
        ...

    async def withdraw(self, chat_id: int, story_ids: Sequence[int], person: str, value: int) -> None:
        """A person's votes of that value on these stories count no more."""
        ...

    async def forget_votes(self, chat_id: int) -> int: ...

    async def mute(self, mute: Mute) -> None: ...

    async def unmute(self, chat_id: int, kind: str, target: int) -> bool: ...

    async def mutes(self, chat_id: int, now: datetime) -> list[Mute]:
        """Those that have not run out."""
        ...


class People(Protocol):
    """A chat's own managers, the chats allowed, the limits set for one, and the audit log."""

    async def add_manager(self, chat_id: int, person: str, by: str, now: datetime) -> bool:
        """False: was one already."""
        ...

    async def remove_manager(self, chat_id: int, person: str) -> bool: ...

    async def managers(self, chat_id: int) -> list[str]: ...

    async def allow(self, platform: str, address: str, by: str, now: datetime) -> bool: ...

    async def disallow(self, platform: str, address: str) -> bool: ...

    async def allowed(self) -> list[tuple[str, str]]: ...

    async def limits(self, chat_id: int) -> dict[str, int]: ...

    async def set_limit(self, chat_id: int, kind: str, most: int) -> None: ...

    async def ask(
        self, platform: str, address: str, count: int, most: int, now: datetime, since: datetime
    ) -> bool:
        """Count so many summaries, unless those asked for there after ``since`` and these are more
        than ``most``; false: not counted. One at a time among all processes."""
        ...

    async def allow_role(self, role: str, by: str, now: datetime) -> bool:
        """A role that a watched story may mention. False: was one already."""
        ...

    async def disallow_role(self, role: str) -> bool: ...

    async def allowed_roles(self) -> list[str]: ...

    async def note(self, deed: Deed) -> None: ...

    async def deeds(self, chat_id: int | None, limit: int, offset: int = 0) -> list[Deed]:
        """The newest first; None: of the whole desk."""
        ...


@dataclass(frozen=True, slots=True)
class Carried:
    """What a posted message tells: its chat, the stories in it, the digest it was posted with, and the
    digest that it stands for since it was last edited."""

    chat_id: int
    stories: tuple[int, ...]
    posted: int
    digest_id: int


class Digests(Protocol):
    async def candidates(self, chat_id: int, limit: int) -> list[Candidate]:
        """Stories with entries from the chat's sources, newer than each subscription's start,
        that the chat has not used."""
        ...

    async def pending(self, chat_id: int) -> bool:
        """Whether the chat has any candidate; cheap."""
        ...

    async def compose(
        self,
        digest: Digest,
        parts: Sequence[Delivery],
        skipped: Sequence[int],
        next_digest: datetime | None,
        now: datetime,
    ) -> Digest:
        """In one transaction: save the digest, its deliveries as pending, mark its entries and
        the ``skipped`` ones (filtered out) as used for the chat, and set its next digest."""
        ...

    async def get(self, digest_id: int) -> Digest | None: ...

    async def last(self, chat_id: int, limit: int) -> list[Digest]: ...

    async def posted(self, chat_id: int, story_id: int) -> tuple[DigestItem, Delivery] | None:
        """Where a story was last told to a chat: the item, and the delivery that carried it."""
        ...

    async def carried(self, platform: str, address: str, message_id: str) -> Carried | None:
        """What a message that was posted at an address tells, as it was last edited."""
        ...

    async def on_its_way(self, chat_id: int, story_id: int) -> bool:
        """Whether a message that tells the story to the chat, or an edit of one, is not sent yet."""
        ...


@dataclass(frozen=True, slots=True)
class Correction:
    """A source changed what an entry says after its story was told to the chat."""

    chat_id: int
    story_id: int
    entry_id: int


class Corrections(Protocol):
    """Noted where ``Articles.add`` replaces an article of a story with one that says otherwise."""

    async def waiting(self) -> list[Correction]: ...

    async def done(self, correction: Correction) -> None:
        """Its message is right, or will be, or can't be put right."""
        ...


class Deliveries(Protocol):
    """The outbox. Every method is one transaction, durable when it returns."""

    async def due(
        self, now: datetime, limit: int, platform: str | None = None, hold: timedelta | None = None
    ) -> list[tuple[Delivery, Chat]]:
        """For each chat (of a platform) that is not paused, its oldest unfinished delivery, if it
        is pending and its time has come; fair between chats. A held or failed one does not block.
        ``hold`` as for sources: the rows are due for others after that time only."""
        ...

    async def adopt(self, delivery: Delivery, now: datetime) -> bool:
        """Take over a doubtful delivery: it counts as started now. False when somebody else did, or
        it is settled already."""
        ...

    async def sending(self, delivery_id: int, now: datetime) -> bool:
        """Claim it: pending -> sending, attempt + 1. False when another took it."""
        ...

    async def sent(self, delivery_id: int, message_id: str, now: datetime) -> None: ...

    async def again(
        self, delivery_id: int, not_before: datetime, reason: str, *, plain: bool = False, anew: bool = False
    ) -> None:
        """sending -> pending: proven not sent; ``plain`` sends it without markup next time,
        ``anew`` posts what was to be an edit as an answer to that message."""
        ...

    async def put_off(self, delivery_id: int, not_before: datetime, reason: str) -> None:
        """Let a pending one wait; one that is under way is left alone."""
        ...

    async def hold(self, delivery_id: int, reason: str) -> None: ...

    async def fail(self, delivery_id: int, reason: str) -> None: ...

    async def doubtful(self, before: datetime) -> list[tuple[Delivery, Chat]]:
        """Rows left in sending since before then: by a crash or a lost answer."""
        ...

    async def last_message(
        self, platform: str, address: str | None, before: datetime | None = None
    ) -> str | None:
        """The platform's id of the newest message posted there, in any thread; ``before``: of
        those recorded by then; ``address`` None: in any private chat."""
        ...

    async def wait(self, platform: str, address: str | None, until: datetime) -> None:
        """A flood wait for one address, or the whole platform; kept across restarts."""
        ...

    async def waits(self, now: datetime) -> dict[tuple[str, str | None], datetime]: ...

    async def counts(self) -> dict[str, int]:
        """Deliveries by state."""
        ...


class Ledger(Protocol):
    """Remembers what was spent and what is held.

    Contract: ``reserve`` is atomic: it sums settled and held amounts of each limit's account and
    period, and either sets the hold aside or names the first limit it would break. Settling or
    releasing a hold twice changes nothing. Holds outlive a crash and count until settled.
    """

    async def reserve(self, hold: Hold, limits: tuple[Limit, ...]) -> Hold | Limit: ...

    async def settle(self, hold: Hold, cost: int, usage: Usage | None) -> None: ...

    async def used(self, limit: Limit) -> int:
        """Settled and held, in millionths."""
        ...

    async def first_warning(self, limit: Limit) -> bool:
        """Whether nobody was warned of this account and period yet; from now on somebody is.

        A cap that was changed counts as another limit.
        """
        ...

    async def spends(self, period: str) -> list[Spend]:
        """Of one day or month, for the people who pay."""
        ...


class Batches(Protocol):
    """Batches that model servers work on, across restarts."""

    async def add(self, batch: ModelBatch) -> ModelBatch: ...

    async def open(self) -> list[ModelBatch]:
        """Those that have not ended, oldest first."""
        ...

    async def asked(self, since: datetime) -> set[str]:
        """Keys of the briefs in any batch submitted since then, ended or not."""
        ...

    async def end(self, batch_id: int) -> None: ...


class Retention(Protocol):
    async def prune(self, now: datetime, keep: Keep) -> Pruned:
        """Forget what is older than asked for: digests (not one on its way), articles with their
        stories, entries no feed can list any more, model calls, votes, the audit log, and whatever
        has had its time. In small transactions, so that nobody waits for it."""
        ...


class Answers(Protocol):
    """What models answered, so that nothing unchanged is asked, and paid, twice."""

    async def get(self, key: str) -> str | None:
        """``key`` names all that an answer depends on: the texts, the prompt's version, the model."""
        ...

    async def save(self, key: str, answer: str, now: datetime) -> None: ...

    async def forget(self, before: datetime) -> None: ...


class Recordings(Protocol):
    """Digests read aloud. Each is posted once at most, whatever dies in between."""

    async def wanted(self, since: datetime, now: datetime) -> list[tuple[Digest, Chat]]:
        """Digests composed since then that are to be spoken and whose every text is posted, of chats
        that are not paused: without a recording, and not tried twice nor within ``RETRY``."""
        ...

    async def begin(self, digest_id: int, now: datetime) -> bool:
        """Claim an attempt; false when another has it or there were enough."""
        ...

    async def finish(self, digest_id: int, audio: bytes, delivery: Delivery) -> bool:
        """In one transaction: keep the recording and queue its delivery. False: it was there."""
        ...

    async def audio(self, digest_id: int) -> bytes | None: ...

    async def forget(self, before: datetime) -> None:
        """Drop the sound of recordings started before then; that they were made is remembered."""
        ...


@runtime_checkable
class Speaking(Channel, Protocol):
    """A ``Channel`` that takes recordings, too."""

    def spoken(self, digest: Digest, chat: Chat) -> Part:
        """The part that carries the digest's recording; its ``audio`` is the digest's id."""
        ...


class SignIns(Protocol):
    """Links that sign an admin in once, and the sessions that come of them. Every key is a hash."""

    async def offer(self, key: str, person: str, now: datetime, until: datetime) -> None:
        """A new link in place of the person's earlier one; what has run out is forgotten."""
        ...

    async def redeem(self, key: str, session: str, now: datetime, until: datetime) -> str | None:
        """Use a link up for a session, in one transaction: whose it is, None where it does not serve."""
        ...

    async def person(self, session: str, now: datetime) -> str | None: ...

    async def end(self, session: str) -> None: ...


class Looking(Protocol):
    """What an admin looks at across all chats. Reads only."""

    async def found_a_day(self, since: datetime) -> Mapping[int, Mapping[date, int]]:
        """How many entries each source brought on each UTC day; days without any are left out."""
        ...

    async def deliveries(
        self, states: Collection[DeliveryState], limit: int
    ) -> list[tuple[Delivery, Chat, datetime]]:
        """Those in these states with when their digest was composed, the oldest first."""
        ...

    async def waiting_since(self, now: datetime) -> datetime | None:
        """When the digest of the oldest delivery that should be sent by now was composed."""
        ...

    async def posted(
        self, limit: int, *, chat_id: int | None = None, before: int | None = None
    ) -> list[tuple[Digest, Chat]]:
        """Digests of which a message was sent, the newest first; ``before``: with a smaller id."""
        ...

    async def messages(self, digest_id: int) -> list[Delivery]:
        """A digest's parts in order."""
        ...

    async def followers(self) -> Mapping[int, int]:
        """How many chats that are not paused follow each source; sources without any are left out."""
        ...


class Turns(Protocol):
    def turn(self, name: str, *, wait: bool = True) -> AbstractAsyncContextManager[bool]:
        """What one at a time may do among all tasks and processes that share the store.

        Gives true while the turn is held; without ``wait``, false at once when another has it. A
        process that dies gives its turns back.
        """
        ...

    async def lead(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Does ``work`` while this process is the one elected for it, for as long as that lasts.

        Others stand by and one of them takes over when it dies, hangs or loses the database;
        ``work`` is cancelled where the election is lost and begun anew where it is won again.
        Returns when ``work`` does.
        """
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """When a send may start; not ``taken``: when to ask again."""

    at: datetime
    taken: bool


class Paces(Protocol):
    """When all processes together may write to a platform."""

    async def take(
        self,
        platform: str,
        whole: Sequence[Spacing],
        wants: Sequence[tuple[str, Sequence[Spacing]]],
        now: datetime,
        until: datetime,
    ) -> list[Place]:
        """A place for each wanted send, in that order.

        A want is an address and its spacings; ``whole`` holds for all of them together. None is taken
        later than ``until``, nor for an address that would keep others from going before it, nor in a
        flood wait.
        """
        ...

    async def forget(self, now: datetime) -> None:
        """Drop what no longer keeps anybody waiting."""
        ...


class Store(Protocol):
    """Everything the desk remembers."""

    @property
    def sources(self) -> Sources: ...

    @property
    def pushes(self) -> Pushes: ...

    @property
    def entries(self) -> Entries: ...

    @property
    def articles(self) -> Articles: ...

    @property
    def stories(self) -> Stories: ...

    @property
    def chats(self) -> Chats: ...

    @property
    def subscriptions(self) -> Subscriptions: ...

    @property
    def rules(self) -> Rules: ...

    @property
    def library(self) -> Library: ...

    @property
    def feedback(self) -> Feedback: ...

    @property
    def people(self) -> People: ...

    @property
    def digests(self) -> Digests: ...

    @property
    def corrections(self) -> Corrections: ...

    @property
    def deliveries(self) -> Deliveries: ...

    @property
    def spend(self) -> Ledger: ...

    @property
    def answers(self) -> Answers: ...

    @property
    def recordings(self) -> Recordings: ...

    @property
    def batches(self) -> Batches: ...

    @property
    def retention(self) -> Retention: ...

    @property
    def turns(self) -> Turns: ...

    @property
    def paces(self) -> Paces: ...

    @property
    def sign_ins(self) -> SignIns: ...

    @property
    def looking(self) -> Looking: ...

    async def close(self) -> None: ...


OpenStore = Callable[[str], AbstractAsyncContextManager[Store]]


# ---------------------------------------------------------------- jobs

Handler = Callable[[str], Awaitable[None]]
"""Does one piece of work named by its key; safe to run twice and to be forgotten."""


class Jobs(Protocol):
    """Hints that there is work. State lives in the store; a hint may be lost or run twice.

    Contract: ``hint`` returns at once; the same ``(work, key)`` waits at most once;
    a lower ``priority`` number runs first; a handler that raises is logged and stops nothing.
    """

    async def hint(self, work: str, key: str = "", *, priority: int = 10) -> None: ...

    async def run(self, handlers: Mapping[str, Handler], *, grace: timedelta) -> None:
        """Work until cancelled; then let what is in flight finish for ``grace``."""
        ...
