"""Limits hold inside the transaction that counts, and what nobody follows any more is let go."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from desk_values import Desk

from digests.model import PollState, Rule, Source, Subscription


async def test_of_many_subscriptions_at_once_as_many_come_as_may(desk: Desk) -> None:
    chat = await desk.chat()
    sources = [await desk.source() for _ in range(12)]
    wishes = [Subscription(chat_id=chat.id, source_id=source.id) for source in sources]
    found = await asyncio.gather(*(desk.store.subscriptions.add_within(w, desk.now, 5) for w in wishes))
    assert sum(one is not None for one in found) == 5
    followed = [source for _, source in await desk.store.subscriptions.of_chat(chat.id)]
    assert len(followed) == 5
    again = Subscription(chat_id=chat.id, source_id=followed[0].id)
    there = await desk.store.subscriptions.add_within(again, desk.now, 5)
    assert there is not None
    assert not there[1]


async def test_of_many_rules_at_once_as_many_come_as_may(desk: Desk) -> None:
    chat = await desk.chat()
    rules = [Rule(chat_id=chat.id, kind="hide", pattern=f"p{n}") for n in range(12)]
    found = await asyncio.gather(*(desk.store.rules.add_within(rule, desk.now, 5) for rule in rules))
    assert sum(one is not None for one in found) == 5
    (first, *_) = await desk.store.rules.of_chat(chat.id)
    assert await desk.store.rules.add_within(first, desk.now, 5) == first


async def due(desk: Desk) -> list[int]:
    return [source.id for source, _ in await desk.store.sources.due(desk.now, 99)]


async def test_what_nobody_follows_any_more_is_polled_no_more_until_somebody_does(desk: Desk) -> None:
    source, kept = await desk.source(), await desk.source()
    first, second = await desk.chat(source), await desk.chat(source)
    subscriptions = desk.store.subscriptions
    await subscriptions.remove(first.id, source.id)
    assert await due(desk) == [source.id, kept.id]  # one still follows it
    later = desk.now + timedelta(hours=1)
    await subscriptions.remove(second.id, source.id)
    assert await due(desk) == [kept.id]  # which was never followed: an admin's
    # a poll that was under way ends after that
    await desk.store.sources.polled(
        {source.id: PollState(next_poll=desk.now), kept.id: PollState(next_poll=later)}
    )
    assert await due(desk) == []
    await subscriptions.add(Subscription(chat_id=first.id, source_id=source.id), desk.now)
    assert await due(desk) == [source.id]
    await desk.store.sources.polled({source.id: PollState(next_poll=desk.now)})
    assert await due(desk) == [source.id]


async def test_a_source_that_ended_by_itself_is_not_woken_by_a_subscription(desk: Desk) -> None:
    source = await desk.source()
    await desk.store.sources.polled({source.id: PollState(next_poll=desk.now, ended=True)})
    await desk.chat(source)
    assert await due(desk) == []


@pytest.mark.parametrize("origin", ["config", "chat"])
async def test_the_files_sources_need_no_follower(desk: Desk, origin: str) -> None:
    source = await desk.store.sources.add(Source(url="https://f.example/", origin=origin), desk.now)
    chat = await desk.chat(source)
    await desk.store.subscriptions.remove(chat.id, source.id)
    assert await due(desk) == ([source.id] if origin == "config" else [])


async def test_a_source_is_born_unfollowed_and_forgotten_after_a_grace(desk: Desk) -> None:
    sources = desk.store.sources
    brought = [
        await sources.add(Source(url=f"https://b{n}.example/"), desk.now, followed=False) for n in range(3)
    ]
    assert await due(desk) == []
    await desk.chat(brought[0])
    assert await due(desk) == [brought[0].id]
    entry = await desk.entry(brought[1])
    assert await sources.forget_unfollowed(desk.now) == 0
    assert await sources.forget_unfollowed(desk.now + timedelta(seconds=1), limit=1) == 2
    assert [source.id for source in await sources.all()] == [brought[0].id]
    assert await desk.store.entries.unread(desk.now + timedelta(days=1), 9) == []
    assert entry.id
