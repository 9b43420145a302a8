"""Telegram's updates between their arrival and their answer."""

from __future__ import annotations

import asyncio
from typing import Final

import telegram

_REMEMBERED: Final = 1_000
"""Answered updates that are known when they come again, as a repeated webhook request brings them."""


class Inbox:
    """Puts each update into ``queue`` once, and knows it until it was answered."""

    def __init__(self, queue: asyncio.Queue[telegram.Update]) -> None:
        self._queue = queue
        self._open: dict[int, asyncio.Future[bool]] = {}
        self._answered: dict[int, None] = {}  # the oldest first
        self._left: set[int] = set()  # given back
        self._closed = False

    @property
    def open(self) -> list[int]:
        """The updates that are not answered yet, in the order they came."""
        return list(self._open)

    def is_new(self, update: telegram.Update) -> bool:
        return update.update_id not in self._open and update.update_id not in self._answered

    def bring(self, update: telegram.Update) -> asyncio.Future[bool]:
        """Ends when the update was answered: true, or false when nobody here is going to."""
        number = update.update_id
        if number in self._open:
            return self._open[number]
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if number in self._answered or self._closed:
            future.set_result(number in self._answered)
        else:
            self._open[number] = future
            self._left.discard(number)
            self._queue.put_nowait(update)
        return future

    def taken(self, number: int) -> None:
        """It was answered, or nothing is to be said to it."""
        if (future := self._open.pop(number, None)) is not None:
            self._answered[number] = None
            if len(self._answered) > _REMEMBERED:
                del self._answered[next(iter(self._answered))]
            future.set_result(True)

    def give_back(self) -> set[int]:
        """The updates that nobody has looked at, which this process then knows nothing of."""
        while not self._queue.empty():
            number = self._queue.get_nowait().update_id
            if (future := self._open.pop(number, None)) is not None:  # else its time was up
                future.set_result(False)
                self._left.add(number)
        return self._left

    def close(self) -> None:
        """Take no more, and give back what is waiting."""
        self._closed = True
        self.give_back()

    def reopen(self) -> None:
        self._closed = False

    async def one_answered(self, within: float) -> None:
        """Wait until one of the open updates was answered, ``within`` seconds at most."""
        if self._open:
            await asyncio.wait(self._open.values(), timeout=within, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(within)

    async def all_answered(self, within: float) -> None:
        """The same for all of them."""
        if self._open:
            await asyncio.wait(self._open.values(), timeout=within)
