"""What follows from each outcome, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digests.deliver.decide import (
    FIRST_RETRY,
    LONGEST_RETRY,
    MOST_ATTEMPTS,
    MOST_DOUBTS,
    GiveUp,
    Hold,
    LookFirst,
    MoveChat,
    OnDoubt,
    PauseChat,
    PostAnew,
    RecordSent,
    Redraw,
    Step,
    TryAgain,
    decide,
    new_nonce,
    retry_delay,
    settle,
)
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

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHAT = Chat(platform="telegram", address="5", kind="private")
FIRST = Delivery(
    digest_id=3, chat_id=1, part=0, content=Part(payload="p", plain="p"), nonce="@", attempts=1
)  # "@" is 64: no spread
WORN = replace(FIRST, attempts=MOST_ATTEMPTS)
PLAIN = replace(FIRST, plain=True)
EDIT = replace(FIRST, edits="m7")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("outcome", "delivery", "step"),
    [
        (Sent("m1"), FIRST, RecordSent("m1")),
        (Wait(HOUR), FIRST, TryAgain(NOW + HOUR, "the platform asked to wait", wait="address")),
        (
            Wait(HOUR, whole_platform=True),
            WORN,
            TryAgain(NOW + HOUR, "the platform asked to wait", wait="platform"),
        ),
        (
            Wait(timedelta(seconds=-3)),
            FIRST,
            TryAgain(NOW + timedelta(seconds=1), "the platform asked to wait", wait="address"),
        ),
        (NotSent("dns"), FIRST, TryAgain(NOW + FIRST_RETRY, "dns")),
        (NotSent("dns"), replace(FIRST, attempts=3), TryAgain(NOW + 4 * FIRST_RETRY, "dns")),
        (
            NotSent("dns"),
            WORN,
            GiveUp("dns", "Part 1 of digest 3 for telegram 5 was given up after many tries: dns"),
        ),
        (Refused("entities"), FIRST, TryAgain(NOW, "entities", plain=True)),
        (
            Refused("empty"),
            PLAIN,
            GiveUp("empty", "Part 1 of digest 3 for telegram 5 was refused, as plain text too: empty"),
        ),
        (
            Redrawn((Part(payload="1", plain="a"), Part(payload="2", plain="b"))),
            replace(FIRST, content=replace(FIRST.content, published=(NOW,))),
            Redraw((Part(payload="1", plain="a", published=(NOW,)), Part(payload="2", plain="b"))),
        ),
        (Uneditable("taken away", deleted=True), EDIT, GiveUp("taken away", None)),
        (Uneditable("too old"), EDIT, PostAnew("too old")),
        (
            Uneditable("too old"),
            replace(EDIT, content=replace(EDIT.content, stories=(1, 2))),
            GiveUp("too old", "Part 1 of digest 3 for telegram 5 can't be put right any more: too old"),
        ),
        (
            Uneditable("too old"),
            replace(EDIT, content=replace(EDIT.content, stories=(1,))),
            PostAnew("too old"),
        ),
        (
            Refused("no voices"),
            replace(FIRST, content=replace(FIRST.content, audio=3)),
            GiveUp("no voices", "The recording of digest 3 was refused: no voices"),
        ),
        (
            NotSent("dns"),
            replace(WORN, attempts=MOST_ATTEMPTS - 1),
            TryAgain(NOW + LONGEST_RETRY, "dns"),
        ),
        (Gone("kicked"), FIRST, PauseChat("kicked")),
        (Moved("-1005"), FIRST, MoveChat("-1005")),
        (Doubt("cut off"), FIRST, LookFirst("cut off")),
        (Doubt("cut off"), EDIT, TryAgain(NOW + FIRST_RETRY, "cut off")),
    ],
)
def test_decide(outcome: Outcome, delivery: Delivery, step: Step) -> None:
    assert decide(outcome, delivery, CHAT, NOW) == step


GROUP = Chat(platform="telegram", address="-5", kind="group", title="The group")
DOUBTFUL = "Part 1 of digest 3 for The group may or may not have been posted (no history)"
DOUBTFUL_PRIVATE = "Part 1 of digest 3 for telegram 5 may or may not have been posted (no history)"
HELD = Hold("no history", f"{DOUBTFUL}; it is held until you look and decide")
AGAIN = TryAgain(NOW + FIRST_RETRY, "no history", report=f"{DOUBTFUL}; it is sent again")


@pytest.mark.parametrize(
    ("look", "chat", "attempts", "on_doubt", "step"),
    [
        (Found("m1"), GROUP, 9, "resend", RecordSent("m1")),
        (Absent(), GROUP, 9, "hold", TryAgain(NOW, "it did not arrive")),
        (Unknown("no history"), GROUP, 1, None, HELD),
        (Unknown("no history"), GROUP, 1, "hold", HELD),
        (Unknown("no history"), GROUP, 1, "resend", AGAIN),
        (
            Unknown("no history"),
            CHAT,
            1,
            None,
            TryAgain(NOW + FIRST_RETRY, "no history", report=f"{DOUBTFUL_PRIVATE}; it is sent again"),
        ),
        (
            Unknown("no history"),
            CHAT,
            MOST_DOUBTS,
            None,
            Hold("no history", f"{DOUBTFUL_PRIVATE}, {MOST_DOUBTS} times over; it is held"),
        ),
    ],
)
def test_settle(
    look: Found | Absent | Unknown, chat: Chat, attempts: int, on_doubt: OnDoubt | None, step: Step
) -> None:
    assert settle(look, replace(FIRST, attempts=attempts), chat, on_doubt, NOW) == step


def test_retries_double_up_to_the_longest_and_are_spread() -> None:
    """However many attempts, the delay is bounded; chats that failed together come back apart."""
    delays = [retry_delay(replace(FIRST, attempts=n)) for n in (0, 1, 2, 3, 50, 10_000)]
    assert delays == [
        FIRST_RETRY,
        FIRST_RETRY,
        2 * FIRST_RETRY,
        4 * FIRST_RETRY,
        LONGEST_RETRY,
        LONGEST_RETRY,
    ]
    assert (delays[0].total_seconds(), delays[-1].total_seconds()) == (5, 900)
    assert retry_delay(replace(FIRST, nonce=chr(63))) == FIRST_RETRY * (1 + 63 / 256)
    spread = {retry_delay(replace(FIRST, nonce=new_nonce())) for _ in range(200)}
    assert len(spread) > 20
    assert min(spread) >= FIRST_RETRY
    assert max(spread) < 1.25 * FIRST_RETRY


def test_nonces_are_unique_and_fit_the_strictest_platform() -> None:
    nonces = {new_nonce() for _ in range(5_000)}
    assert len(nonces) == 5_000
    assert all(len(nonce) <= 25 and nonce.isalnum() and nonce.islower() | nonce.isdigit() for nonce in nonces)


def test_a_retry_keeps_its_style_unless_told_otherwise() -> None:
    retry = TryAgain(NOW, "dns")
    assert (retry.plain, retry.wait, retry.report) == (False, None, None)


def test_how_long_a_delivery_is_tried() -> None:
    """An outage of three days is sat out; what is in doubt is posted five times at most."""
    waited = sum((retry_delay(replace(FIRST, attempts=n)) for n in range(1, MOST_ATTEMPTS)), timedelta())
    assert timedelta(days=3) < waited < timedelta(days=3, hours=2)
    assert (MOST_ATTEMPTS, MOST_DOUBTS) == (300, 5)
