"""Discord's rate limits: a bucket for each route and channel, and one limit for the whole bot."""

from __future__ import annotations

import re
import time
from collections import defaultdict, deque


class Pace:
    """Per-route buckets and the global limit. A limit is ``(requests, seconds)``."""

    def __init__(self, message: tuple[int, float], overall: tuple[int, float]) -> None:
        self.message, self.overall = message, overall
        self._hits: dict[str, deque[float]] = defaultdict(deque)
        self._all: deque[float] = deque()

    def take(self, bucket: str) -> tuple[dict[str, str], float, bool]:
        """Count a request: its headers, the seconds to wait (0: let through), whether for all."""
        now, (limit, window) = time.monotonic(), self.message
        everyone, every_window = self.overall
        while self._all and self._all[0] <= now - every_window:
            self._all.popleft()
        if len(self._all) >= everyone:
            return {}, self._all[0] + every_window - now, True
        hits = self._hits[bucket]
        if hits and now >= hits[0] + window:  # the whole window ends at once, as Discord's do
            hits.clear()
        wait = 0.0
        if len(hits) >= limit:
            wait = hits[0] + window - now
        else:
            hits.append(now)
            self._all.append(now)
        left = (hits[0] + window - now) if hits else window
        return {
            "X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(max(0, limit - len(hits))),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}", "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": re.sub(r":.*", "", bucket),
        }, wait, False  # fmt: skip
