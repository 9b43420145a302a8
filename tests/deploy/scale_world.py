"""What surrounds the desk of ``deploy/compose.scale.yaml``: a Telegram, some news sites, and a person.

    python -m tests.deploy.scale_world

serves both to other machines, on ports 8001 and 8002, plays the story when the gateways are there, and says how
it ended as a line of JSON.
"""

from __future__ import annotations

import asyncio
import functools
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.demo.newsroom import serve
from digests.clock import utc_now
from tests.fakes.telegram_server import TelegramServer

ANN = 7
READY = 90.0  # seconds until all processes have started on a busy machine
WORKED = 45.0  # seconds from a subscription to its digest, through four processes
WATCHED = 4.0  # seconds in which a second one that polls would show


@dataclass(frozen=True, slots=True)
class World:
    """``sites`` is the news sites' address as the desk reaches it."""

    telegram: TelegramServer
    sites: str


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """On loopback, while the context is open."""
    async with TelegramServer() as telegram, serve(utc_now()) as newsroom:
        telegram.world.add_user(ANN, "Ann")
        telegram.world.add_private(ANN)
        yield World(telegram, newsroom.base)


def _menus(telegram: TelegramServer) -> int:
    """How many gateways have said what commands there are, each in one language last of all."""
    return sum(
        method == "setMyCommands"
        and "language_code" not in params
        and "all_group_chats" in str(params["scope"])
        for method, params, _ in telegram.calls
    )


async def story(here: World, gateways: int) -> dict[str, int]:
    """Ann subscribes, and is sent one digest, by whichever processes; raises where that isn't so."""
    telegram = here.telegram
    await telegram.until(lambda: _menus(telegram) >= gateways, READY)
    await asyncio.sleep(WATCHED)
    telegram.world.say(ANN, ANN, f"/subscribe {here.sites}/herald/")
    # the answer and the digest, made by others, which may be the first
    said = [(await telegram.next_message(WORKED))["text"] for _ in range(2)]
    assert any("now follows Harbour Herald" in text for text in said), said
    assert any("Quay Bridge closed" in text for text in said), said
    await asyncio.sleep(WATCHED)  # for a message too many
    polls = [status for method, _, status in telegram.calls if method == "getUpdates"]
    assert set(polls) == {200}, "a second poll would have ended the first with a conflict"
    sent = [message["text"][:40] for message in telegram.accepted]
    assert len(sent) == 2, sent
    return {"gateways": _menus(telegram), "polls": len(polls), "messages": len(sent)}


async def _relay(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The servers are on loopback; this lets others in."""
    there, back = await asyncio.open_connection("127.0.0.1", port)

    async def pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        sink.close()

    await asyncio.gather(pass_on(reader, back), pass_on(there, writer))


async def _main() -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with world() as here:
        for port, url in ((8001, here.telegram.base_url), (8002, here.sites)):
            await asyncio.start_server(functools.partial(_relay, urlsplit(url).port or 0), "0.0.0.0", port)
        try:
            outcome: dict[str, int | str] = {**await story(World(here.telegram, "http://world:8002"), 2)}
        except (AssertionError, TimeoutError) as error:
            calls = sorted({f"{method} {status}" for method, _, status in here.telegram.calls})
            outcome = {
                "failed": f"{type(error).__name__}: {error}; Telegram was asked for {', '.join(calls)}"
            }
        print(json.dumps(outcome), flush=True)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(_main())
