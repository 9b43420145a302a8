"""What is really sent, by the platforms' own descriptions of what they take."""

from __future__ import annotations

import json
from dataclasses import replace

from discord_desk import delivery as discord_delivery
from discord_desk import scene

from bot.conversation import Button, File, Reply
from bot.render.rich import bold, text
from digests.ports import Sent
from tests.bot.platforms.telegram_desk import delivery, place, talking
from tests.bot.platforms.test_telegram_documents import digest
from tests.schemas import described_as, discord_faults, telegram_faults


async def test_what_telegram_is_asked() -> None:
    async with talking(ops_chat=-10050) as (server, echo, chat):
        rows = ((Button("Next", "settings", "x"), Button("Ask", "settings", "zone", asks="Which?")),)
        echo.say = lambda r: Reply(
            text=(bold("Head\n"), *text("words " * 900)), buttons=rows, files=(File("a.opml", b"<opml/>"),)
        )
        server.world.say(7, 7, "/help")
        message = [await server.next_message() for _ in range(2)][-1]
        server.world.press(7, 7, message["message_id"], "Ask")
        await server.until(lambda: server.count("answerCallbackQuery"), 20)
        server.world.say(7, -10050, "/settings")
        await server.until(lambda: server.count("sendDocument") >= 2, 20)
        payload = json.dumps(
            {"text": "Hello", "entities": [["bold", 0, 5, None]], "preview": "https://a.example/"}
        )
        await chat.send(place(-10060, "channel"), delivery(payload))
        for told in (digest("One", "Two"), digest("One", "Two", image=None)):
            (part,) = chat.parts(told, place(-10060, "channel"))
            sent = await chat.send(place(-10060, "channel"), replace(delivery("{}"), content=part))
            assert isinstance(sent, Sent)
            (part,) = chat.parts(replace(told, items=told.items[:1] * 2), place(-10060, "channel"))
            edit = replace(delivery("{}", edits=sent.message_id), content=part)
            assert await chat.send(place(-10060, "channel"), edit) == sent
        kept = server.world.place(-10060).messages
        assert all(
            described_as("RichMessage", one["rich_message"]) for one in kept.values() if "rich_message" in one
        )
        await chat.can_post(place(-10060, "channel"))
        await chat.lookup("@news_chan", place(7, "private"))
        await server.until(lambda: server.count("setMyCommands") >= 3, 20)
        faults = {fault for method, params, _ in server.calls for fault in telegram_faults(method, params)}
        assert faults == set()
        assert len({method for method, _, _ in server.calls}) >= 9
    assert telegram_faults("sendMessage", {"chat_id": 1, "texts": "x"}) == [
        "sendMessage.texts: not known", "sendMessage.text: missing"
    ]  # fmt: skip


async def test_what_discord_is_asked() -> None:
    async with scene() as at:
        asked: list[tuple[str, str, object]] = at.server.log.bodies
        for number in range(2):
            await at.chat.send(at.place(), discord_delivery("It rained.", number + 1))
        (part,) = at.chat.parts(digest("One", "Two"), at.place())
        sent = await at.chat.send(at.place(), replace(discord_delivery("x", 7), content=part))
        assert isinstance(sent, Sent)
        edit = replace(discord_delivery("x", 8, edits=sent.message_id), content=part)
        assert await at.chat.send(at.place(), edit) == sent
        answered = await at.server.slash("settings", at.manager, at.channel)
        await at.server.answered(answered)
        faults = {fault for method, path, body in asked for fault in discord_faults(method, path, body)}
        assert faults == set()
        assert {method for method, _, _ in asked} >= {"PUT", "POST"}
