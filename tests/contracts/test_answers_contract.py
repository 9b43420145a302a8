"""Contract of Answers and Recordings: asked once, spoken once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from desk_values import Desk

from digests.deliver.decide import new_nonce
from digests.model import Chat, Delivery, Digest, Part
from digests.store.digests import ATTEMPTS, RETRY


async def test_an_answer_is_kept_until_it_is_forgotten(desk: Desk, soon: datetime) -> None:
    answers = desk.store.answers
    assert await answers.get("k") is None
    await answers.save("k", "one", desk.now)
    await answers.save("k", "two", soon)
    assert await answers.get("k") == "two"
    await answers.forget(soon)
    assert await answers.get("k") == "two"
    await answers.forget(soon + timedelta(seconds=1))
    assert await answers.get("k") is None


async def spoken(desk: Desk, chat: Chat, *, parts: int = 1, wished: bool = True) -> Digest:
    digest = replace(Digest(chat_id=chat.id, created=desk.now, items=()), spoken=wished)
    deliveries = [_delivery(digest, chat, part) for part in range(parts)]
    return await desk.store.digests.compose(digest, deliveries, (), None, desk.now)


def _delivery(digest: Digest, chat: Chat, part: int, *, audio: int = 0) -> Delivery:
    content = Part(payload="p", plain="p", audio=audio)
    return Delivery(digest_id=digest.id, chat_id=chat.id, part=part, content=content, nonce=new_nonce())


async def wanted(desk: Desk, now: datetime) -> list[int]:
    found = await desk.store.recordings.wanted(desk.now - timedelta(hours=1), now)
    assert all(digest.chat_id == chat.id for digest, chat in found)
    return [digest.id for digest, _ in found]


async def test_only_what_is_wholly_posted_is_read_aloud(desk: Desk) -> None:
    chat = await desk.chat()
    digest = await spoken(desk, chat, parts=2)
    await desk.send_first()
    assert await wanted(desk, desk.now) == []
    await desk.send_first("m2")
    assert await wanted(desk, desk.now) == [digest.id]
    await desk.store.chats.set_paused(chat.id, "kicked")
    assert await wanted(desk, desk.now) == []


async def test_a_digest_not_wished_aloud_or_too_old_is_not_wanted(desk: Desk) -> None:
    chat = await desk.chat()
    await spoken(desk, chat, wished=False)
    await desk.send_first()
    digest = await spoken(desk, chat)
    await desk.send_first("m2")
    assert await wanted(desk, desk.now) == [digest.id]
    late = desk.now + timedelta(minutes=1)
    assert await desk.store.recordings.wanted(late, late) == []


async def test_an_attempt_is_claimed_once_and_there_are_two_at_most(desk: Desk) -> None:
    digest = await spoken(desk, await desk.chat())
    await desk.send_first()
    begin, now = desk.store.recordings.begin, desk.now
    assert sorted(await asyncio.gather(*(begin(digest.id, now) for _ in range(5)))) == [False] * 4 + [True]
    assert await wanted(desk, now) == []
    for _ in range(ATTEMPTS - 1):
        now += RETRY
        assert await wanted(desk, now) == [digest.id]
        assert await begin(digest.id, now)
    now += RETRY
    assert await wanted(desk, now) == []
    assert not await begin(digest.id, now)


async def test_a_recording_and_its_delivery_come_together_and_once(desk: Desk) -> None:
    chat = await desk.chat()
    digest = await spoken(desk, chat)
    await desk.send_first()
    recordings = desk.store.recordings
    assert await recordings.audio(digest.id) is None
    assert await recordings.begin(digest.id, desk.now)
    part = _delivery(digest, chat, 1, audio=digest.id)
    assert await recordings.finish(digest.id, b"OggS", part)
    assert not await recordings.finish(digest.id, b"OggS2", replace(part, nonce=new_nonce()))
    assert await recordings.audio(digest.id) == b"OggS"
    ((due, _),) = await desk.store.deliveries.due(desk.now, 10)
    assert due.content.audio == digest.id
    await recordings.forget(desk.now + timedelta(seconds=1))
    assert await recordings.audio(digest.id) is None
    assert not await recordings.begin(digest.id, desk.now + RETRY)
    await desk.send_first("m2")
    assert await wanted(desk, desk.now + RETRY) == []
