"""The composition root: opens every resource in order, and closes each in the reverse order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TextIO

from starlette.routing import Route

from bot import IN_WORKERS
from bot.access import Access
from bot.commands import COMMANDS, Commands
from bot.commands.service import Service, because
from bot.commands.welcome import greeting
from bot.config import Settings, SourceSettings
from bot.conversation import Desk as ChatDesk
from bot.conversation import Reply, Request
from bot.dashboard.app import Web, make_web, websub_routes
from bot.live import LiveSettings
from bot.metrics import Metrics
from bot.platforms import paces, platforms
from bot.platforms.console import CHAT, PERSON, ConsoleChat
from bot.platforms.platform import LiveChat, Receiving, Surroundings
from bot.programs.api import api_routes
from bot.programs.door import Door
from bot.programs.mcp_server import McpServer
from bot.telling import Telling
from bot.writers import is_model, make_live
from digests.brief.llm.budget import MemoryLedger, Warn
from digests.clock import Clock, utc_now
from digests.deliver.outbox import SHARED, Outbox, OutboxOptions
from digests.deliver.pacing import Pacer, SendQueue, SharedPace
from digests.desk import Asks, Desk, Editor, Intake
from digests.desk.asks import Questions
from digests.desk.briefing import Ahead
from digests.desk.pushing import Pushing
from digests.desk.runner import HOLD, ROLES, Runner, works_of
from digests.desk.speaking import Speaker
from digests.edit.schedule import quiet_end
from digests.errors import ConfigError
from digests.jobs.local import LocalJobs, RelayedJobs
from digests.memory import give_back
from digests.model import Article, Chat, Entry, Failure, Page, Source, Subscription
from digests.plugins import load_readers
from digests.ports import Channel, Jobs, Ledger, Meter, SourceReader, Store
from digests.read.extract import read_article
from digests.store import open_store
from digests.watch.http import HttpFetcher
from digests.watch.offload import Offload, preload

# ------------ What a process is of its desk: all of it, or one of many on a shared database.


@dataclass(frozen=True, slots=True)
class Part:
    """What a process does: the roles of its worker, and whether it listens to the chats.

    ``alone``: it has the desk to itself. ``probed`` is where one that does not serve the dashboard tells its
    health and metrics, as ``HOST:PORT``; empty: nowhere.
    """

    roles: frozenset[str] = frozenset(ROLES)
    listens: bool = True
    probed: str = ""
    alone: bool = True


WHOLE = Part()


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a process works beside others. Alone, it holds nothing and paces itself.

    ``nudge`` says that something waits to be delivered; None: the process's own outbox is woken.
    """

    jobs: Jobs
    options: OutboxOptions = field(default_factory=OutboxOptions)
    hold: timedelta | None = None
    pace: SharedPace | None = None
    nudge: Callable[[], None] | None = None


async def share(stack: AsyncExitStack, settings: Settings, store: Store, clock: Clock, part: Part) -> Sharing:
    """Join the others, where the queue is shared."""
    if settings.jobs.queue == "local":
        return Sharing(LocalJobs())
    from digests.jobs.shared import open_shared_jobs  # its packages are an extra

    queue = await stack.enter_async_context(open_shared_jobs(settings.store.url))
    jobs = RelayedJobs(queue, works_of(part.roles))
    return Sharing(jobs, SHARED, HOLD, SharedPace(store.paces, clock, paces()), partial(jobs.soon, "deliver"))


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class App:
    """Everything that is open. The platforms are silent until ``start``."""

    desk: Desk
    commands: Commands
    console: ConsoleChat
    channels: Mapping[str, Channel]
    live: tuple[LiveChat, ...]
    stack: AsyncExitStack
    web: Web
    telling: Telling
    live_settings: LiveSettings
    apply: Callable[[Settings], Awaitable[None]]
    """Puts another configuration to work. What can fail comes first, so that it changes all or nothing."""
    listen: str = ""
    part: Part = WHOLE

    async def start(self) -> None:
        """Open the web server, if one is wanted, and connect the platforms."""
        if self.part.listens:
            web, listen = self.web.app, self.listen
        else:
            web, listen = self.web.probes, self.part.probed
        if listen:
            from bot.dashboard.server import serving  # one that only lists its sources serves nothing

            beat = asyncio.create_task(self.web.metrics.watch_loop(), name="loop delay")
            self.stack.push_async_callback(_ended, beat)
            address = await self.stack.enter_async_context(serving(web, listen))
            log.info("the web server listens at %s", address)
        for chat in self.live:
            self.stack.push_async_callback(chat.stop)
            await (chat.start() if self.part.listens else chat.connect())

    async def run(self, *, grace: timedelta) -> None:
        """Do the desk's work, or this process's share of it, until cancelled."""
        await Runner(self.desk, self.part.roles, alone=self.part.alone).run(grace=grace)

    async def ask(self, command: str, words: str = "") -> Reply:
        """Run a command as the person at the console."""
        return await self.commands.handle(
            Request(command=command, words=words, chat=CHAT, person=PERSON, directory=self.console)
        )


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    console: bool,
    clock: Clock = utc_now,
    out: TextIO | None = None,
    part: Part = WHOLE,
) -> AsyncIterator[App]:
    """The desk, or this process's ``part`` of it. ``console`` makes the terminal, or ``out``, one of
    its chats."""
    give_back()
    async with AsyncExitStack() as stack:
        refusal = settings.dashboard.refuses_to_listen()
        if refusal:
            raise ConfigError(refusal)
        store = await stack.enter_async_context(open_store(settings.store.url))
        meter = Metrics()
        async with store.turns.turn("sources of the file"):
            await keep_sources(store, settings.sources, clock())
        sharing = await share(stack, settings, store, clock, part)
        if console:
            await follow_everything(store, replace(CHAT, settings=settings.chats.settings()), clock())
        channels: dict[str, Channel] = {}
        telling = Telling(channels, lambda: parts.live.admins, store.chats)
        parts = await _open_parts(stack, settings, store.spend, clock, telling.tell_cap, meter)
        at_work = parts.live
        intake = Intake(
            store,
            parts.readers,
            parts.fetcher,
            parts.extract,
            at_work,
            tell=telling.tell_source,
            hold=sharing.hold,
            meter=meter,
        )
        life = LifeEvents(store)
        outbox = Outbox(
            store,
            channels,
            clock,
            pacer=Pacer(sharing.pace.own() if sharing.pace else paces()),
            shared=sharing.pace,
            options=sharing.options,
            on_doubt=lambda: at_work.on_doubt,
            report=telling.tell,
            meter=meter,
            lost=life.lost,
            quiet_end=quiet_end,
        )
        nudge = sharing.nudge or outbox.wake
        editor = Editor(store, at_work, channels, clock, nudge=nudge, meter=meter)
        speaker = Speaker(store, channels, at_work, clock, nudge=nudge)
        questions = Questions(store, at_work, clock, parts.writing)
        ahead = Ahead(store, editor, at_work)
        jobs = sharing.jobs
        pushing, routes = _pushing(settings, store, intake, parts, clock, partial(jobs.hint, "read"))
        desk = Desk(
            store,
            intake,
            editor,
            outbox,
            parts.asks,
            jobs,
            clock,
            at_work,
            speaker,
            questions,
            ahead=ahead,
            pushing=pushing,
        )
        access = Access(at_work, store)
        live: tuple[LiveChat, ...] = ()
        web = make_web(
            settings.dashboard,
            lambda: at_work.admins,
            store,
            clock,
            metrics=meter,
            caps=lambda: at_work.caps,
            look=parts.asks.look,
            because=because,
            live=lambda: live if part.listens else (),
            routes=routes,
        )
        commands = Commands(
            Service(
                desk,
                at_work,
                access,
                channels,
                clock,
                web.sign_in.link if settings.dashboard.listen else None,
                web.sign_in.base if settings.dashboard.listen else "",
            )
        )
        if settings.dashboard.listen:
            programs = Door(lambda: commands.service)
            mcp = McpServer(programs)
            stack.push_async_callback(mcp.close)
            web.add([*api_routes(programs), *mcp.routes()])
        chat_desk = ChatDesk(
            commands=COMMANDS,
            handle=commands.handle,
            complete=commands.complete,
            moved=life.moved,
            lost=life.lost,
            back=life.back,
            greeting=greeting,
        )
        console_chat = ConsoleChat(chat_desk, out=out)
        around = Surroundings(
            desk=chat_desk,
            store=store,
            clock=clock,
            turns=SendQueue(outbox.pacer, clock, sharing.pace),
            fetcher=parts.fetcher,
            mentionable=at_work.mentionable,
        )
        tables = [(platform, settings.of(platform)) for platform in platforms().values()]
        live = tuple(platform.open(table, around) for platform, table in tables if table.wanted)
        web.add([route for chat in live if isinstance(chat, Receiving) for route in chat.routes()])
        channels.update({chat.platform: chat for chat in live})
        if console:
            channels[console_chat.platform] = console_chat

        async def apply(changed: Settings) -> None:
            """The models' old connections stay until the desk ends: a brief may be on its way there."""
            if refusal := changed.dashboard.refuses_to_listen():
                raise ConfigError(refusal)
            new, servers = make_live(
                changed, store.spend, clock, warn=telling.tell_cap, meter=meter, workers=parts.writing
            )
            for server in servers:
                stack.push_async_callback(server.close)
            await keep_sources(store, changed.sources, clock())
            at_work.become(new)

        yield App(
            desk,
            commands,
            console_chat,
            channels,
            live,
            stack,
            web,
            telling,
            at_work,
            apply,
            settings.dashboard.listen,
            replace(part, alone=sharing.hold is None),
        )


def _pushing(
    settings: Settings,
    store: Store,
    intake: Intake,
    parts: _Parts,
    clock: Clock,
    nudge: Callable[[], Awaitable[None]],
) -> tuple[Pushing | None, list[Route]]:
    """What hubs need, where they can reach the desk."""
    if not settings.dashboard.listen or not settings.dashboard.public_url:
        return None, []
    url = settings.dashboard.public_url
    pushing = Pushing(store, intake, parts.fetcher, parts.offload, clock, url, nudge)
    intake.saw = pushing.saw
    return pushing, websub_routes(pushing)


@asynccontextmanager
async def open_asks(settings: Settings, *, clock: Clock = utc_now) -> AsyncIterator[Asks]:
    """What ``newsdesk summarize`` needs: no chat, and the store only where a model's calls are paid from it."""
    async with AsyncExitStack() as stack:
        ledger: Ledger = MemoryLedger()
        if any(is_model(name) for name in settings.brief.summarizers):
            ledger = (await stack.enter_async_context(open_store(settings.store.url))).spend
        yield (await _open_parts(stack, settings, ledger, clock)).asks


class _Extract:
    """Reads pages in other processes, so that a heavy one can't hold up the chats."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload

    async def __call__(self, entry: Entry, page: Page | None) -> Article | Failure:
        return await self._offload.run(read_article, entry, page)


@dataclass(frozen=True, slots=True)
class _Parts:
    fetcher: HttpFetcher
    offload: Offload
    writing: Offload  # for briefs alone: they never wait behind a document
    readers: Mapping[str, SourceReader]
    extract: _Extract
    asks: Asks
    live: LiveSettings


async def _open_parts(
    stack: AsyncExitStack,
    settings: Settings,
    ledger: Ledger,
    clock: Clock,
    warn: Warn | None = None,
    meter: Meter | None = None,
) -> _Parts:
    watch = settings.watch
    own_house = {"ports": None, "spacing": 0.0} if watch.allow_private else {}
    fetcher = await stack.enter_async_context(
        HttpFetcher(
            allow_private=watch.allow_private,
            user_agent=watch.user_agent,
            deadline=watch.timeout_seconds,
            connections=watch.together * 2,
            clock=clock,
            **own_house,  # type: ignore[arg-type]
        )
    )
    preload(IN_WORKERS)
    offload = await stack.enter_async_context(Offload())
    writing = await stack.enter_async_context(Offload(1))
    readers = load_readers(fetcher, offload)
    live, servers = make_live(settings, ledger, clock, warn=warn, meter=meter, workers=writing)
    for server in servers:
        stack.push_async_callback(server.close)
    extract = _Extract(offload)
    asks = Asks(readers, fetcher, extract, live, offload, clock)
    return _Parts(fetcher, offload, writing, readers, extract, asks, live)


# ------------ What the configuration file puts into the store at each start.


async def keep_sources(store: Store, wanted: Sequence[SourceSettings], now: datetime) -> None:
    """Bring the file's sources into the store: the file's name, topics and options win.

    A source the file no longer names goes if nobody follows it, and stays as one added in
    chat if somebody does.
    """
    urls = {entry.url for entry in wanted}
    for source in await store.sources.all():
        if source.origin == "config" and source.url not in urls:
            if await store.subscriptions.of_source(source.id):
                await store.sources.update(replace(source, origin="chat"))
            else:
                await store.sources.remove(source.id)
    for entry in wanted:
        kept = Source(
            url=entry.url,
            kind=entry.kind,
            name=entry.name,
            topics=entry.topics,
            origin="config",
            options=tuple(entry.options.items()),
        )
        known = await store.sources.by_url(entry.url)
        if known is None:
            await store.sources.add(kept, now)
        else:
            name = kept.name or known.name
            await store.sources.update(replace(kept, id=known.id, paused=known.paused, name=name))


async def follow_everything(store: Store, chat: Chat, now: datetime) -> None:
    """Let a chat the store has not met follow every source, with a first digest at once.

    This is the terminal's start: whoever runs the example sees news without a further step.
    """
    if await store.chats.find(chat.platform, chat.address, chat.thread) is not None:
        return
    known = await store.chats.ensure(chat, now)
    for source in await store.sources.all():
        await store.subscriptions.add(Subscription(chat_id=known.id, source_id=source.id), now)
    await store.chats.schedule(known.id, now)


# ------------ What happens to a chat while the desk is in it: moved, lost, back. Never deletes anything.


@dataclass(frozen=True, slots=True)
class LifeEvents:
    """Keeps the store's chats in step with the platforms'. A chat's threads share its fate."""

    store: Store

    async def moved(self, chat: Chat, address: str) -> None:
        """The platform gave the chat a new address."""
        await self.store.chats.move(chat.platform, chat.address, address)

    async def lost(self, chat: Chat, reason: str) -> None:
        """The desk can't write there any more: its digests pause, and say why."""
        for known in await self._at(chat):
            await self.store.chats.set_paused(known.id, reason)
            log.warning("Chat %s (%s) is paused: %s", known.id, known.title, reason)

    async def back(self, chat: Chat) -> None:
        """The desk may write there again: its digests go on."""
        for known in await self._at(chat):
            if known.paused:
                await self.store.chats.set_paused(known.id, None)
                log.info("Chat %s (%s) goes on", known.id, known.title)

    async def _at(self, chat: Chat) -> list[Chat]:
        return [
            known
            for known in await self.store.chats.all()
            if (known.platform, known.address) == (chat.platform, chat.address)
            and (chat.thread is None or known.thread == chat.thread)
        ]
