"""Deliveries to Discord: every way it can go, and what the desk learns from it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from discord_desk import Scene, delivery, scene

from bot.platforms.discord.chat import DiscordChat
from bot.render.discord_markdown import escape
from digests.errors import ConfigError
from digests.model import Brief, BriefSentence, Chat, Delivery, Digest, DigestItem, Link
from digests.ports import (
    Absent,
    Doubt,
    Found,
    Gone,
    NotSent,
    Outcome,
    Refused,
    Sent,
    Uneditable,
    Unknown,
    Wait,
)
from tests.bot.mention_titles import mention_titles
from tests.fakes.discord_limits import LAYOUT, said
from tests.fakes.discord_server import DiscordServer
from tests.fakes.discord_world import FORUM, MANAGE_THREADS, NEWS, PUBLIC_THREAD, SEND, Channel

POST = r"POST /channels/\d+/messages$"


@pytest_asyncio.fixture
async def at() -> AsyncIterator[Scene]:
    async with scene() as one:
        yield one


async def new_channel(at: Scene, name: str, kind: int, **more: Any) -> Channel:
    channel = at.server.world.add_channel(at.guild, name, kind, **more)
    await at.server.gateway.dispatch(
        "THREAD_CREATE" if channel.is_thread else "CHANNEL_CREATE", channel.json()
    )
    await asyncio.sleep(0.03)
    return channel


def message_id(outcome: Outcome) -> str:
    assert isinstance(outcome, Sent), outcome
    return outcome.message_id


async def test_a_message_is_posted_with_its_nonce_and_pings_no_one(at: Scene) -> None:
    sent = await at.chat.send(at.place(), delivery("@everyone", embeds=[{"title": "T"}], silent=True))
    (message,) = at.posted
    assert message["id"] == message_id(sent)
    assert message["nonce"] == "n1"
    assert message["flags"] == 4096
    assert message["allowed_mentions"] == {"parse": []}
    assert at.server.rest.pings == []


@pytest.mark.slow
async def test_eighty_mention_titles_ping_no_one_in_content_embed_forum_and_edit(at: Scene) -> None:
    forum = await new_channel(at, "board", FORUM)
    titles = mention_titles(at.reader.id, next(iter(at.guild.roles)))
    assert len(set(titles)) == 80
    at.server.pace.message = (10_000, 1.0)
    at.server.pace.overall = (10_000, 1.0)
    # The raw titles are sent as they are, unescaped: the client-wide lock must hold alone.
    for number, title in enumerate(titles):
        bare = {"content": title, "embeds": [{"title": title, "description": title}]}
        sent = await at.chat.send(at.place(), delivery(title, number, **bare))
        await at.chat.send(at.place(), delivery(title, number, edits=message_id(sent), **bare))
        await at.chat.send(
            at.place("forum", forum), delivery(title, number, digest_id=number, name=title, **bare)
        )
    assert len(at.posted) == 160
    assert len(at.server.rest.edits) == 80
    assert at.server.rest.pings == []


def rain(headline: str = "A storm", image: str = "https://i.example/p.png") -> Digest:
    stories = [
        DigestItem(
            story_id=number, version=1, links=(Link("News", "https://news.example/a"),), image=image,
            brief=Brief(headline=headline, sentences=(BriefSentence("It rained.", (0,)),), source_sentences=()),
        )
        for number in (7, 8)
    ]  # fmt: skip
    return Digest(chat_id=1, created=datetime(2026, 3, 1, tzinfo=UTC), items=tuple(stories), title="Morning")


def of(at: Scene, digest: Digest, number: int = 1, **more: Any) -> Delivery:
    """The delivery of the digest's only message."""
    (part,) = at.chat.parts(digest, at.place())
    return replace(delivery("x", number, **more), content=part)


async def test_a_digest_goes_out_as_it_is_drawn_and_is_edited_and_found_as_such(at: Scene) -> None:
    first = of(at, rain())
    assert first.content.stories == (7, 8)
    sent = message_id(await at.chat.send(at.place(), first))
    (message,) = at.posted
    assert message["flags"] == LAYOUT
    assert (message["content"], message["embeds"]) == ("", [])
    assert message["components"] == json.loads(first.content.payload)["components"]
    at.server.rest.show_nonce = False
    assert await at.chat.find(at.place(), first) == Found(sent)
    assert await at.chat.find(at.place(), of(at, rain("A gale"), 2)) == Absent()
    edit = of(at, rain("A gale"), 2, edits=sent)
    assert await at.chat.send(at.place(), edit) == Sent(sent)
    assert "A gale" in said(message["components"])
    plain = replace(edit, plain=True)  # what consists of components can't become a text again
    assert await at.chat.send(at.place(), plain) == Sent(sent)
    assert said(message["components"]).strip() == escape(edit.content.plain)


async def test_a_message_of_components_can_be_read_like_any_other(at: Scene) -> None:
    await at.chat.send(at.place(), of(at, rain()))
    await at.server.answered(await at.server.menu("Summarize", at.reader, at.channel, at.posted[0]))
    (request,) = at.echo.asked
    assert "It rained." in request.reply_text
    assert request.reply_links == ("https://news.example/a",)


async def test_a_message_of_embeds_becomes_one_of_components_when_it_is_edited(at: Scene) -> None:
    sent = message_id(await at.chat.send(at.place(), delivery("It rains.", embeds=[{"title": "T"}])))
    assert await at.chat.send(at.place(), of(at, rain(), 2, edits=sent)) == Sent(sent)
    (message,) = at.posted
    assert (message["content"], message["embeds"], message["flags"]) == ("", [], LAYOUT)


@pytest.mark.parametrize("fault", ["cut_before", "cut_after"])
async def test_a_doubt_about_a_digest_of_components_is_settled_and_nothing_stands_twice(
    at: Scene, fault: str
) -> None:
    at.server.fault(POST, fault)
    at.server.rest.show_nonce = False
    one = of(at, rain())
    assert isinstance(await at.chat.send(at.place(), one), Doubt)
    assert isinstance(await at.chat.find(at.place(), one), Found if fault == "cut_after" else Absent)
    message_id(await at.chat.send(at.place(), one))
    assert len(at.posted) == 1


async def test_a_plain_text_is_sent_in_place_of_what_was_refused(at: Scene) -> None:
    bad = delivery("It *rained*.", embeds=[{"title": "T", "url": "not a url"}])
    refused = await at.chat.send(at.place(), bad)
    assert isinstance(refused, Refused)
    assert "Not a well formed URL" in refused.reason
    message_id(await at.chat.send(at.place(), delivery("It *rained*.", plain=True)))
    assert at.posted[0]["content"] == r"It \*rained\*."
    assert at.posted[0]["embeds"] == []


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"action": "cut_before"}, Doubt),
        ({"action": "cut_after"}, Doubt),
        ({"action": "hang_after"}, Doubt),
        ({"action": "fail_after", "status": 503}, Doubt),
        ({"action": "fail_before", "status": 503}, Doubt),
        ({"action": "throttle", "delay": 90.0}, Wait),
        ({"action": "throttle", "delay": 3600.0, "whole": True}, Wait),
        ({"action": "throttle", "delay": 20.0, "via": False}, Wait),
        ({"action": "throttle", "delay": 0.05}, Sent),
        ({"action": "slow", "delay": 0.1}, Sent),
        ({"action": "fail_before", "status": 401}, Wait),
        ({"action": "fail_before", "status": 403, "code": 0}, NotSent),
        ({"action": "fail_before", "status": 403, "code": 50007}, Gone),
        ({"action": "fail_before", "status": 403, "code": 20031}, Gone),
        ({"action": "fail_before", "status": 404, "code": 10003}, Gone),
        ({"action": "fail_before", "status": 404, "code": 0}, NotSent),
        ({"action": "fail_before", "status": 400, "code": 50035}, Refused),
        ({"action": "fail_before", "status": 400, "code": 50008}, Gone),
    ],
)
async def test_each_failure_says_for_certain_what_is_known(fault: dict[str, Any], expected: type) -> None:
    async with scene(send_timeout=0.2) as at:
        at.server.fault(POST, **fault)
        outcome = await at.chat.send(at.place(), delivery())
        assert isinstance(outcome, expected)
        if isinstance(outcome, Wait):
            assert outcome.whole_platform == (
                fault.get("whole", False) or not fault.get("via", True) or fault.get("status") == 401
            )
            assert fault["action"] != "throttle" or outcome.delay == timedelta(seconds=fault["delay"])
        if fault["action"] in ("fail_before", "throttle") and expected is not Sent:
            assert at.posted == []


async def test_a_429_storm_waits_for_that_chat_alone(at: Scene) -> None:
    at.server.fault(POST, "throttle", delay=0.01, times=5)
    assert await at.chat.send(at.place(), delivery()) == Wait(timedelta(seconds=1))


async def test_a_digest_may_go_to_a_private_chat(at: Scene) -> None:
    channel = at.server.world.add_dm(at.reader)
    sent = message_id(await at.chat.send(at.place("private", channel), delivery()))
    assert (sent, str(channel.id)) == (at.posted[0]["id"], at.posted[0]["channel_id"])


async def test_nothing_reached_a_discord_that_is_away(at: Scene) -> None:
    await at.server.stop()
    outcome = await at.chat.send(at.place(), delivery())
    assert isinstance(outcome, NotSent)
    assert "127.0.0.1" not in outcome.reason
    assert isinstance(await at.chat.find(at.place(), delivery()), Unknown)


@pytest.mark.parametrize("show_nonce", [True, False])
@pytest.mark.slow
async def test_a_cut_connection_is_settled_by_a_look_and_sending_again_posts_nothing_twice(
    at: Scene, show_nonce: bool
) -> None:
    at.server.rest.show_nonce = show_nonce
    at.server.fault(POST, "cut_after")
    cut = delivery("It rained.", embeds=[{"title": "A  storm ", "description": "wind"}])
    assert await at.chat.find(at.place(), cut) == Absent()
    assert isinstance(await at.chat.send(at.place(), cut), Doubt)
    found = await at.chat.find(at.place(), cut)
    assert found == Found(at.posted[0]["id"])
    assert await at.chat.find(at.place(), delivery("It snowed.", 2)) == Absent()
    twin = delivery("It rained.", 2, embeds=[{"title": "A storm", "description": "wind"}])
    assert isinstance(await at.chat.find(at.place(), twin), Absent if show_nonce else Found)
    assert message_id(await at.chat.send(at.place(), cut)) == at.posted[0]["id"]
    assert len(at.posted) == 1
    assert at.server.rest.deduplicated == 1


async def test_a_look_ignores_others_and_what_stood_there_long_before(at: Scene) -> None:
    at.server.rest.show_nonce = False
    at.server.write(at.reader, at.channel, "It rained.")
    assert await at.chat.find(at.place(), delivery("It rained.")) == Absent()
    message_id(await at.chat.send(at.place(), delivery("It rained.")))
    later = datetime.now(UTC) + timedelta(hours=2)
    assert await at.chat.find(at.place(), delivery("It rained.", 2, started=later)) == Absent()


async def test_a_look_goes_back_page_by_page_to_the_attempts_start(at: Scene) -> None:
    sent = message_id(await at.chat.send(at.place(), delivery("It rained.")))
    for number in range(120):
        at.server.write(at.reader, at.channel, f"chatter {number}")
    assert await at.chat.find(at.place(), delivery("It rained.")) == Found(sent)
    for number in range(1000):
        at.server.write(at.reader, at.channel, f"chatter {number}")
    assert isinstance(await at.chat.find(at.place(), delivery("It rained.", started=None)), Unknown)


async def test_a_look_that_is_refused_or_unanswered_says_so(at: Scene) -> None:
    at.server.fault(r"GET /channels/\d+/messages", "throttle", delay=60.0)
    look = await at.chat.find(at.place(), delivery())
    assert isinstance(look, Unknown)
    assert look.later
    at.server.fault(r"GET /channels/\d+/messages", "fail_before", status=403, code=50013, message="No")
    look = await at.chat.find(at.place(), delivery())
    assert isinstance(look, Unknown)
    assert not look.later


@pytest.mark.slow
async def test_discord_pys_own_second_try_after_a_5xx_posts_nothing_twice(at: Scene) -> None:
    at.server.fault(POST, "fail_after", status=502)
    message_id(await at.chat.send(at.place(), delivery()))
    assert len(at.posted) == 1
    assert at.server.rest.deduplicated == 1


async def test_an_edit_replaces_the_message_and_is_harmless_to_repeat(at: Scene) -> None:
    sent = message_id(await at.chat.send(at.place(), delivery("It rains.", embeds=[{"title": "T"}])))
    edit = delivery("It rained.", 2, edits=sent)
    assert await at.chat.find(at.place(), edit) == Absent()
    assert await at.chat.send(at.place(), edit) == Sent(sent)
    assert (at.posted[0]["content"], at.posted[0]["embeds"]) == ("It rained.", [])
    assert await at.chat.find(at.place(), edit) == Found(sent)
    at.server.fault(r"PATCH /channels/\d+/messages", "cut_after")
    assert isinstance(await at.chat.send(at.place(), edit), NotSent)
    gone = await at.chat.send(at.place(), delivery("x", 3, edits="123"))
    assert gone == Uneditable("The message has been deleted.", deleted=True)
    assert isinstance(await at.chat.find(at.place(), delivery("x", 3, edits="123")), Unknown)


async def test_a_reply_answers_the_first_message_and_stands_without_it(at: Scene) -> None:
    sent = message_id(await at.chat.send(at.place(), delivery("It rains.")))
    message_id(await at.chat.send(at.place(), delivery("A flood.", 2, reply_to=sent)))
    assert str(at.posted[1]["message_reference"]["message_id"]) == sent
    message_id(await at.chat.send(at.place(), delivery("Dry.", 3, reply_to="123")))


async def test_an_announcement_is_published_and_stands_where_that_fails(at: Scene) -> None:
    wire = await new_channel(at, "wire", NEWS)
    sent = message_id(await at.chat.send(at.place("news", wire), delivery()))
    assert at.server.rest.published == [int(sent)]
    at.server.fault("crosspost", "throttle", delay=3600.0)
    message_id(await at.chat.send(at.place("news", wire), delivery("Two", 2)))
    assert len(at.server.rest.published) == 1


async def test_an_announcement_posted_before_a_crash_is_published_after_it(at: Scene) -> None:
    wire = await new_channel(at, "wire", NEWS)
    one = delivery()
    sent = message_id(await at.chat.send(at.place("text", wire), one))  # killed before it was published
    assert at.server.rest.published == []
    for _ in range(2):
        assert await at.chat.find(at.place("news", wire), one) == Found(sent)
        assert at.server.rest.published[:1] == [int(sent)]


async def test_a_refused_picture_is_left_out_and_the_embed_stays(at: Scene) -> None:
    embed = {"title": "Rain", "description": "It rained.", "image": {"url": "ftp://x.example/a.jpg"}}
    sent = message_id(await at.chat.send(at.place(), delivery(content="", embeds=[embed])))
    (posted,) = at.posted
    assert posted["embeds"][0]["title"] == "Rain"
    assert "image" not in posted["embeds"][0]
    edit = delivery("x", 2, content="", embeds=[embed | {"title": "Sun"}], edits=sent)
    assert await at.chat.send(at.place(), edit) == Sent(sent)
    assert at.posted[0]["embeds"][0]["title"] == "Sun"


async def test_a_refused_picture_is_left_out_and_the_stories_stay(at: Scene) -> None:
    one = of(at, rain())
    broken = replace(one.content, payload=one.content.payload.replace("https://i.example", "ftp://i.example"))
    sent = message_id(await at.chat.send(at.place(), replace(one, content=broken)))
    (message,) = at.posted
    assert "i.example" not in json.dumps(message["components"])
    assert said(message["components"]).count("A storm") == 2
    again = replace(one, content=broken, edits=sent, nonce="n2")
    assert await at.chat.send(at.place(), again) == Sent(sent)


async def test_an_archived_thread_is_opened_again_if_that_is_allowed(at: Scene) -> None:
    thread = await new_channel(
        at, "talk", PUBLIC_THREAD, parent_id=at.channel.id, owner_id=at.reader.id, archived=True
    )
    message_id(await at.chat.send(at.place("thread", thread), delivery()))
    assert not thread.archived
    thread.archived = thread.locked = True
    role = next(one for one in at.guild.roles.values() if one.name == "newsdesk")
    role.permissions &= ~MANAGE_THREADS
    assert isinstance(await at.chat.send(at.place("thread", thread), delivery("Two", 2)), Gone)


async def test_a_digest_is_one_post_in_a_forum_and_its_later_parts_stand_in_it(at: Scene) -> None:
    tags = [{"id": "77", "name": "News", "moderated": False, "emoji_id": None, "emoji_name": None}]
    forum = await new_channel(at, "board", FORUM, tags=tags, require_tag=True)
    place = at.place("forum", forum)
    first = message_id(await at.chat.send(place, delivery("One")))
    post, starter = first.split("/")
    assert post == starter
    assert at.server.world.channels[int(post)].name == "Morning"
    second = message_id(await at.chat.send(place, delivery("Two", 2, part=1)))
    assert second.split("/")[0] == post
    message_id(await at.chat.send(place, delivery("Other", 9, digest_id=9)))  # of the same name
    again = message_id(await at.chat.send(place, delivery("More", 10, part=2)))
    assert again.split("/")[0] == post
    third = message_id(await at.chat.send(place, delivery("A flood.", 3, digest_id=2, reply_to=first)))
    assert third.split("/")[0] == post
    assert await at.chat.send(place, delivery("One, corrected", 4, edits=first)) == Sent(first)
    assert at.posted[0]["content"] == "One, corrected"
    assert await at.chat.find(place, delivery("One, corrected", 4, edits=first)) == Found(first)
    assert await at.chat.find(place, delivery("Two", 2, part=1)) == Found(second)
    assert await at.chat.find(place, delivery("Nowhere", 5)) == Absent()
    theirs = await new_channel(at, "Evening", PUBLIC_THREAD, parent_id=forum.id, owner_id=at.reader.id)
    evening = message_id(await at.chat.send(place, delivery("Two", 6, digest_id=6, part=1, name="Evening")))
    assert evening.split("/")[0] != str(theirs.id)


@pytest.mark.parametrize("fault", [{"action": "cut_after"}, {"action": "fail_after", "status": 502}])
async def test_a_doubtful_forum_post_is_asked_for_once_and_found(at: Scene, fault: dict[str, Any]) -> None:
    forum = await new_channel(at, "board", FORUM)
    place = at.place("forum", forum)
    at.server.fault(r"POST /channels/\d+/threads", **fault)
    outcome = await at.chat.send(place, delivery("One"))
    assert isinstance(outcome, Doubt)
    assert at.server.log.count(r"POST .*/threads") == 1
    found = await at.chat.find(place, delivery("One"))
    assert isinstance(found, Found)
    # A desk that was restarted since finds the post for the next part by its name.
    second = message_id(await at.chat.send(place, delivery("Two", 2, part=1)))
    assert second.split("/")[0] == found.message_id.split("/")[0]
    assert await at.chat.find(place, delivery("Two", 2, part=1)) == Found(second)


async def test_a_lost_forum_part_makes_its_own_post_and_another_kind_of_channel_is_gone(at: Scene) -> None:
    forum = await new_channel(at, "board", FORUM)
    message_id(await at.chat.send(at.place("forum", forum), delivery("Two", 2, part=1)))
    assert isinstance(await at.chat.send(at.place("forum"), delivery("One")), Gone)
    assert (
        await at.chat.find(at.place("forum", at.server.world.add_dm(at.reader)), delivery("One")) == Absent()
    )


async def test_rights_lost_and_given_back_pause_and_bring_back_the_chat(at: Scene) -> None:
    address = str(at.channel.id)
    role = next(one for one in at.guild.roles.values() if one.name == "newsdesk")
    await at.server.until(lambda: ("back", address, "") in at.echo.told)
    at.echo.told.clear()
    await at.server.overwrite(at.channel, role, deny=SEND)
    await at.server.until(lambda: bool(at.echo.told))
    assert at.echo.told == [("lost", address, "I lack Send Messages in #news")]
    gone = await at.chat.send(at.place(), delivery())
    assert isinstance(gone, Gone)
    assert "Send Messages" in gone.reason
    await at.server.overwrite(at.channel, role)
    await at.server.until(lambda: len(at.echo.told) == 2)
    assert at.echo.told[1] == ("back", address, "")
    at.echo.told.clear()
    everyone = at.guild.roles[at.guild.id]
    await at.server.set_role(at.guild, role, 0)
    await at.server.set_role(at.guild, everyone, 0)
    await at.server.until(lambda: bool(at.echo.told))
    assert [told[0] for told in at.echo.told] == ["lost"]
    gone = await at.chat.send(at.place(), delivery())
    assert isinstance(gone, Gone)
    assert "View Channel" in gone.reason
    strong = at.server.world.add_role(at.guild, "strong", (1 << 53) - 1)
    await at.server.gateway.dispatch(
        "GUILD_ROLE_CREATE", {"guild_id": str(at.guild.id), "role": strong.json()}
    )
    await at.server.set_roles(at.guild, at.server.world.bot, strong)
    await at.server.until(lambda: ("back", address, "") in at.echo.told)


async def test_a_refused_send_is_come_back_from_when_the_channel_changes(at: Scene) -> None:
    await at.server.until(lambda: bool(at.echo.told))
    at.echo.told.clear()
    at.server.fault(POST, "fail_before", status=403, code=50013)
    assert isinstance(await at.chat.send(at.place(), delivery()), Gone)
    await at.server.gateway.dispatch("CHANNEL_UPDATE", at.channel.json())
    await at.server.until(lambda: bool(at.echo.told))
    assert at.echo.told == [("back", str(at.channel.id), "")]


async def test_deleted_channels_and_servers_are_lost_and_a_new_invitation_brings_them_back(at: Scene) -> None:
    thread = await new_channel(at, "talk", PUBLIC_THREAD, parent_id=at.channel.id, owner_id=at.reader.id)
    other = await new_channel(at, "other", 0)
    at.guild.system_channel = other.id
    at.echo.told.clear()
    await at.server.delete_channel(thread)
    await at.server.until(lambda: len(at.echo.told) == 1)
    assert at.echo.told == [("lost", str(thread.id), "the thread was deleted")]
    await at.server.delete_channel(at.channel)
    await at.server.until(lambda: len(at.echo.told) == 2)
    assert at.echo.told[1] == ("lost", str(at.channel.id), "the channel was deleted")
    gone = await at.chat.send(at.place(), delivery())
    assert gone == Gone("The channel has been deleted, or I was removed from its server.")
    at.echo.told.clear()
    await at.server.kick(at.guild)
    await at.server.until(lambda: bool(at.echo.told))
    assert at.echo.told[0][:2] == ("lost", str(other.id))
    await at.server.invite(at.guild)
    await at.server.until(lambda: ("back", str(other.id), "") in at.echo.told)
    await at.server.until(lambda: any(m["content"] == "Hello, I bring news." for m in at.posted))


async def test_the_gateway_may_drop_and_is_resumed_with_what_was_missed(at: Scene) -> None:
    for ask in (False, True):
        before = at.server.gateway.resumes
        await at.server.gateway.drop(ask=ask)
        one = await at.server.slash("help", at.reader, at.channel)
        await at.server.answered(one)
        assert at.server.gateway.resumes == before + 1
    assert at.server.gateway.identifies == 1
    assert at.chat.connected


@pytest.mark.slow
async def test_a_session_that_is_forgotten_is_begun_anew(at: Scene) -> None:
    await at.server.gateway.drop(resumable=False)
    message_id(await at.chat.send(at.place(), delivery()))
    async with asyncio.timeout(15):
        await at.server.gateway.wait_ready()
    await at.server.answered(await at.server.slash("help", at.reader, at.channel))


async def test_a_wrong_token_says_where_to_get_the_right_one(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with DiscordServer() as server:
        async with scene() as at:
            desk = at.echo.desk()
        chat = DiscordChat("s3cret-token", desk, api_base=server.api_base, gateway=server.gateway_url)
        with pytest.raises(ConfigError, match="developers/applications") as refused:
            await chat.start()
        assert "s3cret-token" not in f"{refused.value}{caplog.text}"
        await chat.stop()


async def test_an_outage_at_the_start_is_outlived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.platforms.discord.chat._FIRST_PAUSE", 0.05)
    async with DiscordServer() as server:
        async with scene() as at:
            desk = at.echo.desk()
        server.fault("GET /users/@me", "fail_before", status=503, times=2)
        chat = DiscordChat(
            server.world.token, desk, api_base=server.api_base, gateway=server.gateway_url, quiet=0.02
        )
        await chat.start()
        assert not chat.connected
        where = Chat(platform="discord", address="1")
        assert isinstance(await chat.send(where, delivery()), NotSent)
        assert await chat.find(where, delivery()) == Unknown("Discord is not connected yet", later=True)
        await server.until(lambda: chat.connected)
        await chat.stop()
