"""Subscriptions at hubs, and further keys of entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from desk_values import Desk

from digests.model import Entry, Push, Source


async def test_a_push_is_kept_found_and_due(desk: Desk, now: datetime) -> None:
    store = desk.store
    source = await store.sources.add(Source(url="https://a.example/feed"), now)
    push = Push(source_id=source.id, hub="h", topic="t", token="k", secret="s", next_try=now)
    await store.pushes.save(push)
    assert await store.pushes.of_source(source.id) == push
    assert await store.pushes.by_token("k") == push
    assert await store.pushes.by_token("x") is None
    assert await store.pushes.due(now - timedelta(seconds=1), 9) == []
    assert await store.pushes.due(now, 9) == [push]
    await store.pushes.try_again(push, now + timedelta(hours=1))
    assert await store.pushes.due(now, 9) == []
    until = now + timedelta(days=1)
    granted = replace(push, until=until, next_try=until)
    await store.pushes.save(granted)
    await store.pushes.try_again(push, now)  # it was changed meanwhile
    assert await store.pushes.of_source(source.id) == granted
    assert await store.pushes.leases(now) == {source.id: until}
    assert await store.pushes.leases(until) == {}
    assert "'s'" not in repr(push)
    await store.sources.remove(source.id)
    assert await store.pushes.by_token("k") is None


async def test_an_entry_learns_keys_but_not_without_end(desk: Desk, now: datetime) -> None:
    entries = desk.store.entries
    source = await desk.store.sources.add(Source(url="https://a.example/feed"), now)
    (entry,) = await entries.add([(Entry(source_id=source.id, title="One"), ("c:1",))], now)
    await entries.learn({entry.id: ("g:2", "u:2"), 999: ("g:9",)})
    assert await entries.known(source.id, ("c:1", "g:2", "u:2", "g:9")) == dict.fromkeys(
        ("c:1", "g:2", "u:2"), entry.id
    )
    for number in range(100):
        await entries.learn({entry.id: (f"g:more{number}",)})
    known = await entries.known(source.id, tuple(f"g:more{number}" for number in range(100)))
    assert len(known) == 21
