"""The store as a whole."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from digests.model import Keep, Pruned
from digests.ports.chats import Chats, Feedback, People, Rules, SignIns, Subscriptions
from digests.ports.digests import Corrections, Deliveries, Digests, Recordings
from digests.ports.models import Answers, Batches, Ledger
from digests.ports.news import Articles, Entries, Library, Looking, Pushes, Sources, Stories
from digests.ports.sharing import Paces, Turns


class Retention(Protocol):
    async def prune(self, now: datetime, keep: Keep) -> Pruned:
        """Forget what is older than asked for: digests (not one on its way), articles with their
        stories, entries no feed can list any more, model calls, votes, the audit log, and whatever
        has had its time. In small transactions, so that nobody waits for it."""
        ...


class Clocks(Protocol):
    """What a clock that was wrong for a while has left behind."""

    async def steady(self, now: datetime) -> bool:
        """Whether the store has lived for some days up to ``now``, so that what is old by this clock may be
        forgotten. After a long rest, and under a clock that jumped ahead, it has not."""
        ...

    async def bring_back(self, now: datetime, longest: timedelta) -> int:
        """Put right what lies further ahead than anything is planned: sources (``longest``: between two
        polls), sends and reads are due at once, waits are over, what has happened has happened by now.
        Returns the number of changes. The chats' next digests are the caller's."""
        ...


class Store(Protocol):
    """Everything the desk remembers."""

    @property
    def sources(self) -> Sources: ...

    @property
    def pushes(self) -> Pushes: ...

    @property
    def entries(self) -> Entries: ...

    @property
    def articles(self) -> Articles: ...

    @property
    def stories(self) -> Stories: ...

    @property
    def chats(self) -> Chats: ...

    @property
    def subscriptions(self) -> Subscriptions: ...

    @property
    def rules(self) -> Rules: ...

    @property
    def library(self) -> Library: ...

    @property
    def feedback(self) -> Feedback: ...

    @property
    def people(self) -> People: ...

    @property
    def digests(self) -> Digests: ...

    @property
    def corrections(self) -> Corrections: ...

    @property
    def deliveries(self) -> Deliveries: ...

    @property
    def spend(self) -> Ledger: ...

    @property
    def answers(self) -> Answers: ...

    @property
    def recordings(self) -> Recordings: ...

    @property
    def batches(self) -> Batches: ...

    @property
    def retention(self) -> Retention: ...

    @property
    def clocks(self) -> Clocks: ...

    @property
    def turns(self) -> Turns: ...

    @property
    def paces(self) -> Paces: ...

    @property
    def sign_ins(self) -> SignIns: ...

    @property
    def looking(self) -> Looking: ...

    async def close(self) -> None: ...


OpenStore = Callable[[str], AbstractAsyncContextManager[Store]]
