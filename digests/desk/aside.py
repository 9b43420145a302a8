"""Work that is waited for a moment, and then goes on beside the rest: nothing slow holds up what follows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

log = logging.getLogger(__name__)

PATIENCE: Final = 2.0
"""Seconds that one piece of work may hold up what follows it."""


class Aside:
    """Runs work for as long as it takes, and waits for it ``patience`` seconds."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._going_on: set[asyncio.Task[int]] = set()

    async def run(self, work: Coroutine[Any, Any, int]) -> int | None:
        """What it comes to; None where it goes on. What it raises then is logged."""
        task = asyncio.create_task(work, name="aside")
        self._going_on.add(task)
        try:
            await asyncio.wait({task}, timeout=self._patience)
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            task.add_done_callback(self._ended)
        if not task.done():
            return None
        self._going_on.discard(task)
        return task.result()

    def _ended(self, task: asyncio.Task[int]) -> None:
        if task in self._going_on:
            self._going_on.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("Work that went on aside broke off", exc_info=error)

    async def close(self) -> None:
        """End all that still goes on."""
        left = list(self._going_on)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
