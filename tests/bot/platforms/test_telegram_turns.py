"""Answers in a chat that has used up its limit: late, never lost or doubled, and the backlog waits too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from telegram_desk import place, talking

from bot.conversation import Button, Reply
from bot.render.rich import text
from digests.deliver.pacing import Pacer, SendQueue

pytestmark = pytest.mark.slow
GROUP = -10050


def now() -> datetime:
    return datetime.now(UTC)


async def test_a_group_that_used_its_limit_gets_its_answers_when_there_is_room_again() -> None:
    pacer = Pacer({})  # knows nothing of what others posted there
    async with talking(turn=SendQueue(pacer, now).turn) as (server, _, _chat):
        server.flood.on, server.flood.group = True, (1, 2)
        for number in range(4):
            server.world.say(8, GROUP, f"/help {number}")
        await server.until(lambda: pacer.ready(place(GROUP), now()) > now() + timedelta(seconds=0.5))
        assert pacer.ready(place(7, "private"), moment := now()) == moment
        await server.until(lambda: len(server.accepted) == 4)
        assert sorted(m["text"] for m in server.accepted) == [f"help|{n}|" for n in range(4)]


async def test_a_menu_changes_in_place_after_a_flood_wait() -> None:
    pacer = Pacer({})
    async with talking(turn=SendQueue(pacer, now).turn) as (server, echo, _chat):
        echo.say = lambda r: Reply(text=text(r.command), buttons=((Button("Next", "settings"),),))
        server.world.say(7, 7, "/help")
        first = await server.next_message()
        server.fault("editMessageText", "throttle", retry_after=1)
        server.world.press(7, 7, first["message_id"], "Next")
        changed = await server.next_message()
        assert (changed["method"], changed["message_id"]) == ("editMessageText", first["message_id"])
        assert len(server.accepted) == 2


async def test_a_picture_comes_once_after_a_flood_wait() -> None:
    async with talking() as (server, echo, _chat):
        echo.say = lambda r: Reply(text=text("caption"), image="https://a.example/cat.jpg")
        server.fault("sendPhoto", "throttle", retry_after=1)
        server.world.say(7, 7, "/help")
        posted = await server.next_message()
        assert (posted["method"], len(server.accepted)) == ("sendPhoto", 1)


@pytest.mark.parametrize("method", ["sendMessage", "sendPhoto", "editMessageText"])
async def test_every_kind_of_answer_takes_its_turn(method: str) -> None:
    """And none waits for a flood of hours, which the backlog is told of all the same."""
    pacer = Pacer({})
    async with talking(turn=SendQueue(pacer, now).turn) as (server, echo, _chat):
        image = "https://a.example/cat.jpg" if method == "sendPhoto" else None
        echo.say = lambda r: Reply(text=text("one"), image=image, buttons=((Button("Next", "settings"),),))
        if method == "editMessageText":
            server.world.say(7, 7, "/help")
            await server.next_message()
        server.fault(method, "throttle", retry_after=7200)
        if method == "editMessageText":
            server.world.press(7, 7, server.accepted[0]["message_id"], "Next")
        else:
            server.world.say(7, 7, "/help")
        await server.until(lambda: any(status == 429 for _, _, status in server.calls))
        await server.until(lambda: pacer.ready(place(7, "private"), now()) > now() + timedelta(hours=1))
