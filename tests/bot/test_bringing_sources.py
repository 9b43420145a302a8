"""What a person may bring is bounded by what their chat may follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.access import Access
from bot.config import Settings
from bot.conversation import Person
from bot.live import LiveSettings
from digests.model import Chat
from digests.store import open_store

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def live(access: dict[str, Any]) -> LiveSettings:
    return LiveSettings(settings=Settings(access=access))  # type: ignore[arg-type]


CHAT = Chat(platform="telegram", address="7")


async def test_as_many_new_sources_an_hour_as_the_chat_may_follow(tmp_path: Path) -> None:
    eve, bob = Person(id="telegram:66", name="Eve"), Person(id="telegram:8", name="Bob")
    async with open_store(str(tmp_path / "s.sqlite3")) as store:
        access = Access(live({"admins": ["telegram:1"], "subscriptions": 5}), store)
        refused = [await access.refuses_source(CHAT, eve, NOW) for _ in range(7)]
        assert [reason is None for reason in refused] == [True] * 5 + [False] * 2
        assert "5 new sources an hour" in (refused[-1] or "")
        assert await access.refuses_source(CHAT, bob, NOW) is None
        assert await access.refuses_source(CHAT, Person(id="telegram:1", name="A"), NOW, 99) is None
        assert await access.refuses_source(CHAT, eve, NOW + timedelta(hours=1, seconds=1)) is None
        assert await Access(live({"subscriptions": 1_000}), store).refuses_source(CHAT, eve, NOW, 999) is None
