"""Pacing: no stretch of time holds more sends than its limit, and no time is wasted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digests.deliver.pacing import TELEGRAM, Limit, Outage, Pace, Pacer, Window
from digests.model import Chat

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)


def chat(
    address: str = "1", *, platform: str = "telegram", kind: str = "private", thread: str | None = None
) -> Chat:
    return Chat(platform=platform, address=address, kind=kind, thread=thread)


def drain(pacer: Pacer, chats: list[Chat], count: int, took: timedelta = timedelta()) -> list[datetime]:
    """Send ``count`` messages as soon as any chat may get one; when each ended."""
    now, ends = NOW, []
    for _ in range(count):
        start, who = min(
            ((moment, i) for i, c in enumerate(chats) if (moment := pacer.ready(c, now)) is not None)
        )
        now = start
        pacer.begin(chats[who], now)
        now += took
        pacer.end(chats[who], now)
        ends.append(now)
    return ends


@given(
    count=st.integers(1, 5),
    per=st.integers(1, 1_000),
    took=st.lists(st.integers(0, 300), min_size=20, max_size=40),
)
def test_no_stretch_holds_more_than_the_limit(count: int, per: int, took: list[int]) -> None:
    """Counted from whichever moment between a send's start and its end the server likes."""
    window = Window(Limit(count, per * MS))
    now, sends = NOW, []
    for length in took:
        ready = window.ready(now)
        assert ready is not None
        now = ready
        window.begin()
        sends.append((now, now + length * MS))
        now += length * MS
        window.end(now)
    for (_, seen_late), (seen_early, _) in zip(sends, sends[count:], strict=False):
        assert seen_early - seen_late >= per * MS


def test_sends_under_way_hold_their_places() -> None:
    window = Window(Limit(2))
    window.begin()
    window.begin()
    assert window.ready(NOW) is None
    window.end(NOW)
    assert window.ready(NOW) == NOW + timedelta(seconds=1)
    assert not window.idle(NOW + timedelta(minutes=1))
    window.end(NOW)
    assert window.idle(NOW + timedelta(seconds=1))


def test_a_clock_set_back_delays_by_two_stretches_at_most() -> None:
    """A little back is a matter of who looked when, and changes nothing."""
    window = Window(Limit(1))
    window.begin()
    window.end(NOW)
    assert window.ready(NOW - 10 * MS) == NOW + timedelta(seconds=1)
    back = NOW - timedelta(days=1)
    assert window.ready(back) == back + timedelta(seconds=1)


def test_a_private_telegram_chat_gets_one_a_second() -> None:
    ends = drain(Pacer(), [chat()], 4)
    assert [end - NOW for end in ends] == [timedelta(seconds=n) for n in range(4)]


def test_a_telegram_group_gets_twenty_a_minute_over_all_its_topics() -> None:
    topics = [chat("-1", kind="group", thread=str(n)) for n in range(3)]
    ends = drain(Pacer(), topics, 21)
    assert ends[19] - NOW == timedelta(seconds=19)
    assert ends[20] - NOW == timedelta(minutes=1)


def test_all_telegram_chats_together_get_thirty_a_second() -> None:
    chats = [chat(str(n)) for n in range(100)]
    ends = drain(Pacer(), chats, 300)
    assert ends[-1] - NOW == timedelta(seconds=9)


def test_discord_threads_count_for_themselves() -> None:
    threads = [chat("7", platform="discord", kind="thread", thread=str(n)) for n in range(2)]
    ends = drain(Pacer(), threads, 11)
    assert ends[9] == NOW
    assert ends[10] - NOW == timedelta(seconds=5)


def test_an_answer_sent_by_hand_counts() -> None:
    pacer = Pacer()
    pacer.note(chat(), NOW)
    assert pacer.ready(chat(), NOW) == NOW + timedelta(seconds=1)
    assert pacer.ready(chat("2"), NOW) == NOW


def test_a_busy_platform_is_told_apart_from_a_busy_chat() -> None:
    pacer = Pacer({"telegram": Pace(overall=(Limit(1),))})
    pacer.begin(chat(), NOW)
    assert pacer.ready(chat("2"), NOW) is None
    assert pacer.ready(chat(platform="console"), NOW) == NOW


def test_memory_follows_the_busy_chats() -> None:
    """Ten thousand chats, each written to once: idle ones are forgotten."""
    pacer = Pacer({"telegram": TELEGRAM.faster(1_000)})
    now = NOW
    for number in range(10_000):
        pacer.note(chat(str(number)), now)
        now += timedelta(seconds=1)
    assert pacer.remembered < 2_500


def test_limits_scale() -> None:
    assert TELEGRAM.faster(10).kinds["group"] == (Limit(20, timedelta(seconds=6)),)


def test_an_outage_is_probed_rarer_and_rarer() -> None:
    outage, now, closed = Outage(), NOW, []
    for _ in range(12):
        outage = outage.failed(now)
        until = outage.closed(now)
        closed.append(None if until is None else int((until - now).total_seconds()))
        now = until or now
    assert closed == [None, None, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300]
    assert outage.closed(now) is None  # its time has come
    assert outage.failed(now).closed(now - timedelta(days=1)) is None  # the clock was set back
