"""Jobs on this process's own event loop."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Mapping
from datetime import timedelta

from digests.ports import Handler, Jobs

log = logging.getLogger(__name__)


class LocalJobs:
    """``ports.Jobs`` for one process. At most ``workers`` handlers run at a time.

    A hint for work that is running now waits and runs once more after it: what changed in the
    meantime may not have been seen. The same ``(work, key)`` never runs twice at once.
    """

    def __init__(self, *, workers: int = 8) -> None:
        if workers < 1:
            raise ValueError("at least one worker is needed")
        self._workers = workers
        self._queue: list[tuple[int, int, tuple[str, str]]] = []  # a heap: priority, order, job
        self._waiting: dict[tuple[str, str], int] = {}  # the priority each waits with
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._order = 0
        self._changed = asyncio.Event()

    async def hint(self, work: str, key: str = "", *, priority: int = 10) -> None:
        """As the port says; a hint that repeats a waiting one may only make it more urgent."""
        job = (work, key)
        if self._waiting.get(job, priority + 1) <= priority:
            return
        self._waiting[job] = priority
        self._order += 1
        heapq.heappush(self._queue, (priority, self._order, job))
        self._changed.set()

    async def run(self, handlers: Mapping[str, Handler], *, grace: timedelta) -> None:
        try:
            while True:
                self._changed.clear()
                self._start(handlers)
                await self._changed.wait()
        finally:
            await self._wind_down(grace)

    def _start(self, handlers: Mapping[str, Handler]) -> None:
        later = []
        while self._queue and len(self._running) < self._workers:
            priority, order, job = heapq.heappop(self._queue)
            if self._waiting.get(job) != priority:  # it was made more urgent, and ran as that
                continue
            if job in self._running:
                later.append((priority, order, job))
                continue
            del self._waiting[job]
            handler = handlers.get(job[0])
            if handler is None:
                log.error("no one here does “%s”", job[0])
                continue
            self._running[job] = asyncio.create_task(self._work(handler, job), name=" ".join(job))
        for waiting in later:
            heapq.heappush(self._queue, waiting)

    async def _work(self, handler: Handler, job: tuple[str, str]) -> None:
        try:
            await handler(job[1])
        except Exception:
            log.exception("%s %s broke off", *job)
        finally:
            del self._running[job]
            self._changed.set()

    async def _wind_down(self, grace: timedelta) -> None:
        running = list(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=grace.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


# ------------ Jobs of one process of many: its own work at once, what others do through the shared queue.


class RelayedJobs:
    """``ports.Jobs``: hints for ``works`` stay in this process, all others go to ``shared``, and
    what others hint there at is taken up here. A hint that dies with its process may be lost, as
    hints may."""

    def __init__(self, shared: Jobs, works: frozenset[str], *, workers: int = 8) -> None:
        self._local = LocalJobs(workers=workers)
        self._shared = shared
        self._works = works
        self._hinting: set[asyncio.Task[None]] = set()

    async def hint(self, work: str, key: str = "", *, priority: int = 10) -> None:
        """As the port says."""
        jobs = self._local if work in self._works else self._shared
        await jobs.hint(work, key, priority=priority)

    def soon(self, work: str) -> None:
        """Hint without waiting for it."""
        hinting = asyncio.create_task(self._hint_safely(work))
        self._hinting.add(hinting)
        hinting.add_done_callback(self._hinting.discard)

    async def _hint_safely(self, work: str) -> None:
        try:
            await self.hint(work)
        except Exception as error:  # a hint may be lost: the next sweep makes up for it
            log.warning("A hint for %s was lost: %s", work, type(error).__name__)

    async def run(self, handlers: Mapping[str, Handler], *, grace: timedelta) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self._local.run(handlers, grace=grace))
            both.create_task(self._shared.run({work: self._relay(work) for work in handlers}, grace=grace))

    def _relay(self, work: str) -> Handler:
        async def relay(key: str) -> None:
            await self._local.hint(work, key)

        return relay
