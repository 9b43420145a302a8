"""A clock that was wrong for a while costs nothing for good and deletes nothing, whatever the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from desk_values import Desk
from sqlalchemy import text

from digests.model import DeliveryState, PollState
from digests.store import sharing

LONGEST = timedelta(days=2)


async def test_the_clock_is_trusted_to_forget_by_after_some_days_of_life(desk: Desk, now: datetime) -> None:
    source = await desk.source()
    assert not await desk.store.clocks.steady(now)
    for day in (9, 9, 5, 1):
        await replace(desk, now=now - timedelta(days=day)).told_entry(source)
        lived = day == 1
        assert await desk.store.clocks.steady(now) is lived
    assert not await desk.store.clocks.steady(now + timedelta(days=30))
    assert not await desk.store.clocks.steady(now.replace(year=2099))
    assert not await desk.store.clocks.steady(now.replace(year=1970))


@pytest.mark.parametrize("ahead", [timedelta(days=5), timedelta(days=26_000)])
async def test_what_a_clock_ahead_put_off_is_due_again(desk: Desk, now: datetime, ahead: timedelta) -> None:
    source, other = await desk.source(), await desk.source()
    chat = await desk.chat(source, other)
    later = replace(desk, now=now + ahead)
    await later.told_entry(source)
    await later.compose(chat)
    wrong = PollState(last_poll=now + ahead, next_poll=now + ahead + timedelta(hours=1))
    right = PollState(last_poll=now, next_poll=now + timedelta(hours=1))
    await desk.store.sources.polled({source.id: wrong, other.id: right})
    (delivery, _, _), *_ = await desk.store.looking.deliveries([DeliveryState.PENDING], 9)
    await desk.store.deliveries.again(delivery.id, now + ahead, "asked to wait")
    await desk.store.deliveries.wait("telegram", None, now + ahead)

    changed = await desk.store.clocks.bring_back(now, LONGEST)

    assert changed == 3
    assert [one.id for one, _ in await desk.store.sources.due(now, 9)] == [source.id]
    assert (await desk.store.sources.state(other.id)) == right
    async with desk.store.database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM flood_waits")) == 0
    assert (await desk.store.deliveries.counts())["pending"] == 1
    (waiting, _, _), *_ = await desk.store.looking.deliveries([DeliveryState.PENDING], 9)
    assert waiting.not_before == now
    assert await desk.store.clocks.bring_back(now, LONGEST) == 0


async def test_many_sources_that_were_put_off_are_all_due_again(desk: Desk, now: datetime) -> None:
    late = now + timedelta(days=400)
    sources = [await desk.source() for _ in range(sharing.CHUNK + 3)]
    wrong = PollState(last_poll=late, next_poll=late)
    await desk.store.sources.polled({source.id: wrong for source in sources})
    assert await desk.store.clocks.bring_back(now, LONGEST) >= len(sources)
    assert len(await desk.store.sources.due(now, 9_999)) == len(sources)


async def test_what_was_being_sent_under_that_clock_is_looked_at(desk: Desk, now: datetime) -> None:
    chat = await desk.chat()
    await replace(desk, now=now + timedelta(days=400)).compose(chat)
    (delivery, _, _), *_ = await desk.store.looking.deliveries([DeliveryState.PENDING], 9)
    await desk.store.deliveries.sending(delivery.id, now + timedelta(days=400))
    await desk.store.clocks.bring_back(now, LONGEST)
    alone = desk.store.database.dialect == "sqlite"  # else another process may be sending it right now
    assert len(await desk.store.deliveries.doubtful(now + timedelta(seconds=1))) == (1 if alone else 0)


async def test_a_clock_that_is_behind_puts_nothing_right(desk: Desk, now: datetime) -> None:
    source = await desk.source()
    right = PollState(last_poll=now, next_poll=now + timedelta(hours=1))
    await desk.store.sources.polled({source.id: right})
    assert await desk.store.clocks.bring_back(now.replace(year=1971), LONGEST) == 0
    assert await desk.store.sources.state(source.id) == right
