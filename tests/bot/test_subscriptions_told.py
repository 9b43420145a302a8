"""What a chat's people are told of how late their news comes, and of others nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digests.clock import utc_now
from digests.model import Entry
from tests.bot.conftest import House, open_house

pytestmark = pytest.mark.slow
LATE = "news found 12 min after it is published"


async def published(house: House, source_id: int, number: int) -> None:
    """The source published something, and twelve minutes later the desk found it."""
    now = utc_now()
    entry = Entry(
        source_id=source_id, url=f"https://late.example/{number}", published=now - timedelta(minutes=12)
    )
    await house.app.desk.store.entries.add([(entry, [entry.url])], now)


async def test_a_chat_hears_how_late_its_news_is_and_why_sources_are_asked(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.app.desk.cycle()
        at_first = await house.say("/subscriptions")
        assert "News comes as it happens. Sources are asked whenever news of them is likely." in at_first
        assert "published" not in at_first
        await published(house, 1, 1)
        assert (await house.say("/subscriptions")).count(LATE) == 1
        await house.say("/settings cadence daily 08:00")
        daily = await house.say("/subscriptions")
        assert daily.count(LATE) == 1
        assert "Sources are asked shortly before each digest." in daily
        await house.say("/filter watch bridge")
        assert "Sources are asked whenever" in await house.say("/subscriptions")


async def test_of_what_people_brought_a_chat_hears_only_what_its_own_wish_made_of_it(tmp_path: Path) -> None:
    """How soon it is asked for others' sake would tell that there are others."""
    async with open_house(tmp_path, with_sources=False) as house:
        store = house.app.desk.store
        await house.say(f"/subscribe {house.newsroom.base}/herald/")
        (source,) = await store.sources.all()
        await published(house, source.id, 1)
        assert LATE in await house.say("/subscriptions")
        await house.say("/settings cadence daily 08:00")
        assert "published" not in await house.say("/subscriptions")
        await store.sources.update(replace(source, origin="admin"))
        assert LATE in await house.say("/subscriptions")


async def test_what_was_found_before_the_chat_came_is_not_its_own(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.app.desk.cycle()
        await published(house, 1, 1)
        await house.say("/unsubscribe 1")
        await house.say("/subscribe 1")
        assert "published" not in await house.say("/subscriptions")
