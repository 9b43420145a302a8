"""Around one call to a model's server: its answer's stream, whether the server is well, how
many calls at once, and what the server lacks."""

from __future__ import annotations

import asyncio
import heapq
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from digests.brief.llm.response_parsing import Feature

if TYPE_CHECKING:
    from openai import AsyncAPIResponse


async def answer_of(response: AsyncAPIResponse[Any]) -> Any:
    """The completion, with the server's count of tokens where it brought one.

    ``httpx2.TransportError`` where the connection or a stream breaks off, be it in silence: what came
    of it is not told from an answer that was cut in the middle of a sentence. ``ValueError`` for what
    is no JSON.
    """
    if "event-stream" in response.headers.get("content-type", ""):
        return await assembled(response.iter_lines())
    return json.loads(await response.read())


async def assembled(lines: AsyncIterator[str]) -> dict[str, Any]:
    """The pieces of a stream put together. Comments, ``null`` and pieces that say nothing are passed over."""
    text: list[str] = []
    refusal, thought, finish, usage, ended = "", "", None, None, False
    async for line in lines:
        if not line.startswith("data:"):
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            ended = True
            break
        piece = json.loads(data or "null")
        if not isinstance(piece, dict):
            continue
        if error := piece.get("error"):
            return {"error": error, "usage": usage, "begun": bool(text)}
        usage = piece.get("usage") or usage
        for choice in (piece.get("choices") or ())[:1]:
            delta = choice.get("delta") or choice.get("message") or {}
            said = delta.get("content")
            for part in said if isinstance(said, list) else [{"type": "text", "text": said}]:
                if part.get("type") == "text":
                    text.append(part.get("text") or "")
                else:
                    thought += "…"
            thought += "…" if delta.get("reasoning_content") or delta.get("reasoning") else ""
            refusal += delta.get("refusal") or ""
            finish = choice.get("finish_reason") or finish
    if finish is None and not ended:
        import httpx2

        raise httpx2.RemoteProtocolError("The stream broke off.")
    message = {"content": "".join(text), "refusal": refusal, "reasoning": thought[:1]}
    return {"choices": [{"message": message, "finish_reason": finish}], "usage": usage}


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


class Slots:
    """Like a semaphore whose waiters have a rank: among those that wait the lowest goes first."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._came = 0

    async def take(self, rank: int = 0) -> None:
        """Wait for a place. Whoever took it gives it back."""
        if self._free > 0:
            self._free -= 1
            return
        self._came += 1
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, self._came, mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # it was given, and nobody is there to use it
                self.give()
            raise

    def give(self) -> None:
        """Give a place back, to the first who still waits for it."""
        while self._waiting:
            _, _, first = heapq.heappop(self._waiting)
            if not first.done():
                first.set_result(None)
                return
        self._free += 1


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
