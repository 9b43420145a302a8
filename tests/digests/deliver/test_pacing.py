"""Pacing: no stretch of time holds more sends than its limit, and no time is wasted."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.platforms import paces
from bot.platforms.telegram import TELEGRAM as PLATFORM
from digests.deliver.pacing import NEVER, SECOND, Limit, Pace, Pacer, Trips, Window, spacings
from digests.model import Chat, Spacing

TELEGRAM = PLATFORM.pace
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)


def chat(
    address: str = "1", *, platform: str = "telegram", kind: str = "private", thread: str | None = None
) -> Chat:
    return Chat(platform=platform, address=address, kind=kind, thread=thread)


def note(pacer: Pacer, to: Chat, now: datetime) -> None:
    pacer.begin(to, now)
    pacer.end(to, now)


def drain(pacer: Pacer, chats: list[Chat], count: int) -> list[datetime]:
    """Send ``count`` messages as soon as any chat may get one; when each ended."""
    now, ends = NOW, []
    for _ in range(count):
        start, who = min((pacer.ready(c, now), i) for i, c in enumerate(chats))
        now = start
        pacer.begin(chats[who], now)
        pacer.end(chats[who], now)
        ends.append(now)
    return ends


@given(
    count=st.integers(1, 5),
    per=st.integers(1, 1_000),
    took=st.lists(st.integers(0, 300), min_size=20, max_size=40),
)
@pytest.mark.slow
def test_no_stretch_holds_more_than_the_limit(count: int, per: int, took: list[int]) -> None:
    """Counted from whichever moment between a send's start and its end the server likes."""
    window = Window(Limit(count, per * MS))
    now, sends = NOW, []
    for length in took:
        ready = window.ready(now)
        now = ready
        window.begin()
        sends.append((now, now + length * MS))
        now += length * MS
        window.end(now)
    for (_, seen_late), (seen_early, _) in zip(sends, sends[count:], strict=False):
        assert seen_early - seen_late >= per * MS


def seen_by_server(legs: list[tuple[int, int]], limit: Limit) -> tuple[list[datetime], timedelta]:
    """Send as soon as the window lets, each with its ways there and back in milliseconds; when
    the server got each, and how long it took until the last was answered."""
    pacer = Pacer({"telegram": Pace(overall=(limit,))})
    now, arrivals, ways = NOW, [], list(legs)
    under_way: list[tuple[datetime, timedelta]] = []
    while ways or under_way:
        start = pacer.platform_ready("telegram", now) if ways else NEVER
        end = min(under_way, default=None)
        if end is not None and end[0] <= start:
            under_way.remove(end)
            now = end[0]
            pacer.end(chat(), now, end[1])
        else:
            now = start
            there, back = ways.pop(0)
            pacer.begin(chat(), now)
            arrivals.append(now + there * MS)
            under_way.append((now + (there + back) * MS, (there + back) * MS))
    return arrivals, now - NOW


def overstepped(arrivals: list[datetime], limit: Limit) -> list[timedelta]:
    """How much too early a server, that counts any stretch, saw a message."""
    seen = sorted(arrivals)
    gaps = [late - early for early, late in zip(seen, seen[limit.count :], strict=False)]
    return [limit.per - gap for gap in gaps if gap < limit.per]


@pytest.mark.parametrize("latency", [5, 100, 400])
def test_a_steady_round_trip_costs_nothing_once_it_is_known(latency: int) -> None:
    limit = Limit(10)
    arrivals, _ = seen_by_server([(latency // 2, latency - latency // 2)] * 500, limit)
    assert overstepped(arrivals, limit) == []
    steady = arrivals[200:]
    assert (steady[-1] - steady[0]) / (len(steady) - 1) <= limit.per / limit.count * 1.01


@given(base=st.integers(0, 200), spread=st.integers(0, 100), seed=st.integers(0, 1_000))
@settings(max_examples=40)
@pytest.mark.slow
def test_round_trips_that_differ_overstep_nothing(base: int, spread: int, seed: int) -> None:
    """Each way takes its own time, of any length up to the spread beyond the base."""
    chance = random.Random(seed)
    legs = [
        (base // 2 + chance.randint(0, spread), base // 2 + chance.randint(0, spread)) for _ in range(400)
    ]
    limit = Limit(10)
    arrivals, _ = seen_by_server(legs, limit)
    assert overstepped(arrivals, limit) == []


def test_a_few_round_trips_prove_nothing_yet() -> None:
    trips = Trips()
    for _ in range(99):
        trips.add(100 * MS)
    assert trips.surely == timedelta()
    trips.add(100 * MS)
    assert trips.surely == 100 * MS
    trips.add(80 * MS)
    assert trips.surely == 60 * MS  # the shortest, less what the middle one is longer
    trips.add(-HOUR)  # a clock set back in between
    assert trips.surely == timedelta()
    for _ in range(1_999):
        trips.add(40 * MS)
    assert trips.surely == timedelta()
    trips.add(40 * MS)  # and that one is forgotten
    assert trips.surely == 40 * MS


def test_it_is_the_middle_one_that_counts() -> None:
    trips = Trips()
    for number in range(100):
        trips.add((100 if number < 45 else 120) * MS)
    assert trips.surely == 80 * MS


def test_more_than_were_to_be_sent_are_waited_for_one_by_one() -> None:
    """Answers go beside the backlog; one of them is far enough back to be free again."""
    window = Window(Limit(2))
    for tenths in (0, 1, 2, 6):
        window.begin()
        window.end(NOW + tenths * SECOND / 10)
    assert window.ready(NOW + 0.55 * SECOND, SECOND / 2) == NOW + 0.7 * SECOND


def test_half_a_stretch_is_kept_whatever_the_round_trip() -> None:
    window = Window(Limit(1))
    window.begin()
    window.end(NOW)
    assert window.ready(NOW, 10 * SECOND) == NOW + SECOND / 2
    assert window.ready(NOW + SECOND / 2, 10 * SECOND) == NOW + SECOND / 2
    window.begin()  # in the place that is free again
    assert window.ready(NOW + SECOND / 2, 10 * SECOND) == NEVER


def test_the_round_trips_of_one_platform_say_nothing_of_another() -> None:
    pacer = Pacer(paces())
    for number in range(120):
        pacer.begin(chat(str(number), platform="discord"), NOW)
        pacer.end(chat(str(number), platform="discord"), NOW, 300 * MS)
        pacer.begin(chat("1", platform="console"), NOW)
        pacer.end(chat("1", platform="console"), NOW, 300 * MS)
    note(pacer, chat(), NOW)
    assert pacer.ready(chat(), NOW) == NOW + SECOND


def test_sends_under_way_hold_their_places() -> None:
    window = Window(Limit(2))
    window.begin()
    window.begin()
    assert window.ready(NOW) == NEVER
    window.end(NOW)
    assert window.ready(NOW) == NOW + timedelta(seconds=1)
    window.begin()  # without asking
    assert window.ready(NOW) == NEVER
    window.end(NOW)
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
    window.begin()
    window.end(back + 10 * SECOND)
    assert window.ready(back + SECOND / 2) == back + 1.5 * SECOND  # whichever of them is ahead


def test_a_private_telegram_chat_gets_one_a_second() -> None:
    ends = drain(Pacer(paces()), [chat()], 4)
    assert [end - NOW for end in ends] == [timedelta(seconds=n) for n in range(4)]


def test_a_telegram_group_gets_twenty_a_minute_over_all_its_topics() -> None:
    topics = [chat("-1", kind="group", thread=str(n)) for n in range(3)]
    ends = drain(Pacer(paces()), topics, 21)
    assert ends[19] - NOW == timedelta(seconds=19)
    assert ends[20] - NOW == timedelta(minutes=1)


@pytest.mark.slow
def test_all_telegram_chats_together_get_thirty_a_second() -> None:
    chats = [chat(str(n)) for n in range(100)]
    ends = drain(Pacer(paces()), chats, 300)
    assert ends[-1] - NOW == timedelta(seconds=9)


def test_a_telegram_channel_gets_twenty_a_minute() -> None:
    ends = drain(Pacer(paces()), [chat("-2", kind="channel")], 21)
    assert [ends[n] - NOW for n in (1, 19, 20)] == [timedelta(seconds=n) for n in (1, 19, 60)]


def test_all_discord_channels_together_get_fifty_a_second() -> None:
    channels = [chat(str(n), platform="discord", kind="text") for n in range(100)]
    ends = drain(Pacer(paces()), channels, 101)
    assert [ends[n] - NOW for n in (49, 50, 99, 100)] == [timedelta(seconds=n) for n in (0, 1, 1, 2)]


def test_discord_threads_count_for_themselves() -> None:
    threads = [chat("7", platform="discord", kind="thread", thread=str(n)) for n in range(2)]
    ends = drain(Pacer(paces()), threads, 11)
    assert ends[9] == NOW
    assert ends[10] - NOW == timedelta(seconds=5)


def test_an_answer_sent_by_hand_counts() -> None:
    pacer = Pacer(paces())
    note(pacer, chat(), NOW)
    assert pacer.ready(chat(), NOW) == NOW + timedelta(seconds=1)
    assert pacer.ready(chat("2"), NOW) == NOW


def test_a_busy_platform_is_told_apart_from_a_busy_chat() -> None:
    pacer = Pacer({"telegram": Pace(overall=(Limit(1),))})
    pacer.begin(chat(), NOW)
    assert pacer.ready(chat("2"), NOW) == NEVER
    assert pacer.ready(chat(platform="console"), NOW) == NOW


def test_memory_follows_the_busy_chats() -> None:
    """Ten thousand chats, each written to once: idle ones are forgotten."""
    pacer = Pacer({"telegram": TELEGRAM.faster(1_000)})
    now = NOW
    for number in range(10_000):
        note(pacer, chat(str(number)), now)
        now += timedelta(seconds=1)
        if number == 999:
            assert pacer.remembered == 1_000  # not worth the search so far
        if number == 1_000:
            assert pacer.remembered < 10
    assert pacer.remembered < 2_500


def test_the_search_for_idle_chats_is_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all are busy the next one waits until there are twice as many and some."""
    idle, asked = Window.idle, []

    def counting(window: Window, now: datetime) -> bool:
        asked.append(now)
        return idle(window, now)

    monkeypatch.setattr(Window, "idle", counting)
    pacer = Pacer({"telegram": Pace(chat=(Limit(1),))})
    for number in range(3_000):
        note(pacer, chat(str(number)), NOW)
    assert len(asked) == 1_000
    note(pacer, chat("one more"), NOW)
    assert len(asked) == 1_000 + 3_000


def test_a_wait_outlives_the_search_and_one_that_is_over_does_not() -> None:
    pacer = Pacer({"telegram": TELEGRAM})
    pacer.hold(chat("held"), NOW + HOUR)
    pacer.hold(chat("over"), NOW)
    for number in range(1_001):
        note(pacer, chat(str(number)), NOW)
    assert pacer.chat_ready(chat("held"), NOW) == NOW + HOUR
    assert len(pacer._held) == 1


def test_a_clock_a_little_back_makes_no_send_older_than_those_before() -> None:
    window = Window(Limit(2))
    for tenths in (0, 9, 5):
        window.begin()
        window.end(NOW + tenths * SECOND / 10)
    assert window.ready(NOW + 1.5 * SECOND) == NOW + 1.9 * SECOND


def test_a_busy_window_keeps_no_more_than_its_stretch() -> None:
    window = Window(Limit(2))
    for number in range(50):
        now = NOW + number * SECOND / 2
        assert window.ready(now) == now
        window.begin()
        window.end(now)
    assert len(window._ends) <= 2


def test_busy_chats_are_remembered_however_many() -> None:
    pacer = Pacer({"telegram": TELEGRAM})
    note(pacer, chat("looked at"), NOW - timedelta(hours=1))
    pacer.ready(chat("looked at"), NOW)
    for number in range(1_500):
        note(pacer, chat(str(number)), NOW)
    assert pacer.remembered == 1_500
    assert pacer.chat_ready(chat("0"), NOW) == NOW + SECOND


def test_limits_scale() -> None:
    assert TELEGRAM.faster(10).kinds["group"] == (Limit(20, timedelta(seconds=6)),)


def test_a_wait_the_platform_asked_for_holds_its_chat_alone() -> None:
    """All its threads; and it is forgotten once it is over."""
    pacer = Pacer({})
    chat, thread = Chat(platform="p", address="1"), Chat(platform="p", address="1", thread="3")
    other = Chat(platform="p", address="2")
    pacer.hold(chat, NOW + timedelta(seconds=40))
    assert pacer.ready(chat, NOW) == pacer.ready(thread, NOW) == NOW + timedelta(seconds=40)
    assert pacer.ready(other, NOW) == NOW
    assert pacer.ready(chat, NOW + timedelta(seconds=41)) == NOW + timedelta(seconds=41)


@pytest.mark.parametrize(
    ("limit", "apart", "at_once"),
    [
        (Limit(30), SECOND / 29, 1),
        (Limit(1), SECOND, 1),
        (Limit(20, 60 * SECOND), 4 * SECOND, 5),
        (Limit(5, 5 * SECOND), 1.25 * SECOND, 1),
        (Limit(3, 6 * SECOND), 3 * SECOND, 1),
        (Limit(8, 5 * SECOND), 5 * SECOND / 6, 2),
        (Limit(40, 4.9 * SECOND), 4.9 * SECOND / 39, 1),
    ],
)
def test_a_limit_is_kept_by_spacing_too(limit: Limit, apart: timedelta, at_once: int) -> None:
    """A quarter of a long one at once, and a little more between the rest than it needs."""
    assert spacings((limit, limit)) == (Spacing(apart * 1.05, at_once),) * 2
