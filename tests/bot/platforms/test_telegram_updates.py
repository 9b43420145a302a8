"""How Telegram's updates come to one of many processes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.testclient import TestClient
from telegram_desk import talking

from bot.platforms.telegram.updates import LARGEST, update_routes

URL = "https://news.example/telegram/updates"
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 5,
        "date": 1_760_000_000,
        "chat": {"id": 7, "type": "private", "first_name": "Ann"},
        "from": {"id": 7, "is_bot": False, "first_name": "Ann"},
        "text": "/help me",
        "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
    },
}


async def test_an_update_sent_to_the_webhook_is_answered_like_any_other() -> None:
    async with talking(webhook_url=URL) as (server, echo, chat):
        await server.until(lambda: server.count("setWebhook"))
        (asked,) = [params for method, params, _ in server.calls if method == "setWebhook"]
        assert asked["url"] == URL
        secret = asked["secret_token"]
        assert server.token.partition(":")[2] not in secret
        assert not await chat.take_update("guessed", json.dumps(UPDATE).encode())
        assert await chat.take_update(secret, b"no json")  # it would only be sent again
        assert echo.requests == []
        assert await chat.take_update(secret, json.dumps(UPDATE).encode())
        message = await server.next_message()
        assert message["text"].startswith("help|me")
        assert server.count("getUpdates") == 0


async def test_who_is_not_elected_asks_for_nothing() -> None:
    elected = asyncio.Event()

    async def lead(_name: str, work: Callable[[], Awaitable[None]]) -> None:
        await elected.wait()
        await work()

    async with talking(lead=lead) as (server, echo, chat):
        await asyncio.sleep(0.2)
        assert server.count("getUpdates") == 0
        assert chat.unready() is None  # standing by is what it is for
        elected.set()
        server.world.say(7, 7, "/help")
        await server.next_message()
        assert len(echo.requests) == 1


async def test_without_a_webhook_nothing_can_be_sent_here() -> None:
    async with talking() as (_server, _echo, chat):
        assert not await chat.take_update("", json.dumps(UPDATE).encode())


def test_the_route_takes_only_what_carries_the_secret() -> None:
    async def take(secret: str, body: bytes) -> bool:
        return (secret, body) == ("s", b"{}")

    def knows(secret: str) -> bool:
        return secret == "s"

    client = TestClient(Starlette(routes=update_routes(URL, knows, take)))
    path = "/telegram/updates"
    header = {"x-telegram-bot-api-secret-token": "s"}
    assert client.post(path, content=b"{}", headers=header).status_code == 200
    assert client.post(path, content=b"{}").status_code == 403
    assert client.post(path, content=b"x" * (LARGEST + 1), headers=header).status_code == 413
    assert client.get(path).status_code == 405
    assert update_routes("", knows, take) == []
