"""What models may cost: reserved before a call, settled after it, never over a cap.

Money is counted in whole millionths of the currency the prices are in, rounded up. A day and a
month are those of UTC. A model without a price is not free: its calls are refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from digests.clock import Clock
from digests.model import Failure, FailureKind, Hold, Limit, Spend, Usage
from digests.ports import Ledger

__all__ = ["Budget", "Caps", "Hold", "Ledger", "Limit", "MemoryLedger", "Price", "Spend", "Usage", "Warn"]

Warn = Callable[[Limit, int], Awaitable[None]]
"""Tells the people in charge that a limit is nearly used, with what is used of it."""

WARN_AT = 0.8  # share of a cap from which the people in charge are warned


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, read and written. Zero is a price: a server of one's own."""

    input: Decimal
    output: Decimal

    def cost(self, usage: Usage) -> int:
        """In millionths, rounded up."""
        exact = self.input * usage.input_tokens + self.output * usage.output_tokens
        return int(exact.to_integral_value(rounding=ROUND_CEILING))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Hard limits in millionths; None: no limit of that kind."""

    daily: int | None = None
    monthly: int | None = None
    chat_daily: int | None = None
    chat_monthly: int | None = None


@dataclass(slots=True)
class MemoryLedger:
    """A ledger that forgets when the process ends: for tests and for servers that cost nothing."""

    _holds: dict[int, Hold] = field(default_factory=dict)
    _spends: dict[tuple[str, str, int | None, int], Spend] = field(default_factory=dict)
    _warned: set[Limit] = field(default_factory=set)
    _last: int = 0

    async def reserve(self, hold: Hold, limits: tuple[Limit, ...]) -> Hold | Limit:
        for limit in limits:  # nothing is awaited in here, so no other call comes between
            if self._used(limit) + hold.amount > limit.cap:
                return limit
        self._last += 1
        held = Hold(
            id=self._last,
            model=hold.model,
            chat_id=hold.chat_id,
            source_id=hold.source_id,
            amount=hold.amount,
            day=hold.day,
        )
        self._holds[held.id] = held
        return held

    async def settle(self, hold: Hold, cost: int, usage: Usage | None) -> None:
        if self._holds.pop(hold.id, None) is None:
            return
        key = (hold.day, hold.model, hold.chat_id, hold.source_id)
        old = self._spends.get(key) or Spend(
            day=hold.day, model=hold.model, chat_id=hold.chat_id, source_id=hold.source_id
        )
        self._spends[key] = Spend(
            day=old.day,
            model=old.model,
            chat_id=old.chat_id,
            source_id=old.source_id,
            calls=old.calls + 1,
            input_tokens=old.input_tokens + (usage.input_tokens if usage else 0),
            output_tokens=old.output_tokens + (usage.output_tokens if usage else 0),
            cost=old.cost + cost,
        )

    async def used(self, limit: Limit) -> int:
        return self._used(limit)

    async def first_warning(self, limit: Limit) -> bool:
        new = limit not in self._warned
        self._warned.add(limit)
        return new

    async def spends(self, period: str) -> list[Spend]:
        settled = [spend for spend in self._spends.values() if spend.day.startswith(period)]
        held = [
            Spend(day=h.day, model=h.model, chat_id=h.chat_id, source_id=h.source_id, held=h.amount)
            for h in self._holds.values()
            if h.day.startswith(period)
        ]
        return settled + held

    def _used(self, limit: Limit) -> int:
        held = sum(h.amount for h in self._holds.values() if _counts(limit, h.chat_id, h.day))
        return held + sum(s.cost for s in self._spends.values() if _counts(limit, s.chat_id, s.day))


def _counts(limit: Limit, chat_id: int | None, day: str) -> bool:
    return day.startswith(limit.period) and (limit.chat_id is None or limit.chat_id == chat_id)


@dataclass(frozen=True, slots=True)
class Budget:
    """The caps over a ledger. ``prices`` by the model's name as the server knows it.

    ``warn`` is called once for each limit and period, when four fifths of it are used or a call
    does not fit under it any more.
    """

    prices: Mapping[str, Price]
    caps: Caps
    ledger: Ledger
    clock: Clock
    warn: Warn | None = None

    async def reserve(
        self, model: str, most: Usage, *, chat_id: int | None = None, source_id: int = 0
    ) -> Hold | Failure:
        """Set aside what a call can cost at most, or say which cap forbids it."""
        price = self.prices.get(model)
        if price is None:
            return Failure(FailureKind.BUDGET, f"The model {model} has no price in the configuration.")
        now = self.clock()
        hold = Hold(
            model=model, chat_id=chat_id, source_id=source_id, amount=price.cost(most), day=f"{now:%Y-%m-%d}"
        )
        held = await self.ledger.reserve(hold, self.limits(chat_id, now))
        if isinstance(held, Limit):
            await self._tell(held, await self.ledger.used(held))
            return Failure(FailureKind.BUDGET, f"The {held.name} for language models is used up.")
        return held

    async def settle(self, hold: Hold, usage: Usage | None) -> int:
        """Enter the call's real cost; None, a lost answer, costs all that was held. Returns the cost."""
        cost = self.prices[hold.model].cost(usage) if usage else hold.amount
        await self.ledger.settle(hold, cost, usage)
        if self.warn is not None:
            for limit, used in await self.near(hold.chat_id):
                await self._tell(limit, used)
        return cost

    async def release(self, hold: Hold) -> None:
        """The call did not happen or was refused: it costs nothing."""
        await self.ledger.settle(hold, 0, Usage(0, 0))

    async def near(self, chat_id: int | None = None) -> list[tuple[Limit, int]]:
        """Limits of which four fifths or more are used, with what is used."""
        used = [(limit, await self.ledger.used(limit)) for limit in self.limits(chat_id, self.clock())]
        return [(limit, amount) for limit, amount in used if amount >= limit.cap * WARN_AT]

    async def _tell(self, limit: Limit, used: int) -> None:
        if self.warn is not None and await self.ledger.first_warning(limit):
            await self.warn(limit, used)

    def limits(self, chat_id: int | None, now: datetime) -> tuple[Limit, ...]:
        """The limits a call for this chat falls under at this moment."""
        day, month = f"{now:%Y-%m-%d}", f"{now:%Y-%m}"
        pairs: list[tuple[int | None, str, int | None]] = [(None, day, self.caps.daily)]
        pairs += [(None, month, self.caps.monthly)]
        if chat_id is not None:
            pairs += [(chat_id, day, self.caps.chat_daily), (chat_id, month, self.caps.chat_monthly)]
        return tuple(Limit(who, period, cap) for who, period, cap in pairs if cap is not None)
