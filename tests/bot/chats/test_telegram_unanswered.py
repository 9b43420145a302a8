"""Telegram is told of an update when it is answered: till then it would give it to the next process."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta

import pytest
from telegram_desk import Echo, talking
from test_telegram_updates import UPDATE

from bot.chats import telegram_updates
from bot.chats.telegram_chat import TelegramChat
from digests.clock import utc_now
from tests.fakes.telegram_server import TelegramServer


def give_up() -> None:
    """End the answers that hang, which the chat would wait for when it closes."""
    for task in asyncio.all_tasks():
        if "_guarded" in repr(task):
            task.cancel()


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
    async with talking(webhook_url="https://news.example/telegram/updates") as (server, echo, chat):
        await server.until(lambda: server.count("setWebhook"))
        secret = server.calls[[method for method, *_ in server.calls].index("setWebhook")][1]["secret_token"]
        echo.delay = 0.5
        first = asyncio.create_task(chat.take_update(secret, json.dumps(UPDATE).encode()))
        await server.until(lambda: echo.requests)
        assert not first.done()  # Telegram would send it again to another process, were this one killed
        assert await chat.take_update(secret, json.dumps(UPDATE).encode())
        assert await first
        assert len(echo.requests) == 1


async def test_who_gives_up_waiting_for_the_webhooks_answer_ends_no_other_wait() -> None:
    async with talking(webhook_url="https://news.example/telegram/updates") as (server, echo, chat):
        await server.until(lambda: server.count("setWebhook"))
        secret = server.calls[[method for method, *_ in server.calls].index("setWebhook")][1]["secret_token"]
        echo.delay = 0.5
        first = asyncio.create_task(chat.take_update(secret, json.dumps(UPDATE).encode()))
        await server.until(lambda: echo.requests)
        first.cancel()
        await asyncio.sleep(0)
        assert await chat.take_update(secret, json.dumps(UPDATE).encode())
        assert len(server.accepted) == 1


async def test_an_update_that_cannot_be_read_makes_nobody_deaf_for_good() -> None:
    async with talking() as (server, echo, _):
        server.world.updates.append({"update_id": 1, "message": {"chat": "?"}})
        server.world.say(7, 7, "/help")
        await asyncio.sleep(0.5)
        assert echo.requests == []
        del server.world.updates[0]
        await server.next_message()
        assert [request.command for request in echo.requests] == ["help"]
