"""Contract of Chats, Subscriptions and Digests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from desk_values import BRIEF, Desk

from digests.deliver.decide import new_nonce
from digests.model import (
    Chat,
    ChatSettings,
    Delivery,
    Demand,
    Digest,
    DigestItem,
    Failure,
    FailureKind,
    Part,
    PollState,
    Rule,
    Subscription,
)


async def test_a_chat_is_one_by_platform_address_and_thread(desk: Desk) -> None:
    chats = desk.store.chats
    chat = Chat(platform="telegram", address="-100", kind="group", title="G", settings=ChatSettings(words=40))
    stored = await chats.ensure(chat, desk.now)
    assert stored == replace(chat, id=stored.id)
    topic = await chats.ensure(replace(chat, thread="7"), desk.now)
    assert topic.id != stored.id
    renamed = await chats.ensure(replace(chat, title="H", kind="channel", settings=ChatSettings()), desk.now)
    assert renamed == replace(stored, title="H", kind="channel")
    assert await chats.ensure(replace(chat, title="", kind="channel"), desk.now) == renamed
    assert await chats.find("telegram", "-100") == await chats.get(stored.id) == renamed
    assert await chats.find("telegram", "-100", "7") == topic
    assert await chats.find("discord", "-100") is None
    assert await chats.get(99) is None
    assert await chats.all() == [renamed, topic]


async def test_settings_pause_and_schedule(desk: Desk, soon: datetime) -> None:
    source = await desk.source()
    chat = await desk.chat(source)
    chats = desk.store.chats
    settings = ChatSettings(cadence="weekly", zone="Asia/Tokyo", quiet="22:00-07:00", language="ja")
    await chats.set_settings(chat.id, settings)
    await chats.set_paused(chat.id, "kicked")
    await chats.schedule(chat.id, soon)
    assert await chats.get(chat.id) == replace(chat, settings=settings, paused="kicked", next_digest=soon)
    assert await chats.due(soon) == []
    await chats.set_paused(chat.id, None)
    assert await chats.due(soon - timedelta(microseconds=1)) == []
    assert [due.id for due in await chats.due(soon)] == [chat.id]


async def test_a_chat_without_subscription_is_never_due_and_one_never_scheduled_is(desk: Desk) -> None:
    await desk.chat()
    subscribed = await desk.chat(await desk.source())
    assert await desk.store.chats.due(desk.now) == [subscribed]


async def test_subscriptions(desk: Desk, soon: datetime) -> None:
    source, other = await desk.source(), await desk.source()
    chat = await desk.chat()
    subscriptions = desk.store.subscriptions
    wish = Subscription(chat_id=chat.id, source_id=source.id, after_entry=5, created_by="telegram:1")
    added, new = await subscriptions.add(wish, desk.now)
    assert new
    assert added == replace(wish, id=added.id, created=desk.now, number=1)
    assert await subscriptions.add(replace(wish, after_entry=9), soon) == (added, False)
    second, _ = await subscriptions.add(replace(wish, source_id=other.id), desk.now)
    assert await subscriptions.of_chat(chat.id) == [(added, source), (second, other)]
    assert await subscriptions.of_source(source.id) == [added]
    assert await subscriptions.remove(chat.id, source.id)
    assert not await subscriptions.remove(chat.id, source.id)
    assert await subscriptions.of_chat(chat.id) == [(second, other)]


async def test_candidates_are_fresh_read_and_grouped_entries_of_the_chats_sources(desk: Desk) -> None:
    source, second, foreign = [await desk.source() for _ in range(3)]
    old, _ = await desk.told_entry(source)
    chat = await desk.chat(second)
    await desk.store.subscriptions.add(
        Subscription(chat_id=chat.id, source_id=source.id, after_entry=old.id), desk.now
    )
    digests = desk.store.digests
    assert not await digests.pending(chat.id)
    await desk.told_entry(foreign)
    await desk.entry(source)  # not read
    await desk.article(await desk.entry(source))  # not grouped
    assert await digests.candidates(chat.id, 10) == []
    first, story = await desk.told_entry(source)
    await desk.told_entry(foreign, story)
    copy, _ = await desk.told_entry(second, story)
    alone, lone_story = await desk.told_entry(source)
    assert await digests.pending(chat.id)
    idle = await desk.chat(await desk.source())
    assert await digests.pending_among([idle.id, chat.id]) == {chat.id}
    assert await digests.pending_among([]) == set()
    found = await digests.candidates(chat.id, 10)
    assert [(c.story.id, c.entry_ids, c.told) for c in found] == [
        (story, (first.id, copy.id), 0),
        (lone_story, (alone.id,), 0),
    ]
    assert found[0].story == await desk.store.stories.get(story, chat.id)
    assert {article.source_id for article in found[0].story.articles} == {source.id, second.id}
    assert len(found[0].story.articles) == 2
    assert [c.story.id for c in await digests.candidates(chat.id, 1)] == [story]


async def test_composing_uses_up_tells_and_schedules_at_once(desk: Desk, soon: datetime) -> None:
    source = await desk.source()
    chat, other = await desk.chat(source), await desk.chat(source)
    entry, story = await desk.told_entry(source)
    filtered, _ = await desk.told_entry(source)
    left, left_story = await desk.told_entry(source)
    item = DigestItem(story_id=story, version=1, brief=BRIEF, links=(), entry_ids=(entry.id,))
    digest = Digest(chat_id=chat.id, created=desk.now, items=(item,), title="D", sample=True)
    parts = [
        Delivery(
            digest_id=0,
            chat_id=chat.id,
            part=number,
            content=Part(payload='{"t":1}', plain="t", stories=(story,)),
            nonce=new_nonce(),
            reply_to="m0",
            edits="m9" if number else None,
        )
        for number in range(2)
    ]
    digests = desk.store.digests
    saved = await digests.compose(digest, parts, [filtered.id], soon, desk.now)
    assert saved == replace(digest, id=saved.id)
    assert await digests.get(saved.id) == saved
    assert await digests.get(99) is None
    stored = await desk.store.deliveries.of_digest(saved.id)
    assert stored == [
        replace(part, id=row.id, digest_id=saved.id) for part, row in zip(parts, stored, strict=True)
    ]
    assert [c.entry_ids for c in await digests.candidates(chat.id, 10)] == [(left.id,)]
    assert len(await digests.candidates(other.id, 10)) == 3
    after = await desk.store.chats.get(chat.id)
    assert after is not None
    assert (after.next_digest, after.last_digest) == (soon, desk.now)
    # a development of the told story comes back with the version the chat knows
    news, _ = await desk.told_entry(source, story, develops=True)
    found = {c.story.id: c for c in await digests.candidates(chat.id, 10)}
    assert (found[story].entry_ids, found[story].told, found[story].story.version) == ((news.id,), 1, 2)
    assert found[left_story].told == 0
    # another digest: the newest first
    later = await digests.compose(replace(digest, items=(), headlines=(item,)), [], [], None, soon)
    assert [d.id for d in await digests.last(chat.id, 5)] == [later.id, saved.id]
    assert [d.id for d in await digests.last(chat.id, 1)] == [later.id]


@pytest.mark.slow
async def test_an_empty_digest_moves_the_schedule_only(desk: Desk, soon: datetime) -> None:
    chat = await desk.chat()
    await desk.store.digests.compose(
        Digest(chat_id=chat.id, created=desk.now, items=()), [], [], soon, desk.now
    )
    after = await desk.store.chats.get(chat.id)
    assert after is not None
    assert (after.next_digest, after.last_digest) == (soon, None)


async def test_nothing_is_lost_while_starts_move_on(desk: Desk, soon: datetime) -> None:
    """Composing moves a subscription's start past what was used, but not past an entry that is
    still to be read or grouped, nor past one given up that may yet be edited."""
    source = await desk.source()
    chat = await desk.chat(source)

    async def start() -> int:
        ((subscription, _),) = await desk.store.subscriptions.of_chat(chat.id)
        return subscription.after_entry

    first, story = await desk.told_entry(source)
    slow = await desk.entry(source)
    last, last_story = await desk.told_entry(source)
    await desk.compose(chat, stories=(story, last_story), entries=(first.id, last.id))
    assert await start() == first.id
    await desk.store.entries.read_failed(slow.id, Failure(FailureKind.TIMEOUT, "slow"), None)
    await desk.compose(chat)
    assert await start() == first.id
    await desk.store.stories.place((await desk.article(slow)).id, None, develops=False, now=soon)
    assert [c.entry_ids for c in await desk.store.digests.candidates(chat.id, 10)] == [(slow.id,)]
    await desk.compose(chat, entries=(slow.id,), stories=(story,))
    assert await start() == last.id
    lost = await desk.entry(source)
    await desk.store.entries.read_failed(lost.id, Failure(FailureKind.GONE, "gone"), None)
    desk.now += timedelta(days=30)
    await desk.compose(chat)
    assert await start() == lost.id
    assert not await desk.store.digests.pending(chat.id)


async def test_subscribing_anew_does_not_bring_back_what_was_posted(desk: Desk) -> None:
    source = await desk.source()
    chat = await desk.chat(source)
    entry, story = await desk.told_entry(source)
    await desk.compose(chat, stories=(story,), entries=(entry.id,))
    await desk.store.subscriptions.remove(chat.id, source.id)
    await desk.store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), desk.now)
    assert await desk.store.digests.candidates(chat.id, 10) == []


async def test_posted_is_the_last_message_sent_that_tells_the_story(desk: Desk) -> None:
    chat = await desk.chat()
    posted = desk.store.digests.posted
    await desk.compose(chat, parts=2, stories=(5,))
    assert await posted(chat.id, 5) is None
    await desk.send_first("m1")
    assert await posted(chat.id, 5) is None  # the part that tells it waits
    sent = await desk.send_first("m2")
    found = await posted(chat.id, 5)
    assert found is not None
    assert (found[0].story_id, found[1].id, found[1].message_id) == (5, sent.id, "m2")
    await desk.compose(chat, stories=(5,))
    found = await posted(chat.id, 5)
    assert found is not None
    assert found[1].message_id == "m2"  # the newer one has not arrived yet
    await desk.send_first("m3")
    found = await posted(chat.id, 5)
    assert found is not None
    assert found[1].message_id == "m3"
    assert await posted(chat.id, 6) is None
    assert await posted(99, 5) is None


async def test_a_moved_chat_keeps_everything(desk: Desk, soon: datetime) -> None:
    """All threads follow; a chat already stored at the new address becomes part of the old one."""
    source, other = await desk.source(), await desk.source()
    chats, digests = desk.store.chats, desk.store.digests
    old = await desk.chat(source)
    topic = await chats.ensure(replace(old, id=0, thread="3"), desk.now)
    entry, story = await desk.told_entry(source)
    told = await desk.compose(old, stories=(story,), entries=(entry.id,))
    stranger = await desk.chat(source, other)
    seen, _ = await desk.told_entry(other)
    early = await desk.compose(stranger, stories=(story,), entries=(seen.id, entry.id))
    await desk.store.deliveries.wait("telegram", old.address, soon)
    await chats.move("telegram", old.address, old.address)
    await chats.move("telegram", old.address, stranger.address)
    assert await chats.get(stranger.id) is None
    assert await chats.find("telegram", old.address) is None
    assert await chats.find("telegram", stranger.address) == replace(
        old, address=stranger.address, last_digest=desk.now
    )
    moved_topic = await chats.get(topic.id)
    assert moved_topic is not None
    assert moved_topic.address == stranger.address
    assert {s.id for _, s in await desk.store.subscriptions.of_chat(old.id)} == {source.id, other.id}
    assert await digests.candidates(old.id, 10) == []
    assert [d.id for d in await digests.last(old.id, 9)] == [early.id, told.id]
    assert {chat.id for _, chat in await desk.store.deliveries.due(soon, 9)} == {old.id}
    assert list(await desk.store.deliveries.waits(desk.now)) == [("telegram", stranger.address)]


async def test_a_subscription_goes_back_but_never_on(desk: Desk) -> None:
    source = await desk.source()
    chat = await desk.chat(source)
    entries = [(await desk.told_entry(source))[0] for _number in range(3)]
    subscriptions = desk.store.subscriptions
    await subscriptions.remove(chat.id, source.id)
    await subscriptions.add(
        Subscription(chat_id=chat.id, source_id=source.id, after_entry=entries[2].id), desk.now
    )
    assert await desk.store.digests.candidates(chat.id, 9) == []
    await subscriptions.rewind(chat.id, source.id, entries[0].id)
    await subscriptions.rewind(chat.id, source.id, entries[1].id)
    fresh = [c.entry_ids for c in await desk.store.digests.candidates(chat.id, 9)]
    assert fresh == [(entries[1].id,), (entries[2].id,)]


async def test_who_waits_for_a_source_is_known_and_its_poll_is_hastened(desk: Desk, now: datetime) -> None:
    store, hour = desk.store, timedelta(hours=1)
    daily, instant, watching, paused = [await desk.chat() for _ in range(4)]
    sources = [await desk.source() for _ in range(5)]
    for chat, at in ((daily, now + hour), (instant, now), (watching, now + 2 * hour), (paused, now)):
        await store.chats.schedule(chat.id, at)
    await store.chats.set_paused(paused.id, "left")
    await store.rules.add(Rule(chat_id=watching.id, kind="watch", pattern="bridge"), now)
    follows = ((daily, 0), (instant, 1), (daily, 1), (watching, 2), (paused, 3))
    for chat, place in follows:
        await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=sources[place].id), now)
    waits = await store.sources.demands([source.id for source in sources], now)
    assert waits == {
        sources[0].id: Demand(digest=now + hour),
        sources[1].id: Demand(at_once=True, digest=now + hour),
        sources[2].id: Demand(at_once=True, digest=now + 2 * hour),
    }
    polled = PollState(last_poll=now, next_poll=now + 5 * hour)
    await store.sources.polled({source.id: polled for source in sources})
    await store.sources.hasten(daily.id, now + hour)
    assert {one.id for one, _ in await store.sources.due(now + hour, 9)} == {sources[0].id, sources[1].id}
    await store.subscriptions.add(Subscription(chat_id=daily.id, source_id=sources[4].id), now)
    soon = {one.id for one, _ in await store.sources.due(now + timedelta(minutes=5), 9)}
    assert soon == {sources[4].id}
