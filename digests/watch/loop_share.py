"""Small work on the event loop, in portions: many tasks that are ready at once don't stall the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

Result = TypeVar("Result")

SECONDS: Final = 0.01


class LoopShare:
    """Calls functions on the loop, for ``seconds`` in one turn of it; what comes then waits for the next.

    One call is never cut short: give it what takes some milliseconds at the worst.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._spent = 0.0

    async def run(self, function: Callable[..., Result], *args: Any) -> Result:
        """The function's result; what it raises is raised."""
        # an event would wake all that wait at once, into one turn
        while self._spent >= self._seconds:  # noqa: ASYNC110
            await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        if not self._spent:
            loop.call_soon(self._next_turn)
        start = loop.time()
        try:
            return function(*args)
        finally:
            self._spent += loop.time() - start

    def _next_turn(self) -> None:
        self._spent = 0.0
