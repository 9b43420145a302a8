"""What to do with a delivery that may or may not have been posted, once the chat was looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from digests.deliver.decide import Hold, RecordSent, TryAgain, name, retry_delay
from digests.model import Chat, Delivery
from digests.ports import Absent, Found, Unknown

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
