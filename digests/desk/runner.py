"""Runs a desk's work in one process: all of it, or the share of its roles beside others on a shared store.

Work is given out, not assigned: a source, an entry or a delivery is held by the process that took
it, and is due for all again when it is done or the hold has run out. Each process sweeps for itself,
so a hint is only ever a way to be sooner. Of many processes one at a time groups, elected among the readers.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from digests.desk import Desk
from digests.model import Entry
from digests.ports import Handler

log = logging.getLogger(__name__)

HOLD = timedelta(seconds=45)
"""For how long sources and entries are given out to one process, unless it renews that: what a dead
one held is taken up within a minute."""

SWEEP = timedelta(seconds=5)
"""How often hints are derived anew from the store: the longest that a lost one is missed."""

PRUNE = timedelta(hours=1)
"""How often what is old is forgotten."""

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


class Runner:
    """Runs a desk in its roles; with none it only keeps the desk open, for the chats' commands.

    ``alone``: no other process works for this desk, so nothing has to be agreed on with one.
    """

    def __init__(self, desk: Desk, roles: Collection[str] = ROLES, *, alone: bool = True) -> None:
        self._desk = desk
        self._roles = frozenset(roles)
        self._alone = alone
        self._aside = Aside()
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
        if "read" in self._roles and not self._alone:
            beside.append(asyncio.create_task(self._lead_groups(), name="group"))
        delivering = asyncio.create_task(self._deliver_on(stop), name="outbox")
        try:
            if works:
                await self._desk.jobs.run({work: self._handlers[work] for work in works}, grace=grace)
            else:
                await stop.wait()
        finally:
            for task in beside:
                task.cancel()
            await self._aside.close()
            stop.set()
            try:
                async with asyncio.timeout(grace.total_seconds()):
                    await asyncio.gather(*beside, return_exceptions=True)
                    await delivering
            except TimeoutError:
                log.warning("A send was cut off; it is settled at the next start, or by another process")

    async def _deliver_on(self, stop: asyncio.Event) -> None:
        if "deliver" in self._roles:
            await self._desk.outbox.run(stop)

    async def _sweep(self, works: frozenset[str]) -> None:
        desk, looked, pruned = self._desk, None, self._desk.clock()
        first = self._alone  # a chat's first digest waits for a first look at the sources
        while True:
            async with self._turn("clock") as mine:
                looked = await desk.mind_clock(looked) if mine else desk.clock()
            pruned = min(pruned, looked)
            if first:
                first = False
                await self._first_look(works)
            for work in sorted(works - {"prune", "deliver"}):
                await desk.jobs.hint(work)
            if "prune" in works and desk.clock() - pruned > PRUNE:
                pruned = desk.clock()
                await desk.jobs.hint("prune", priority=90)
            # not all processes at the same moment
            await asyncio.sleep(SWEEP.total_seconds() * random.uniform(0.7, 1.3))

    async def _first_look(self, works: frozenset[str]) -> None:
        for work in ("watch", "read"):
            try:
                if work in works:
                    await self._handlers[work]("")
            except Exception:
                log.exception("The first look at the sources broke off; the next one follows")

    @asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[bool]:
        """Whether this process is the one that does it now."""
        if self._alone:
            yield True
            return
        async with self._desk.store.turns.turn(name, wait=False) as mine:
            yield mine

    async def _watch(self, _key: str) -> None:
        """Poll what is due; slow sources go on aside."""
        await self._aside.run(self._polled())

    async def _polled(self) -> int:
        desk, found = self._desk, 0
        while True:
            new = await desk.intake.poll_due(desk.clock())
            found += new
            if new:
                await desk.jobs.hint("read")
            if self._alone or not desk.intake.more:
                return found

    async def _tend(self, _key: str) -> None:
        """Ask the hubs; slow ones go on aside."""
        await self._aside.run(self._tended())

    async def _tended(self) -> int:
        async with self._turn("hubs") as mine:
            if mine:
                await self._desk.tend_hubs()
        return 0

    async def _read(self, _key: str) -> None:
        """Read what waits for it; slow pages go on aside. Who is alone groups it, too."""
        desk = self._desk
        while entries := await desk.intake.unread(desk.clock()):
            await self._aside.run(self._pages(entries))
        if self._alone and await desk.intake.group_new(desk.clock()):
            await desk.jobs.hint("edit")

    async def _pages(self, entries: Sequence[Entry]) -> int:
        read = await self._desk.intake.read_pages(entries, self._desk.clock())
        if read and self._alone:
            await self._desk.jobs.hint("read")  # to be grouped
        return read

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
        async with self._turn("ahead") as mine:
            if mine:
                await self._desk.write_ahead()

    async def _prune(self, _key: str) -> None:
        async with self._turn("prune") as mine:
            if mine:
                await self._desk.prune()

    async def _deliver(self, _key: str) -> None:
        self._desk.outbox.wake()
