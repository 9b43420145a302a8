"""How the pretended Telegram misbehaves: faults asked for by a test, and flood limits."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass, field

from tests.fakes.strict_telegram import Refusal


@dataclass
class Fault:
    """Goes wrong for the next ``times`` calls of methods that match, in one chat or all."""

    method: str
    action: str
    times: int = 1
    chat: int | None = None
    status: int = 502
    delay: float = 0.0  # seconds, of SLOW
    retry_after: int = 1
    description: str = "Bad Gateway"
    met: int = 0

    def meets(self, method: str, chat: int | None) -> bool:
        return self.times > 0 and re.fullmatch(self.method, method) is not None and self.chat in (None, chat)


@dataclass
class Bucket:
    rate: float  # a second
    burst: float
    level: float = -1.0
    at: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until another message fits."""
        self.level = (
            self.burst if self.level < 0 else min(self.burst, self.level + (now - self.at) * self.rate)
        )
        self.at = now
        return max(0.0, (1 - self.level) / self.rate)


@dataclass
class Flood:
    """Telegram's limits as token buckets: (messages a second, burst)."""

    overall: tuple[float, float] = (30, 30)
    chat: tuple[float, float] = (1, 3)
    group: tuple[float, float] = (20 / 60, 20)
    on: bool = False
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def check(self, chat: int, kind: str) -> None:
        """Count one message, or refuse it with 429."""
        if not self.on:
            return
        rules = [("all", self.overall), (f"chat {chat}", self.chat)]
        if kind in ("group", "supergroup"):
            rules.append((f"group {chat}", self.group))
        buckets = [self._buckets.setdefault(name, Bucket(*rule)) for name, rule in rules]
        now = time.monotonic()
        wait = max(bucket.wait(now) for bucket in buckets)
        if wait > 0:
            seconds = math.ceil(wait)
            raise Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        for bucket in buckets:
            bucket.level -= 1
