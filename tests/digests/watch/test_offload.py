"""Workers: what one call leaves behind goes with its process."""

from __future__ import annotations

import os
import sys

import pytest

from digests.watch.offload import Offload

_KEPT: list[bytearray] = []


def takes(megabytes: int) -> int:
    """Keeps so much for good, as a parser does whose memory lies in pieces."""
    _KEPT.append(bytearray(b"x") * (megabytes * 1024 * 1024))
    return os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a process has in memory")
async def test_a_worker_that_has_grown_is_replaced_and_another_is_not() -> None:
    async with Offload(1) as offload:
        first = await offload.run(takes, 1)
        assert await offload.run(takes, 1) == first
        assert await offload.run(takes, 100) == first
        assert await offload.run(takes, 1) != first
