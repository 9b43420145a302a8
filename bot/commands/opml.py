"""Lists of feeds in and out, as every reader writes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.commands.service import Service, because, label, refuse, say
from bot.commands.sources import SOURCES
from bot.conversation import File, Option, Reply, Request
from bot.locales import N_, _, _n
from bot.reasons import reason_of
from bot.render.rich import Span
from digests.clock import Clock
from digests.desk import Desk
from digests.model import Failure, FailureKind, Source
from digests.watch.opml import write_opml

LARGEST = 5 * 1024 * 1024  # bytes of a list
_TOGETHER = 20  # feeds that are read at once
_NAMED = 15  # failures that are named in an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of the feeds of a list, each in its order."""

    added: tuple[Source, ...]
    there: tuple[Source, ...]
    failed: tuple[tuple[Source, Failure], ...]


async def take_in(
    desk: Desk, body: bytes, clock: Clock, tell: Callable[[int, int], None] | None = None
) -> Report | Failure:
    """Add the feeds of a list that can be read; ``tell`` hears how many are done, of how many.

    What can't be read now isn't added: the same list can be taken in again later.
    """
    listed = await desk.asks.opml(body)
    if isinstance(listed, Failure):
        return listed
    gate, done = asyncio.Semaphore(_TOGETHER), 0

    async def one(source: Source) -> tuple[str, Source, Failure | None]:
        nonlocal done
        async with gate:
            known = await desk.store.sources.by_url(source.url)
            feed = None if known else await desk.asks.look(source, clock())
        done += 1
        if tell is not None:
            tell(done, len(listed))
        if known is not None:
            return "there", known, None
        if isinstance(feed, Failure) and feed.kind is not FailureKind.EMPTY:
            return "failed", source, feed
        title = "" if feed is None or isinstance(feed, Failure) else feed.title
        own = replace(source, name=source.name or title, origin="admin")  # an admin's list is the desk's
        added = await desk.store.sources.add(own, clock())
        return "added", added, None

    results = await asyncio.gather(*(one(source) for source in listed))
    return Report(
        added=tuple(source for what, source, _why in results if what == "added"),
        there=tuple(source for what, source, _why in results if what == "there"),
        failed=tuple((source, why) for _what, source, why in results if why is not None),
    )


def export(sources: list[Source], clock: Clock) -> tuple[bytes, int]:
    """The list of all feeds, and how many sources no other reader could read, which are left out."""
    feeds = [source for source in sources if source.kind == "feed"]
    return write_opml(feeds, "Newsdesk", clock()), len(sources) - len(feeds)


@SOURCES.verb(
    "import",
    N_("add the feeds of an OPML file"),
    place=7,
    example="/sources import",
    options=(Option(name="file", help=N_("an OPML file, as other readers export it"), file=True),),
    changes=True,
)
async def importing(service: Service, request: Request) -> Reply:
    """/sources import: the file sent along."""
    if not request.attachments:
        return refuse(
            _("Send the OPML file with /sources import as its caption, or answer it with /sources import.")
        )
    file = request.attachments[0]
    if file.size > LARGEST:
        return refuse(
            _("The file is larger than {size} MiB; nothing was added.").format(size=LARGEST // 2**20)
        )
    body = await file.read()
    report = body if isinstance(body, Failure) else await take_in(service.desk, body, service.clock)
    if isinstance(report, Failure):
        return refuse(
            _("I can't read {name}: {reason}. Nothing was added.").format(
                name=file.name, reason=reason_of(report)
            )
        )
    return say((Span(summary(report)),))


def summary(report: Report) -> str:
    """What became of a list, for a person; the failures by name."""
    lines = [
        " ".join((
            _n("{n} source was added.", "{n} sources were added.", len(report.added)).format(n=len(report.added)),
            _n("{n} was there.", "{n} were there.", len(report.there)).format(n=len(report.there)),
            _n("{n} failed.", "{n} failed.", len(report.failed)).format(n=len(report.failed)),
        )),
        *(f"• {label(source)}: {because(why)}" for source, why in report.failed[:_NAMED]),
    ]  # fmt: skip
    if len(report.failed) > _NAMED:
        more = len(report.failed) - _NAMED
        lines.append(_n("… and {n} more.", "… and {n} more.", more).format(n=more))
    return "\n".join(lines)


@SOURCES.verb("export", N_("all feeds as an OPML file"), place=8, example="/sources export")
async def exporting(service: Service, request: Request) -> Reply:
    """/sources export: the file as an answer."""
    sources = await service.store.sources.all()
    content, left_out = export(sources, service.clock)
    count = len(sources) - left_out
    text = _n("{n} feed.", "{n} feeds.", count).format(n=count)
    if left_out:
        text += " " + _n(
            "{n} source that is not a feed is left out.", "{n} sources that are not feeds are left out.", left_out
        ).format(n=left_out)  # fmt: skip
    return replace(say(text), files=(File("newsdesk.opml", content, "text/x-opml"),))
