"""Sign-ins, and what an admin looks at, whatever the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from desk_values import Desk

from digests.model import (
    AuditEntry,
    DeliveryState,
    Hold,
    Limit,
    ModelBatch,
    Mute,
    RetentionPolicy,
    Token,
    Vote,
    Withheld,
)


async def test_a_link_serves_once_and_only_in_its_time(desk: Desk, now: datetime) -> None:
    sign_ins, later = desk.store.sign_ins, now + timedelta(minutes=5)
    await sign_ins.offer("first", "telegram:1", now, later)
    await sign_ins.offer("second", "telegram:1", now, later)
    await sign_ins.offer("other", "discord:2", now, later)
    day = now + timedelta(days=1)
    assert await sign_ins.redeem("first", "s0", now, day) is None  # the second took its place
    assert await sign_ins.redeem("second", "s1", now, day) == "telegram:1"
    assert await sign_ins.redeem("second", "s2", now, day) is None
    assert await sign_ins.redeem("other", "s3", later, day) is None  # too late
    assert await sign_ins.redeem("s1", "s4", now, day) is None  # a session is no link
    assert await sign_ins.person("s1", now) == "telegram:1"
    assert await sign_ins.person("other", now) is None
    assert await sign_ins.person("s1", day) is None
    await sign_ins.end("s1")
    assert await sign_ins.person("s1", now) is None


async def test_days_followers_and_the_search_of_everything(desk: Desk, now: datetime) -> None:
    busy, quiet = await desk.source(), await desk.source()
    chat = await desk.chat(busy)
    await desk.chat(busy, quiet)
    await desk.store.chats.set_paused(chat.id, "kicked")
    _, story = await desk.told_entry(busy)
    await desk.told_entry(busy, story)
    assert await desk.store.looking.found_a_day(now - timedelta(days=1)) == {busy.id: {now.date(): 2}}
    assert await desk.store.looking.found_a_day(now + timedelta(days=1)) == {}
    assert await desk.store.looking.followers() == {busy.id: 1, quiet.id: 1}
    stranger = await desk.chat()
    assert await desk.store.library.search(stranger.id, "bridge", 9) == []
    (hit,) = await desk.store.library.search(None, "bridge", 9)
    assert (hit.story_id, hit.posted) == (story, None)
    await desk.compose(chat, stories=(story,))
    (hit,) = await desk.store.library.search(None, "bridge", 9)
    assert hit.posted == now


async def test_the_queue_and_what_was_posted(desk: Desk, now: datetime) -> None:
    looking, deliveries = desk.store.looking, desk.store.deliveries
    chat, other = await desk.chat(), await desk.chat()
    assert await looking.waiting_since(now) is None
    first = await desk.compose(chat, 2)
    await desk.compose(other)
    waiting = await looking.deliveries([DeliveryState.PENDING], 9)
    assert [(d.part, c.id, at) for d, c, at in waiting] == [
        (0, chat.id, now), (1, chat.id, now), (0, other.id, now)
    ]  # fmt: skip
    assert len(await looking.deliveries([DeliveryState.PENDING], 2)) == 2
    assert await looking.waiting_since(now) == now
    assert await looking.posted(9) == []
    await deliveries.sending(waiting[0][0].id, now)
    await deliveries.sent(waiting[0][0].id, "m1", now)
    await deliveries.hold(waiting[2][0].id, "its answer was lost")
    ((held, _, _),) = await looking.deliveries([DeliveryState.HELD, DeliveryState.FAILED], 9)
    assert held.reason == "its answer was lost"
    ((digest, whose),) = await looking.posted(9)
    assert (digest.id, whose.id) == (first.id, chat.id)
    assert await looking.posted(9, chat_id=other.id) == []
    assert await looking.posted(9, before=first.id) == []
    assert [one.part for one in await looking.messages(first.id)] == [0, 1]
    second = waiting[1][0]
    await deliveries.again(second.id, now + timedelta(hours=1), "a flood wait")
    assert await looking.waiting_since(now) is None
    assert replace(second, reason=None) == second


@pytest.mark.slow
async def test_what_had_its_time_is_forgotten(desk: Desk, now: datetime) -> None:
    """Whatever the table: old rows go, new ones stay."""
    store, chat, source = desk.store, (await desk.chat()).id, await desk.source()
    _, story = await desk.told_entry(source)
    long_ago = now - timedelta(days=800)
    for number, at in enumerate((long_ago, now)):
        await store.people.note(AuditEntry(chat_id=chat, person="p", what=f"deed {number}", at=at))
        await store.feedback.vote(
            Vote(chat_id=chat, story_id=number, person="p", value=1, features=(), at=at)
        )
        await store.feedback.mute(
            Mute(chat_id=chat, kind="story", target=number, until=at + timedelta(hours=1))
        )
        left = Withheld(story_id=story + number, source_id=source.id, title="t", url="u", rule="r", at=at)
        await store.rules.withhold(chat, [left])
        batch = await store.batches.add(ModelBatch(writer="w", name=str(number), submitted=at, briefs=()))
        await store.batches.end(batch.id)
        await store.spend.reserve(
            Hold(model="m", chat_id=chat, source_id=1, amount=1, day=f"{at:%Y-%m-%d}"), ()
        )
        for period in (f"{at:%Y-%m-%d}", f"{at:%Y-%m}"):
            await store.spend.first_warning(Limit(chat, period, 5))
    for _ in range(2):
        await store.retention.prune(now, RetentionPolicy())
        assert [deed.what for deed in await store.people.deeds(chat, 9)] == ["deed 1"]
        assert [vote.story_id for vote in await store.feedback.votes(chat)] == [1]
        assert [mute.target for mute in await store.feedback.mutes(chat, long_ago)] == [1]
        assert [one.story_id for one in await store.rules.withheld(chat, 9)] == [story + 1]
        assert await store.spend.spends(f"{long_ago:%Y-%m-%d}") == []
        assert len(await store.spend.spends(f"{now:%Y-%m-%d}")) == 1
    assert await store.spend.first_warning(Limit(chat, f"{long_ago:%Y-%m}", 5))
    assert not await store.spend.first_warning(Limit(chat, f"{now:%Y-%m-%d}", 5))


async def test_the_audit_log_is_kept_longer_than_what_was_posted(desk: Desk, now: datetime) -> None:
    chat = await desk.chat()
    await desk.store.people.note(AuditEntry(chat_id=chat.id, person="p", what="a deed", at=now))
    await desk.compose(chat)
    await desk.store.retention.prune(now + timedelta(days=500), RetentionPolicy())
    assert len(await desk.store.people.deeds(chat.id, 9)) == 1


async def test_a_token_is_its_chats_and_its_name_is_taken_once(desk: Desk, now: datetime) -> None:
    tokens, chat, other = desk.store.tokens, await desk.chat(), await desk.chat()
    one = Token(key="k1", chat_id=chat.id, name="a", scope="read", created=now, created_by="console:1")
    assert await tokens.add_within(one, 2)
    assert not await tokens.add_within(replace(one, key="k2"), 2)  # the name is taken
    assert await tokens.add_within(replace(one, key="k3", name="b"), 2)
    assert not await tokens.add_within(replace(one, key="k4", name="c"), 2)  # there are two
    assert await tokens.find("k1") == one
    assert await tokens.find("k2") is None
    assert [token.name for token in await tokens.of_chat(chat.id)] == ["a", "b"]
    assert not await tokens.end(other.id, "a")
    assert await tokens.end(chat.id, "a")
    assert await tokens.find("k1") is None
