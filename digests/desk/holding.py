"""Work that was given out stays so while it is being done, and is free soon after its worker died."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from digests.errors import StoreError

log = logging.getLogger(__name__)

Renew = Callable[[Sequence[int], datetime, datetime], Awaitable[None]]
"""What is held until the first moment still is held until the second."""


@asynccontextmanager
async def held(
    renew: Renew, ids: Sequence[int], now: datetime, hold: timedelta | None
) -> AsyncIterator[None]:
    """Renew what was given out at ``now``, thrice in each hold, while the block works on it.

    What is done by then is left alone. Without ``hold`` there is nothing to renew.
    """
    if hold is None or not ids:
        yield
        return
    renewing = asyncio.create_task(_renew(renew, ids, now, hold), name="hold")
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


async def _renew(renew: Renew, ids: Sequence[int], now: datetime, hold: timedelta) -> None:
    loop = asyncio.get_running_loop()
    began, until = loop.time(), now + hold
    while True:
        await asyncio.sleep(hold.total_seconds() / 3)
        later = now + timedelta(seconds=loop.time() - began) + hold
        try:
            await renew(ids, until, later)
        except StoreError as error:
            log.warning("What is being worked on may be given to others too: %s", error)
        else:
            until = later
