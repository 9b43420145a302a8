"""A person's command in the middle of a backlog on Telegram: answered at once, and nobody throttled."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.platforms import paces
from digests.deliver.decide import new_nonce
from digests.model import Chat, Delivery, Digest, Part
from tests.bot.conftest import open_desk
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.slow
ANN = 7
CHATS = 120


async def test_a_command_goes_ahead_of_the_backlog_and_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.paces", paces)  # those of the platform, which the server here keeps to
    async with TelegramServer() as server:
        server.world.add_private(ANN)
        server.flood.on = True
        telegram = {"token": SecretStr(server.token), "base_url": server.base_url}
        async with open_desk(tmp_path, (), console=False, telegram=telegram) as (app, _):
            await app.start()
            now, store = app.desk.clock(), app.desk.store
            for number in range(CHATS):
                address = 1000 + number
                server.world.add_private(address)
                chat = Chat(platform="telegram", address=str(address), kind="private")
                chat = await store.chats.ensure(chat, now)
                part = Part(payload='{"text": "News", "entities": [], "preview": null}', plain="News")
                delivery = Delivery(digest_id=0, chat_id=chat.id, part=0, content=part, nonce=new_nonce())
                digest = Digest(chat_id=chat.id, created=now, items=())
                await store.digests.compose(digest, (delivery,), (), None, now)
            draining = asyncio.create_task(app.desk.outbox.deliver_due())
            for _ in range(3):
                await asyncio.sleep(0.8)
                asked = asyncio.get_running_loop().time()
                answers = sum(m["chat_id"] == ANN for m in server.accepted)
                server.world.say(ANN, ANN, "/help")
                await server.until(lambda: sum(m["chat_id"] == ANN for m in server.accepted) > answers)  # noqa: B023
                assert asyncio.get_running_loop().time() - asked < 2
                assert not draining.done()
            assert await draining == CHATS
        assert all(status != 429 for _, _, status in server.calls)
