"""What several processes agree on through the store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digests.model import Spacing


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
class Place:
    """When a send may start; not ``taken``: when to ask again."""

    at: datetime
    taken: bool


class Paces(Protocol):
    """When all processes together may write to a platform."""

    async def take(
        self,
        platform: str,
        whole: Sequence[Spacing],
        wants: Sequence[tuple[str, Sequence[Spacing]]],
        now: datetime,
        until: datetime,
    ) -> list[Place]:
        """A place for each wanted send, in that order.

        A want is an address and its spacings; ``whole`` holds for all of them together. None is taken
        later than ``until``, nor for an address that would keep others from going before it, nor in a
        flood wait.
        """
        ...

    async def forget(self, now: datetime) -> None:
        """Drop what no longer keeps anybody waiting."""
        ...
