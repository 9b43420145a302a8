"""One timer for many waits of the same length, since nearly all of them end long before it is up."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any


class Deadlines:
    """``with deadlines.one():`` raises ``TimeoutError`` once its body has run for ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._running: dict[_Deadline, float] = {}  # and when each is up, in loop time; the first one first
        self._timer: asyncio.TimerHandle | None = None

    def one(self) -> _Deadline:
        return _Deadline(self)

    def begin(self, one: _Deadline, loop: asyncio.AbstractEventLoop) -> None:
        self._running[one] = until = loop.time() + self.seconds
        if self._timer is None:
            self._timer = loop.call_at(until, self._look)

    def end(self, one: _Deadline) -> None:
        del self._running[one]

    def close(self) -> None:
        """Nothing runs any more; another event loop may begin."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """End what is up, and come back when the next one is."""
        loop = asyncio.get_running_loop()
        now, self._timer = loop.time(), None
        for one, until in self._running.items():
            if until > now:
                self._timer = loop.call_at(until, self._look)
                break
            one.up()


class _Deadline:
    """Of one task, as ``asyncio.timeout`` does it."""

    __slots__ = ("_all", "_cancelling", "_task", "_up")

    def __init__(self, all_: Deadlines) -> None:
        self._all = all_

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        task: asyncio.Task[Any] | None = asyncio.current_task(loop)
        assert task is not None
        self._task, self._cancelling, self._up = task, task.cancelling(), False
        self._all.begin(self, loop)

    def up(self) -> None:
        if not self._up:
            self._up = True
            self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._all.end(self)
        if self._up and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error
