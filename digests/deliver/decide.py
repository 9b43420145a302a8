"""What follows from an outcome. Pure: the outbox carries the steps out.

A step that moves more than one record is carried out in the order that survives a crash in the
middle: the delivery is made pending again first, so that the worst that happens is one more try
with the same answer.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from digests.model import Chat, Delivery, Part
from digests.ports import (
    Absent,
    Doubt,
    Found,
    Gone,
    Moved,
    NotSent,
    Outcome,
    Redrawn,
    Refused,
    Sent,
    Uneditable,
    Unknown,
    Wait,
)


def new_nonce() -> str:
    """24 characters of [0-9a-f], never the same twice (96 random bits)."""
    return secrets.token_hex(12)


SHORTEST_WAIT = timedelta(seconds=1)
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=15)
MOST_ATTEMPTS = 300  # about three days of the longest retry


@dataclass(frozen=True, slots=True)
class RecordSent:
    message_id: str


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Pending again. ``wait``: nothing goes there before ``at``: to this ``address`` or, with
    ``platform``, to anyone. ``report``: the admins are told."""

    at: datetime
    reason: str
    plain: bool = False
    wait: Literal["address", "platform"] | None = None
    report: str | None = None


@dataclass(frozen=True, slots=True)
class Redraw:
    """These go in its place, the first one as what it was."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class PostAnew:
    """What was to be an edit is posted as an answer to the message."""

    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    reason: str
    report: str | None


@dataclass(frozen=True, slots=True)
class Hold:
    reason: str
    report: str


@dataclass(frozen=True, slots=True)
class PauseChat:
    reason: str


@dataclass(frozen=True, slots=True)
class MoveChat:
    address: str


@dataclass(frozen=True, slots=True)
class LookFirst:
    """It may have been posted: look at the chat before anything else."""

    reason: str


Step = RecordSent | TryAgain | Redraw | PostAnew | GiveUp | Hold | PauseChat | MoveChat | LookFirst


def decide(outcome: Outcome, delivery: Delivery, chat: Chat, now: datetime) -> Step:
    """The step after a send; ``delivery.attempts`` counts that send."""
    match outcome:
        case Sent(message_id):
            return RecordSent(message_id)
        case Wait(delay, whole_platform):
            return TryAgain(
                now + max(delay, SHORTEST_WAIT),
                "the platform asked to wait",
                wait="platform" if whole_platform else "address",
            )
        case NotSent(reason) if delivery.attempts >= MOST_ATTEMPTS:
            return GiveUp(reason, f"{name(delivery, chat)} was given up after many tries: {reason}")
        case NotSent(reason):
            return TryAgain(now + retry_delay(delivery), reason)
        case Refused(reason) if delivery.content.audio:
            return GiveUp(reason, f"The recording of digest {delivery.digest_id} was refused: {reason}")
        case Refused(reason) if delivery.plain:
            return GiveUp(reason, f"{name(delivery, chat)} was refused, as plain text too: {reason}")
        case Refused(reason):
            return TryAgain(now, reason, plain=True)
        case Redrawn(parts):
            return Redraw((replace(parts[0], published=delivery.content.published), *parts[1:]))
        case Uneditable(reason, deleted=True):
            return GiveUp(reason, None)  # whoever took the message away does not want it back
        case Uneditable(reason) if len(delivery.content.stories) > 1:
            return GiveUp(reason, f"{name(delivery, chat)} can't be put right any more: {reason}")
        case Uneditable(reason):
            return PostAnew(reason)
        case Gone(reason):
            return PauseChat(reason)
        case Moved(address):
            return MoveChat(address)
        case Doubt(reason) if delivery.edits is not None:
            return TryAgain(now + retry_delay(delivery), reason)  # the same edit twice is one edit
        case Doubt(reason):  # pragma: no branch - the last of the union
            return LookFirst(reason)


def retry_delay(delivery: Delivery) -> timedelta:
    """Doubling with each attempt, and up to a quarter more by the delivery's own mark, so that
    chats that failed together do not come back together."""
    enough = (LONGEST_RETRY // FIRST_RETRY).bit_length()  # doublings to get to the longest
    doubled = FIRST_RETRY * (1 << min(max(delivery.attempts - 1, 0), enough))
    spread = sum(map(ord, delivery.nonce)) % 64 / 256
    return min(doubled, LONGEST_RETRY) * (1 + spread)


def name(delivery: Delivery, chat: Chat) -> str:
    """What the admins call it."""
    place = chat.title or f"{chat.platform} {chat.address}"
    return f"Part {delivery.part + 1} of digest {delivery.digest_id} for {place}"


OnDoubt = Literal["hold", "resend"]
Settled = RecordSent | TryAgain | Hold

MOST_DOUBTS = 5  # attempts after which a doubtful delivery is held whatever the policy


def settle(
    look: Found | Absent | Unknown, delivery: Delivery, chat: Chat, on_doubt: OnDoubt | None, now: datetime
) -> Settled:
    """The step for a doubtful delivery after a look at the chat.

    ``on_doubt`` None: ``resend`` in a private chat, where a message twice is better than none,
    and ``hold`` anywhere else.
    """
    match look:
        case Found(message_id):
            return RecordSent(message_id)
        case Absent():
            return TryAgain(now, "it did not arrive")
        case Unknown(reason):  # pragma: no branch - the last of the union
            policy = on_doubt or ("resend" if chat.kind == "private" else "hold")
            told = f"{name(delivery, chat)} may or may not have been posted ({reason})"
            if policy == "hold":
                return Hold(reason, f"{told}; it is held until you look and decide")
            if delivery.attempts >= MOST_DOUBTS:
                return Hold(reason, f"{told}, {delivery.attempts} times over; it is held")
            return TryAgain(now + retry_delay(delivery), reason, report=f"{told}; it is sent again")
