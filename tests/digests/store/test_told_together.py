"""Writes asked for at the same time share a transaction, and each gets its own result."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from digests.store.deliveries import Together


class Disk:
    """Doubles what it is given, a few at a time, when it is let."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.free = asyncio.Event()
        self.full = False

    async def write(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        await self.free.wait()
        if self.full:
            raise OSError("full")
        return [2 * number for number in numbers]


async def test_what_comes_while_one_is_written_goes_together_next() -> None:
    disk = Disk()
    together = Together(disk.write)
    first = asyncio.create_task(together.do(1))
    await asyncio.sleep(0.001)
    rest = [asyncio.create_task(together.do(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0.001)
    assert disk.batches == [[1]]
    disk.free.set()
    assert await asyncio.gather(first, *rest) == [2, 4, 6, 8]
    assert disk.batches == [[1], [2, 3, 4]]
    assert await together.do(5) == 10


async def test_a_transaction_holds_so_many_and_no_more() -> None:
    disk = Disk()
    disk.free.set()
    together = Together(disk.write)
    await asyncio.gather(*(together.do(number) for number in range(120)))
    assert [len(batch) for batch in disk.batches] == [50, 50, 20]


async def test_a_failure_is_told_to_each_and_ends_nothing() -> None:
    disk = Disk()
    disk.free.set()
    disk.full = True
    together = Together(disk.write)
    failed = await asyncio.gather(together.do(1), together.do(2), return_exceptions=True)
    assert [str(error) for error in failed] == ["full", "full"]
    disk.full = False
    assert await together.do(3) == 6


@pytest.mark.parametrize("full", [True, False])
async def test_one_who_no_longer_waits_keeps_nobody_from_a_result(full: bool) -> None:
    disk = Disk()
    disk.full = full
    together = Together(disk.write)
    gone, waiting = asyncio.create_task(together.do(1)), asyncio.create_task(together.do(2))
    await asyncio.sleep(0.001)
    gone.cancel()
    await asyncio.sleep(0.001)
    disk.free.set()
    (said,) = await asyncio.gather(waiting, return_exceptions=True)
    assert isinstance(said, OSError) if full else said == 4
