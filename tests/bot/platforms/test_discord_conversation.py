"""Conversations on Discord, end to end: an unmodified discord.py against the strict server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from discord_desk import Scene, delivery, discord, scene

from bot.conversation import Button, File, Person, Reply, Request
from bot.render.rich import text
from digests.model import Chat, Failure
from digests.ports import Sent
from tests.fakes.discord_world import FORUM, NEWS, PUBLIC_THREAD

EPHEMERAL = 64


@pytest_asyncio.fixture
async def at() -> AsyncIterator[Scene]:
    async with scene() as one:
        yield one


async def test_every_command_is_offered_as_a_slash_command(at: Scene) -> None:
    offered = {(one["name"], one["type"]): one for one in at.server.rest.commands}
    assert set(offered) == {
        ("help", 1), ("subscribe", 1), ("summarize", 1), ("settings", 1), ("sources", 1), ("Summarize", 3)
    }  # fmt: skip
    subscribe = offered["subscribe", 1]
    assert [(o["name"], o["required"]) for o in subscribe["options"]] == [("source", True), ("where", False)]
    assert subscribe["default_member_permissions"] == str(1 << 4)
    assert [(o["name"], o["type"]) for o in offered["sources", 1]["options"]] == [
        ("list", 1),
        ("add", 1),
        ("import", 1),
    ]


async def test_a_slash_command_is_deferred_at_once_and_answered_later(at: Scene) -> None:
    async def slow(request: Request) -> Reply:
        await asyncio.sleep(0.2)
        return Reply(text=text("done"))

    at.echo.answer = slow
    one = await at.server.slash("summarize", at.reader, at.channel, what="https://news.example/a")
    await at.server.answered(one)
    assert one.text == "done"
    assert one.after is not None
    assert one.after < 0.15
    assert one.callback is not None
    assert one.callback["type"] == 5
    request = at.echo.asked[0]
    assert (request.command, request.words) == ("summarize", "https://news.example/a")
    assert request.chat.address == str(at.channel.id)
    assert (request.chat.kind, request.chat.title) == ("text", "#news")
    assert request.person == Person(id=f"discord:{at.reader.id}", name="reader", language="en-US")


async def test_words_are_in_the_desks_order_and_name_a_channel_as_in_a_message(at: Scene) -> None:
    for where, written in (
        ("123456789012345678", "<#123456789012345678>"),
        ("news", "#news"),
        ("#news", "#news"),
    ):
        one = await at.server.slash("subscribe", at.manager, at.channel, source="bbc", where=where)
        await at.server.answered(one)
        assert at.echo.asked[-1].words == f"{written} bbc"
    one = await at.server.answered(
        await at.server.slash("sources add", at.reader, at.channel, address="x.example")
    )
    assert one.text == "sources add x.example"


async def test_typing_offers_at_most_25_values(at: Scene) -> None:
    values = await at.server.type("subscribe", at.reader, at.channel, "source", "bb")
    assert values == [f"subscribe source bb{i}" for i in range(25)]
    assert await at.server.type("settings", at.reader, at.channel, "zone", "E-3") == [
        f"zone-{i}" for i in range(30, 40)
    ]


async def test_typing_offers_nothing_when_the_desk_fails(at: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("discord_desk.EchoDesk.complete", None)
    async with scene() as other:
        assert await other.server.type("subscribe", other.reader, other.channel, "source", "b") == []


async def test_typing_offers_nothing_rather_than_too_late(at: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(*_: object) -> list[str]:
        await asyncio.sleep(30)
        return ["late"]

    monkeypatch.setattr("bot.platforms.discord.answers._COMPLETION", 0.05)
    monkeypatch.setattr("discord_desk.EchoDesk.complete", slow)
    async with scene() as other:
        assert await other.server.type("subscribe", other.reader, other.channel, "source", "b") == []


async def test_a_refusal_is_whispered_even_where_the_server_lets_anyone_use_the_command(at: Scene) -> None:
    one = await at.server.answered(await at.server.slash("subscribe", at.reader, at.channel, source="bbc"))
    assert one.text == "Only managers may."
    assert [reply["flags"] & EPHEMERAL for reply in one.replies] == [EPHEMERAL]
    assert one.original is None
    one = await at.server.answered(await at.server.slash("subscribe", at.manager, at.channel, source="bbc"))
    assert one.text == "subscribe bbc"
    assert one.replies[0]["flags"] & EPHEMERAL == 0


@pytest.mark.slow
async def test_an_answer_whose_receipt_was_lost_stands_there_once(at: Scene) -> None:
    at.server.fault("/webhooks/", "fail_after", status=502)
    one = await at.server.answered(await at.server.slash("help", at.reader, at.channel))
    await asyncio.sleep(1.3)  # discord.py tries again after a second
    assert [reply["content"] for reply in one.replies] == ["help"]


async def test_a_long_answer_comes_in_parts_with_the_buttons_under_the_last(at: Scene) -> None:
    at.echo.answer = lambda _: Reply(
        text=text("A sentence of an answer. " * 200), buttons=((Button("More", "help"),),),
        image="https://i.example/p.png",
    )  # fmt: skip
    one = await at.server.answered(await at.server.slash("help", at.reader, at.channel), replies=3)
    assert [bool(reply["components"]) for reply in one.replies] == [False, False, True]
    assert [len(reply["embeds"]) for reply in one.replies] == [1, 0, 0]
    assert "".join(reply["content"] for reply in one.replies).count("sentence") == 200


async def test_a_broken_command_is_answered_and_an_empty_answer_too(at: Scene) -> None:
    def broken(_: Request) -> Reply:
        raise KeyError("oops")

    at.echo.answer = broken
    one = await at.server.answered(await at.server.slash("help", at.reader, at.channel))
    assert "Something went wrong" in one.text
    at.echo.answer = lambda _: Reply(text=())
    await at.server.answered(await at.server.slash("help", at.reader, at.channel))


async def test_a_menu_button_replaces_its_message_and_serves_once(at: Scene) -> None:
    one = await at.server.answered(await at.server.slash("settings", at.reader, at.channel))
    menu = one.replies[0]
    pressed = await at.server.press(at.reader, at.channel, menu, "Zone")
    await at.server.until(lambda: menu["content"] == "settings zone")
    assert pressed.callback == {"type": 6}
    assert pressed.followups == []
    old = {**menu, "components": one.data.get("components", menu["components"])}
    again = dict(pressed.data["data"])
    second = await at.server.interact(3, at.reader, at.channel, again, old)
    await at.server.until(lambda: second.callback is not None)
    assert second.callback is not None
    assert "has been used" in second.callback["data"]["content"]
    assert len(at.echo.asked) == 2


async def test_another_commands_button_answers_with_a_new_message(at: Scene) -> None:
    one = await at.server.answered(await at.server.slash("settings", at.reader, at.channel))
    pressed = await at.server.answered(await at.server.press(at.reader, at.channel, one.replies[0], "Help"))
    assert pressed.text == "help settings"
    assert one.replies[0]["content"] == "settings"


async def test_a_button_serves_its_own_person_only(at: Scene) -> None:
    one = await at.server.answered(await at.server.slash("settings", at.reader, at.channel))
    pressed = await at.server.press(at.manager, at.channel, one.replies[0], "Zone")
    await at.server.until(lambda: pressed.callback is not None)
    assert pressed.callback is not None
    assert "for the person who asked" in pressed.callback["data"]["content"]
    assert pressed.callback["data"]["flags"] & EPHEMERAL
    assert len(at.echo.asked) == 1


async def test_a_refused_press_leaves_the_menu_and_may_be_tried_again(at: Scene) -> None:
    one = await at.server.answered(await at.server.slash("settings", at.reader, at.channel))
    menu = one.replies[0]
    at.echo.answer = lambda _: Reply(text=text("Not now."), ok=False)
    pressed = await at.server.answered(await at.server.press(at.reader, at.channel, menu, "Zone"), replies=2)
    assert pressed.followups[0]["content"] == "Not now."
    assert pressed.followups[0]["flags"] & EPHEMERAL
    at.echo.answer = None
    await at.server.press(at.reader, at.channel, menu, "Zone")
    await at.server.until(lambda: menu["content"] == "settings zone")


async def test_buttons_work_after_a_restart_but_long_ones_say_that_they_are_too_old(at: Scene) -> None:
    at.echo.answer = lambda _: Reply(
        text=text("Which?"), buttons=((Button("Short", "help", "a:b"), Button("Long", "help", "x" * 200)),)
    )
    one = await at.server.answered(await at.server.slash("settings", at.reader, at.channel))
    pressed = await at.server.answered(await at.server.press(at.reader, at.channel, one.replies[0], "Long"))
    assert at.echo.asked[-1].words == "x" * 200
    at.echo.answer = None
    await at.chat.stop()
    await at.chat.start()
    fresh = type(at.chat)(
        at.server.world.token,
        at.echo.desk(),
        api_base=at.server.api_base,
        gateway=at.server.gateway_url,
        quiet=0.02,
    )
    await at.chat.stop()
    await fresh.start()
    try:
        pressed = await at.server.answered(
            await at.server.press(at.reader, at.channel, one.replies[0], "Short")
        )
        assert pressed.text == "help a:b"
        pressed = await at.server.press(at.reader, at.channel, one.replies[0], "Long")
        await at.server.until(lambda: pressed.callback is not None)
        assert pressed.callback is not None
        assert "too old" in pressed.callback["data"]["content"]
    finally:
        await fresh.stop()


async def test_a_buttons_words_of_any_length_arrive_and_no_view_is_kept(at: Scene) -> None:
    for length in range(60, 110, 3):
        at.echo.answer = lambda _, length=length: Reply(
            text=text("Which?"), buttons=((Button("Go", "help", "x" * length),),)
        )
        one = await at.server.answered(await at.server.slash("settings", at.reader, at.channel))
        at.echo.answer = None
        pressed = await at.server.answered(await at.server.press(at.reader, at.channel, one.replies[0], "Go"))
        assert pressed.text == f"help {'x' * length}"
    assert at.chat._connected().persistent_views == []


async def test_more_rows_than_discord_has_are_packed(at: Scene) -> None:
    at.echo.answer = lambda _: Reply(
        text=text("Which?"),
        buttons=tuple((Button(f"{i} {'long ' * 30}", "help", str(i)),) for i in range(30)),
    )
    one = await at.server.answered(await at.server.slash("help", at.reader, at.channel))
    assert [len(row["components"]) for row in one.replies[0]["components"]] == [5] * 5


async def test_the_message_menu_summarizes_text_links_and_files(at: Scene) -> None:
    at.server.files["a.txt"] = b"words"
    url = at.server.api_base.replace("/api/v10", "/cdn/a.txt")
    files = [
        {
            "id": "1",
            "filename": "a.txt",
            "size": 5,
            "url": url,
            "proxy_url": url,
            "content_type": "text/plain",
        },
        {"id": "2", "filename": "b.pdf", "size": 50_000_000, "url": url, "proxy_url": url},
        {"id": "3", "filename": "c.txt", "size": 5, "url": url + "x", "proxy_url": url + "x"},
    ]
    message = at.server.write(
        at.reader, at.channel, "Look: [this](https://b.example/x) and https://a.example/y.",
        embeds=[{"title": "T", "description": "D https://c.example/z", "url": "https://d.example/"}],
        attachments=files,
    )  # fmt: skip
    one = await at.server.answered(await at.server.menu("Summarize", at.reader, at.channel, message))
    assert one.text == "summarize"
    request = at.echo.asked[0]
    assert request.reply_links == (
        "https://b.example/x",
        "https://a.example/y",
        "https://d.example/",
        "https://c.example/z",
    )
    assert "Look:" in request.reply_text
    assert "T\nD" in request.reply_text
    file, large, missing = request.attachments
    assert (file.name, file.size, file.content_type) == ("a.txt", 5, "text/plain")
    assert await file.read() == b"words"
    for unreadable in (large, missing):
        assert isinstance(await unreadable.read(), Failure)


async def test_a_person_is_answered_at_once_while_a_backlog_is_sent() -> None:
    async with scene(limit=(2, 0.15)) as at:
        backlog = [asyncio.create_task(at.chat.send(at.place(), delivery(f"part {i}", i))) for i in range(6)]
        await at.server.until(lambda: len(at.posted) >= 2)
        one = await at.server.answered(await at.server.slash("help", at.reader, at.channel), within=0.12)
        assert one.text == "help"
        assert len(at.posted) < 6
        assert all(isinstance(outcome, Sent) for outcome in await asyncio.gather(*backlog))
        assert at.server.log.invalid == 0


async def test_a_command_from_before_an_update_is_answered(at: Scene) -> None:
    at.server.rest.commands.append({"id": "1", "name": "older", "type": 1})
    one = await at.server.slash("older", at.reader, at.channel)
    await at.server.until(lambda: one.callback is not None)
    assert "has changed" in one.text


async def test_nothing_the_bot_says_to_a_person_may_ping(at: Scene) -> None:
    menu = await at.server.answered(await at.server.slash("settings", at.reader, at.channel))
    await at.server.press(at.reader, at.channel, menu.replies[0], "Zone")
    await at.server.until(lambda: menu.replies[0]["content"] == "settings zone")
    whispered = await at.server.press(at.manager, at.channel, menu.replies[0], "Help")
    await at.server.until(lambda: whispered.callback is not None)
    refused = await at.server.answered(
        await at.server.slash("subscribe", at.reader, at.channel, source="@everyone")
    )
    said = [*menu.replies, *whispered.replies, *refused.replies]
    assert [one["allowed_mentions"] for one in said] == [{"parse": []}] * 3


async def test_a_late_callback_is_given_up(at: Scene) -> None:
    at.server.rest.allowance = 0.0
    one = await at.server.slash("help", at.reader, at.channel)
    await at.server.until(lambda: one.late)
    at.server.rest.allowance = 3.0
    await at.server.answered(await at.server.slash("settings", at.reader, at.channel))
    assert [request.command for request in at.echo.asked] == ["settings"]


async def test_in_a_private_chat_a_person_manages_their_own(at: Scene) -> None:
    channel = at.server.world.add_dm(at.reader)
    one = await at.server.answered(await at.server.slash("subscribe", at.reader, channel, source="bbc"))
    assert one.text == "subscribe bbc"
    chat = at.echo.asked[0].chat
    assert (chat.kind, chat.address) == ("private", str(channel.id))
    assert ("back", str(channel.id), "") in at.echo.told
    assert await at.chat.manages(chat, Person(id=f"discord:{at.reader.id}")) is True
    assert await at.chat.manages(chat, Person(id=f"discord:{at.manager.id}")) is False
    assert await at.chat.can_post(chat) is None


async def test_whoever_cannot_be_shown_to_manage_a_channel_does_not(at: Scene) -> None:
    chat = at.place()
    guild, world, manages = at.guild, at.server.world, at.chat.manages

    async def may(user_id: object) -> bool | Failure:
        return await manages(chat, Person(id=f"discord:{user_id}"))

    assert await may(at.manager.id) is True
    assert await may(guild.owner.id) is True
    assert await may(at.reader.id) is False
    assert await may(12345) is False
    assert await may("12345x") is False
    assert await manages(chat, Person(id=f"telegram:{at.manager.id}")) is False
    assert (
        await manages(at.place(channel=world.add_dm(at.reader)), Person(id=f"discord:{at.manager.id}"))
        is False
    )
    await at.server.overwrite(at.channel, at.manager, deny=1 << 4)
    await asyncio.sleep(0.05)
    assert await may(at.manager.id) is False
    await at.server.overwrite(at.channel, at.reader, allow=1 << 4)
    await asyncio.sleep(0.05)
    assert await may(at.reader.id) is True
    at.server.fault("GET /guilds/.*/members", "cut_before", times=9)
    assert isinstance(await may(at.reader.id), Failure)


async def test_a_channel_is_found_by_mention_id_or_name_on_the_persons_own_server(at: Scene) -> None:
    world, server = at.server.world, at.server
    for channel_name, channel_type in (("board", FORUM), ("wire", NEWS), ("twin", 0), ("twin", 0)):
        channel = world.add_channel(at.guild, channel_name, channel_type)
        await server.gateway.dispatch("CHANNEL_CREATE", channel.json())
    thread = world.add_channel(at.guild, "talk", PUBLIC_THREAD, parent_id=at.channel.id, owner_id=1)
    await server.gateway.dispatch("THREAD_CREATE", thread.json())
    elsewhere = world.add_guild("Elsewhere")
    secret = world.add_channel(elsewhere, "secret")
    await server.invite(elsewhere)
    await asyncio.sleep(0.05)
    for name, kind in (
        (f"<#{at.channel.id}>", "text"), (str(at.channel.id), "text"), ("#news", "text"), ("NEWS", "text"),
        ("#board", "forum"), ("#wire", "news"), ("#talk", "thread"), ("#nowhere", None), ("<#1>", None),
        ("#twin", None), (f"<#{secret.id}>", None),
    ):  # fmt: skip
        found = await at.chat.lookup(name, at.place())
        assert (None if isinstance(found, Failure) else found.kind) == kind, name
    private = at.place("private", world.add_dm(at.reader))
    from_outside = await at.chat.lookup(f"<#{secret.id}>", private)
    assert isinstance(from_outside, Chat)
    assert from_outside.title == "#secret"


async def test_the_rights_of_who_asks_are_not_anothers(at: Scene) -> None:
    async def for_the_reader(request: Request) -> Reply:
        reader = Person(id=f"discord:{at.reader.id}")
        return Reply(text=text(str(await request.directory.manages(request.chat, reader))))

    at.echo.answer = for_the_reader
    one = await at.server.answered(await at.server.slash("help", at.manager, at.channel))
    assert one.text == "False"


@pytest.mark.slow
async def test_what_is_missing_to_post_is_named(at: Scene) -> None:
    assert await at.chat.can_post(at.place()) is None
    role = next(one for one in at.guild.roles.values() if one.name == "newsdesk")
    await at.server.overwrite(at.channel, role, deny=(1 << 16) | (1 << 14))
    await asyncio.sleep(0.05)
    missing = await at.chat.can_post(at.place())
    assert missing is not None
    assert missing.reason == "I lack Embed Links and Read Message History in #news"
    assert isinstance(await at.chat.can_post(at.place(channel=at.server.world.add_dm(at.reader))), type(None))
    at.server.fault("GET /channels/", "fail_before", status=404, code=10003)
    assert isinstance(await at.chat.can_post(Chat(platform="discord", address="123456789012345678")), Failure)


async def test_a_shutdown_lets_an_answer_finish(at: Scene) -> None:
    async def slow(_: Request) -> Reply:
        await asyncio.sleep(0.05)
        return Reply(text=text("done"))

    at.echo.answer = slow
    one = await at.server.slash("help", at.reader, at.channel)
    await at.server.until(lambda: bool(at.echo.asked))
    await at.chat.stop()
    assert one.text == "done"
    assert discord.http.Route.BASE == "https://discord.com/api/v10"
    assert str(discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY) == "wss://gateway.discord.gg/"


async def test_a_file_is_handed_over_and_taken_in(at: Scene) -> None:
    at.echo.answer = lambda _: Reply(text=text("Here."), files=(File("list.opml", b"<opml/>"),))
    one = await at.server.answered(await at.server.slash("help", at.reader, at.channel))
    assert one.text == "Here."
    assert at.server.rest.sent_files == {"list.opml": b"<opml/>"}
    at.echo.answer = None
    at.server.files["in.opml"] = b"<opml/>"
    url = at.server.api_base.replace("/api/v10", "/cdn/in.opml")
    file = {"id": "5", "filename": "in.opml", "size": 7, "url": url, "proxy_url": url}
    await at.server.answered(
        await at.server.slash_with_file("sources import", at.reader, at.channel, "file", file)
    )
    (taken,) = at.echo.asked[-1].attachments
    assert (taken.name, await taken.read()) == ("in.opml", b"<opml/>")
