"""Telegram is told of an update when it is answered: till then it would give it to the next process."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from telegram_desk import Echo, talking
from test_telegram_updates import UPDATE, URL

from bot.platforms.telegram import updates as telegram_updates
from bot.platforms.telegram.chat import TelegramChat
from digests.clock import utc_now
from digests.model import Chat
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.slow


def give_up() -> None:
    """End the answers that hang, which the chat would wait for when it closes."""
    for task in asyncio.all_tasks():
        if "_guarded" in repr(task):
            task.cancel()


async def bringing(server: TelegramServer, chat: TelegramChat) -> Callable[[], Coroutine[Any, Any, bool]]:
    """What brings the same update to the webhook, as Telegram does, each time it is called."""
    await server.until(lambda: server.count("setWebhook"))
    (secret,) = [asked["secret_token"] for method, asked, _ in server.calls if method == "setWebhook"]
    return lambda: chat.take_update(secret, json.dumps(UPDATE).encode())


async def asked_slowly(server: TelegramServer, echo: Echo, words: str = "/help", delay: float = 60.0) -> None:
    """A command that is being answered for so long; the ones after it are answered at once."""
    echo.delay = delay
    server.world.say(7, 7, words)
    await server.until(lambda: echo.requests)
    echo.delay = 0.0


async def test_a_command_stays_with_telegram_until_it_is_answered() -> None:
    async with talking() as (server, echo, _):
        await asked_slowly(server, echo, delay=1.0)
        await asyncio.sleep(0.6)
        assert len(server.world.updates) == 1  # a kill at this moment would lose nothing
        await server.next_message()
        await server.until(lambda: not server.world.updates)
        assert len(echo.requests) == 1


async def test_what_a_process_that_hangs_was_at_the_next_one_answers() -> None:
    async with talking() as (server, echo, _):
        await asked_slowly(server, echo)
        async with TelegramChat(server.token, echo.desk(), base_url=server.base_url, clock=utc_now):
            await server.next_message()
        assert [request.command for request in echo.requests] == ["help", "help"]
        give_up()


async def test_a_slow_command_keeps_nobody_else_waiting() -> None:
    async with talking() as (server, echo, _):
        server.world.add_private(8)
        await asked_slowly(server, echo, "/help slowly", delay=1.5)
        began = time.monotonic()
        for word in ("one", "two", "three"):
            server.world.say(8, 8, f"/help {word}")
            await server.next_message()
        assert time.monotonic() - began < 1.2
        await server.until(lambda: len(server.accepted) == 4)
        assert [request.words for request in echo.requests] == ["slowly", "one", "two", "three"]


async def test_a_hundred_commands_behind_a_slow_one_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_updates, "_MOST", 5)
    async with talking() as (server, echo, _):
        server.world.add_private(8)
        await asked_slowly(server, echo, "/help slowly")
        for number in range(12):
            server.world.say(8, 8, f"/help {number}")
        await server.until(lambda: len(server.accepted) == 12)
        assert len(echo.requests) == 13
        give_up()


async def test_what_is_never_answered_counts_as_taken_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_updates, "_PATIENCE", timedelta(seconds=0.5))
    async with talking() as (server, echo, _):
        await asked_slowly(server, echo)
        await server.until(lambda: not server.world.updates)
        assert len(echo.requests) == 1
        give_up()


async def test_an_update_that_the_webhook_brings_twice_is_answered_once() -> None:
    async with talking(webhook_url=URL) as (server, echo, chat):
        bring = await bringing(server, chat)
        echo.delay = 0.5
        first = asyncio.create_task(bring())
        await server.until(lambda: echo.requests)
        assert not first.done()  # Telegram would send it again to another process, were this one killed
        assert await bring()
        assert await first
        assert len(echo.requests) == 1


async def test_who_gives_up_waiting_for_the_webhooks_answer_ends_no_other_wait() -> None:
    async with talking(webhook_url=URL) as (server, echo, chat):
        bring = await bringing(server, chat)
        echo.delay = 0.5
        first = asyncio.create_task(bring())
        await server.until(lambda: echo.requests)
        first.cancel()
        await asyncio.sleep(0)
        assert await bring()
        assert len(server.accepted) == 1


async def test_an_update_that_cannot_be_read_is_passed_over() -> None:
    async with talking() as (server, echo, _):
        server.world.updates.append({"update_id": 1, "message": {"chat": "?"}})
        server.world.say(7, 7, "/help")
        await server.next_message()
        await server.until(lambda: not server.world.updates)
        assert [request.command for request in echo.requests] == ["help"]


async def test_updates_that_are_numbered_anew_are_heard() -> None:
    """As Telegram does after a week of silence: from a lower number on."""
    async with talking() as (server, echo, _):
        server.world.say(7, 7, "/help one")
        server.world.updates[-1]["update_id"] = 900_000_000
        await server.next_message()
        await server.until(lambda: not server.world.updates)
        polls = server.count("getUpdates")
        server.world.numbered_anew = True
        server.world.say(7, 7, "/help two")
        await server.next_message()
        await server.until(lambda: not server.world.updates)
        await asyncio.sleep(0.5)
        assert [request.words for request in echo.requests] == ["one", "two"]
        assert server.count("getUpdates") - polls < 10


@pytest.mark.parametrize("after", [0.0, 0.1, 0.4])
async def test_what_is_answered_while_the_chat_closes_is_answered_once(after: float) -> None:
    async with TelegramServer() as server:
        server.world.add_user(7, "Ann")
        server.world.add_private(7)
        echo = Echo()
        async with chat_at(server, echo):
            await asked_slowly(server, echo, delay=0.8)
            await asyncio.sleep(after)
        assert len(server.accepted) == 1
        assert server.world.updates == []
        async with chat_at(server, echo):
            await asyncio.sleep(0.3)
        assert len(echo.requests) == 1


async def test_closing_loses_nothing_of_a_burst(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits its turn stays with Telegram; what happens to a chat just then is taken to its end."""
    monkeypatch.setattr(telegram_updates, "_MOST", 10)
    async with TelegramServer() as server:
        server.world.add_user(7, "Ann")
        server.world.add_private(7)
        echo = Slowly()
        async with chat_at(server, echo):
            server.world.updates.append(blocked_by(7, 10))
            for number in range(25):
                server.world.say(7, 7, f"/help {number}")
            await server.until(lambda: echo.events)
        assert [what for what, *_ in echo.events] == ["begun", "ended"]
        assert echo.requests == []
        async with chat_at(server, echo):
            await server.until(lambda: len(echo.requests) == 25)
            await server.until(lambda: not server.world.updates)
        assert len(echo.events) == 2
        assert [request.words for request in echo.requests] == [str(number) for number in range(25)]


async def test_of_a_burst_a_hundred_are_had_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_updates, "_MOST", 5)
    async with talking() as (server, echo, _):
        echo.delay = 1.0
        for number in range(12):
            server.world.say(7, 7, f"/help {number}")
        await server.until(lambda: len(echo.requests) == 5)
        await asyncio.sleep(0.6)
        assert (len(echo.requests), len(server.world.updates)) == (5, 12)
        await server.until(lambda: len(server.accepted) == 12)


async def test_a_handler_that_never_ends_does_not_keep_the_chat_from_closing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telegram_updates, "_FINISH", timedelta(seconds=0.3))
    async with TelegramServer() as server:
        server.world.add_user(7, "Ann")
        server.world.add_private(7)
        echo = Echo()
        async with chat_at(server, echo):
            await asked_slowly(server, echo)
            began = time.monotonic()
        assert time.monotonic() - began < 3
        assert len(server.world.updates) == 1  # the next process answers it


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b"<html>"])
async def test_an_odd_answer_at_the_start_makes_nobody_deaf(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_updates, "_SOON", 0.05)
    async with TelegramServer() as server:
        server.world.add_user(7, "Ann")
        server.world.add_private(7)
        server.odd["deleteWebhook"] = body
        echo = Echo()
        async with chat_at(server, echo) as chat:
            await server.until(lambda: "deleteWebhook" not in server.odd)
            await server.until(lambda: chat.unready() is not None)
            server.world.say(7, 7, "/help")
            await server.next_message()


async def test_an_update_that_the_webhook_brings_again_after_its_answer_is_not_answered_again() -> None:
    async with talking(webhook_url=URL) as (server, echo, chat):
        bring = await bringing(server, chat)
        assert await bring()
        assert await bring()
        assert len(echo.requests) == 1


async def test_a_chat_that_was_closed_can_be_opened_again() -> None:
    async with talking() as (server, echo, chat):
        await chat.stop()
        server.world.say(7, 7, "/help")
        await chat.start()
        await server.next_message()
        await server.until(lambda: not server.world.updates)
        assert len(echo.requests) == 1


async def test_a_chat_that_closes_answers_what_the_webhook_brought() -> None:
    async with talking(webhook_url=URL) as (server, echo, chat):
        bring = await bringing(server, chat)
        echo.delay = 0.4
        brought = asyncio.create_task(bring())
        await server.until(lambda: echo.requests)
        await chat.stop()
        assert await brought
        assert len(server.accepted) == 1


async def test_a_chat_that_closes_sends_the_webhooks_updates_back() -> None:
    async with talking(webhook_url=URL) as (server, echo, chat):
        bring = await bringing(server, chat)
        await chat.stop()
        assert not await bring()
        assert echo.requests == []


def chat_at(server: TelegramServer, echo: Echo) -> TelegramChat:
    return TelegramChat(
        server.token, echo.desk(), base_url=server.base_url, clock=utc_now, timeout=timedelta(seconds=2)
    )


class Slowly(Echo):
    """Takes a second over what happens to a chat."""

    async def lost(self, chat: Chat, reason: str) -> None:
        self.events.append(("begun", chat.address, reason))
        await asyncio.sleep(1)
        self.events.append(("ended", chat.address, reason))


def blocked_by(person: int, update_id: int) -> dict[str, object]:
    bot = {"id": 4242, "is_bot": True, "first_name": "News"}
    return {
        "update_id": update_id,
        "my_chat_member": {
            "chat": {"id": person, "type": "private", "first_name": "Ann"},
            "from": {"id": person, "is_bot": False, "first_name": "Ann"},
            "date": 1_760_000_000,
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": {"user": bot, "status": "kicked", "until_date": 0},
        },
    }
