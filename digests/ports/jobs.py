"""Hints that there is work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Protocol

Handler = Callable[[str], Awaitable[None]]
"""Does one piece of work named by its key; safe to run twice and to be forgotten."""


class Jobs(Protocol):
    """Hints that there is work. State lives in the store; a hint may be lost or run twice.

    Contract: ``hint`` returns at once; the same ``(work, key)`` waits at most once;
    a lower ``priority`` number runs first; a handler that raises is logged and stops nothing.
    """

    async def hint(self, work: str, key: str = "", *, priority: int = 10) -> None: ...

    async def run(self, handlers: Mapping[str, Handler], *, grace: timedelta) -> None:
        """Work until cancelled; then let what is in flight finish for ``grace``."""
        ...
