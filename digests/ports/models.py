"""What is remembered of language models: what they cost, and what they were asked."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from digests.model import Hold, Limit, ModelBatch, Spend, Usage


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
