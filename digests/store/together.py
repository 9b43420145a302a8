"""Many small writes as one transaction.

A commit waits for the disk, so writes that each wait for a commit of their own stand in a line.
Here the first goes by itself, and those asked for meanwhile go together next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Write = TypeVar("Write")
Result = TypeVar("Result")


class Together(Generic[Write, Result]):
    """``carry_out`` gets some writes and returns their results in the same order, once they are
    durable. What it raises, each of those writes raises."""

    MOST = 50  # writes in one transaction, so that none keeps other writers off for long

    def __init__(self, carry_out: Callable[[Sequence[Write]], Awaitable[Sequence[Result]]]) -> None:
        self._carry_out = carry_out
        self._waiting: list[tuple[Write, asyncio.Future[Result]]] = []
        self._working: asyncio.Task[None] | None = None

    async def do(self, write: Write) -> Result:
        """Done and durable when it returns. Cancelled, it may be carried out all the same."""
        result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, result))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await result

    async def _work(self) -> None:
        try:
            while self._waiting:
                some = self._waiting[: self.MOST]
                del self._waiting[: self.MOST]
                await self._do_some(some)
        finally:
            self._working = None

    async def _do_some(self, some: Sequence[tuple[Write, asyncio.Future[Result]]]) -> None:
        waiting = [result for _, result in some]
        try:
            results = await self._carry_out([write for write, _ in some])
        except Exception as error:
            for result in waiting:
                if not result.done():
                    result.set_exception(error)
        else:
            for result, value in zip(waiting, results, strict=True):
                if not result.done():
                    result.set_result(value)
