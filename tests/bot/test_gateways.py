"""Several ``newsdesk gateway`` processes on one PostgreSQL: each command is answered once, by one of them."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from sys import executable

import pytest

from tests.contracts.postgres import postgres_schema
from tests.fakes.discord_rest import Interaction
from tests.fakes.discord_server import DiscordServer
from tests.fakes.discord_world import Guild
from tests.fakes.telegram_server import TelegramServer

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
READY = 60.0  # seconds a gateway may take to start on a busy machine
TAKEN_OVER = 30.0  # seconds until another one asks for updates

Start = Callable[[str], Awaitable[asyncio.subprocess.Process]]
"""Starts a gateway with more configuration, as TOML."""


@asynccontextmanager
async def gateways(folder: Path) -> AsyncIterator[Start]:
    """Processes on a database of their own; they are killed in the end, or with this process."""
    tied = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    numbers = itertools.count()
    async with postgres_schema() as url, AsyncExitStack() as ending:

        async def start(more: str) -> asyncio.subprocess.Process:
            file = folder / f"gateway-{next(numbers)}.toml"
            file.write_text(f'[store]\nurl = "{url}"\n[jobs]\nqueue = "procrastinate"\n{more}', "utf-8")
            with file.with_suffix(".log").open("wb") as log:
                one = await asyncio.create_subprocess_exec(
                    *tied, executable, "-m", "bot", "gateway", "--config", str(file), cwd=folder,
                    env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log,
                )  # fmt: skip
            ending.push_async_callback(killed, one)
            return one

        yield start


async def killed(process: asyncio.subprocess.Process) -> None:
    """SIGKILL it, if it still runs."""
    if process.returncode is None:
        process.kill()
    await process.wait()


async def of_shards(server: DiscordServer) -> tuple[Guild, Guild]:
    """A guild of either shard, with a channel."""
    found: dict[int, Guild] = {}
    while len(found) < 2:
        guild = server.world.add_guild()
        found.setdefault((guild.id >> 22) % 2, guild)
        await asyncio.sleep(0.001)  # ids are of the moment
    for guild in found.values():
        server.world.add_channel(guild, "news")
    return found[0], found[1]


async def test_each_shard_answers_its_own_guilds_and_comes_back_alone(tmp_path: Path) -> None:
    async with DiscordServer() as server, gateways(tmp_path) as start:
        guilds = await of_shards(server)

        async def gateway(shard: int) -> asyncio.subprocess.Process:
            return await start(
                f'[discord]\ntoken = "{server.world.token}"\napi_base = "{server.api_base}"\n'
                f'gateway = "{server.gateway_url}"\nshards = 2\nshard_ids = [{shard}]\n'
            )

        def serving() -> set[int]:
            return {one.shard[0] for one in server.gateway.sessions.values() if one.socket is not None}

        async def ask(shard: int) -> Interaction:
            (channel,) = guilds[shard].channels.values()
            return await server.slash("help", guilds[shard].owner, channel)

        asked: list[Interaction] = []

        async def answered(shard: int) -> None:
            asked.append(await server.answered(await ask(shard), within=20))

        first, _ = await asyncio.gather(gateway(0), gateway(1))
        await server.until(lambda: serving() == {0, 1} and server.rest.commands, READY)
        await asyncio.gather(*(answered(shard) for shard in (0, 1, 0, 1)))

        (other,) = [one for one in server.gateway.sessions.values() if one.shard == (1, 2)]
        connection = other.socket
        await killed(first)
        await server.until(lambda: serving() == {1})
        unheard = await ask(0)
        await answered(1)
        assert unheard.callback is None, "only its own shard answers a guild"

        await gateway(0)
        while serving() != {0, 1}:
            await answered(1)
            await asyncio.sleep(0.3)
        await asyncio.gather(*(answered(shard) for shard in (0, 1, 0, 1)))

        assert other.socket is connection, "the other gateway's connection was never disturbed"
        assert server.gateway.identifies == 3
        assert server.gateway.resumes == 0
        await asyncio.sleep(0.5)  # for an answer too many
        for one in asked:
            assert server.log.count(f"POST /interactions/{one.id}/") == 1
            assert len(one.replies) == 1


async def test_when_the_leader_dies_the_other_asks_for_updates(tmp_path: Path) -> None:
    async with TelegramServer() as server, gateways(tmp_path) as start:
        telegram = f'[telegram]\ntoken = "{server.token}"\nbase_url = "{server.base_url}"\n'

        def answers(person: int) -> int:
            return sum(message["chat_id"] == person for message in server.accepted)

        async def ask(person: int, within: float) -> None:
            server.world.add_private(person)
            server.world.say(person, person, "/help")
            await server.until(lambda: answers(person), within)

        leader = await start(telegram)
        await ask(1, READY)
        registered = server.count("setMyCommands")
        await start(telegram)
        await server.until(lambda: server.count("setMyCommands") > registered, READY)
        await ask(2, 20)
        await asyncio.sleep(3.0)  # a second poll would come now, and end the first one's with an error
        polls = [status for method, _, status in server.calls if method == "getUpdates"]
        assert set(polls) == {200}, "who is not elected only stands by"

        await killed(leader)
        await ask(3, TAKEN_OVER)
        await ask(4, 20)
        await asyncio.sleep(1.0)  # for an answer too many
        assert [answers(person) for person in (1, 2, 3, 4)] == [1, 1, 1, 1]
