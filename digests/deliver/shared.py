"""A place in what all workers together may send: one budget for one bot, however many they are."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

from digests.clock import Clock
from digests.deliver.pacing import Pace, spacings
from digests.model import Chat, Spacing
from digests.ports import Paces, Place

_Want = tuple[str, tuple[Spacing, ...]]


class SharedPace:
    """Asks the store for places, many sends in one question."""

    LONGEST = timedelta(seconds=20)
    """The longest a delivery waits for its place here; it is given back then."""
    _GATHER = 0.02  # seconds in which questions come together
    _HORIZON = timedelta(seconds=0.5)  # the most a place is taken ahead, so that answers get theirs soon

    def __init__(self, paces: Paces, clock: Clock, limits: Mapping[str, Pace]) -> None:
        self._paces = paces
        self._clock = clock
        self._limits = limits
        self._wants: defaultdict[str, list[_Want]] = defaultdict(list)  # of the next question
        self._asking: dict[str, asyncio.Task[list[Place]]] = {}  # the last question, by platform

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

    async def _ask(self, chat: Chat) -> Place:
        wants = self._wants[chat.platform]
        number = len(wants)
        wants.append(self._want(chat))
        if number == 0:
            self._asking[chat.platform] = asyncio.create_task(self._ask_all(chat.platform))
        places = await asyncio.shield(self._asking[chat.platform])  # one may give up, not all
        return places[number]

    async def _ask_all(self, platform: str) -> list[Place]:
        await asyncio.sleep(self._GATHER)
        wants = self._wants.pop(platform)
        whole = spacings(self._limits[platform].overall)
        now = self._clock()
        return await self._paces.take(platform, whole, wants, now, now + self._HORIZON)

    def _want(self, chat: Chat) -> _Want:
        pace = self._limits[chat.platform]
        thread = f"/{chat.thread}" if pace.by_thread and chat.thread else ""
        return f"{chat.address}{thread}", spacings((*pace.chat, *pace.kinds.get(chat.kind, ())))
