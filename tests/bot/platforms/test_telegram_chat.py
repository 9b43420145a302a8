"""Conversations with the real client against the strict server, as people have them."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from bot.conversation import Button, File, Person, Reply, Request
from bot.platforms.telegram.chat import TelegramChat
from bot.render.rich import Span, bold, text
from digests.errors import ConfigError
from digests.model import Failure
from tests.bot.platforms.telegram_desk import Echo, place, talking
from tests.fakes.faults import CUT_AFTER, CUT_BEFORE, THROTTLE
from tests.fakes.telegram_server import TelegramServer


@pytest.mark.slow
async def test_a_command_is_answered_where_it_was_asked() -> None:
    async with talking() as (server, echo, _):
        server.world.say(7, 7, "/subscribe https://a.example  now")
        answer = await server.next_message()
        assert (answer["chat_id"], answer["text"]) == (7, "subscribe|https://a.example  now|")
        assert answer["preview"] == {"is_disabled": True}
        request = echo.requests[0]
        assert (request.person.id, request.person.name, request.person.language) == (
            "telegram:7",
            "Ann",
            "pt-br",
        )
        assert (request.chat.kind, request.chat.address) == ("private", "7")


async def test_the_menu_comes_from_the_desk() -> None:
    async with talking() as (server, _, _chat):
        await server.until(lambda: server.count("setMyCommands") >= 3)
        menus = [p for m, p, _ in server.calls if m == "setMyCommands" and "language_code" not in p]
        assert [(p["scope"]["type"], [c["command"] for c in p["commands"]]) for p in menus] == [
            ("default", ["help", "subscribe", "summarize", "settings"]),
            ("all_chat_administrators", ["help", "subscribe", "summarize", "settings"]),
            ("all_group_chats", ["help", "subscribe", "summarize", "settings"]),
        ]


async def test_a_link_to_the_bot_subscribes() -> None:
    async with talking() as (server, echo, _chat):
        for words in (
            "/start subscribe_3",
            "/start@newsdesk_bot subscribe_12",
            "/start subscribe_x",
            "/start",
        ):
            server.world.say(7, 7, words)
            await server.next_message()
        assert [(r.command, r.words) for r in echo.requests] == [
            ("subscribe", "3"), ("subscribe", "12"), ("start", "subscribe_x"), ("start", "")
        ]  # fmt: skip


async def test_in_a_group_only_what_is_for_this_bot_is_answered() -> None:
    async with talking() as (server, echo, _):
        for words in ("hello", "/help@other_bot", "/unknown", "/help@newsdesk_bot", "/unknown@newsdesk_bot"):
            server.world.say(8, -10050, words)
        first, second = await server.next_message(), await server.next_message()
        assert {first["text"], second["text"]} == {"help||", "unknown||"}
        assert first["reply_to"] in (4, 5)
        assert len(echo.requests) == 2


async def test_a_topic_is_a_place_of_its_own() -> None:
    async with talking() as (server, echo, _):
        server.world.set_topic(-10050, 33, "open")
        server.world.say(7, -10050, "/help", thread=33)
        assert (await server.next_message())["thread"] == 33
        assert echo.requests[0].chat.thread == "33"


async def test_anonymous_admins_channels_and_copied_posts() -> None:
    async with talking() as (server, echo, chat):
        server.world.say(7, -10050, "/help", anonymous=True)
        server.world.say(8, -10050, "/help", as_channel=-10060)
        server.world.say(8, -10050, "/help", as_channel=-10060, automatic=True)  # answered where it was said
        server.world.post(-10060, "/help")
        for _ in range(3):
            await server.next_message()
        seen = [(r.person.id, await chat.manages(r.chat, r.person)) for r in echo.requests]
        assert sorted(seen) == [
            ("telegram:-10050", True),
            ("telegram:-10060", False),
            ("telegram:-10060", True),
        ]
        assert server.count("getChatMember") == 0  # a channel is no member to ask about


async def test_a_reply_brings_the_text_and_links_of_its_message_hidden_ones_too() -> None:
    async with talking() as (server, echo, _):
        links = {"here": "https://b.example/x"}
        said = server.world.say(8, -10050, "👍 https://a.example/1 and here", links=links)
        server.world.say(7, -10050, "/summarize", reply_to=said["message_id"])
        await server.next_message()
        assert echo.requests[0].reply_text == "👍 https://a.example/1 and here"
        assert echo.requests[0].reply_links == ("https://a.example/1", "https://b.example/x")


async def test_a_link_a_forwarded_text_and_a_file_need_no_command_in_private() -> None:
    async with talking() as (server, echo, _):
        server.world.say(7, 7, "look https://a.example/1")
        server.world.say(7, 7, "a forwarded text", forwarded=True)
        server.world.say(7, 7, "", document=("a.txt", b"some text", "text/plain"))
        server.world.say(7, 7, "hello")
        for _ in range(4):
            await server.next_message()
        asked = {r.command + "|" + r.reply_text: r for r in echo.requests}
        assert set(asked) == {
            "summarize|look https://a.example/1",
            "summarize|a forwarded text",
            "summarize|",
            "help|",
        }
        (file,) = asked["summarize|"].attachments
        assert (file.name, file.content_type, await file.read()) == ("a.txt", "text/plain", b"some text")


@pytest.mark.parametrize(
    "passed_on",
    [
        {"forwarded": True},
        {"via": "gif_bot"},
        {"quoted": "blockquote"},
        {"quoted": "expandable_blockquote"},
        {"quoted": "pre"},
        {"quoted": "code"},
    ],
    ids=str,
)
async def test_a_command_in_words_that_were_passed_on_is_no_command(passed_on: dict[str, Any]) -> None:
    async with talking() as (server, echo, _):
        server.world.say(7, -10050, "/managers add 66", **passed_on)
        server.world.say(7, 7, "/managers add 66", **passed_on)
        await server.next_message()
        server.world.say(7, -10050, "/help")
        await server.next_message()
        assert [(r.command, r.words, r.reply_text) for r in echo.requests] == [
            ("summarize", "", "/managers add 66"),
            ("help", "", ""),
        ]


async def test_a_forwarded_file_brings_no_command_in_its_caption() -> None:
    async with talking() as (server, echo, _):
        file = ("feeds.opml", b"<opml/>", "text/xml")
        server.world.say(7, 7, "/import", document=file, forwarded=True)
        await server.next_message()
        assert [r.command for r in echo.requests] == ["summarize"]


async def test_a_forwarded_text_answers_no_question() -> None:
    async with talking() as (server, echo, _):
        ask = ((Button("Zone", "settings", "zone", asks="Which zone?"),),)
        echo.say = lambda r: Reply(text=text("menu"), buttons=ask if not r.words else ())
        server.world.say(7, -10050, "/settings")
        menu = await server.next_message()
        server.world.press(7, -10050, menu["message_id"], "Zone")
        question = await server.next_message()
        server.world.say(7, -10050, "Mars/Olympus", reply_to=question["message_id"], forwarded=True)
        server.world.say(7, -10050, "Europe/Berlin", reply_to=question["message_id"])
        await server.next_message()
        assert [r.words for r in echo.requests] == ["", "zone Europe/Berlin"]


async def test_a_file_that_is_too_large_is_not_read() -> None:
    async with talking() as (server, echo, _):
        server.world.say(7, 7, "/summarize", document=("a.pdf", b"x" * (10 * 2**20 + 1), "application/pdf"))
        await server.next_message()
        failure = await echo.requests[0].attachments[0].read()
        assert isinstance(failure, Failure)
        assert "larger than 10 MiB" in failure.reason
        assert server.count("getFile") == 0


async def test_typing_shows_while_a_command_takes_long() -> None:
    async with talking() as (server, echo, _):
        echo.delay = 0.45
        server.world.say(7, 7, "/summarize x")
        await server.next_message()
        assert server.count("sendChatAction") == 1


@pytest.mark.slow
async def test_a_long_answer_comes_in_parts_with_the_buttons_under_the_last() -> None:
    async with talking() as (server, echo, _):
        rows = ((Button("Yes", "help", "yes"),),)
        echo.say = lambda r: Reply(text=(bold("Head\n\n"), Span("word. " * 1500)), buttons=rows)
        server.world.say(7, 7, "/help")
        parts = [await server.next_message() for _ in range(3)]
        assert [p["buttons"] for p in parts] == [[], [], ["Yes"]]
        assert "".join(p["text"] for p in parts).replace(" ", "") == "Head\n\n" + "word." * 1500


async def test_a_press_runs_its_command_and_the_menu_changes_in_place() -> None:
    def menu(request: Request) -> Reply:
        rows = (
            ((Button("Next", "settings", "x" * 90), Button("Stop", "help")),)
            if request.command == "settings"
            else ()
        )
        return Reply(text=text(f"{request.command} {len(request.words)}"), buttons=rows)

    async with talking() as (server, echo, _):
        echo.say = menu
        server.world.say(7, -10050, "/settings")
        first = await server.next_message()
        server.world.press(7, -10050, first["message_id"], "Next")
        changed = await server.next_message()
        assert (changed["method"], changed["text"]) == ("editMessageText", "settings 90")
        assert changed["message_id"] == first["message_id"]
        server.world.press(7, -10050, first["message_id"], "Stop")
        assert (await server.next_message())["method"] == "sendMessage"
        assert [r.person.id for r in echo.requests] == ["telegram:7"] * 3
        assert server.count("answerCallbackQuery") == 2


def data_of(server: TelegramServer, chat: int, message: int, label: str) -> str:
    rows = server.world.place(chat).messages[message]["reply_markup"]["inline_keyboard"]
    return next(str(one["callback_data"]) for row in rows for one in row if one["text"] == label)


@pytest.mark.parametrize("words", ["gone", "x" * 90])
async def test_a_button_serves_its_person_and_once(words: str) -> None:
    async with talking() as (server, echo, _):
        echo.say = lambda r: Reply(text=text("menu"), buttons=((Button("Go", "settings", words),),))
        server.world.say(7, -10050, "/settings")
        first = (await server.next_message())["message_id"]
        data = data_of(server, -10050, first, "Go")
        server.world.press(8, -10050, first, data=data)
        await server.until(lambda: server.count("answerCallbackQuery") == 1)
        assert len(echo.requests) == 1
        server.world.press(7, -10050, first, data=data)
        await server.next_message()
        server.world.press(7, -10050, first, data=data)
        await server.until(lambda: server.count("answerCallbackQuery") == 3)
        assert [r.words for r in echo.requests] == ["", words]
        answers = [p.get("text", "") for m, p, _ in server.calls if m == "answerCallbackQuery"]
        assert ["for the person" in answers[0], answers[1], bool(answers[2])] == [True, "", True]


async def test_a_press_that_came_to_nothing_may_be_made_again() -> None:
    async with talking() as (server, echo, _):
        row = ((Button("Go", "settings", "gone"),),)
        echo.say = lambda r: Reply(text=text("no" if r.words else "menu"), buttons=row, ok=not r.words)
        server.world.say(7, 7, "/settings")
        first = (await server.next_message())["message_id"]
        data = data_of(server, 7, first, "Go")
        for _time in range(2):
            server.world.press(7, 7, first, data=data)
            await server.next_message()
        assert [r.words for r in echo.requests] == ["", "gone", "gone"]


@pytest.mark.parametrize(
    "data", ["p:zz", "p:!!:m:help ", "x:1:2:help", "", "c:help ", "k:nothing", "p::m:help "]
)
async def test_a_forged_button_does_nothing(data: str) -> None:
    async with talking() as (server, echo, _):
        server.world.say(7, 7, "/help")
        first = (await server.next_message())["message_id"]
        server.world.press(7, 7, first, data=data)
        await server.until(lambda: server.count("answerCallbackQuery") == 1)
        assert len(echo.requests) == 1


async def test_choices_stand_two_in_a_row_above_the_buttons() -> None:
    async with talking() as (server, echo, _):
        choices = tuple(Button(f"c{n}", "settings", f"{n}") for n in range(5))
        echo.say = lambda r: Reply(text=text("menu"), choices=choices, buttons=((Button("Back", "help"),),))
        server.world.say(7, 7, "/settings")
        first = (await server.next_message())["message_id"]
        rows = server.world.place(7).messages[first]["reply_markup"]["inline_keyboard"]
        assert [[one["text"] for one in row] for row in rows] == [
            ["c0", "c1"],
            ["c2", "c3"],
            ["c4"],
            ["Back"],
        ]


@pytest.mark.parametrize("chat", [7, -10050])
async def test_a_button_that_asks_takes_the_reply_of_its_person_once(chat: int) -> None:
    async with talking() as (server, echo, _):
        row = ((Button("Other", "settings", "zone", asks="Which city?"),),)
        echo.say = lambda r: Reply(text=text(r.words or "menu"), buttons=row)
        server.world.say(7, chat, "/settings")
        first = (await server.next_message())["message_id"]
        server.world.press(7, chat, first, "Other")
        question = await server.next_message()
        assert question["text"].startswith("Which city?")
        if chat != 7:
            server.world.say(8, chat, "Paris", reply_to=question["message_id"])
        server.world.say(7, chat, "São Paulo", reply_to=question["message_id"])
        assert (await server.next_message())["text"] == "zone São Paulo"
        server.world.say(7, -10050, "Berlin", reply_to=None)
        assert [(r.person.id, r.words) for r in echo.requests] == [
            ("telegram:7", ""), ("telegram:7", "zone São Paulo")
        ]  # fmt: skip


async def test_an_anonymous_admin_may_press_what_the_group_asked_for_and_a_member_not() -> None:
    async with talking() as (server, echo, _):
        echo.say = lambda r: Reply(
            text=text(r.words or "menu"), private=True, buttons=((Button("Go", "settings", "gone"),),)
        )
        server.world.say(7, -10050, "/settings", anonymous=True)
        first = await server.next_message()
        server.world.press(8, -10050, first["message_id"], "Go")
        await server.until(lambda: server.count("answerCallbackQuery") == 1)
        server.world.press(7, -10050, first["message_id"], "Go")
        await server.next_message()
        assert [r.person.id for r in echo.requests] == ["telegram:-10050", "telegram:7"]


async def test_life_of_a_chat_reaches_the_desk() -> None:
    async with talking() as (server, echo, _):
        bot = server.world.bot["id"]
        server.world.set_member(7, bot, "kicked")
        server.world.set_member(7, bot, "member")
        server.world.set_member(-10060, bot, "administrator", can_post_messages=False)
        server.world.set_member(-10050, bot, "restricted", can_send_messages=False)
        server.world.set_member(-10050, bot, "left")
        server.world.set_member(-10050, bot, "member")
        server.world.add_group(-55, "Old", members=(8,))
        server.world.migrate(-55, -10077)
        server.world.set_topic(-10050, 3, "open")
        server.world.set_topic(-10050, 3, "closed")
        server.world.set_topic(-10050, 3, "open")
        await server.until(lambda: len(echo.events) >= 8)
        assert echo.events == [
            ("lost", "7", "the person has blocked the bot"),
            ("back", "7", ""),
            ("lost", "-10060", "the bot is not an administrator of the channel with the right to post"),
            ("lost", "-10050", "the bot has no right to write in the chat"),
            ("lost", "-10050", "the bot was removed from the chat"),
            ("back", "-10050", ""),
            ("moved", "-55", "-10077"),
            ("back", "-10050", "3"),
        ]
        assert (await server.next_message())["text"] == "Hello, I bring news."


async def test_a_chat_is_found_by_name_and_asked_about_its_people_anew() -> None:
    async with talking() as (server, _, chat):
        here = place(7, "private")
        for name in ("@news_chan", "https://t.me/news_chan", "-10060"):
            found = await chat.lookup(name, here)
            assert (found.address, found.kind, found.title) == ("-10060", "channel", "News")  # type: ignore[union-attr]
        assert isinstance(await chat.lookup("@nobody_here", here), Failure)
        assert isinstance(await chat.lookup("not a name", here), Failure)
        channel = place(-10060, "channel")
        assert await chat.manages(channel, Person(id="telegram:7")) is True
        assert await chat.manages(channel, Person(id="telegram:8")) is False
        assert await chat.manages(channel, Person(id="telegram:999")) is False
        assert await chat.manages(channel, Person(id="discord:7")) is False
        assert await chat.manages(here, Person(id="telegram:7")) is True
        assert await chat.manages(here, Person(id="telegram:8")) is False
        server.world.set_member(-10060, 7, "left")
        assert await chat.manages(channel, Person(id="telegram:7")) is False
        server.fault("getChatMember", CUT_BEFORE)
        assert isinstance(await chat.manages(channel, Person(id="telegram:7")), Failure)


@pytest.mark.slow
async def test_whether_the_bot_may_post() -> None:
    async with talking() as (server, _, chat):
        bot = server.world.bot["id"]
        assert await chat.can_post(place(7, "private")) is None
        assert await chat.can_post(place(-10060, "channel")) is None
        assert await chat.can_post(place(-10050)) is None
        server.world.place(-10050).permissions = {"can_send_messages": False}
        assert "administrator" in str(await chat.can_post(place(-10050)))
        server.world.set_member(-10050, bot, "restricted", can_send_messages=False)
        assert "right to send" in str(await chat.can_post(place(-10050)))
        server.world.set_member(-10050, bot, "left")
        assert isinstance(await chat.can_post(place(-10050)), Failure)
        server.world.set_member(-10060, bot, "administrator", can_post_messages=False)
        assert "may post" in str(await chat.can_post(place(-10060, "channel")))


@pytest.mark.slow
async def test_an_answer_waits_out_a_flood_limit_and_is_never_posted_twice() -> None:
    async with talking() as (server, _echo, _):
        server.fault("sendMessage", THROTTLE, retry_after=1)
        server.world.say(7, 7, "/help")
        await server.next_message()
        server.fault("sendMessage", CUT_AFTER)
        server.world.say(7, 7, "/help again")
        await server.next_message()
        await asyncio.sleep(0.8)  # longer than the pause before a second try
        assert [m["text"] for m in server.accepted] == ["help||", "help|again|"]


async def test_a_picture_comes_with_its_caption_and_as_text_where_telegram_takes_none() -> None:
    async with talking() as (server, echo, _):
        echo.say = lambda r: Reply(text=text("caption"), image=f"https://a.example/{r.words}")
        server.world.say(7, 7, "/help a.png")
        assert (await server.next_message())["method"] == "sendPhoto"
        server.world.say(7, 7, "/help not-an-image")
        assert (await server.next_message())["method"] == "sendMessage"


async def test_a_wrong_token_is_told_without_showing_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "4242:another-token-that-nobody-may-see"
    async with TelegramServer() as server:
        chat = TelegramChat(secret, Echo().desk(), base_url=server.base_url, clock=lambda: None)  # type: ignore[arg-type,return-value]
        with pytest.raises(ConfigError, match="BotFather") as raised:
            await chat.start()
        await chat.stop()
    shown = caplog.text + repr(chat) + str(raised.value) + str(raised.value.__cause__)
    assert "another-token" not in shown
    with pytest.raises(ConfigError):
        TelegramChat("nonsense", Echo().desk(), clock=lambda: None)  # type: ignore[arg-type,return-value]


@pytest.mark.slow
async def test_the_token_stays_out_of_the_log_whatever_fails(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with talking(timeout=timedelta(seconds=1)) as (server, _, _chat):
        server.world.say(7, 7, "/help")
        await server.next_message()
        server.fault("sendMessage", CUT_AFTER)
        server.fault("getUpdates", CUT_BEFORE)
        server.world.say(7, 7, "/help")
        await server.until(lambda: all(f.times == 0 for f in server.faults))
    assert server.token.split(":")[1] not in caplog.text


async def test_files_of_an_answer_follow_its_text() -> None:
    async with talking() as (server, echo, _):
        echo.say = lambda _: Reply(text=text("Here."), files=(File("list.opml", b"<opml/>"),))
        server.world.say(7, 7, "/help")
        assert (await server.next_message())["text"] == "Here."
        await server.next_message()
        assert server.documents == {"list.opml": b"<opml/>"}
