"""What is remembered of digests, and of the messages they go out as."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from digests.model import Chat, Delivery, Digest, DigestItem
from digests.ports.news import Candidate


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

    async def pending_among(self, chat_ids: Collection[int]) -> set[int]:
        """Which of these chats have any candidate; cheap."""
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

    async def redraw(self, drawn: Sequence[Delivery]) -> None:
        """sending -> pending: the first is a delivery proven not sent, with its new content; the others are
        new and come behind it."""
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
