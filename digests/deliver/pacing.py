"""How fast each platform may be written to. Everything here takes ``now``; nothing sleeps.

A ``Window`` counts the sends of the last while, so no stretch of that length ever holds more
than its limit, wherever the server starts counting. A send holds its place from its start and
is dated by its end: what the server saw lies between the two, so it is never counted too early.

That alone would cost a round trip for each stretch. But the server saw a message at least the
way back before its end, and sees the next one no sooner than the way there after its start, and
both ways together are the shortest round trip. So a place is free that much earlier (``Trips``).
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from digests.clock import Clock
from digests.errors import StoreError
from digests.model import Chat, Spacing
from digests.ports import RateLimits, Slot

SECOND = timedelta(seconds=1)
NEVER = datetime.max.replace(tzinfo=UTC)
"""Not by waiting: something else must happen first."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` sends in any stretch of ``per``."""

    count: int
    per: timedelta = SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A platform's limits.

    ``kinds`` are further limits for chats of these kinds. ``by_thread``: each thread counts for
    itself; else all threads of an address count together.
    """

    overall: tuple[Limit, ...] = ()
    chat: tuple[Limit, ...] = ()
    kinds: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    by_thread: bool = False

    def faster(self, factor: float) -> Pace:
        """The same limits in stretches ``factor`` times as short, for tests and benchmarks."""

        def scaled(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
            return tuple(Limit(limit.count, limit.per / factor) for limit in limits)

        return Pace(
            overall=scaled(self.overall),
            chat=scaled(self.chat),
            kinds={kind: scaled(limits) for kind, limits in self.kinds.items()},
            by_thread=self.by_thread,
        )


_MARGIN = 1.05  # spacings are this much longer: on their way to a platform two sends may come closer


def spacings(limits: Sequence[Limit]) -> tuple[Spacing, ...]:
    """The limits as spacings that never break them: what comes at once takes from what comes after.

    A quarter of a limit of some seconds or longer may come at once, one message of a shorter one.
    """
    found = []
    for limit in limits:
        burst = max(1, limit.count // 4) if limit.per >= 5 * SECOND else 1
        found.append(Spacing(limit.per * _MARGIN / max(1, limit.count - burst), burst))
    return tuple(found)


class Window:
    """The sends of the last ``limit.per``."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._ends: deque[datetime] = deque()
        self._open = 0

    def ready(self, now: datetime, trip: timedelta = timedelta()) -> datetime:
        """When the next send may start; NEVER: when one of those under way has ended. ``trip``:
        what a round trip takes at least; half the stretch is kept whatever it is."""
        if self._ends and self._ends[-1] > now + self._limit.per:  # the clock was set back, and
            # that must not stop the desk
            self._ends = deque(min(end, now) for end in self._ends)
        while self._ends and self._ends[0] + self._limit.per <= now:
            self._ends.popleft()
        if self._open >= self._limit.count:
            return NEVER
        kept = self._limit.per - min(trip, self._limit.per / 2)
        free = bisect_right(self._ends, now - kept)
        over = len(self._ends) - free + self._open - self._limit.count
        return now if over < 0 else self._ends[free + over] + kept

    def begin(self) -> None:
        self._open += 1

    def end(self, now: datetime) -> None:
        self._open -= 1
        self._ends.append(max(now, self._ends[-1]) if self._ends else now)

    def idle(self, now: datetime) -> bool:
        """Whether it holds nothing any more."""
        return not self._open and (not self._ends or self._ends[-1] + self._limit.per <= now)


class Trips:
    """The last round trips to a platform: what the next will take at least.

    Until it has seen ``_ENOUGH`` of them it says nothing. Then the shortest, less what the middle
    one took longer: where they differ the shortest may have been lucky on both ways. It remembers
    many, for those of one moment are long together.
    """

    _ENOUGH = 100
    _LAST = 2_000

    def __init__(self) -> None:
        self._last: deque[timedelta] = deque()
        self._by_length: list[timedelta] = []
        self.surely = timedelta()

    def add(self, took: timedelta) -> None:
        took = max(took, timedelta())  # less than none: the clock was set back
        if len(self._last) == self._LAST:
            del self._by_length[bisect_left(self._by_length, self._last.popleft())]
        self._last.append(took)
        insort(self._by_length, took)
        if len(self._last) >= self._ENOUGH:
            shortest, middle = self._by_length[0], self._by_length[len(self._last) // 2]
            self.surely = max(2 * shortest - middle, timedelta())


def _latest(windows: Sequence[Window], now: datetime, trip: timedelta) -> datetime:
    """When all of them let a send start."""
    return max((window.ready(now, trip) for window in windows), default=now)


class Pacer:
    """All windows of all platforms: ``paces`` are their limits, by name; others have none. Not safe across threads."""

    _SWEEP = 1_000

    def __init__(self, paces: Mapping[str, Pace]) -> None:
        self._paces = paces
        self._overall = {name: [Window(limit) for limit in pace.overall] for name, pace in paces.items()}
        self._trips = {name: Trips() for name in paces}
        self._chats: dict[tuple[str, ...], list[Window]] = {}
        self._held: dict[tuple[str, str], datetime] = {}
        self._sweep_at = self._SWEEP

    @property
    def remembered(self) -> int:
        """How many chats it holds the recent sends of."""
        return len(self._chats)

    def ready(self, chat: Chat, now: datetime) -> datetime:
        """When a send to the chat may start; NEVER: when one under way has ended."""
        return max(self.platform_ready(chat.platform, now), self.chat_ready(chat, now))

    def platform_ready(self, platform: str, now: datetime) -> datetime:
        """The same by the platform's own limits alone, whatever the chat."""
        return _latest(self._overall.get(platform, ()), now, self._trip(platform))

    def chat_ready(self, chat: Chat, now: datetime) -> datetime:
        """The same by the chat's limits alone."""
        free = _latest(self._own(chat, now), now, self._trip(chat.platform))
        return max(free, self._held.get(_place(chat), now))

    def hold(self, chat: Chat, until: datetime) -> None:
        """Nothing goes to the chat's address before then: the platform asked to wait."""
        self._held[_place(chat)] = until

    def begin(self, chat: Chat, now: datetime) -> None:
        for window in self._windows(chat, now):
            window.begin()

    def end(self, chat: Chat, now: datetime, took: timedelta | None = None) -> None:
        """``took``: from the start of the send itself to its answer, where both are known."""
        for window in self._windows(chat, now):
            window.end(now)
        if took is not None and chat.platform in self._trips:
            self._trips[chat.platform].add(took)

    def _trip(self, platform: str) -> timedelta:
        return self._trips[platform].surely if platform in self._trips else timedelta()

    def _windows(self, chat: Chat, now: datetime) -> list[Window]:
        return [*self._overall.get(chat.platform, ()), *self._own(chat, now)]

    def _own(self, chat: Chat, now: datetime) -> list[Window]:
        pace = self._paces.get(chat.platform)
        if pace is None:
            return []
        key = (chat.platform, chat.address, (chat.thread or "") if pace.by_thread else "")
        own = self._chats.get(key)
        if own is None:
            self._forget(now)
            limits = (*pace.chat, *pace.kinds.get(chat.kind, ()))
            own = self._chats[key] = [Window(limit) for limit in limits]
        return own

    def _forget(self, now: datetime) -> None:
        """Drop the chats that are idle, now and then, so that memory follows the busy ones."""
        if len(self._chats) < self._sweep_at:
            return
        self._chats = {
            key: windows
            for key, windows in self._chats.items()
            if not all(window.idle(now) for window in windows)
        }
        self._held = {place: until for place, until in self._held.items() if until > now}
        self._sweep_at = 2 * len(self._chats) + self._SWEEP


def _place(chat: Chat) -> tuple[str, str]:
    return chat.platform, chat.address


_Want = tuple[str, tuple[Spacing, ...]]


class SharedPace:
    """Asks the store for places, many sends in one question."""

    LONGEST = timedelta(seconds=20)
    """The longest a delivery waits for its place here; it is given back then."""
    _GATHER = 0.02  # seconds in which questions come together
    _HORIZON = timedelta(seconds=0.5)  # the most a place is taken ahead, so that answers get theirs soon

    def __init__(self, paces: RateLimits, clock: Clock, limits: Mapping[str, Pace]) -> None:
        self._paces = paces
        self._clock = clock
        self._limits = limits
        self._wants: defaultdict[str, list[_Want]] = defaultdict(list)  # of the next question
        self._asking: dict[str, asyncio.Task[list[Slot]]] = {}  # the last question, by platform

    def own(self) -> Mapping[str, Pace]:
        """What a process can keep by itself: a chat's own limits, so that it rarely asks in vain."""
        return {
            name: Pace(chat=pace.chat, kinds=pace.kinds, by_thread=pace.by_thread)
            for name, pace in self._limits.items()
        }

    async def place(self, chat: Chat, longest: timedelta = LONGEST) -> bool:
        """Wait until a message may be written to the chat; false: not within ``longest``."""
        latest = self._clock() + longest
        while chat.platform in self._limits:
            place = await self._ask(chat)
            pause = (place.at - self._clock()).total_seconds()
            if place.taken:
                await asyncio.sleep(pause)
                break
            if place.at > latest:
                return False
            await asyncio.sleep(max(pause - self._HORIZON.total_seconds() / 2, self._GATHER))
        return True

    async def _ask(self, chat: Chat) -> Slot:
        wants = self._wants[chat.platform]
        number = len(wants)
        wants.append(self._want(chat))
        if number == 0:
            self._asking[chat.platform] = asyncio.create_task(self._ask_all(chat.platform))
        places = await asyncio.shield(self._asking[chat.platform])  # one may give up, not all
        return places[number]

    async def _ask_all(self, platform: str) -> list[Slot]:
        await asyncio.sleep(self._GATHER)
        wants = self._wants.pop(platform)
        whole = spacings(self._limits[platform].overall)
        now = self._clock()
        return await self._paces.take(platform, whole, wants, now, now + self._HORIZON)

    def _want(self, chat: Chat) -> _Want:
        pace = self._limits[chat.platform]
        thread = f"/{chat.thread}" if pace.by_thread and chat.thread else ""
        return f"{chat.address}{thread}", spacings((*pace.chat, *pace.kinds.get(chat.kind, ())))


log = logging.getLogger(__name__)


class SendQueue:
    """Shares the outbox's ``pacer``. The place is taken at once, so that the backlog steps back;
    the answer waits for it ``LONGEST`` at most, since a person waits too."""

    LONGEST = timedelta(seconds=2)
    _SLACK = timedelta(seconds=1)  # how much later the database may say it
    _GLANCE = 0.01  # seconds between two looks whether a send under way has ended

    def __init__(self, pacer: Pacer, clock: Clock, shared: SharedPace | None = None) -> None:
        self._pacer = pacer
        self._shared = shared
        self._clock = clock

    @asynccontextmanager
    async def turn(self, chat: Chat) -> AsyncIterator[Callable[[timedelta], None]]:
        """Write to the chat inside of it: one message. What it gives is to be told how long the
        platform asked to wait, so that the backlog waits too."""
        now = self._clock()
        latest = now + self.LONGEST
        while (start := self._pacer.ready(chat, now)) == NEVER and now < latest:
            await asyncio.sleep(self._GLANCE)
            now = self._clock()
        self._pacer.begin(chat, now)
        try:
            await asyncio.sleep((min(start, latest) - now).total_seconds())
            if self._shared is not None:
                await self._place(self._shared, chat)
            yield lambda delay: self._pacer.hold(chat, self._clock() + delay)
        finally:
            self._pacer.end(chat, self._clock())

    async def _place(self, shared: SharedPace, chat: Chat) -> None:
        """Its place among what all workers send. A database that does not say one in time keeps no
        answer back: the platform may refuse it, which is then waited out."""
        try:
            async with asyncio.timeout((self.LONGEST + self._SLACK).total_seconds()):
                await shared.place(chat, self.LONGEST)
        except (StoreError, TimeoutError) as error:
            log.warning("%s: an answer goes out of turn: %s", chat.platform, str(error) or "no place in time")
