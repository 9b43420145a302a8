"""One process of many: it does the work of its roles, and shares it with the others through the store.

Work is given out, not assigned: a source, an entry or a delivery is held by the process that took
it, and is due for all again when it is done or the hold has run out. Each process sweeps for itself,
so a hint is only ever a way to be sooner. One process at a time groups, elected among the readers.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Collection
from datetime import timedelta

from digests.desk import PRUNE, SWEEP, Desk
from digests.ports import Handler

log = logging.getLogger(__name__)

HOLD = timedelta(seconds=45)
"""For how long sources and entries are given out to one process, unless it renews that: what a dead
one held is taken up within a minute."""

WORKS = {
    "watch": ("watch", "hubs", "prune"),
    "read": ("read",),
    "brief": ("edit", "speak", "ahead"),
    "deliver": ("deliver",),
}
"""What each role does."""

ROLES = tuple(WORKS)
GROUP = 1.0
"""Seconds between two looks for what was read, of the one that groups."""


def works_of(roles: Collection[str]) -> frozenset[str]:
    """All that these roles do."""
    return frozenset(work for role in roles for work in WORKS[role])


class Worker:
    """Runs a desk in its roles; with none it only keeps the desk open, for the chats' commands."""

    def __init__(self, desk: Desk, roles: Collection[str]) -> None:
        self._desk = desk
        self._roles = frozenset(roles)
        self._handlers: dict[str, Handler] = {
            "watch": self._watch,
            "hubs": self._tend,
            "prune": self._prune,
            "read": self._read,
            "edit": self._edit,
            "speak": self._speak,
            "ahead": self._ahead,
            "deliver": self._deliver,
        }

    async def run(self, *, grace: timedelta) -> None:
        """Serve until cancelled, then let what is in flight finish for ``grace``."""
        stop = asyncio.Event()
        works = works_of(self._roles)
        beside = [asyncio.create_task(self._sweep(works), name="sweep")]
        if "read" in self._roles:
            beside.append(asyncio.create_task(self._lead_groups(), name="group"))
        delivering = asyncio.create_task(self._deliver_on(stop), name="outbox")
        try:
            if works:
                handlers = {work: self._handlers[work] for work in works}
                await self._desk.jobs.run(handlers, grace=grace)
            else:
                await stop.wait()
        finally:
            for task in beside:
                task.cancel()
            await self._desk.aside.close()
            stop.set()
            try:
                async with asyncio.timeout(grace.total_seconds()):
                    await asyncio.gather(delivering, *beside, return_exceptions=True)
            except TimeoutError:
                log.warning("A send was cut off; another process settles it")

    async def _deliver_on(self, stop: asyncio.Event) -> None:
        if "deliver" in self._roles:
            await self._desk.outbox.run(stop)

    async def _sweep(self, works: frozenset[str]) -> None:
        looked, pruned = None, self._desk.clock()
        while True:
            async with self._desk.store.turns.turn("clock", wait=False) as mine:
                looked = await self._desk.mind_clock(looked) if mine else self._desk.clock()
            pruned = min(pruned, looked)
            for work in sorted(works - {"prune", "deliver"}):
                await self._desk.jobs.hint(work)
            if "prune" in works and self._desk.clock() - pruned > PRUNE:
                pruned = self._desk.clock()
                await self._desk.jobs.hint("prune", priority=90)
            # not all at the same moment
            await asyncio.sleep(SWEEP.total_seconds() * random.uniform(0.7, 1.3))

    async def _watch(self, _key: str) -> None:
        await self._desk.aside.run(self._polled())

    async def _polled(self) -> int:
        desk, found = self._desk, 0
        while True:
            new = await desk.intake.poll_due(desk.clock())
            found += new
            if new:
                await desk.jobs.hint("read")
            if not desk.intake.more:
                return found

    async def _tend(self, _key: str) -> None:
        await self._desk.aside.run(self._tended())

    async def _tended(self) -> int:
        desk = self._desk
        if desk.pushing is not None:
            async with desk.store.turns.turn("hubs", wait=False) as mine:
                if mine:
                    await desk.pushing.tend(desk.clock())
        return 0

    async def _read(self, _key: str) -> None:
        desk = self._desk
        while entries := await desk.intake.unread(desk.clock()):
            await desk.aside.run(desk.intake.read_pages(entries, desk.clock()))

    async def _lead_groups(self) -> None:
        while True:
            try:
                await self._desk.store.turns.lead("group", self._group)
            except Exception:
                log.exception("Grouping broke off; somebody is elected again")
            await asyncio.sleep(GROUP)

    async def _group(self) -> None:
        intake = self._desk.intake
        intake.elect()
        try:
            while True:
                if await intake.group_new(self._desk.clock()):
                    await self._desk.jobs.hint("edit")
                await asyncio.sleep(GROUP)
        finally:
            intake.resign()

    async def _edit(self, _key: str) -> None:
        await self._desk.editor.edit_due(self._desk.clock())

    async def _speak(self, _key: str) -> None:
        if self._desk.speaker is not None:
            await self._desk.speaker.speak_due(self._desk.clock())

    async def _ahead(self, _key: str) -> None:
        if self._desk.ahead is not None:
            async with self._desk.store.turns.turn("ahead", wait=False) as mine:
                if mine:
                    await self._desk.ahead.run(self._desk.clock())

    async def _prune(self, _key: str) -> None:
        async with self._desk.store.turns.turn("prune", wait=False) as mine:
            if mine:
                await self._desk.prune()
                await self._desk.store.paces.forget(self._desk.clock())

    async def _deliver(self, _key: str) -> None:
        self._desk.outbox.wake()
