"""Contract of Deliveries: the outbox."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from desk_values import Desk

from digests.model import DeliveryState
from digests.store import open_store

STEP = timedelta(microseconds=1)


@pytest.mark.slow
async def test_a_chat_gets_its_parts_one_by_one_in_order(desk: Desk, soon: datetime) -> None:
    """Neither a part nor a digest overtakes: the next is due only when the one before is done."""
    chat = await desk.chat()
    first, second = await desk.compose(chat, parts=2), await desk.compose(chat)
    deliveries = desk.store.deliveries
    order = []
    for number in range(3):
        ((delivery, of),) = await deliveries.due(desk.now, 10)
        assert of.id == chat.id
        order.append((delivery.digest_id, delivery.part))
        assert await deliveries.sending(delivery.id, desk.now)
        assert await deliveries.due(desk.now, 10) == []
        await deliveries.sent(delivery.id, f"m{number}", soon)
    assert order == [(first.id, 0), (first.id, 1), (second.id, 0)]
    sent = (await deliveries.of_digest(first.id))[0]
    assert (sent.state, sent.message_id, sent.sent, sent.started, sent.attempts) == (
        DeliveryState.SENT,
        "m0",
        soon,
        desk.now,
        1,
    )
    assert await deliveries.counts() == {"pending": 0, "sending": 0, "sent": 3, "held": 0, "failed": 0}


async def test_a_claim_is_granted_once_and_never_out_of_order(desk: Desk) -> None:
    chat = await desk.chat()
    digest = await desk.compose(chat, parts=2)
    first, second = await desk.store.deliveries.of_digest(digest.id)
    sending = desk.store.deliveries.sending
    assert not await sending(second.id, desk.now)
    granted = await asyncio.gather(*(sending(first.id, desk.now) for _ in range(8)))
    assert sorted(granted) == [False] * 7 + [True]
    assert not await sending(second.id, desk.now)
    assert not await sending(99, desk.now)


async def test_claims_and_ends_asked_for_at_once_are_each_told_their_own(desk: Desk, soon: datetime) -> None:
    """A pending one is claimed, one whose chat is paused or whose turn has not come is not, and
    what was sent is recorded under its own message."""
    deliveries = desk.store.deliveries
    chats = [await desk.chat() for _ in range(4)]
    digests = [await desk.compose(chat, parts=2) for chat in chats]
    firsts = [(await deliveries.of_digest(digest.id))[0] for digest in digests]
    second = (await deliveries.of_digest(digests[0].id))[1]
    await desk.store.chats.set_paused(chats[3].id, "kicked")
    wanted = [*firsts, second]
    granted = await asyncio.gather(*(deliveries.sending(one.id, desk.now) for one in wanted))
    assert granted == [True, True, True, False, False]
    *_, granted_now = await asyncio.gather(
        *(deliveries.sent(one.id, f"m{one.id}", soon) for one in firsts[:3]),
        deliveries.sending(second.id, soon),
    )
    assert granted_now  # its first part was recorded in the same breath
    for one in firsts[:3]:
        stored = await deliveries.get(one.id)
        assert stored is not None
        assert (stored.state, stored.message_id, stored.sent, stored.attempts) == (
            DeliveryState.SENT, f"m{one.id}", soon, 1,
        )  # fmt: skip


async def test_two_processes_claim_a_delivery_once(desk: Desk, url: str) -> None:
    chat = await desk.chat()
    digest = await desk.compose(chat)
    (delivery,) = await desk.store.deliveries.of_digest(digest.id)
    async with open_store(url) as other:
        granted = await asyncio.gather(
            *(store.deliveries.sending(delivery.id, desk.now) for store in [desk.store, other] * 4)
        )
    assert sum(granted) == 1


async def test_a_paused_chat_gets_nothing_and_goes_on_when_it_is_back(desk: Desk) -> None:
    chat = await desk.chat()
    digest = await desk.compose(chat)
    (delivery,) = await desk.store.deliveries.of_digest(digest.id)
    await desk.store.chats.set_paused(chat.id, "kicked")
    assert await desk.store.deliveries.due(desk.now, 10) == []
    assert not await desk.store.deliveries.sending(delivery.id, desk.now)
    await desk.store.chats.set_paused(chat.id, None)
    assert [d.id for d, _ in await desk.store.deliveries.due(desk.now, 10)] == [delivery.id]


async def test_again_waits_for_its_time_and_may_go_plain(desk: Desk, soon: datetime) -> None:
    chat = await desk.chat()
    digest = await desk.compose(chat, parts=2)
    first, _ = await desk.store.deliveries.of_digest(digest.id)
    deliveries = desk.store.deliveries
    await deliveries.sending(first.id, desk.now)
    await deliveries.again(first.id, soon, "refused", plain=True)
    assert await deliveries.due(soon - STEP, 10) == []  # part two waits with it
    ((again, _),) = await deliveries.due(soon, 10)
    assert (again.id, again.plain, again.reason, again.attempts) == (first.id, True, "refused", 1)
    await deliveries.sending(first.id, soon)
    await deliveries.again(first.id, soon, "busy")
    found = await deliveries.get(first.id)
    assert found is not None
    assert (found.plain, found.attempts) == (True, 2)
    assert await deliveries.get(99) is None


@pytest.mark.slow
async def test_held_and_failed_ones_do_not_block(desk: Desk) -> None:
    chat = await desk.chat()
    digest = await desk.compose(chat, parts=3)
    first, second, third = await desk.store.deliveries.of_digest(digest.id)
    deliveries = desk.store.deliveries
    await deliveries.sending(first.id, desk.now)
    await deliveries.hold(first.id, "may be there")
    await deliveries.sending(second.id, desk.now)
    await deliveries.fail(second.id, "refused")
    assert [d.id for d, _ in await deliveries.due(desk.now, 10)] == [third.id]
    assert await deliveries.counts() == {"pending": 1, "sending": 0, "sent": 0, "held": 1, "failed": 1}
    ((held, of),) = await deliveries.held()
    assert (held.id, held.reason, of.id) == (first.id, "may be there", chat.id)


async def test_a_long_backlog_does_not_keep_others_waiting(desk: Desk) -> None:
    """Due are one a chat, those served longest ago first, however early a chat's rows are."""
    busy = await desk.chat()
    await desk.compose(busy, parts=20)
    others = [await desk.chat() for _ in range(3)]
    for chat in others:
        await desk.compose(chat)
    served = []
    for _ in range(5):
        ((delivery, chat),) = await desk.store.deliveries.due(desk.now, 1)
        served.append(chat.id)
        await desk.store.deliveries.sending(delivery.id, desk.now)
        await desk.store.deliveries.sent(delivery.id, "m", desk.now)
        desk.now += timedelta(seconds=1)
    assert served == [busy.id, *(chat.id for chat in others), busy.id]


async def test_doubtful_are_those_in_sending_since_before(desk: Desk, soon: datetime) -> None:
    chats = [await desk.chat(), await desk.chat()]
    digests = [await desk.compose(chat) for chat in chats]
    rows = [(await desk.store.deliveries.of_digest(digest.id))[0] for digest in digests]
    await desk.store.deliveries.sending(rows[0].id, desk.now)
    await desk.store.deliveries.sending(rows[1].id, soon)
    found = await desk.store.deliveries.doubtful(soon)
    assert [(d.id, c.id) for d, c in found] == [(rows[0].id, chats[0].id)]
    assert len(await desk.store.deliveries.doubtful(soon + STEP)) == 2


async def test_flood_waits_outlive_the_process_and_stop_only_whom_they_name(
    desk: Desk, url: str, soon: datetime
) -> None:
    hours = desk.now + timedelta(hours=5)
    flooded, other, elsewhere = (
        await desk.chat(),
        await desk.chat(),
        await desk.chat(platform="discord"),
    )
    for chat in (flooded, other, elsewhere):
        await desk.compose(chat)
    await desk.store.deliveries.wait("telegram", flooded.address, hours)
    await desk.store.deliveries.wait("telegram", flooded.address, soon)  # shorter: the longer stays
    async with open_store(url) as store:
        deliveries = store.deliveries
        assert await deliveries.waits(desk.now) == {("telegram", flooded.address): hours}
        assert {c.id for _, c in await deliveries.due(desk.now, 10)} == {other.id, elsewhere.id}
        await deliveries.wait("telegram", None, soon)
        assert {c.id for _, c in await deliveries.due(desk.now, 10)} == {elsewhere.id}
        assert {c.id for _, c in await deliveries.due(soon, 10)} == {other.id, elsewhere.id}
        assert {c.id for _, c in await deliveries.due(hours, 10)} == {flooded.id, other.id, elsewhere.id}
        await deliveries.forget_waits(soon)
        assert await deliveries.waits(desk.now) == {("telegram", flooded.address): hours}


async def test_the_last_message_of_an_address_is_the_newest_one_sent(desk: Desk, soon: datetime) -> None:
    chat, other = await desk.chat(), await desk.chat()
    deliveries = desk.store.deliveries
    assert await deliveries.last_message(chat.platform, chat.address) is None
    for number, of in enumerate((chat, other, chat)):
        digest = await desk.compose(of)
        (row,) = await deliveries.of_digest(digest.id)
        await deliveries.sending(row.id, desk.now)
        await deliveries.sent(row.id, f"m{number}", soon + number * STEP)
    await desk.compose(chat)
    assert await deliveries.last_message(chat.platform, chat.address) == "m2"
    assert await deliveries.last_message(other.platform, other.address) == "m1"


async def test_one_platforms_backlog_does_not_hide_anothers(desk: Desk) -> None:
    """Asked for one platform, only its chats are given, however many of another are due."""
    others = [await desk.chat() for _ in range(3)]
    for other in others:
        await desk.compose(other)
    chat = await desk.chat(platform="discord")
    await desk.compose(chat)
    due = await desk.store.deliveries.due(desk.now, 2, "discord")
    assert [c.id for _, c in due] == [chat.id]
    assert len(await desk.store.deliveries.due(desk.now, 10)) == 4


async def test_one_that_is_drawn_anew_becomes_several(desk: Desk, soon: datetime) -> None:
    """The first is what it was, with its new content; the others come behind all the digest's parts."""
    chat = await desk.chat()
    digest = await desk.compose(chat, parts=2)
    deliveries = desk.store.deliveries
    first, second = await deliveries.of_digest(digest.id)
    await deliveries.sending(first.id, desk.now)
    pieces = [replace(first.content, plain=words) for words in ("one", "two", "three")]
    fresh = [replace(first, content=piece, nonce=f"fresh{n}") for n, piece in enumerate(pieces[1:])]
    await deliveries.redraw([replace(first, content=pieces[0]), *fresh])
    found = await deliveries.of_digest(digest.id)
    assert [one.content.plain for one in found] == ["one", second.content.plain, "two", "three"]
    assert [one.part for one in found] == [0, 1, 2, 3]
    assert {one.state for one in found} == {DeliveryState.PENDING}
    assert [one.attempts for one in found] == [1, 0, 0, 0]
    assert found[0].nonce == first.nonce
    await deliveries.sending(first.id, desk.now)
    await deliveries.redraw([replace(first, content=pieces[1])])
    assert next(one.content.plain for one in await deliveries.of_digest(digest.id)) == "two"
