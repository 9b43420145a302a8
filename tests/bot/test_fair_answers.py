"""Whoever sends what can't be answered waits for their own answers, and nobody else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from tests.bot.conftest import open_desk
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.slow
EVE, ANN = 66, 7


@asynccontextmanager
async def tarpit() -> AsyncIterator[str]:
    """A site none of whose pages ever ends."""

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b"<rss>")
            await asyncio.sleep(0.5)
        return response

    app = web.Application()
    app.router.add_get("/{tail:.*}", drip)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize("burst", [60, 130])
async def test_a_burst_that_can_not_be_answered_delays_nobody_else(tmp_path: Path, burst: int) -> None:
    async with TelegramServer() as server, tarpit() as slow:
        server.world.add_private(EVE)
        server.world.add_private(ANN)
        telegram = {"token": SecretStr(server.token), "base_url": server.base_url}
        async with open_desk(tmp_path, (), console=False, telegram=telegram) as (app, _):
            await app.start()
            for number in range(burst):
                server.world.say(EVE, EVE, f"/subscribe {slow}/{number}.xml")
            await asyncio.sleep(1)
            server.world.say(ANN, ANN, "/help")
            await server.until(lambda: any(str(m["chat_id"]) == str(ANN) for m in server.accepted), 8)
            typing = [sent for method, sent, _ in server.calls if method == "sendChatAction"]
            assert len(typing) <= 8  # in a chat once, however many answers are being worked on
