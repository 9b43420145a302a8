"""What takes nothing for now is probed, rarer and rarer; a wait that was told is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digests.deliver.outbox import Outage, Outages
from digests.model import Chat
from digests.ports import Doubt, Gone, NotSent, Outcome, Refused, Sent, Wait
from digests.testing import FakeClock

NOW = FakeClock()()
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
CHAT = Chat(platform="p", address="1", id=1)
OTHER = replace(CHAT, address="2", id=2)
ELSEWHERE = replace(CHAT, platform="q")


def test_an_outage_is_probed_rarer_and_rarer() -> None:
    outage, now, closed = Outage(), NOW, []
    for _ in range(12):
        outage = outage.failed(now)
        until = outage.closed(now)
        closed.append(None if until is None else int((until - now).total_seconds()))
        now = until or now
    assert closed == [None, None, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300]
    assert outage.closed(now) is None  # its time has come
    assert outage.failed(now).closed(now) == now + 5 * MINUTE
    assert outage.failed(now).closed(now - SECOND) is None  # the clock was set back


def test_so_many_chats_told_to_wait_close_the_platform_and_one_does_not() -> None:
    outage = Outage()
    for _ in range(50):
        outage = outage.throttled(1, NOW)
    for chat_id in range(2, 10):
        outage = outage.throttled(chat_id, NOW)
    assert outage.closed(NOW) is None
    outage = outage.throttled(10, NOW)
    first = outage.closed(NOW)
    assert first == NOW + 5 * SECOND
    assert outage.throttled(99, NOW).closed(NOW) == first  # it was under way already
    assert outage.throttled(99, first).closed(first) == first + 10 * SECOND  # the probe's answer


def test_failures_and_chats_told_to_wait_count_together() -> None:
    outage = Outage()
    for _ in range(4):
        outage = outage.failed(NOW)
    for chat_id in range(1, 11):
        outage = outage.throttled(chat_id, NOW + HOUR)
    assert outage.closed(NOW + HOUR) == NOW + HOUR + 20 * SECOND


def test_a_wait_told_is_kept_as_told_at_first() -> None:
    outage = Outage().told(NOW + MINUTE)
    assert outage.closed(NOW) == NOW + MINUTE
    assert outage.told(NOW + MINUTE / 2).closed(NOW) == NOW + MINUTE  # one that was under way
    probe = outage.failed(NOW + MINUTE)
    assert probe.closed(NOW + MINUTE) == NOW + MINUTE + 10 * SECOND
    assert probe.told(NOW + 2 * MINUTE).closed(NOW + MINUTE) == NOW + 2 * MINUTE
    later = Outage().failed(NOW).failed(NOW).failed(NOW).failed(NOW).told(NOW + MINUTE)
    assert later.failed(NOW + MINUTE).closed(NOW + MINUTE) == NOW + MINUTE + 20 * SECOND


def test_a_flood_wait_keeps_its_chat_alone() -> None:
    outages = Outages()
    outages.note(CHAT, Wait(HOUR), NOW)
    assert outages.closed(CHAT, NOW) == outages.closed(replace(CHAT, thread="3"), NOW) == NOW + HOUR
    assert outages.closed(OTHER, NOW) == outages.closed(ELSEWHERE, NOW) == NOW
    assert outages.closed(CHAT, NOW + 2 * HOUR) == NOW + 2 * HOUR
    outages.note(CHAT, Wait(MINUTE), NOW)  # one that was under way
    outages.note(OTHER, Wait(timedelta()), NOW + MINUTE)
    assert outages.closed(CHAT, NOW + MINUTE) == NOW + HOUR
    assert outages.closed(OTHER, NOW + MINUTE) == NOW + MINUTE + SECOND  # the shortest there is


def test_a_flood_wait_of_the_platform_keeps_all_its_chats_however_long() -> None:
    outages = Outages()
    outages.note(CHAT, Wait(HOUR, whole_platform=True), NOW)
    assert outages.closed(CHAT, NOW) == outages.closed(OTHER, NOW) == NOW + HOUR
    assert outages.closed(ELSEWHERE, NOW) == NOW
    over = NOW + HOUR
    assert outages.closed(OTHER, over) == over
    assert outages.probes("p", over)
    assert outages.closed(OTHER, over) == over + 10 * SECOND


def test_waits_that_are_over_are_forgotten() -> None:
    outages = Outages()
    for number in range(100):
        outages.note(replace(CHAT, address=str(number)), Wait(SECOND), NOW + number * SECOND)
    assert len(outages._waits) == 1


def test_during_an_outage_one_goes_at_a_time() -> None:
    outages = Outages()
    for number in range(3):
        assert not outages.probes("p", NOW)
        assert outages.closed(CHAT, NOW) == NOW, number
        outages.note(CHAT, NotSent("away"), NOW)
    assert outages.closed(OTHER, NOW) == NOW + 5 * SECOND
    outages.note(OTHER, NotSent("away"), NOW)  # one that was under way is no new failure
    then = NOW + 5 * SECOND
    assert outages.closed(OTHER, NOW) == then
    assert outages.probes("p", then)
    assert outages.closed(OTHER, then) == then + 10 * SECOND
    assert not outages.probes("q", then)


@pytest.mark.parametrize("outcome", [Sent("1"), Refused("markup"), Gone("kicked"), Doubt("cut off")])
def test_any_answer_ends_an_outage(outcome: Outcome) -> None:
    outages = Outages()
    for _ in range(3):
        outages.note(CHAT, NotSent("away"), NOW)
    outages.note(OTHER, outcome, NOW)
    assert outages.closed(CHAT, NOW) == NOW
    outages.note(CHAT, NotSent("away"), NOW)
    assert outages.closed(CHAT, NOW) == NOW
    assert not outages.probes("p", NOW)


def test_waits_of_many_chats_close_the_platform() -> None:
    outages = Outages()
    for number in range(10):
        assert outages.closed(OTHER, NOW) == NOW, number
        outages.note(replace(CHAT, address=f"x{number}", id=10 + number), Wait(HOUR), NOW)
    assert outages.closed(OTHER, NOW) == NOW + 5 * SECOND
