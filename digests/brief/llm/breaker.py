"""A circuit breaker: a server that keeps failing is left alone for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True)
class Breaker:
    """Opens after ``limit`` failures in a row, for ``rest``, doubled each time up to ``longest``.

    When the rest is over one call is let through to try; its success closes the breaker. What failed
    at the same time counts once: ten that waited for the same dead server are no ten failures.
    """

    limit: int = 3
    rest: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=1)
    failures: int = 0
    until: datetime | None = None
    last: datetime | None = None

    def closed(self, now: datetime) -> bool:
        """Whether a call may go out. The call that tries a rested server makes others wait for it."""
        if self.until is None:
            return True
        if now < self.until:
            return False
        self.until = now + self.rest
        return True

    def good(self) -> None:
        self.failures, self.until, self.last = 0, None, None

    def bad(self, began: datetime, now: datetime, wait: timedelta | None = None) -> None:
        """A failure of what began then; ``wait`` is what the server asked for, if it did."""
        if self.last is None or began >= self.last:
            self.failures += 1
            over = self.failures - self.limit
            if over >= 0:
                self.until = now + min(self.longest, self.rest * 2 ** min(over, 20))
            self.last = now
        if wait is not None:
            self.until = max(self.until or now, now + min(wait, self.longest))
