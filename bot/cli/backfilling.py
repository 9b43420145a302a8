"""``newsdesk backfill``: what sources told before the desk knew them."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Annotated, Any

import typer

from bot.app import open_app
from bot.cli.options import AsJson, Config, progress, quiet_settings
from bot.config import Settings
from digests.desk.backfilling import Backfill, Backfilled
from digests.errors import NewsdeskError
from digests.model import Source
from digests.watch.http import HttpFetcher
from digests.watch.offload import Offload


def backfill(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Numbers, names or addresses of sources; all by default.")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(min=1, help="How far back; as far as articles are kept by default.", show_default=False),
    ] = None,
    pages: Annotated[int, typer.Option(min=1, max=1000, help="Documents read of each archive at most.")] = 10,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Read older items from feeds' archives into the library; posts nothing.

    Feeds that name their archives (RFC 5005) are followed; /search, /ask and /story know them then.
    An interrupted run may be started again, and goes on.

    Example: newsdesk backfill Example --days 30
    """
    done = asyncio.run(_backfill(quiet_settings(config), sources or [], days, pages))
    if as_json:
        print(json.dumps([_row(one) for one in done], ensure_ascii=False, indent=2))
    for one in done:
        name = one.source.name or one.source.url
        if one.failure:
            print(
                f"newsdesk: {name}: {one.failure.reason}; {one.new} older items were taken.", file=sys.stderr
            )
        elif not as_json and not one.pages:
            print(f"{name}: names no archive.")
        elif not as_json:
            print(f"{name}: {one.new} older items from {one.pages} documents, {one.read} of them read.")
    if any(one.failure for one in done):
        raise typer.Exit(1)


def _row(one: Backfilled) -> dict[str, Any]:
    return {
        "id": one.source.id, "name": one.source.name, "url": one.source.url, "documents": one.pages,
        "new": one.new, "read": one.read, "reason": one.failure.reason if one.failure else None,
    }  # fmt: skip


async def _backfill(settings: Settings, wanted: list[str], days: int | None, pages: int) -> list[Backfilled]:
    watch = settings.watch
    own_house: dict[str, Any] = {"ports": None, "spacing": 0.0} if watch.allow_private else {}
    async with open_app(settings, console=False) as opened, AsyncExitStack() as stack:
        desk = opened.desk
        chosen = _chosen(await desk.store.sources.all(), wanted)
        fetcher = HttpFetcher(
            allow_private=watch.allow_private, user_agent=watch.user_agent, deadline=watch.timeout_seconds,
            clock=desk.clock, **own_house,
        )  # fmt: skip
        await stack.enter_async_context(fetcher)
        offload = await stack.enter_async_context(Offload())
        since = desk.clock() - (timedelta(days=days) if days else desk.live.keep.articles)
        filling = Backfill(desk.store, desk.intake, fetcher, offload, pages=pages, since=since)
        with progress("Reading older items") as tell:
            return [await filling.run(source, desk.clock(), tell) for source in chosen]


def _chosen(every: list[Source], wanted: list[str]) -> list[Source]:
    """Those named; the feeds that are not paused where none is."""
    if not wanted:
        return [one for one in every if one.kind == "feed" and not one.paused]
    found = {word: [s for s in every if word in {str(s.id), s.name, s.url}] for word in wanted}
    for word, ones in found.items():
        if not ones:
            raise NewsdeskError(f"There is no source {word}; `newsdesk sources list` shows them all.")
    return list({one.id: one for ones in found.values() for one in ones}.values())
