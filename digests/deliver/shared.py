"""A place in what all workers together may send: one budget for one bot, however many they are."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

from digests.clock import Clock
from digests.deliver.pacing import PACES, Pace, spacings
from digests.model import Chat, Spacing
from digests.ports import Paces, Place

_Asked = list[tuple[Chat, asyncio.Future[Place]]]


class SharedPace:
    """Asks the store for places, many sends in one question."""

    LONGEST = timedelta(seconds=20)
    """The longest a delivery waits for its place here; it is given back then."""
    _GATHER = 0.02  # seconds in which questions come together
    _HORIZON = timedelta(seconds=0.5)  # the most a place is taken ahead, so that answers get theirs soon

    def __init__(self, paces: Paces, clock: Clock, limits: Mapping[str, Pace] = PACES) -> None:
        self._paces = paces
        self._clock = clock
        self._limits = limits
        self._asked: defaultdict[str, _Asked] = defaultdict(list)
        self._asking: dict[str, asyncio.Task[None]] = {}

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
        answer: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        self._asked[chat.platform].append((chat, answer))
        if chat.platform not in self._asking:
            self._asking[chat.platform] = asyncio.create_task(self._ask_all(chat.platform))
        return await answer

    async def _ask_all(self, platform: str) -> None:
        await asyncio.sleep(self._GATHER)
        asked = self._asked.pop(platform)
        del self._asking[platform]
        now = self._clock()
        wants = [self._want(chat) for chat, _ in asked]
        whole = spacings(self._limits[platform].overall)
        try:
            places = await self._paces.take(platform, whole, wants, now, now + self._HORIZON)
        except Exception as error:
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, answer), place in zip(asked, places, strict=True):
            if not answer.done():
                answer.set_result(place)

    def _want(self, chat: Chat) -> tuple[str, tuple[Spacing, ...]]:
        pace = self._limits[chat.platform]
        thread = f"/{chat.thread}" if pace.by_thread and chat.thread else ""
        return f"{chat.address}{thread}", spacings((*pace.chat, *pace.kinds.get(chat.kind, ())))
