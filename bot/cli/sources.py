"""What the desk watches: list, add, remove, test; the same as /sources in a chat."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from bot.app import open_app, open_asks
from bot.cli.options import AsJson, Config, progress, quiet_settings
from bot.commands import opml
from bot.commands.sources import health
from bot.config import Settings
from bot.conversation import Reply
from bot.packs import packs as starter_packs
from bot.reasons import pace
from bot.render.rich import plain
from digests.clock import utc_now
from digests.desk import Desk
from digests.desk.backfilling import Backfill, Backfilled
from digests.errors import NewsdeskError
from digests.model import Demand, Failure, PollState, Source
from digests.watch.cadence import lateness
from digests.watch.http import HttpFetcher
from digests.watch.offload import Offload

app = typer.Typer(help=__doc__, no_args_is_help=True, rich_markup_mode=None)

_Which = Annotated[str, typer.Argument(help="Its number, name or address.")]


@app.command("list")
def listing(as_json: AsJson = False, config: Config = None) -> None:
    """Every source with its health and pace. Example: newsdesk sources list --json"""
    asyncio.run(_list(quiet_settings(config), as_json))


@app.command("add")
def add(
    address: Annotated[str, typer.Argument(help="The address of a feed or a site.")],
    name: Annotated[str, typer.Option(help="What it is called.")] = "",
    topic: Annotated[list[str] | None, typer.Option(help="A topic; may be given several times.")] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Watch another source. Example: newsdesk sources add https://example.com --name Example --topic world"""
    words = " ".join([address, name, *(f"#{t}" for t in topic or ())])
    _do(quiet_settings(config), f"add {words}", as_json)


@app.command("remove")
def remove(source: _Which, as_json: AsJson = False, config: Config = None) -> None:
    """Watch a source no longer. Example: newsdesk sources remove 3"""
    _do(quiet_settings(config), f"remove {source}", as_json)


@app.command("pause")
def pause(source: _Which, as_json: AsJson = False, config: Config = None) -> None:
    """Stop reading a source for a while. Example: newsdesk sources pause 3"""
    _do(quiet_settings(config), f"pause {source}", as_json)


@app.command("resume")
def resume(source: _Which, as_json: AsJson = False, config: Config = None) -> None:
    """Read a paused source again. Example: newsdesk sources resume 3"""
    _do(quiet_settings(config), f"resume {source}", as_json)


@app.command("test")
def look(
    source: Annotated[str, typer.Argument(help="Its number, name or address.")] = "",
    packs: Annotated[
        bool, typer.Option("--packs", help="Read every source of the starter packs instead.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show what a source would give; posts nothing. Example: newsdesk sources test https://example.com"""
    if packs:
        with progress("Reading the packs"):
            read = asyncio.run(_test_packs(quiet_settings(config)))
        _tell_packs(read, as_json)
        raise typer.Exit(0 if all(row["reason"] is None for row in read) else 1)
    _do(quiet_settings(config), f"test {source}", as_json)


@app.command("import")
def importing(
    file: Annotated[
        Path, typer.Argument(help="An OPML file, as other readers export it; - is standard input.")
    ],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Add the feeds of an OPML file. Example: newsdesk sources import feeds.opml --json"""
    try:
        body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        _fail(f"{file} can't be read: {error.strerror}", as_json)
    report = asyncio.run(_import(quiet_settings(config), body))
    if isinstance(report, Failure):
        _fail(f"{file}: {report.reason}. Nothing was added.", as_json)
    if as_json:
        print(json.dumps(_told(report), ensure_ascii=False, indent=2))
    else:
        print(opml.summary(report))
    if report.failed:
        raise typer.Exit(1)


@app.command("export")
def exporting(
    file: Annotated[Path, typer.Argument(help="Where to write it; - is standard output.")] = Path("-"),
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Write all feeds as an OPML file. Example: newsdesk sources export feeds.opml"""
    content, left_out, count = asyncio.run(_export(quiet_settings(config)))
    if str(file) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        _fail(f"{file} can't be written: {error.strerror}", as_json)
    if as_json:
        print(json.dumps({"file": str(file), "feeds": count, "left_out": left_out}))
    else:
        print(f"{count} feeds written to {file}; {left_out} sources that are no feeds are left out.")


def _fail(why: str, as_json: bool) -> NoReturn:
    print(f"newsdesk: {why}", file=sys.stderr)
    if as_json:
        print(json.dumps({"error": why}, ensure_ascii=False))
    raise typer.Exit(1)


async def _import(settings: Settings, body: bytes) -> opml.Report | Failure:
    async with open_app(settings, console=False) as opened:
        with progress("reading feeds") as tell:
            return await opml.take_in(opened.desk, body, opened.desk.clock, tell)


async def _export(settings: Settings) -> tuple[bytes, int, int]:
    async with open_app(settings, console=False) as opened:
        sources = await opened.desk.store.sources.all()
        content, left_out = opml.export(sources, opened.desk.clock)
        return content, left_out, len(sources) - left_out


def _told(report: opml.Report) -> dict[str, Any]:
    return {
        "added": [{"id": s.id, "name": s.name, "url": s.url, "topics": list(s.topics)} for s in report.added],
        "there": [{"id": s.id, "name": s.name, "url": s.url} for s in report.there],
        "failed": [{"name": s.name, "url": s.url, "reason": why.reason} for s, why in report.failed],
    }


def _do(settings: Settings, words: str, as_json: bool) -> None:
    """Run /sources as the person at the console. JSON has what it said, and the sources that it added,
    removed or changed."""
    with progress("Reading"):
        reply, touched = asyncio.run(_ask(settings, words))
    said = plain(reply.text)
    if not reply.ok:
        _fail(said, as_json)
    print(json.dumps({"said": said, "sources": touched}, ensure_ascii=False, indent=2) if as_json else said)


async def _ask(settings: Settings, words: str) -> tuple[Reply, list[dict[str, Any]]]:
    async with open_app(settings, console=False) as opened:
        before = await _known(opened.desk)
        reply = await opened.ask("sources", words)
        after = await _known(opened.desk)
        touched = {id: one for id, one in {**before, **after}.items() if before.get(id) != after.get(id)}
        return reply, [_row(*one, opened.desk.clock()) for one in touched.values()]


async def _list(settings: Settings, as_json: bool) -> None:
    async with open_app(settings, console=False) as opened:
        if as_json:
            print(json.dumps(await _rows(opened.desk), ensure_ascii=False, indent=2))
        else:
            print(plain((await opened.ask("sources", "list")).text))


async def _rows(desk: Desk) -> list[dict[str, Any]]:
    now, known = desk.clock(), await _known(desk)
    demands = await desk.store.sources.demands(list(known), now)
    rows = []
    for id_, (source, state) in known.items():
        found = lateness(state.rhythm.late)
        late = None if found is None else found.total_seconds()
        told = pace(source, state, demands.get(id_, Demand()), now, "UTC")
        rows.append(_row(source, state, now) | {"late_seconds": late, "pace": told})
    return rows


async def _known(desk: Desk) -> dict[int, tuple[Source, PollState]]:
    """Each source with its state, by its number."""
    states = await desk.store.sources.states()
    return {one.id: (one, states.get(one.id, PollState())) for one in await desk.store.sources.all()}


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


async def _test_packs(settings: Settings) -> list[dict[str, Any]]:
    """Read every source of the starter packs, and say how each is: ``reason`` is None where it is fine."""
    listed = [(pack, source) for pack in starter_packs() for source in pack.sources]
    async with open_asks(settings) as asks:
        feeds = await asyncio.gather(*(asks.look(source, utc_now()) for _pack, source in listed))
    return [
        {
            "language": pack.language, "pack": pack.name, "name": source.name, "url": source.url,
            "items": 0 if isinstance(feed, Failure) else len(feed.entries),
            "reason": feed.reason if isinstance(feed, Failure) else None,
        }
        for (pack, source), feed in zip(listed, feeds, strict=True)
    ]  # fmt: skip


def _tell_packs(read: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print(json.dumps(read, ensure_ascii=False, indent=2))
        return
    for row in read:
        how = row["reason"] or f"fine, {row['items']} items"
        print(f"{row['language']} {row['pack']}: {row['name']} {row['url']}: {how}")
    print(f"{sum(row['reason'] is None for row in read)} of {len(read)} sources can be read.")


# ------------ ``newsdesk backfill``: what sources told before the desk knew them.


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
        print(json.dumps([_filled_row(one) for one in done], ensure_ascii=False, indent=2))
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


def _filled_row(one: Backfilled) -> dict[str, Any]:
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
