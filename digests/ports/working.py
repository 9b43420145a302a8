"""Work off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from digests.model import Failure

Result = TypeVar("Result")


class Workers(Protocol):
    """Processes that do what could hold up the event loop, each call within a deadline."""

    async def run(
        self,
        function: Callable[..., Result],
        *args: Any,
        timeout: float = ...,  # noqa: ASYNC109
    ) -> Result | Failure:
        """What a module-level function makes of picklable arguments; a ``Failure`` where it takes more
        than ``timeout`` seconds or raises."""
        ...
