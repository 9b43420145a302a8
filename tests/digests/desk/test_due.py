"""The sources of a sweep: every one once, the next page looked up while one is polled."""

from __future__ import annotations

import asyncio

import pytest

from digests.desk import sweep as module
from digests.desk.sweep import Due, DueSources
from digests.model import PollState, Source


class Book:
    """Pages of sources with the ids from 1 on."""

    def __init__(self, sources: int) -> None:
        self.all = [(Source(id=n, url=f"https://s{n}.example/"), PollState()) for n in range(1, sources + 1)]
        self.asked: list[int] = []
        self.free = asyncio.Event()
        self.free.set()

    async def look(self, after: Due | None, most: int) -> list[Due]:
        self.asked.append(most)
        await self.free.wait()
        start = 0 if after is None else after[0].id
        return self.all[start : start + most]


async def ids_of(due: DueSources) -> list[int]:
    found = []
    while (one := await due.next()) is not None:
        found.append(one[0].id)
    return found


@pytest.mark.parametrize(
    ("sources", "looks"),
    [(0, [2]), (1, [2]), (2, [2, 4]), (5, [2, 4]), (6, [2, 4, 4]), (12, [2, 4, 4, 4])],
)
async def test_each_comes_once_whatever_the_pages_are(sources: int, looks: list[int]) -> None:
    book, busy = Book(sources), {99}
    due = DueSources(book.look, 2, 4, busy)
    await due.turn()
    several = await asyncio.gather(*(ids_of(due) for _ in range(3)))
    assert sorted(n for some in several for n in some) == list(range(1, sources + 1))
    assert (book.asked, due.more) == (looks, False)
    assert (due.ids, busy) == (list(range(1, sources + 1)), {99, *range(1, sources + 1)})


async def test_the_next_page_is_looked_up_while_half_of_one_is_left() -> None:
    book = Book(8)
    due = DueSources(book.look, 4, 4, set())
    await due.turn()
    book.free.clear()
    taken = [await due.next() for _ in range(4)]
    assert [one[0].id for one in taken if one] == [1, 2, 3, 4]
    await asyncio.sleep(0)
    assert (book.asked, len(due)) == ([4, 4], 0)
    waiting = asyncio.create_task(due.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    book.free.set()
    fifth = await waiting
    assert fifth is not None
    assert fifth[0].id == 5


async def test_what_is_being_polled_is_left_out_and_hides_nothing_behind_it() -> None:
    book = Book(8)
    due = DueSources(book.look, 4, 4, {2})
    await due.turn()
    assert await ids_of(due) == [1, 3, 4, 5, 6, 7, 8]
    due = DueSources(book.look, 4, 4, {1, 2, 3, 4})
    await due.turn()
    assert await ids_of(due) == [5, 6, 7, 8]
    due = DueSources(book.look, 4, 0, {1, 2, 3, 4})
    await due.turn()
    assert await ids_of(due) == []
    assert not due.more


async def test_one_page_is_all_where_none_follows_or_the_spell_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book = Book(8)
    due = DueSources(book.look, 4, 0, set())
    await due.turn()
    assert await ids_of(due) == [1, 2, 3, 4]
    assert due.more
    monkeypatch.setattr(module, "SPELL", 0.0)
    due = DueSources(book.look, 4, 4, set())
    await due.turn()
    assert await ids_of(due) == [1, 2, 3, 4]
    assert due.more


async def test_a_look_that_fails_is_raised_once_and_ends_the_pages() -> None:
    book = Book(8)

    async def look(after: Due | None, most: int) -> list[Due]:
        if after is not None:
            raise OSError("no database")
        return await book.look(after, most)

    due = DueSources(look, 4, 4, set())
    await due.turn()
    seen: list[int | str] = []
    for _ in range(6):
        try:
            one = await due.next()
        except OSError as error:
            seen.append(str(error))
        else:
            seen.append(one[0].id if one else 0)
        await asyncio.sleep(0)
    assert sorted(map(str, seen)) == ["0", "1", "2", "3", "4", "no database"]
    assert not due.more


async def test_a_look_under_way_is_given_up() -> None:
    book = Book(8)
    due = DueSources(book.look, 4, 4, set())
    await due.close()  # nothing to give up
    await due.turn()
    book.free.clear()
    for _ in range(3):
        await due.next()
    await due.close()
    assert len(due.ids) == 4
