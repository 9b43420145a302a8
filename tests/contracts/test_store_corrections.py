"""An article replaced: whether its story is told again, and to whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from desk_values import Desk

from digests.ports import Correction


async def test_a_correction_is_a_candidate_again_where_its_story_was_told(desk: Desk) -> None:
    source = await desk.source()
    chat, other, third = await desk.chat(source), await desk.chat(source), await desk.chat()
    entry, story = await desk.told_entry(source)
    later, _ = await desk.told_entry(source)
    await desk.compose(chat, stories=(story,), entries=(entry.id, later.id))
    digests, articles = desk.store.digests, desk.store.articles
    assert await digests.candidates(chat.id, 10) == []
    (article, *_), (waiting, *_) = [c.story.articles for c in await digests.candidates(other.id, 10)]
    assert waiting.entry_id == later.id
    await articles.add(replace(article, paragraphs=("It  opened on “Monday”",), sentences=()), desk.now)
    assert await digests.candidates(chat.id, 10) == []
    await articles.add(replace(article, paragraphs=("It opened on Friday.",), sentences=()), desk.now)
    (again,) = await digests.candidates(chat.id, 10)
    assert (again.story.id, again.entry_ids, again.told, again.story.version) == (story, (entry.id,), 1, 2)
    assert len(await digests.candidates(other.id, 10)) == 2
    assert await digests.candidates(third.id, 10) == []


async def test_chats_that_were_told_a_story_of_what_they_follow_are_to_be_put_right(desk: Desk) -> None:
    """Not those that follow another of its sources; a change of type alone is none."""
    source = await desk.source()
    follower, other, untold = await desk.chat(source), await desk.chat(source), await desk.chat(source)
    stranger = await desk.chat(await desk.source())
    entry, story = await desk.told_entry(source)
    await desk.compose(follower, stories=(story,), entries=(entry.id,))
    await desk.compose(other, stories=(story,))
    await desk.compose(stranger, stories=(story,))
    ((article,),) = [c.story.articles for c in await desk.store.digests.candidates(untold.id, 10)]
    waiting, articles = desk.store.corrections.waiting, desk.store.articles
    await articles.add(replace(article, paragraphs=("It  opened on “Monday”",), sentences=()), desk.now)
    assert await waiting() == []
    for day in ("Friday", "Saturday"):
        await articles.add(replace(article, paragraphs=(f"It opened on {day}.",), sentences=()), desk.now)
    expected = [Correction(chat.id, story, entry.id) for chat in (follower, other)]
    assert await waiting() == expected
    await desk.store.corrections.done(expected[0])
    assert await waiting() == expected[1:]
    await desk.store.chats.move("telegram", other.address, "-1009")
    assert await waiting() == expected[1:]


async def test_a_story_is_on_its_way_until_its_message_is_sent(desk: Desk) -> None:
    chat = await desk.chat()
    await desk.compose(chat, parts=2, stories=(5,))
    on_its_way = desk.store.digests.on_its_way
    assert await on_its_way(chat.id, 5)
    assert not await on_its_way(chat.id, 6)
    await desk.send_first()
    assert await on_its_way(chat.id, 5)
    await desk.send_first()
    assert not await on_its_way(chat.id, 5)


async def test_the_last_message_by_a_moment_and_to_any_person(desk: Desk) -> None:
    chat, group = await desk.chat(), await desk.chat(kind="group")
    for number, to in enumerate((chat, group), 1):
        await desk.compose(to)
        await desk.send_first(f"m{number}")
    last = desk.store.deliveries.last_message
    assert await last("telegram", group.address, desk.now) == "m2"
    assert await last("telegram", group.address, desk.now - timedelta(seconds=1)) is None
    assert await last("telegram", None) == "m1"
