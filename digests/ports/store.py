"""The store as a whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from digests.model import Hold, Limit, ModelBatch, Pruned, RetentionPolicy, Spacing, Spend, Usage
from digests.ports.chats import Chats, Feedback, People, Rules, SignIns, Subscriptions, Tokens
from digests.ports.digests import Corrections, Deliveries, Digests, Recordings
from digests.ports.news import AdminReports, Articles, Entries, Library, Pushes, Sources, Stories


class Ledger(Protocol):
    """Remembers what was spent and what is held.

    Contract: ``reserve`` is atomic: it sums settled and held amounts of each limit's account and
    period, and either sets the hold aside or names the first limit it would break. Settling or
    releasing a hold twice changes nothing. Holds outlive a crash and count until settled.
    """

    async def reserve(self, hold: Hold, limits: tuple[Limit, ...]) -> Hold | Limit: ...

    async def settle(self, hold: Hold, cost: int, usage: Usage | None) -> None: ...

    async def used(self, limit: Limit) -> int:
        """Settled and held, in millionths."""
        ...

    async def first_warning(self, limit: Limit) -> bool:
        """Whether nobody was warned of this account and period yet; from now on somebody is.

        A cap that was changed counts as another limit.
        """
        ...

    async def spends(self, period: str) -> list[Spend]:
        """Of one day or month, for the people who pay."""
        ...


class Batches(Protocol):
    """Batches that model servers work on, across restarts."""

    async def add(self, batch: ModelBatch) -> ModelBatch: ...

    async def open(self) -> list[ModelBatch]:
        """Those that have not ended, oldest first."""
        ...

    async def asked(self, since: datetime) -> set[str]:
        """Keys of the briefs in any batch submitted since then, ended or not."""
        ...

    async def end(self, batch_id: int) -> None: ...


class Answers(Protocol):
    """What models answered, so that nothing unchanged is asked, and paid, twice."""

    async def get(self, key: str) -> str | None:
        """``key`` names all that an answer depends on: the texts, the prompt's version, the model."""
        ...

    async def save(self, key: str, answer: str, now: datetime) -> None: ...

    async def forget(self, before: datetime) -> None: ...


class Turns(Protocol):
    def turn(self, name: str, *, wait: bool = True) -> AbstractAsyncContextManager[bool]:
        """What one at a time may do among all tasks and processes that share the store.

        Gives true while the turn is held; without ``wait``, false at once when another has it. A
        process that dies gives its turns back.
        """
        ...

    async def lead(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Does ``work`` while this process is the one elected for it, for as long as that lasts.

        Others stand by and one of them takes over when it dies, hangs or loses the database;
        ``work`` is cancelled where the election is lost and begun anew where it is won again.
        Returns when ``work`` does.
        """
        ...


@dataclass(frozen=True, slots=True)
class Slot:
    """When a send may start; not ``taken``: when to ask again."""

    at: datetime
    taken: bool


class RateLimits(Protocol):
    """When all processes together may write to a platform."""

    async def take(
        self,
        platform: str,
        whole: Sequence[Spacing],
        wants: Sequence[tuple[str, Sequence[Spacing]]],
        now: datetime,
        until: datetime,
    ) -> list[Slot]:
        """A place for each wanted send, in that order.

        A want is an address and its spacings; ``whole`` holds for all of them together. None is taken
        later than ``until``, nor for an address that would keep others from going before it, nor in a
        flood wait.
        """
        ...

    async def forget(self, now: datetime) -> None:
        """Drop what no longer keeps anybody waiting."""
        ...


class Retention(Protocol):
    async def prune(self, now: datetime, keep: RetentionPolicy) -> Pruned:
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
    def paces(self) -> RateLimits: ...

    @property
    def sign_ins(self) -> SignIns: ...

    @property
    def tokens(self) -> Tokens: ...

    @property
    def looking(self) -> AdminReports: ...

    async def close(self) -> None: ...


OpenStore = Callable[[str], AbstractAsyncContextManager[Store]]
