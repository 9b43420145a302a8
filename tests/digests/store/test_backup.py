"""Backups of a database in use, going back to one, and everything as JSON lines."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digests.errors import SchemaTooNew, StoreError
from digests.model import Chat, Source, Subscription
from digests.store import open_store
from digests.store.backup import back_up, export, restore, sqlite_file

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def urls(path: Path) -> list[str]:
    async with open_store(str(path)) as store:
        return [source.url for source in await store.sources.all()]


async def filled(path: Path, *names: str) -> None:
    async with open_store(str(path)) as store:
        for name in names:
            await store.sources.add(Source(url=f"https://{name}.example/"), NOW)


async def test_a_backup_of_an_open_database_has_what_was_committed(tmp_path: Path) -> None:
    live, copy = tmp_path / "live.sqlite3", tmp_path / "copy.sqlite3"
    seen: list[tuple[int, int]] = []
    async with open_store(str(live)) as store:
        await store.sources.add(Source(url="https://a.example/"), NOW)
        back_up(live, copy, lambda done, total: seen.append((done, total)))
        await store.sources.add(Source(url="https://b.example/"), NOW)
    assert await urls(copy) == ["https://a.example/"]
    assert seen
    assert seen[-1][0] == seen[-1][1]
    assert [p.name for p in tmp_path.iterdir() if "unfinished" in p.name] == []


async def test_restore_brings_it_back_and_keeps_what_was_there(tmp_path: Path) -> None:
    live, copy = tmp_path / "live.sqlite3", tmp_path / "copy.sqlite3"
    await filled(live, "a")
    back_up(live, copy)
    await filled(live, "b")
    first = restore(copy, live)
    assert await urls(live) == ["https://a.example/"]
    second = restore(copy, live)
    assert first is not None
    assert second is not None
    assert first != second
    assert await urls(first) == ["https://a.example/", "https://b.example/"]
    assert restore(copy, tmp_path / "new.sqlite3") is None


async def test_a_database_in_use_is_not_replaced(tmp_path: Path) -> None:
    live, copy = tmp_path / "live.sqlite3", tmp_path / "copy.sqlite3"
    await filled(live, "a")
    back_up(live, copy)
    async with open_store(str(live)) as store:
        await store.sources.add(Source(url="https://b.example/"), NOW)
        with pytest.raises(StoreError, match="in use; stop the desk"):
            restore(copy, live)
        assert len(await store.sources.all()) == 2
    assert len(await urls(live)) == 2


async def test_a_damaged_database_can_be_replaced(tmp_path: Path) -> None:
    live, copy = tmp_path / "live.sqlite3", tmp_path / "copy.sqlite3"
    await filled(live, "a")
    back_up(live, copy)
    live.write_bytes(b"not a database at all" * 500)
    Path(f"{live}-wal").write_bytes(b"old log")
    kept = restore(copy, live)
    assert kept is not None
    assert kept.read_bytes().startswith(b"not a database")
    assert not Path(f"{live}-wal").exists()
    assert await urls(live) == ["https://a.example/"]


async def test_what_cannot_be_a_backup(tmp_path: Path) -> None:
    live, copy = tmp_path / "live.sqlite3", tmp_path / "copy.sqlite3"
    await filled(live, "a")
    with pytest.raises(StoreError, match="there is no file"):
        back_up(tmp_path / "none", copy)
    with pytest.raises(StoreError, match=r"folder .* does not exist"):
        back_up(live, tmp_path / "none" / "copy")
    back_up(live, copy)
    with pytest.raises(StoreError, match="there already"):
        back_up(live, copy)
    junk = tmp_path / "junk"
    junk.write_bytes(b"junk" * 1000)
    with pytest.raises(StoreError, match="not a newsdesk database"):
        restore(junk, live)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(SchemaTooNew, match="9999"):
        restore(copy, live)
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="damaged"):
        restore(copy, live)
    assert await urls(live) == ["https://a.example/"]


def test_postgresql_names_its_own_tools() -> None:
    with pytest.raises(StoreError, match=r"pg_dump .* pg_restore"):
        sqlite_file("postgresql://newsdesk@localhost/newsdesk")


async def test_export_gives_every_row_parents_first(tmp_path: Path) -> None:
    live = tmp_path / "live.sqlite3"
    async with open_store(str(live)) as store:
        source = await store.sources.add(Source(url="https://a.example/", topics=("world",)), NOW)
        chat = await store.chats.ensure(Chat(platform="telegram", address="1"), NOW)
        await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), NOW)
    rows = [row async for row in export(str(live))]
    names = [row["table"] for row in rows]
    assert names.index("subscriptions") > max(names.index("sources"), names.index("chats"))
    (found,) = [row["row"] for row in rows if row["table"] == "sources"]
    assert (found["url"], found["topics"], found["added"]) == (
        "https://a.example/",
        ["world"],
        "2026-03-01T12:00:00Z",
    )
