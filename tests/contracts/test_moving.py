"""A desk moves between databases: everything, again, and after an interruption."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from desk_values import Desk

from digests.errors import StoreError
from digests.model import Chat, Entry, Source
from digests.store import database_copy, open_store
from digests.store.database_copy import move

pytestmark = pytest.mark.slow


async def fill(desk: Desk, sources: int = 3, entries: int = 40) -> None:
    """Rows whose text keys sort differently by bytes and by language."""
    for n in range(sources):
        source = await desk.store.sources.add(Source(url=f"https://{n}.example/"), desk.now)
        fresh = [
            (
                Entry(source_id=source.id, title=f"Ä {i}"),
                [f"{'aBÄ-_z'[i % 6]}{i}é", f"{'Zb-ä'[i % 4]}:{i}"],
            )
            for i in range(entries)
        ]
        await desk.store.entries.add(fresh, desk.now)
    for n in range(5):
        await desk.store.chats.ensure(Chat(platform="telegram", address=str(n)), desk.now)
    await desk.store.deliveries.wait("telegram", "-5", desk.now + timedelta(hours=1))


async def test_everything_moves_and_a_second_move_writes_nothing(
    desk: Desk, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_copy, "CHUNK", 7)
    await fill(desk)
    away = str(tmp_path / "away.sqlite3")
    told: list[tuple[int, int]] = []
    first = {table.name: table for table in await move(url, away, lambda d, t: told.append((d, t)))}
    assert first["entries"].rows == first["entries"].written == 120
    assert first["entry_keys"].rows == 240
    assert told[-1][0] == told[-1][1] == sum(table.rows for table in first.values())
    again = await move(url, away)
    assert [(t.written, t.removed) for t in again] == [(0, 0)] * len(again)
    assert {t.name: t.digest for t in again} == {name: t.digest for name, t in first.items()}


async def test_there_and_back_with_what_changed_meanwhile(desk: Desk, url: str, tmp_path: Path) -> None:
    await fill(desk)
    away = str(tmp_path / "away.sqlite3")
    await move(url, away)
    async with open_store(away) as store:
        await store.sources.remove(1)  # takes subscriptions and keys along
        one, other = await store.chats.find("telegram", "1"), await store.chats.find("telegram", "2")
        assert one is not None
        assert other is not None
        for old, new in (("1", "x"), ("2", "1"), ("x", "2")):  # two chats exchange a unique address
            await store.chats.move("telegram", old, new)
        await store.sources.add(Source(url="https://new.example/"), desk.now)
    back = {table.name: table for table in await move(away, url)}
    assert back["sources"].removed == 1
    assert back["chats"].written == 2
    assert (await desk.store.chats.find("telegram", "1")) == other.__class__(
        **{f: getattr(other, f) for f in ("id", "platform", "kind", "title", "settings")}, address="1"
    )
    # numbers go on where they were
    late = await desk.store.sources.add(Source(url="https://later.example/"), desk.now)
    assert late.id == 5


async def test_one_database_is_no_move(url: str) -> None:
    with pytest.raises(StoreError, match="the same database"):
        await move(url, url)


async def test_a_desk_of_its_own_in_the_target_is_not_written_over(
    desk: Desk, url: str, tmp_path: Path
) -> None:
    away = str(tmp_path / "other.sqlite3")
    await fill(desk, sources=1, entries=2)
    async with open_store(away) as store:
        await fill(Desk(store, desk.now + timedelta(days=1)), sources=1, entries=2)
    with pytest.raises(StoreError, match="the target holds another desk"):
        await move(url, away)
    async with open_store(away) as store:
        assert len(await store.sources.all()) == 1
    moved = {table.name: table for table in await move(url, away, replace=True)}
    assert moved["sources"].written == 1


async def test_a_move_the_wrong_way_round_is_refused(desk: Desk, url: str, tmp_path: Path) -> None:
    empty = str(tmp_path / "empty.sqlite3")
    await fill(desk, sources=1, entries=2)
    with pytest.raises(StoreError, match=r"has chats that the source never had.*the other way round"):
        await move(empty, url)
    await move(url, empty)  # the target went on, and the source is old
    await desk.store.entries.add([(Entry(source_id=1, title="later"), ["later"])], desk.now)
    with pytest.raises(StoreError, match="has entries that the source never had"):
        await move(empty, url)
    assert len(await desk.store.sources.all()) == 1


async def test_a_move_goes_on_after_the_newest_rows_went_and_no_number_comes_again(
    desk: Desk, url: str, tmp_path: Path
) -> None:
    await fill(desk, sources=3, entries=2)
    away = str(tmp_path / "away.sqlite3")
    await move(url, away)
    await desk.store.sources.remove(3)
    (sources,) = [table for table in await move(url, away) if table.name == "sources"]
    assert (sources.rows, sources.removed) == (2, 1)
    back = str(tmp_path / "back.sqlite3")
    await move(url, back)
    async with open_store(back) as store:
        assert (await store.sources.add(Source(url="https://late.example/"), desk.now)).id == 4


async def test_unique_values_that_went_from_one_part_of_the_rows_to_another(
    desk: Desk, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_copy, "CHUNK", 2)
    await fill(desk, sources=1, entries=2)
    away = str(tmp_path / "away.sqlite3")
    await move(url, away)
    for old, new in (("0", "x"), ("4", "0"), ("x", "4")):
        await desk.store.chats.move("telegram", old, new)
    (chats,) = [table for table in await move(url, away) if table.name == "chats"]
    assert (chats.rows, chats.written) == (5, 2)
