"""The desk: the only part of the engine that composes the steps with the ports.

``Intake`` brings sources to stories, ``Editor`` stories to digests, ``Outbox`` digests to chats;
``Asks`` answers a person. ``Desk`` runs them once through; ``runner`` runs them for good.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digests.clock import Clock
from digests.deliver.outbox import Outbox
from digests.desk.asks import Asks, Questions, Summary
from digests.desk.briefing import Ahead
from digests.desk.editor import Edited, Editor
from digests.desk.intake import Intake, Taken
from digests.desk.live import DeskSettings
from digests.desk.pushing import Pushing
from digests.desk.speaking import Speaker
from digests.edit.schedule import next_digest
from digests.model import ChatSettings
from digests.ports import Jobs, Store
from digests.watch.cadence import HASTENED

__all__ = ["Asks", "Cycle", "Desk", "DeskSettings", "Edited", "Editor", "Intake", "Summary", "Taken"]

log = logging.getLogger(__name__)

UNFOLLOWED = timedelta(days=7)
"""How long a source that nobody follows any more is remembered: who comes back finds it as it was."""

SKEW = timedelta(minutes=10)
"""A clock that goes back by less was put right by a little."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one full cycle did."""

    entries: int
    articles: int
    digests: int
    sent: int


@dataclass(frozen=True, slots=True)
class Desk:
    """The engine, put together."""

    store: Store
    intake: Intake
    editor: Editor
    outbox: Outbox
    asks: Asks
    jobs: Jobs
    clock: Clock
    live: DeskSettings = field(default_factory=DeskSettings)
    speaker: Speaker | None = None
    questions: Questions | None = None
    pushing: Pushing | None = None
    ahead: Ahead | None = None

    async def reschedule(self, chat_id: int, settings: ChatSettings, now: datetime) -> None:
        """A chat's rhythm or zone is another: its next digest, and in time for it its sources' next polls."""
        due = next_digest(settings, now)
        await self.store.chats.schedule(chat_id, due)
        await self.store.sources.hasten(chat_id, max(due - HASTENED, now + HASTENED))

    async def cycle(self) -> Cycle:
        """Everything that is due, once through, in order."""
        await self.outbox.recover(self.clock())
        await self.tend_hubs()
        entries = await self.intake.poll_due(self.clock())
        articles = await self.read_all()
        await self.write_ahead()
        digests = await self.editor.edit_due(self.clock())
        sent = await self.outbox.deliver_due()
        if self.speaker is not None and await self.speaker.speak_due(self.clock()):
            sent += await self.outbox.deliver_due()
        return Cycle(entries, articles, digests, sent)

    async def read_all(self) -> int:
        """Read and group whatever waits for it; how many articles were read."""
        articles = 0
        while read := await self.intake.read_new(self.clock()):
            articles += read
        await self.intake.group_new(self.clock())
        return articles

    async def mind_clock(self, last: datetime | None) -> datetime:
        """Put right what was planned by a clock that was ahead, at the start and whenever it goes back.

        ``last``: what this gave the last time. Returns the moment it is now.
        """
        now = self.clock()
        if last is None or now < last - SKEW:
            try:
                await self._bring_back(now)
            except Exception:
                log.exception("What a wrong clock put off could not be put right; it is tried again")
                return last or now
        return now

    async def _bring_back(self, now: datetime) -> None:
        self.intake.remember_anew()
        changed = await self.store.clocks.bring_back(now, self.intake.longest_wait)
        for chat in await self.store.chats.all():
            due = next_digest(chat.settings, now)
            if chat.next_digest is not None and chat.next_digest > due + SKEW:
                await self.store.chats.schedule(chat.id, due)
                changed += 1
        if changed:
            log.warning("The clock had been ahead; what it put off is due again, in %s places", changed)

    async def tend_hubs(self) -> None:
        """Ask hubs to push. They are a help: whatever goes wrong with them, sources are polled."""
        if self.pushing is not None:
            try:
                await self.pushing.tend(self.clock())
            except Exception:
                log.exception("The hubs could not be tended; the sources are polled all the same")

    async def write_ahead(self) -> None:
        """Ask for briefs of digests to come, where that is wanted."""
        if self.ahead is not None:
            await self.ahead.run(self.clock())

    async def prune(self) -> None:
        """Forget what is old."""
        keep = self.live.keep
        if not await self.store.clocks.steady(self.clock()):
            return  # after a rest, or by a clock that jumped ahead: some days later
        await self.store.answers.forget(self.clock() - keep.articles)
        gone = await self.store.retention.prune(self.clock(), keep)
        await self.store.sources.forget_unfollowed(self.clock() - UNFOLLOWED)
        await self.store.paces.forget(self.clock())
        log.info("Forgot %s digests, %s articles, %s entries", gone.digests, gone.articles, gone.entries)
