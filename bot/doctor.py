"""``newsdesk doctor``: looks at everything the desk depends on, and says what to do.

It changes nothing and sends nothing, so it may run beside a desk at work; what it asks of models when told
to is entered in the books.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from bot.config import Settings
from bot.platforms import platforms
from bot.platforms.platform import Finding, State, fail, off, ok, warn
from bot.writers import make_chain, make_prompts, make_servers
from digests.brief.llm.budget import Ledger, MemoryLedger
from digests.brief.llm.model_server import ModelServer
from digests.brief.llm.openai_chat import OpenAiSummarizer
from digests.clock import Clock, utc_now
from digests.errors import NewsdeskError, StoreError
from digests.model import Article, Brief, BriefRequest, Chat, Failure, FailureKind, Page
from digests.store import open_store
from digests.store.database import database_url
from digests.store.upgrading import plan
from digests.watch.guard import WEB_PORTS
from digests.watch.http import HttpFetcher

LEAST_SPACE = 500_000_000  # bytes free beside the database
PATIENCE = 10.0  # seconds for a model's server
ASKED = timedelta(seconds=60)  # what a small call may take at least, where the briefs' time is shorter
MOST_DRIFT = timedelta(seconds=30)
_OPENS = "it opens, with this version's schema"


async def examine(settings: Settings, *, clock: Clock = utc_now, ask: bool = False) -> AsyncIterator[Finding]:
    """One finding after another, as they are made. ``ask``: each model is asked for a small brief, which
    costs what it costs."""
    database = await _database(settings)
    yield database
    chats: list[Chat] = []
    if database.said == _OPENS:  # to open another one would make or upgrade it
        async with open_store(settings.store.url) as store:
            followed = [
                chat for chat in await store.chats.all() if await store.subscriptions.of_chat(chat.id)
            ]
            chats = [chat for chat in followed if not chat.paused]
            for chat in followed:
                if chat.paused:
                    yield warn(f"{chat.platform}: {chat.title or chat.address}", f"paused: {chat.paused}",
                               "Put that right in the chat; digests go on by themselves then.")  # fmt: skip
    async for finding in _outbound(settings, clock):
        yield finding
    async for finding in _platforms(settings, chats):
        yield finding
    async for finding in _models(settings, clock, ask, database.said == _OPENS):
        yield finding
    yield await _dashboard(settings, clock)


async def _database(settings: Settings) -> Finding:
    subject, url = "Database", settings.store.url
    try:
        parsed = database_url(url)
        if parsed.get_backend_name() == "sqlite":
            found = _file(subject, Path(parsed.database or ""))
            if found is not None:
                return found
        steps = await plan(url)
    except StoreError as error:
        return fail(subject, str(error), "Check url in [store], and that nobody changed the file.")
    if steps:
        return ok(subject, f"its schema is upgraded at the next start, to {steps[-1].schema}; its chats are "
                           "looked at after that")  # fmt: skip
    return ok(subject, _OPENS)


def _file(subject: str, file: Path) -> Finding | None:
    """What can be told of a SQLite database before it is opened."""
    folder = file.absolute().parent
    if not folder.is_dir():
        return fail(subject, f"the folder {folder} does not exist", "Make it, or change url in [store].")
    for place in (folder, file):
        if place.exists() and not os.access(place, os.W_OK):
            return fail(subject, f"{place} can't be written to",
                        "Give this user the right to; SQLite writes its log beside its file.")  # fmt: skip
    free = shutil.disk_usage(folder).free
    if free < LEAST_SPACE:
        return warn(subject, f"{folder} has {free / 1e6:.0f} MB left", "Make room on that disk.")
    if not file.exists():
        return ok(subject, f"it is made at the first run: {file}")
    return None


async def _outbound(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """The way out: DNS, HTTPS, and on the way what time it is elsewhere."""
    tables = [settings.of(platform) for platform in platforms().values()]
    own = [address for table in tables if table.wanted for address in table.addresses()]
    wanted = own + [source.url for source in settings.sources[:1]]
    if not wanted:
        yield off("Outbound", "there is no platform and no source to reach", "Set a token, or add a source.")
        return
    hosts = {urlsplit(url).hostname or "": url for url in reversed(wanted)}
    drift: timedelta | None = None
    for host, url in reversed(hosts.items()):
        try:
            socket.getaddrinfo(host, 443)
        except OSError:
            yield fail(f"DNS: {host}", "the name has no address here",
                       "Check this machine's resolver (/etc/resolv.conf) and the spelling of the name.")  # fmt: skip
            continue
        private = settings.watch.allow_private or url in own  # a platform's server of one's own
        async with HttpFetcher(
            allow_private=private, ports=None if private else WEB_PORTS,
            user_agent=settings.watch.user_agent, deadline=15, clock=clock,
        ) as fetcher:  # fmt: skip
            began = clock()
            page = await fetcher.get(url)
        if isinstance(page, Failure) and page.kind not in {FailureKind.HTTP_STATUS, FailureKind.ROBOTS}:
            yield fail(f"Outbound: {host}", page.reason, "Check the firewall, and HTTPS from this machine.")
            continue
        yield ok(f"Outbound: {host}", "it answers")
        if isinstance(page, Page) and page.date and drift is None:
            drift = _drift(page.date, began, clock())
    if drift is not None and abs(drift) > MOST_DRIFT:
        yield warn("Clock", f"it is {abs(drift).total_seconds():.0f} s {'ahead' if drift > timedelta() else 'behind'}",
                   "Let the machine keep its time, for example with systemd-timesyncd or chrony.")  # fmt: skip
    elif drift is not None:
        yield ok("Clock", "it agrees with the servers'")


def _drift(date: str, began: datetime, ended: datetime) -> timedelta | None:
    """How far this machine's clock is ahead of a server's; the answer's own time is forgiven."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    if theirs.tzinfo is None:
        return None
    if began <= theirs <= ended:
        return timedelta()
    return began - theirs if began > theirs else ended - theirs


async def _platforms(settings: Settings, chats: list[Chat]) -> AsyncIterator[Finding]:
    for platform in platforms().values():
        table = settings.of(platform)
        if not table.wanted:
            yield off(platform.title, "it is off", platform.off)
            continue
        async for finding in platform.check(
            table, [chat for chat in chats if chat.platform == platform.name]
        ):
            yield finding


async def _models(settings: Settings, clock: Clock, ask: bool, booked: bool) -> AsyncIterator[Finding]:
    """Each model of the chain: whether its server answers and has it, and whether its price is known.

    With ``ask`` what it writes when it is asked; ``booked``: the database is there to enter the cost.
    """
    async with AsyncExitStack() as stack:
        ledger: Ledger = MemoryLedger()
        if ask and booked:
            ledger = (await stack.enter_async_context(open_store(settings.store.url))).spend
        servers = make_servers(settings, ledger, clock)
        if not servers:
            yield off("Models", "none is in the chain", "Nothing needs one; summarizers in [brief] names it.")
        try:
            make_chain(settings, servers, clock)
        except NewsdeskError as error:
            yield fail("Summarizers", str(error), "Check summarizers in [brief] and prompts in [openai].")
        for name, server in servers.items():
            stack.push_async_callback(server.close)
            found = await _listed(name, server)
            if ask and (found.state is State.OK or server.model in server.budget.prices):
                found = await _asked(name, server, settings, clock)
            yield found


async def _listed(name: str, server: ModelServer) -> Finding:
    """What the server's own list of models tells. Costs nothing."""
    subject, known = f"Model {name}", await server.listed(PATIENCE)
    if isinstance(known, Failure):
        return fail(subject, known.reason.rstrip("."),
                    "Check base_url and the key in [openai]; until then the next summarizer writes.")  # fmt: skip
    if known and _plain(server.model) not in map(_plain, known):
        return fail(subject, f"the server does not know {server.model}",
                    f"It has {', '.join(sorted(known)[:5])}; set model in [openai] to one of its own.")  # fmt: skip
    if server.model not in server.budget.prices:
        return fail(subject, f"{server.model} has no price, so it is never called",
                    "Set input_price and output_price in [openai]; a server of your own costs 0.")  # fmt: skip
    return ok(subject, f"its server answers and knows {server.model}")


def _plain(model: str) -> str:
    """A model's name without what servers put around it in their lists."""
    return model.casefold().removeprefix("models/").removesuffix(":latest")


_PROBE = Article(
    title="Doctor looks",
    sentences=("The new bridge over the river opened on Monday.", "It cost 14 million euros and took two years to build."),
    language="en",
)  # fmt: skip


async def _asked(name: str, server: ModelServer, settings: Settings, clock: Clock) -> Finding:
    """What a model writes of two sentences, as it is asked for a brief; or what its server says."""
    subject, began = f"Model {name}", clock()
    request = BriefRequest(articles=(_PROBE,), sentences=2, words=40, characters=80)
    writer = OpenAiSummarizer(server, prompts=make_prompts(settings), together=False)
    brief = await writer.brief(request, began + max(settings.brief.deadline, ASKED))
    took = f"{(clock() - began).total_seconds():.1f} s"
    lacks = "".join(f"; it goes without {feature.value}" for feature in server.missing())
    if isinstance(brief, Brief):
        return ok(subject, f"it wrote “{brief.text}” in {took}{lacks}")
    said = f" The server says: “{server.state.words}”" if server.state.words else ""
    return fail(subject, f"{brief.reason.rstrip('.')}, after {took}{lacks}.{said}",
                "Compare the settings of [openai] with the server's manual; until then the next summarizer "
                "writes.")  # fmt: skip


async def _dashboard(settings: Settings, clock: Clock) -> Finding:
    """Whether the desk's web server may listen, and whether the desk itself does already."""
    subject, table = "Dashboard", settings.dashboard
    if not table.listen:
        return off(subject, "it is off", "Set listen in [dashboard], for example to 127.0.0.1:8080.")
    refusal = table.refuses_to_listen()
    if refusal:
        return fail(subject, "it refuses to listen", refusal)
    host, _colon, port = table.listen.rpartition(":")
    try:
        if int(port) > 65_535:
            raise OSError("no port")
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except OSError:
        return fail(
            subject, f"{table.listen} is no address of this machine", "Correct listen in [dashboard]."
        )
    family, kind, protocol, _name, address = found[0]
    with socket.socket(family, kind, protocol) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
        except PermissionError:
            return fail(subject, f"this user may not listen on {table.listen}",
                        "Take a port above 1023, and put a web server in front.")  # fmt: skip
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return fail(
                    subject, f"{table.listen} is no address of this machine", "Correct listen in [dashboard]."
                )
        else:
            return ok(subject, f"{table.listen} is free")
    async with HttpFetcher(allow_private=True, ports=None, deadline=5, clock=clock) as fetcher:
        page = await fetcher.get(f"http://{table.listen}/healthz")
    if isinstance(page, Page) and page.body.strip() == b"alive":
        return ok(subject, f"a desk answers on {table.listen}")
    return fail(
        subject, f"another program listens on {table.listen}", "Stop it, or take another port in [dashboard]."
    )
