"""Looking through what is remembered."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from digests.model import Article, Chat, Delivery, DeliveryState, Digest, Story


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
