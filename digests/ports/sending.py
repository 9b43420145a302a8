"""What the desk sends with: a chat platform's channel, and what may come of a send or a look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from digests.model import Chat, Delivery, Digest, Part


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
class Redrawn:
    """The platform does not take this form of it: nothing was sent, and these parts go in its place."""

    parts: tuple[Part, ...]


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


Outcome = Sent | Wait | NotSent | Doubt | Refused | Redrawn | Uneditable | Gone | Moved


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
    own, and joining the plain parts gives the digest's whole text, but for what a press on a
    message opens. ``send`` makes at most one
    visible message and says by its outcome whether it is certain; ``find`` never posts
    anything a person sees.
    """

    platform: str

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]: ...

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome: ...

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown: ...


@runtime_checkable
class AudioChannel(Channel, Protocol):
    """A ``Channel`` that takes recordings, too."""

    def spoken(self, digest: Digest, chat: Chat) -> Part:
        """The part that carries the digest's recording; its ``audio`` is the digest's id."""
        ...
