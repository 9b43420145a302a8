"""Jobs of one process of many: its own work at once, what others do through the shared queue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

from digests.jobs.local import LocalJobs
from digests.ports import Handler, Jobs

log = logging.getLogger(__name__)


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
