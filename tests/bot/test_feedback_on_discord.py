"""Thumbs under digests on Discord, by buttons and by reactions: the whole desk against the strict server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.render.discord_markdown import escape
from tests.bot.test_discord_story import Town, on_discord
from tests.fakes.discord_world import FORUM, Channel, User

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]


async def until_votes(town: Town, wanted: list[int], channel: Channel | None = None) -> None:
    """Wait until the votes are so; they are taken in while other things go on."""
    async with asyncio.timeout(10):
        while list((await votes(town, channel)).values()) != wanted:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def votes(town: Town, channel: Channel | None = None) -> dict[str, int]:
    store = town.house.app.desk.store
    stored = await store.chats.find("discord", str((channel or town.channel).id))
    assert stored is not None
    found: dict[str, int] = {}
    for vote in await store.feedback.votes(stored.id):
        found[vote.person] = found.get(vote.person, 0) + vote.value
    return found


def labels(message: dict[str, Any]) -> list[str]:
    """The buttons in rows, not those beside a story."""
    return [one["label"] for row in message["components"] if row["type"] == 1 for one in row["components"]]


async def pressed(town: Town, who: User, message: dict[str, Any], label: str) -> Any:
    one = await town.server.press(who, town.channel, message, label)
    await town.server.answered(one, within=15)
    return one


async def test_votes_under_a_digest_are_answered_to_the_one_who_pressed(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as town:
        await town.slash(town.manager, "subscribe", source="1")
        await town.house.app.desk.cycle()
        (digest,) = town.server.rest.accepted
        assert labels(digest) == ["👍", "👎", "…"]
        reader, manager = f"discord:{town.reader.id}", f"discord:{town.manager.id}"
        up = await pressed(town, town.reader, digest, "👍")
        assert up.text.startswith("Noted: more like “")
        assert all(reply["flags"] & 64 for reply in up.replies)
        await pressed(town, town.manager, digest, "👍")
        assert await votes(town) == {reader: 1, manager: 1}
        await pressed(town, town.reader, digest, "👎")
        assert await votes(town) == {reader: -1, manager: 1}
        dots = await pressed(town, town.reader, digest, "…")
        assert "Quay Bridge" in dots.text
        assert dots.replies[0]["flags"] & 64
        assert labels(dots.replies[0]) == [
            "👍",
            "👎",
            "Follow this story",
            "Mute this story",
            "What it rests on",
        ]
        refused = await pressed(town, town.reader, dots.replies[0], "Mute this story")
        assert "Manage Channels" in refused.text
        story = await pressed(town, town.manager, digest, "…")
        muted = await pressed(town, town.manager, story.replies[0], "Mute this story")
        assert "No more of “" in muted.text
        assert len(town.server.rest.accepted) == 1  # nothing was said in the channel


async def test_a_story_of_a_digest_is_opened_whole_with_what_it_rests_on_and_can_be_followed(
    tmp_path: Path,
) -> None:
    async with on_discord(tmp_path) as town:
        for source in ("1", "2"):
            await town.slash(town.manager, "subscribe", source=source)
        await town.house.app.desk.cycle()
        *_, digest = town.server.rest.accepted
        opened = await pressed(town, town.reader, digest, "⋯")
        assert all(reply["flags"] & 64 for reply in opened.replies)
        (chat,) = [c for c in await town.house.app.desk.store.chats.all() if c.platform == "discord"]
        told = [
            item for one in await town.house.app.desk.store.digests.last(chat.id, 9) for item in one.items
        ]
        (brief,) = [item.brief for item in told if escape(item.brief.text) in opened.text]
        rests = await pressed(town, town.reader, opened.replies[0], "What it rests on")
        first = brief.source_sentences[brief.sentences[0].support[0]].text
        await town.server.until(lambda: labels(rests.replies[0]) == ["Back"], 10)
        assert f"“{escape(first)}”" in rests.text
        back = await pressed(town, town.reader, rests.replies[0], "Back")
        await town.server.until(lambda: labels(back.replies[0])[:1] == ["👍"], 10)
        refused = await pressed(town, town.reader, back.replies[0], "Follow this story")
        assert "Manage Channels" in refused.text
        again = await pressed(town, town.manager, digest, "⋯")
        followed = await pressed(town, town.manager, again.replies[0], "Follow this story")
        assert "comes at once" in followed.text
        (rule,) = await town.house.app.desk.store.rules.of_chat(chat.id)
        assert (rule.kind, rule.pattern[:6]) == ("watch", "story:")
        assert rule.pattern not in await town.slash(town.manager, "export")


async def test_reactions_count_and_can_be_taken_back(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as town:
        await town.slash(town.manager, "subscribe", source="1")
        await town.house.app.desk.cycle()
        (digest,) = town.server.rest.accepted
        chatter = town.server.write(town.reader, town.channel, "hello")

        async def react(emoji: str, message: dict[str, Any] = digest, *, away: bool = False) -> None:
            await town.server.react(town.reader, town.channel, message, emoji, away=away)

        await react("👎", chatter)
        await react("🤔")
        await react("👍🏽")
        await until_votes(town, [1])
        await react("👎")
        await until_votes(town, [-1])
        await react("👍", away=True)  # no longer what counts
        await town.slash(town.reader, "subscriptions")
        await until_votes(town, [-1])
        await react("👎", away=True)
        await until_votes(town, [])
        await react("❤️")
        await until_votes(town, [1])


async def test_votes_in_a_forums_post_count_for_the_forum(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as town:
        guild = town.server.world.guilds[town.channel.guild_id or 0]
        forum = town.server.world.add_channel(guild, "stories", FORUM)
        await town.server.gateway.dispatch("CHANNEL_CREATE", forum.json())
        assert "now follows" in await town.slash(
            town.manager, "subscribe", source="1", where=f"<#{forum.id}>"
        )
        await town.house.app.desk.cycle()
        (digest,) = town.server.rest.accepted
        post = town.server.world.channels[int(digest["channel_id"])]
        await town.server.gateway.dispatch("THREAD_CREATE", post.json())
        one = await town.server.press(town.reader, post, digest, "👍")
        await town.server.answered(one)
        assert one.text.startswith("Noted: more like “")
        assert await votes(town, forum) == {f"discord:{town.reader.id}": 1}
        await town.server.react(town.reader, post, digest, "👎")
        await until_votes(town, [-1], forum)


async def test_an_edited_digest_keeps_its_thumbs(tmp_path: Path) -> None:
    async with on_discord(tmp_path) as town:
        await town.slash(town.manager, "subscribe", source="1")
        await town.house.app.desk.cycle()
        (digest,) = town.server.rest.accepted
        store = town.house.app.desk.store
        chat = await store.chats.find("discord", str(town.channel.id))
        assert chat is not None
        (last,) = await store.digests.last(chat.id, 1)
        posted = await store.digests.posted(chat.id, last.items[0].story_id)
        assert posted is not None
        channel = town.house.app.channels["discord"]
        await channel.send(chat, replace(posted[1], edits=posted[1].message_id))
        assert town.server.rest.edits == [digest]
        assert labels(digest) == ["👍", "👎", "…"]
        silent = replace(chat, settings=replace(chat.settings, feedback="off"))
        (drawn,) = channel.parts(last, silent)
        await channel.send(silent, replace(posted[1], content=drawn, edits=posted[1].message_id))
        assert labels(digest) == []
