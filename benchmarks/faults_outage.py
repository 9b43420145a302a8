"""How many invalid requests an hour's outage of Discord costs: it bans an address for 10,000 in
10 minutes, and answers of 401, 403 and 429 count."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.crash_desk import Clock, World, begin, open_chat
from bot.platforms import paces
from digests.deliver.outbox import Outbox
from digests.deliver.pacing import Pacer
from digests.model import Chat
from digests.store import open_store
from tests.fakes.discord_server import DiscordServer
from tests.fakes.faults import FAIL_BEFORE, THROTTLE

CHATS = 50
HOUR = timedelta(hours=1)
STEP = timedelta(minutes=1)  # the clock is set on by, where nothing is under way
OUTAGES: dict[str, dict[str, Any]] = {
    "401": {"action": FAIL_BEFORE, "status": 401},
    "403": {"action": FAIL_BEFORE, "status": 403, "code": 50013, "message": "Missing Permissions"},
    "429 for all": {"action": THROTTLE, "delay": 60.0, "whole": True},
    "429 for each channel": {"action": THROTTLE, "delay": 60.0},
    "429 of a ban": {"action": THROTTLE, "delay": 60.0, "via": False},
}
QUICK_OUTAGES = {name: OUTAGES[name] for name in ("429 for all", "429 for each channel")}


def invalid_in_an_hour(kinds: Mapping[str, dict[str, Any]] = OUTAGES) -> dict[str, int]:
    """For each kind of outage, the invalid requests of a desk with a digest for each of its chats."""
    logging.disable(logging.CRITICAL)
    found = {name: asyncio.run(_outage(fault)) for name, fault in kinds.items()}
    logging.disable(logging.NOTSET)
    return found


async def _outage(fault: dict[str, Any]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        async with DiscordServer() as server:
            guild = server.world.add_guild()
            channels = [server.world.add_channel(guild, f"news-{number}") for number in range(CHATS)]
            world = World(
                "discord",
                Path(folder),
                {"api_base": server.api_base, "gateway": server.gateway_url},
                tuple((str(channel.id), "text") for channel in channels),
            )
            server.world.token = "token"
            clock = Clock()
            async with open_store(str(world.database)) as store:
                chat = open_chat(world, store, clock)
                await chat.start()
                await begin(world, store, chat, clock())

                async def lost(chat: Chat, reason: str) -> None:
                    """The pause itself is the outbox's."""

                pacer = Pacer(paces())
                outbox = Outbox(store, {"discord": chat}, clock, pacer=pacer, lost=lost)
                server.fault("POST /channels/", times=1_000_000, **fault)
                await _for_an_hour(outbox, clock)
                await chat.stop()
        return server.log.invalid


async def _for_an_hour(outbox: Outbox, clock: Clock) -> None:
    end: datetime = clock() + HOUR
    while clock() < end:
        await outbox.deliver_due()
        clock.ahead += STEP
        await asyncio.sleep(0)
