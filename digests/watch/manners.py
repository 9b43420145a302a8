"""Manners towards one host: how many requests at once, and how far apart they start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass

from digests.fair_slots import FairSlots, served_for

_FREE = nullcontext()


@dataclass(slots=True)
class _Host:
    slots: FairSlots
    next_start: float = 0.0  # loop time
    users: int = 0


class HostTurns:
    """Gives each request its turn at its host.

    At most ``per_host`` hold a turn at once (0: no bound, no spacing either); two turns of a
    host start at least ``spacing`` seconds apart. Those for whom it is asked (``served_for``) share
    the host's turns fairly. Hosts nobody waits for are forgotten.
    """

    def __init__(self, per_host: int, spacing: float) -> None:
        self._per_host = per_host
        self._spacing = spacing
        self._hosts: dict[str, _Host] = {}

    def turn(self, host: str) -> AbstractAsyncContextManager[None]:
        """Wait for a turn at ``host`` and hold it."""
        return _FREE if self._per_host <= 0 else self._bounded(host)

    @asynccontextmanager
    async def _bounded(self, host: str) -> AsyncIterator[None]:
        known = self._hosts.get(host)
        if known is None:
            self._forget_idle()
            known = self._hosts[host] = _Host(FairSlots(self._per_host))
        known.users += 1
        try:
            async with known.slots.turn((served_for.get(), self._per_host)):
                now = asyncio.get_running_loop().time()
                start = max(now, known.next_start)
                known.next_start = start + self._spacing
                if start > now:
                    await asyncio.sleep(start - now)
                yield
        finally:
            known.users -= 1

    def _forget_idle(self) -> None:
        """Drop hosts that nobody waits for and whose spacing has passed, once there are many."""
        if len(self._hosts) < 1024:
            return
        now = asyncio.get_running_loop().time()
        self._hosts = {n: h for n, h in self._hosts.items() if h.users or h.next_start > now}
