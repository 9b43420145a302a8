"""What is remembered of the news: sources, entries, articles and stories."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from digests.model import (
    Article,
    Brief,
    Chat,
    Delivery,
    DeliveryState,
    Demand,
    Digest,
    Entry,
    Failure,
    PollState,
    Push,
    Source,
    Story,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A story with entries a chat has not had, of the sources it follows alone. ``told`` is the
    version it was told, 0: never."""

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
    """What was read and posted. A chat sees what the sources it follows brought, and what it was told
    while it followed others: nothing of any other source, whatever stories that joined."""

    async def search(self, chat_id: int | None, query: str, limit: int, offset: int = 0) -> list[Hit]:
        """Articles with every word of the query, the newest first, one a story. The last word may
        be the beginning of one. ``chat_id`` None: whatever was read, for the desk's admins."""
        ...

    async def story(self, chat_id: int, story_id: int) -> Story | None:
        """A story with the articles that the chat sees; None where it sees none."""
        ...

    async def numbers(self, chat_id: int, story_ids: Sequence[int]) -> Mapping[int, int]:
        """What the chat's people call these stories by: numbers of the chat's own, given when they are
        first asked for. Those that are gone have none."""
        ...

    async def numbered(self, chat_id: int, number: int) -> int | None:
        """The id of the story that the chat's people call by that number."""
        ...

    async def trending(self, chat_id: int, since: datetime, limit: int) -> list[Story]:
        """By how many sources have reported since then, then by how many reports."""
        ...

    async def since(self, chat_id: int, since: datetime, limit: int) -> list[Candidate]:
        """Stories with reports since then, told or not, the newest first."""
        ...


class AdminReports(Protocol):
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


class Sources(Protocol):
    """Sources and their poll states."""

    async def add(self, source: Source, now: datetime, *, followed: bool = True) -> Source:
        """Add, or give back the one with that URL; its id is set. One that is not ``followed`` is polled
        once somebody subscribes to it."""
        ...

    async def forget_unfollowed(self, before: datetime) -> int:
        """Remove what chats brought, nobody follows, and was last due before that moment; how many."""
        ...

    async def get(self, source_id: int) -> Source | None: ...

    async def by_url(self, url: str) -> Source | None: ...

    async def all(self) -> list[Source]: ...

    async def by_id(self) -> dict[int, Source]:
        """All of them by their ids."""
        ...

    async def own(self) -> list[Source]:
        """The desk's own: those of the configuration file, and what its admins added for every chat."""
        ...

    async def own_among(self, ids: Collection[int]) -> set[int]: ...

    async def update(self, source: Source) -> None: ...

    async def remove(self, source_id: int) -> None:
        """With its subscriptions; what was posted from it stays."""
        ...

    async def due(
        self,
        now: datetime,
        limit: int,
        hold: timedelta | None = None,
        after: tuple[Source, PollState] | None = None,
    ) -> list[tuple[Source, PollState]]:
        """Neither paused nor ended, whose time has come, the longest overdue first; ``after`` the one given.

        With ``hold`` they are given out to this caller alone: they are due again, for anyone, only
        when they were polled, or after that time, should the caller have died.
        """
        ...

    async def renew(self, ids: Sequence[int], until: datetime, later: datetime) -> None:
        """Those still given out until the first moment are so until the second."""
        ...

    async def states(self) -> dict[int, PollState]: ...

    async def state(self, source_id: int) -> PollState: ...

    async def moved(self, source_id: int, url: str) -> bool:
        """Remember a source's new address; false when another source has it, or it is gone."""
        ...

    async def demands(self, ids: Sequence[int], now: datetime) -> dict[int, Demand]:
        """Who waits for what these sources publish; one that nobody follows is left out.

        A chat whose digest's time has come, or who has a rule that watches, is told at once; a paused one
        does not count.
        """
        ...

    async def hasten(self, chat_id: int, by: datetime) -> None:
        """Poll what the chat follows by then, if it is not due before."""
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

    async def take(self, keys: Sequence[tuple[int, str, int]]) -> None:
        """Known keys that from now on stand for another entry: source id, key, entry id."""
        ...

    async def some(self, ids: Sequence[int]) -> dict[int, Entry]:
        """Entries by their ids; one that is gone is left out."""
        ...

    async def unread(
        self,
        now: datetime,
        limit: int,
        hold: timedelta | None = None,
        *,
        each: int | None = None,
        busy: Sequence[int] = (),
        full: Sequence[int] = (),
    ) -> list[Entry]:
        """Entries with no article whose next try is due, oldest first; ``hold`` as for sources.

        With ``each``, that many of a source at most, and first the oldest of each; without those
        whose ids are ``busy``, which count towards their source's, and of no source that is ``full``.
        """
        ...

    async def renew(self, ids: Sequence[int], until: datetime, later: datetime) -> None:
        """As for sources."""
        ...

    async def read_failed(self, entry_id: int, failure: Failure, again: datetime | None) -> None:
        """Reading failed; ``again`` None: given up."""
        ...

    async def newest(self, source_id: int, limit: int) -> list[Entry]:
        """Those published last first; one without a date counts as published when it was found."""
        ...

    async def ids(self, source_id: int) -> list[int]:
        """Of all entries of a source, in the order they were found."""
        ...


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An article that a chat has no story for yet: the one the desk has, and whether it developed that."""

    article: Article
    desks: int | None
    develops: bool
    found: datetime


@dataclass(frozen=True, slots=True)
class Placed:
    """An article, the story a chat has it in, and the desk's."""

    article_id: int
    story_id: int
    desks: int | None
    found: datetime


class Articles(Protocol):
    async def add(self, article: Article, now: datetime) -> Article:
        """Add, or replace the article of the same entry. A replaced text that says something else
        develops its story, and is a candidate again where the story was told with it. A headline
        alone never takes the place of a text."""
        ...

    async def ungrouped(self, limit: int) -> list[Article]:
        """Neither placed in a story of the desk's nor left to the chats, in order of arrival."""
        ...

    async def unplaced(self, chat_id: int, since: datetime, *, fresh: bool) -> list[Unplaced]:
        """What the chat has to place yet: each article of the sources it follows that was grouped or
        left to it, in order of arrival. ``fresh``: what it has not had; else what was found since then.
        Nothing for a chat that follows the desk's own sources alone: it has the desk's stories."""
        ...

    async def placed(self, chat_id: int, since: datetime, limit: int) -> list[Placed]:
        """What the chat placed and still follows: the newest ``limit``, in order of arrival."""
        ...

    async def many(self, article_ids: Sequence[int]) -> list[Article]:
        """Those that are there, in order of arrival."""
        ...

    async def recent(self, since: datetime) -> list[tuple[Article, int]]:
        """Grouped articles found since then with their story ids: what a grouper starts from."""
        ...


class Stories(Protocol):
    async def place(self, article_id: int, story_id: int | None, *, develops: bool, now: datetime) -> int:
        """Put an article into a story of the desk's, None: a new one; ``develops`` raises its version.

        Returns the story's id.
        """
        ...

    async def leave(self, article_ids: Sequence[int], now: datetime) -> None:
        """Leave articles to the chats that follow their sources: the desk has no story for them."""
        ...

    async def place_for(
        self, chat_id: int, article_id: int, story_id: int | None, *, develops: bool, now: datetime
    ) -> int:
        """Put an article into a story for one chat alone, None: a new one. Returns the story's id: the
        one it was in already, where it was in one."""
        ...

    async def adopt(self, chat_id: int, since: datetime) -> None:
        """For a chat that placed nothing yet: begin with the desk's stories of what it follows."""
        ...

    async def get(self, story_id: int, chat_id: int | None = None) -> Story | None:
        """The story as the chat has it, with the articles of sources it follows; None where it follows
        none of them. Without a chat: as the desk has it, for its admins."""
        ...

    async def brief(self, key: str) -> Brief | None:
        """A brief made earlier; ``key`` names content, summarizer and length."""
        ...

    async def save_brief(self, key: str, story_id: int, brief: Brief, now: datetime) -> None: ...
