"""What is remembered of chats and their people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from digests.model import (
    AuditEntry,
    Chat,
    ChatSettings,
    Mute,
    Rule,
    Source,
    Subscription,
    Token,
    Vote,
    Withheld,
)


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
        """Add, or give back the one that is there; true when it is new. Its number is the chat's next."""
        ...

    async def add_within(
        self, subscription: Subscription, now: datetime, most: int | None
    ) -> tuple[Subscription, bool] | None:
        """``add``, unless the chat has ``most`` of them already: then None. Counted in the same
        transaction, so that none of many at once goes beyond it."""
        ...

    async def remove(self, chat_id: int, source_id: int) -> bool:
        """A source that a chat brought is not polled any more once the last subscription has ended."""
        ...

    async def rewind(self, chat_id: int, source_id: int, after_entry: int) -> None:
        """Let entries after that one count as unseen, if they do not already."""
        ...

    async def of_chat(self, chat_id: int) -> list[tuple[Subscription, Source]]:
        """Oldest first; each source with the chat's own name and topics for it."""
        ...

    async def of_source(self, source_id: int) -> list[Subscription]: ...


class Rules(Protocol):
    """What chats want left out or at once, and what was left out."""

    async def add(self, rule: Rule, now: datetime) -> Rule:
        """Add, or give back the same one; its id is set."""
        ...

    async def add_within(self, rule: Rule, now: datetime, most: int | None) -> Rule | None:
        """``add``, unless the chat has ``most`` of them already: then None. Counted in the same transaction."""
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

    async def note(self, deed: AuditEntry) -> None: ...

    async def deeds(self, chat_id: int | None, limit: int, offset: int = 0) -> list[AuditEntry]:
        """The newest first; None: of the whole desk."""
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


class Tokens(Protocol):
    """With what programs read a chat. Every key is a hash."""

    async def add_within(self, token: Token, most: int) -> bool:
        """Add it; false where the chat has ``most`` already, or one of that name."""
        ...

    async def end(self, chat_id: int, name: str) -> bool: ...

    async def of_chat(self, chat_id: int) -> list[Token]:
        """Oldest first."""
        ...

    async def find(self, key: str) -> Token | None: ...
