"""What is really sent, by the platforms' own descriptions of what they take."""

from __future__ import annotations

import json

from discord_desk import delivery as discord_delivery
from discord_desk import scene

from bot.conversation import Button, File, Reply
from bot.render.rich import bold, text
from tests.bot.platforms.telegram_desk import delivery, place, talking
from tests.schemas import discord_faults, telegram_faults


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
        answered = await at.server.slash("settings", at.manager, at.channel)
        await at.server.answered(answered)
        faults = {fault for method, path, body in asked for fault in discord_faults(method, path, body)}
        assert faults == set()
        assert {method for method, _, _ in asked} >= {"PUT", "POST"}
