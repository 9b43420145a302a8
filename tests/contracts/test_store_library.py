"""Contracts of Library, Feedback and People."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from desk_values import Desk

from digests.model import (
    Article,
    AuditEntry,
    Brief,
    BriefSentence,
    Chat,
    Digest,
    DigestItem,
    Mute,
    Source,
    SourceSentence,
    Vote,
)
from digests.ports import Carried


async def read(desk: Desk, source: Source, title: str, *paragraphs: str) -> int:
    entry = await desk.entry(source, title)
    article = await desk.store.articles.add(
        Article(
            entry_id=entry.id,
            source_id=source.id,
            url=entry.url,
            title=title,
            paragraphs=paragraphs,
            sentences=paragraphs,
        ),
        desk.now,
    )
    return await desk.store.stories.place(article.id, None, develops=False, now=desk.now)


async def titles(desk: Desk, chat: Chat, query: str, limit: int = 10, offset: int = 0) -> list[str]:
    return [hit.article.title for hit in await desk.store.library.search(chat.id, query, limit, offset)]


async def test_a_search_finds_every_word_in_any_script(desk: Desk) -> None:
    source = await desk.source()
    chat = await desk.chat(source)
    await read(desk, source, "Quay Bridge closed", "A barge struck a pier of the bridge.")
    await read(desk, source, "東京都で地震", "東京都で強い地震がありました。")
    await read(desk, source, "北京地铁新线开通", "北京地铁十九号线今天开通。")
    await read(desk, source, "Überschwemmung in Köln", "Der Rhein steigt.")
    await read(desk, source, "Пожар на заводе", "В Туле горел завод.")
    await read(desk, source, "दिल्ली में बारिश", "आज भारी बारिश हुई।")
    assert await titles(desk, chat, "barge BRIDGE") == ["Quay Bridge closed"]
    assert await titles(desk, chat, "brid") == ["Quay Bridge closed"]
    assert await titles(desk, chat, "地震") == ["東京都で地震"]
    assert await titles(desk, chat, "京") == ["北京地铁新线开通", "東京都で地震"]
    assert await titles(desk, chat, "地铁") == ["北京地铁新线开通"]
    assert await titles(desk, chat, "uberschwemmung koln") == ["Überschwemmung in Köln"]
    assert await titles(desk, chat, "завод") == ["Пожар на заводе"]
    assert await titles(desk, chat, "बारिश") == ["दिल्ली में बारिश"]
    for hostile in ("", "  ", '"', "' OR 1=1 --", "bridge AND", "NEAR(", "*", "a:b \\' & | !", "\x00"):
        assert await titles(desk, chat, hostile) in ([], ["Quay Bridge closed"])


async def test_a_search_pages_from_the_newest_and_follows_every_change(desk: Desk) -> None:
    source = await desk.source()
    chat = await desk.chat(source)
    for number in range(5):
        await read(desk, source, f"Harvest {number}", "Apples.")
    assert await titles(desk, chat, "harvest", 2) == ["Harvest 4", "Harvest 3"]
    assert await titles(desk, chat, "harvest", 2, 4) == ["Harvest 0"]
    (hit,) = await desk.store.library.search(chat.id, "harvest", 1)
    await desk.store.articles.add(replace(hit.article, title="Vintage 4"), desk.now)
    assert await titles(desk, chat, "harvest", 1) == ["Harvest 3"]
    assert await titles(desk, chat, "vintage") == ["Vintage 4"]


async def test_a_chat_sees_what_it_follows_and_what_it_was_told(desk: Desk) -> None:
    source, other = await desk.source(), await desk.source()
    chat, stranger = await desk.chat(source), await desk.chat(other)
    story = await read(desk, source, "Quay Bridge closed")
    library = desk.store.library
    (hit,) = await library.search(chat.id, "bridge", 10)
    assert (hit.story_id, hit.found, hit.posted) == (story, desk.now, None)
    assert await library.search(stranger.id, "bridge", 10) == []
    assert await library.story(stranger.id, story) is None
    await desk.compose(stranger, stories=(story,))
    assert await library.search(stranger.id, "bridge", 10) == []  # nothing of that source was it told
    await desk.compose(chat, stories=(story,), entries=(hit.article.entry_id,))
    await desk.store.subscriptions.remove(chat.id, source.id)
    (told,) = await library.search(chat.id, "bridge", 10)
    assert told.posted == desk.now
    seen = await library.story(chat.id, story)
    assert seen is not None
    assert seen.articles == (hit.article,)


async def test_trending_is_by_sources_and_since_leaves_nothing_used(desk: Desk) -> None:
    one, two = await desk.source(), await desk.source()
    chat = await desk.chat(one, two)
    _, small = await desk.told_entry(one)
    _, large = await desk.told_entry(one)
    await desk.told_entry(two, large)
    library = desk.store.library
    hour = timedelta(hours=1)
    assert [s.id for s in await library.trending(chat.id, desk.now - hour, 10)] == [large, small]
    assert [s.id for s in await library.trending(chat.id, desk.now - hour, 1)] == [large]
    assert await library.trending(chat.id, desk.now + hour, 10) == []
    await desk.compose(chat, stories=(large,))
    since = await library.since(chat.id, desk.now - hour, 10)
    assert {c.story.id for c in since} == {large, small}
    assert await library.since(chat.id, desk.now + hour, 10) == []


async def test_one_vote_a_person_and_a_reset(desk: Desk) -> None:
    chat = await desk.chat()
    feedback = desk.store.feedback
    up = Vote(chat_id=chat.id, story_id=1, person="t:1", value=1, features=("source:1",), at=desk.now)
    await feedback.vote(up)
    changed = replace(up, value=-1)
    await feedback.vote(changed)
    await feedback.vote(replace(up, person="t:2"))
    assert await feedback.votes(chat.id) == [changed, replace(up, person="t:2")]
    assert await feedback.forget_votes(chat.id) == 2
    assert await feedback.votes(chat.id) == []


async def test_a_mute_runs_out_or_is_taken_back(desk: Desk) -> None:
    chat = await desk.chat()
    feedback = desk.store.feedback
    week = Mute(chat_id=chat.id, kind="source", target=3, until=desk.now + timedelta(days=7))
    for_good = Mute(chat_id=chat.id, kind="story", target=9, created_by="t:1")
    await feedback.mute(week)
    await feedback.mute(for_good)
    assert await feedback.mutes(chat.id, desk.now) == [week, for_good]
    assert await feedback.mutes(chat.id, desk.now + timedelta(days=8)) == [for_good]
    assert await feedback.unmute(chat.id, "story", 9)
    assert not await feedback.unmute(chat.id, "story", 9)


async def test_people_limits_and_the_log_of_deeds(desk: Desk) -> None:
    chat, other = await desk.chat(), await desk.chat()
    people = desk.store.people
    assert await people.add_manager(chat.id, "telegram:8", "telegram:7", desk.now)
    assert not await people.add_manager(chat.id, "telegram:8", "telegram:7", desk.now)
    assert await people.managers(chat.id) == ["telegram:8"]
    assert await people.managers(other.id) == []
    assert await people.remove_manager(chat.id, "telegram:8")
    assert not await people.remove_manager(chat.id, "telegram:8")
    assert await people.allow("telegram", "-5", "telegram:7", desk.now)
    assert not await people.allow("telegram", "-5", "telegram:7", desk.now)
    assert await people.allowed() == [("telegram", "-5")]
    await desk.store.chats.move("telegram", "-5", "-1005")
    assert await people.allowed() == [("telegram", "-1005")]
    assert await people.disallow("telegram", "-1005")
    assert not await people.disallow("telegram", "-1005")
    await people.set_limit(chat.id, "subscriptions", 5)
    await people.set_limit(chat.id, "subscriptions", 9)
    assert await people.limits(chat.id) == {"subscriptions": 9}
    first = AuditEntry(chat_id=chat.id, person="telegram:7", what="/subscribe 3", at=desk.now)
    second = AuditEntry(chat_id=None, person="telegram:7", what="/sources add x", at=desk.now)
    await people.note(first)
    await people.note(second)
    assert await people.deeds(chat.id, 10) == [first]
    assert await people.deeds(None, 10) == [second, first]
    assert await people.deeds(None, 1, 1) == [first]


async def test_votes_mutes_and_managers_follow_a_chat_to_its_new_address(desk: Desk) -> None:
    old, new = await desk.chat(), await desk.chat()
    feedback, people = desk.store.feedback, desk.store.people
    for chat in (old, new):
        for story in (1, chat.id + 10):
            vote = Vote(chat_id=chat.id, story_id=story, person="t:1", value=1, features=(), at=desk.now)
            await feedback.vote(vote)
            await feedback.mute(Mute(chat_id=chat.id, kind="story", target=story))
        await people.add_manager(chat.id, "telegram:8", "telegram:7", desk.now)
        await people.note(AuditEntry(chat_id=chat.id, person="t", what="w", at=desk.now))
    await desk.store.chats.move("telegram", old.address, new.address)
    assert {vote.story_id for vote in await feedback.votes(old.id)} == {1, old.id + 10, new.id + 10}
    assert {mute.target for mute in await feedback.mutes(old.id, desk.now)} == {1, old.id + 10, new.id + 10}
    assert await people.managers(old.id) == ["telegram:8"]
    assert len(await people.deeds(old.id, 10)) == 2


async def test_a_vote_is_withdrawn(desk: Desk) -> None:
    chat, other = await desk.chat(), await desk.chat()
    feedback = desk.store.feedback
    for where, story, person in ((chat, 1, "a"), (chat, 2, "a"), (chat, 1, "b"), (other, 1, "a")):
        await feedback.vote(
            Vote(chat_id=where.id, story_id=story, person=person, value=1, features=(), at=desk.now)
        )
    await feedback.withdraw(chat.id, (1, 3), "a", -1)
    assert len(await feedback.votes(chat.id)) == 3
    await feedback.withdraw(chat.id, (1, 3), "a", 1)
    assert {(v.story_id, v.person) for v in await feedback.votes(chat.id)} == {(2, "a"), (1, "b")}
    assert len(await feedback.votes(other.id)) == 1


async def test_summaries_are_counted_by_the_hour(desk: Desk) -> None:
    people, now, hour = desk.store.people, desk.now, timedelta(hours=1)

    async def ask(count: int, after: timedelta, address: str = "1") -> bool:
        return await people.ask("telegram", address, count, 3, now + after, now + after - hour)

    assert await ask(2, timedelta())
    assert not await ask(2, timedelta(minutes=30))  # not counted
    assert await ask(1, timedelta(minutes=30))
    assert not await ask(1, timedelta(minutes=59))
    assert await ask(1, timedelta(), address="2")
    assert await ask(2, timedelta(minutes=60))
    assert not await ask(1, timedelta(minutes=60))
    assert await ask(1, timedelta(minutes=90))
    assert not await ask(4, timedelta(hours=9))


async def test_of_summaries_asked_for_at_once_no_more_are_counted_than_may(desk: Desk) -> None:
    since = desk.now - timedelta(hours=1)
    asked = (desk.store.people.ask("discord", "7", 1, 5, desk.now, since) for _ in range(12))
    assert sum(await asyncio.gather(*asked)) == 5


async def test_roles_that_may_be_mentioned(desk: Desk) -> None:
    people = desk.store.people
    assert await people.allow_role("10", "a", desk.now)
    assert not await people.allow_role("10", "b", desk.now)
    assert await people.allow_role("9", "b", desk.now + timedelta(minutes=1))
    assert await people.allowed_roles() == ["10", "9"]
    assert await people.disallow_role("10")
    assert not await people.disallow_role("10")
    assert await people.allowed_roles() == ["9"]


async def test_what_a_message_carries_is_what_it_was_last_edited_to(desk: Desk) -> None:
    source = await desk.source()
    chat = await desk.chat(source)
    digests, deliveries = desk.store.digests, desk.store.deliveries
    first = await desk.compose(chat, stories=(3, 4))
    (delivery,) = [d for d, _ in await deliveries.due(desk.now, 10)]
    where = (chat.platform, chat.address)
    assert await digests.carried(*where, "77") is None
    await deliveries.sending(delivery.id, desk.now)
    await deliveries.sent(delivery.id, "77", desk.now)
    assert await digests.carried(*where, "77") == Carried(chat.id, (3, 4), first.id, first.id)
    assert await digests.carried(chat.platform, "another", "77") is None
    assert await digests.carried("elsewhere", chat.address, "77") is None
    assert await digests.carried(*where, "78") is None
    second = await desk.compose(chat, stories=(4,))
    (edit,) = [d for d, _ in await deliveries.due(desk.now, 10)]
    await deliveries.sending(edit.id, desk.now)
    await deliveries.sent(edit.id, "77", desk.now)
    assert await digests.carried(*where, "77") == Carried(chat.id, (4,), first.id, second.id)


async def test_a_search_finds_what_was_told_in_other_words(desk: Desk) -> None:
    source = await desk.source()
    chat = await desk.chat(source)
    story = await read(desk, source, "Quay Bridge closed", "A barge struck a pier.")
    brief = Brief(
        headline="Kaibrücke gesperrt",
        sentences=(BriefSentence("Ein Lastkahn rammte einen Pfeiler.", (0,)),),
        source_sentences=(SourceSentence("A barge struck a pier."),),
    )
    assert await titles(desk, chat, "kaibrücke") == []
    stranger = await desk.chat(source)
    item = DigestItem(story_id=story, version=1, brief=brief, links=(), entry_ids=(1,))
    digest = Digest(chat_id=chat.id, created=desk.now, items=(item,))
    for _twice in range(2):
        await desk.store.digests.compose(digest, (), (), None, desk.now)
        for query in ("kaibrücke", "lastkahn pfeiler", "barge", "quay lastkahn"):
            assert await titles(desk, chat, query) == ["Quay Bridge closed"], query
    assert await titles(desk, stranger, "barge") == ["Quay Bridge closed"]
    assert await titles(desk, stranger, "lastkahn") == []  # it was told in no such words
