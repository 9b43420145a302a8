"""``newsdesk sources``: the same as /sources in a chat, from the command line."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from typing import Annotated, Any

import typer

from bot.app import open_app
from bot.cli.options import AsJson, Config, quiet_settings
from bot.commands.sources import health
from bot.config import Settings
from bot.conversation import Reply
from bot.render.rich import plain
from digests.desk import Desk
from digests.model import PollState, Source

app = typer.Typer(help="What the desk watches: list, add, remove, test.", no_args_is_help=True)

_Which = Annotated[str, typer.Argument(help="Its number, name or address.")]


@app.command("list")
def listing(as_json: AsJson = False, config: Config = None) -> None:
    """Every source with its health. Example: newsdesk sources list --json"""
    asyncio.run(_list(quiet_settings(config), as_json))


@app.command("add")
def add(
    address: Annotated[str, typer.Argument(help="The address of a feed or a site.")],
    name: Annotated[str, typer.Option(help="What it is called.")] = "",
    topic: Annotated[list[str] | None, typer.Option(help="A topic; may be given several times.")] = None,
    config: Config = None,
) -> None:
    """Watch another source. Example: newsdesk sources add https://example.com --name Example --topic world"""
    words = " ".join([address, name, *(f"#{t}" for t in topic or ())])
    _do(quiet_settings(config), f"add {words}")


@app.command("remove")
def remove(source: _Which, config: Config = None) -> None:
    """Watch a source no longer. Example: newsdesk sources remove 3"""
    _do(quiet_settings(config), f"remove {source}")


@app.command("pause")
def pause(source: _Which, config: Config = None) -> None:
    """Stop reading a source for a while. Example: newsdesk sources pause 3"""
    _do(quiet_settings(config), f"pause {source}")


@app.command("resume")
def resume(source: _Which, config: Config = None) -> None:
    """Read a paused source again. Example: newsdesk sources resume 3"""
    _do(quiet_settings(config), f"resume {source}")


@app.command("test")
def look(source: _Which, config: Config = None) -> None:
    """Show what a source would give; posts nothing. Example: newsdesk sources test https://example.com"""
    _do(quiet_settings(config), f"test {source}")


def _do(settings: Settings, words: str) -> None:
    reply = asyncio.run(_ask(settings, words))
    print(plain(reply.text), file=sys.stdout if reply.ok else sys.stderr)
    if not reply.ok:
        raise typer.Exit(1)


async def _ask(settings: Settings, words: str) -> Reply:
    async with open_app(settings, console=False) as opened:
        return await opened.ask("sources", words)


async def _list(settings: Settings, as_json: bool) -> None:
    async with open_app(settings, console=False) as opened:
        if as_json:
            print(json.dumps(await _rows(opened.desk), ensure_ascii=False, indent=2))
        else:
            print(plain((await opened.ask("sources", "list")).text))


async def _rows(desk: Desk) -> list[dict[str, Any]]:
    states = await desk.store.sources.states()
    now = desk.clock()
    return [
        _row(source, states.get(source.id, PollState()), now) for source in await desk.store.sources.all()
    ]


def _row(source: Source, state: PollState, now: datetime) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": source.name,
        "url": source.url,
        "kind": source.kind,
        "topics": list(source.topics),
        "origin": source.origin,
        "paused": source.paused,
        "health": health(source, state, now),
        "failures": state.failures,
        "reason": state.failure.reason if state.failure else None,
        "last_poll": state.last_poll.isoformat() if state.last_poll else None,
        "next_poll": state.next_poll.isoformat() if state.next_poll else None,
    }
