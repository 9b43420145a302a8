"""What is known of one server by its answers: what it lacks, and how much it takes and gives.

Nothing is known for ever: a server is upgraded and its settings change, so after ``AGAIN`` the
full call is tried anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digests.brief.llm.refusals import Feature

AGAIN = timedelta(days=1)


@dataclass(slots=True)
class Features:
    """``context``: tokens of prompt and answer together, as the configuration has it; None: unknown."""

    context: int | None = None
    thinks: bool = False
    lacking: dict[Feature, datetime] = field(default_factory=dict)
    _context: tuple[int, datetime] | None = None
    _most: tuple[int, datetime] | None = None

    def has(self, feature: Feature, now: datetime) -> bool:
        """Whether a call may go with it."""
        until = self.lacking.get(feature)
        return until is None or until <= now

    def lacks(self, feature: Feature, now: datetime) -> None:
        self.lacking[feature] = now + AGAIN

    def takes(self, context: int, now: datetime) -> None:
        """The server has refused what was longer."""
        self._context = (context, now + AGAIN)

    def gives(self, tokens: int, now: datetime) -> None:
        """An answer may have so many tokens at most."""
        self._most = (tokens, now + AGAIN)

    def context_at(self, now: datetime) -> int | None:
        """Tokens of prompt and answer together, as far as is known."""
        learnt = self._context[0] if self._context and self._context[1] > now else None
        known = [tokens for tokens in (self.context, learnt) if tokens is not None]
        return min(known, default=None)

    def most_at(self, now: datetime) -> int | None:
        """Tokens of one answer, as far as is known."""
        return self._most[0] if self._most and self._most[1] > now else None
