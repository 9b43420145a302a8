"""Posts in forums with their tags, and the one role that may be mentioned."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest_asyncio
from discord_desk import Scene, delivery, scene

from digests.model import Brief, BriefSentence, Chat, ChatSettings, Digest, DigestItem, Link
from digests.ports import Found, Sent
from tests.fakes.discord_world import FORUM, Channel


@pytest_asyncio.fixture
async def at() -> AsyncIterator[Scene]:
    async with scene() as one:
        yield one


def story(number: int, headline: str, *topics: str) -> DigestItem:
    brief = Brief(headline=headline, sentences=(BriefSentence("It happened.", (0,)),), source_sentences=())
    link = Link("News", f"https://news.example/{number}")
    return DigestItem(story_id=number, version=1, brief=brief, links=(link,), topics=topics)


async def forum_of(at: Scene, *tags: str, require: bool = False) -> Channel:
    known = [
        {"id": str(70 + n), "name": name, "moderated": name == "Staff", "emoji_id": None, "emoji_name": None}
        for n, name in enumerate(tags)
    ]
    forum = at.server.world.add_channel(at.guild, "board", FORUM, tags=known, require_tag=require)
    await at.server.gateway.dispatch("CHANNEL_CREATE", forum.json())
    return forum


async def deliver(at: Scene, chat: Chat, digest: Digest, number: int = 1) -> list[str]:
    """Send every part of a digest in order; the messages' ids."""
    ids = []
    for place, part in enumerate(at.chat.parts(digest, chat)):
        one = replace(delivery("", number + place, part=place, digest_id=number), content=part)
        outcome = await at.chat.send(chat, one)
        assert isinstance(outcome, Sent)
        ids.append(outcome.message_id)
        assert await at.chat.find(chat, one) == Found(outcome.message_id)
    return ids


MORNING = Digest(
    id=1, chat_id=1, created=datetime(2026, 11, 24, 8, tzinfo=UTC), title="Morning",
    items=(story(1, "Harbour opens", "local", "Staff"), story(2, "Ferry sinks", "SEA", "local")),
)  # fmt: skip


async def test_each_story_is_a_post_with_the_tags_of_its_topics(at: Scene) -> None:
    forum = await forum_of(at, "Sea", "Local", "Staff")
    chat = replace(at.place("forum", forum), settings=ChatSettings(forum="story"))
    ids = await deliver(at, chat, MORNING)
    posts = [at.server.world.channels[int(one.partition("/")[0])] for one in ids]
    assert [(post.name, post.applied_tags) for post in posts] == [
        ("Harbour opens", ["71"]), ("Ferry sinks", ["70", "71"])
    ]  # fmt: skip


async def test_a_digest_is_one_post_with_the_tags_of_all_its_topics(at: Scene) -> None:
    forum = await forum_of(at, "Sea", "Local")
    ids = await deliver(at, at.place("forum", forum), MORNING)
    (post,) = {at.server.world.channels[int(one.partition("/")[0])].name for one in ids}
    assert post == "Morning · 2 stories"
    assert at.server.world.channels[int(ids[0].partition("/")[0])].applied_tags == ["70", "71"]


async def test_a_required_tag_is_given_where_no_topic_fits(at: Scene) -> None:
    forum = await forum_of(at, "Weather", require=True)
    ids = await deliver(at, at.place("forum", forum), MORNING)
    assert at.server.world.channels[int(ids[0].partition("/")[0])].applied_tags == ["70"]


async def test_a_watched_story_mentions_the_role_that_was_allowed_and_no_other(at: Scene) -> None:
    other = at.server.world.add_role(at.guild, "others", 0)
    loud = replace(MORNING, role=str(at.alerts.id))
    await deliver(at, at.place(), loud)
    assert at.server.rest.pings == [f"roles:{at.alerts.id}"]
    await deliver(at, at.place(), replace(MORNING, role=str(other.id)), 5)
    await deliver(at, at.place(), MORNING, 9)
    forum = await forum_of(at)
    await deliver(at, at.place("forum", forum), replace(MORNING, role=str(other.id)), 13)
    assert len(at.server.rest.pings) == 1
    await deliver(at, at.place("forum", forum), loud, 17)
    assert len(at.server.rest.pings) == 2
