"""The desk that ``crash.py`` kills: one life of it, from opening its store to the kill."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    # discord.py's voice half imports a module that later versions of Python have dropped.
    warnings.simplefilter("ignore", DeprecationWarning)
    from bot.platforms.discord.chat import DiscordChat
from benchmarks.crash_news import Newsroom, open_newsroom
from bot.app import LifeEvents
from bot.conversation import Desk, Reply, Request
from bot.platforms import paces
from bot.platforms.telegram.chat import TelegramChat
from bot.render.rich import text
from digests.deliver.decide import new_nonce
from digests.deliver.outbox import Outbox
from digests.deliver.pacing import Pacer
from digests.model import (
    Brief,
    BriefSentence,
    Chat,
    ChatSettings,
    Delivery,
    Digest,
    DigestItem,
    Link,
    SourceSentence,
)
from digests.ports import Absent, Found, Unknown
from digests.store import SqlStore, open_store

BACKLOG = 200  # unsent parts beyond which no more is composed
FASTER = 50  # than the platforms' limits
OPS = -1009999  # the ops chat
DELIVERIES = ("sending", "sent", "again", "hold")
Step = tuple[str, str, int]  # when, which, the how manieth of the life


@dataclass(frozen=True)
class World:
    """A variant's folder and where its server is."""

    variant: str
    folder: Path
    api: dict[str, str]
    addresses: tuple[tuple[str, str], ...]  # address and kind of each chat
    feeds: str = ""  # where the news is
    sources: int = 0  # how many feeds there are

    @property
    def platform(self) -> str:
        return "discord" if self.variant == "discord" else "telegram"

    @property
    def database(self) -> Path:
        return self.folder / "desk.sqlite3"

    @property
    def control(self) -> str:
        base = self.api.get("api_base") or self.api["base_url"]
        return base[: base.index("/", len("http://"))] + "/_fake"


# ---------------------------------------------------------------- a life of the desk


class Killer:
    """Wraps methods, and ends this process before, during or after the call that is meant."""

    def __init__(self, step: Step | None) -> None:
        self._step = step
        self._seen: Counter[tuple[str, str]] = Counter()

    def wrap(self, target: Any, names: tuple[str, ...]) -> None:
        for name in names:
            setattr(target, name, self._wrapped(name, getattr(target, name)))

    def _wrapped(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            if self._reached("before", name):
                kill()
            if self._reached("during", name):
                asyncio.get_running_loop().call_later(random.uniform(0, 0.008), kill)
            result = await call(*args, **kwargs)
            if self._reached("after", name):
                kill()
            return result

        return wrapped

    def _reached(self, when: str, name: str) -> bool:
        self._seen[when, name] += 1
        return self._step == (when, name, self._seen[when, name])


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Clock:
    """The real time and ``ahead``."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


async def live(world: World, step: Step | None, ready: int | None) -> None:
    """Watch, edit and deliver until killed; ``ready``: where to say that it does. Without, until
    all there is has been delivered."""
    clock = Clock()
    async with open_store(str(world.database)) as store:
        chat = open_chat(world, store, clock)
        note_looks(chat, world.folder / "looks")
        killer = Killer(step)
        killer.wrap(store.deliveries, DELIVERIES)
        killer.wrap(store.digests, ("compose",))
        killer.wrap(store.sources, ("polled",))
        killer.wrap(store.entries, ("add",))
        killer.wrap(store.stories, ("place",))
        killer.wrap(chat, ("send", "find"))
        pacer = Pacer({world.platform: paces()[world.platform].faster(FASTER)})

        async def report(words: str) -> None:
            with (world.folder / "reports").open("a") as file:
                file.write(f"{words}\n")

        outbox = Outbox(store, {world.platform: chat}, clock, pacer=pacer, report=report)
        await chat.start()
        async with open_newsroom(store, world.platform, chat, clock, outbox.wake) as newsroom:
            if ready is not None:
                os.write(ready, b"!")
                await asyncio.gather(outbox.run(asyncio.Event()), newsroom.work_on())
            first = not await store.chats.all()
            if first:
                await make_chats(world, store, clock())
                await newsroom.subscribe(world.feeds, world.sources)
            await finish(store, newsroom, outbox, clock, last=not first)
        await chat.stop()


def note_looks(chat: DiscordChat | TelegramChat, path: Path) -> None:
    """Have the chat write down what each of its looks came to: the delivery, and what was seen."""
    find = chat.find

    async def noting(where: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        look = await find(where, delivery)
        with path.open("a") as file:
            file.write(f"{delivery.id} {type(look).__name__}\n")
        return look

    chat.find = noting  # type: ignore[method-assign]


def open_chat(
    world: World, store: SqlStore, clock: Clock, patience: timedelta = timedelta(seconds=30)
) -> DiscordChat | TelegramChat:
    """The real chat. ``patience``: how long it waits for an answer."""
    life = LifeEvents(store)

    async def handle(request: Request) -> Reply:
        return Reply(text=text(request.command))

    async def complete(command: str, option: str, prefix: str, chat: Chat) -> list[str]:
        return []

    async def last_sent(address: str | None, before: datetime | None) -> str | None:
        return await store.deliveries.last_message("telegram", address, before)

    desk = Desk(
        commands=(), handle=handle, complete=complete, moved=life.moved, lost=life.lost, back=life.back
    )
    if world.variant == "discord":
        api = world.api
        return DiscordChat(
            "token", desk, api_base=api["api_base"], gateway=api["gateway"], quiet=0.02,
            send_timeout=2 * patience.total_seconds(),
        )  # fmt: skip
    return TelegramChat(
        world.api["token"],
        desk,
        clock=clock,
        base_url=world.api["base_url"],
        ops_chat=OPS if world.variant == "telegram" else None,
        last_sent=last_sent,
        timeout=patience,
    )


async def make_chats(world: World, store: SqlStore, now: datetime) -> list[Chat]:
    """The chats; every other one wants previews, so that its long digests are several messages."""
    return [
        await store.chats.ensure(
            Chat(
                platform=world.platform,
                address=address,
                kind=kind,
                title=f"chat {number}",
                settings=ChatSettings(previews=number % 2 == 1),
            ),
            now,
        )
        for number, (address, kind) in enumerate(world.addresses)
    ]


async def begin(world: World, store: SqlStore, channel: Any, now: datetime) -> None:
    """The chats, each with a digest to get."""
    for chat in await make_chats(world, store, now):
        await compose(store, channel, now, chat, 1)


async def finish(store: SqlStore, newsroom: Newsroom, outbox: Outbox, clock: Clock, last: bool) -> None:
    """Settle, tell and deliver all there is; an hour later what waits has waited enough. The ``last``
    time every source is asked again."""
    await outbox.recover(clock())
    quiet = 0
    while quiet < (3 if last else 1):
        found = await newsroom.work()
        await outbox.deliver_due()
        counts = await store.deliveries.counts()
        waiting = counts["pending"] + counts["sending"]
        quiet = 0 if found or waiting else quiet + 1
        if not found and (waiting or last):
            clock.ahead += timedelta(hours=1)


async def compose_more(store: SqlStore, channel: Any, now: datetime, chance: random.Random) -> bool:
    """A digest for a chat, both by chance; False where the backlog is long enough."""
    counts = await store.deliveries.counts()
    if counts["pending"] >= BACKLOG:
        return False
    chats = await store.chats.all()
    await compose(store, channel, now, chance.choice(chats), chance.choice((1, 3, 8, 25)))
    return True


async def compose(store: SqlStore, channel: Any, now: datetime, chat: Chat, stories: int) -> None:
    """One digest; its mark stands in every sentence, so that each part's text is its own."""
    mark = new_nonce()
    items = tuple(story(mark, number) for number in range(stories))
    digest = Digest(chat_id=chat.id, created=now, items=items, title=f"News {mark}")
    deliveries = [
        Delivery(digest_id=0, chat_id=chat.id, part=number, content=part, nonce=new_nonce())
        for number, part in enumerate(channel.parts(digest, chat))
    ]
    deliveries = [replace(one, content=replace(one.content, stories=())) for one in deliveries]
    await store.digests.compose(replace(digest, items=()), deliveries, (), None, now)


def story(mark: str, number: int) -> DigestItem:
    said = (
        f"The council met on the harbour plan, and item {number} of {mark} was settled after a long debate."
    )
    brief = Brief(
        headline=f"Harbour plan, item {number} of {mark}",
        sentences=tuple(BriefSentence(said, (0,)) for _ in range(3)),
        source_sentences=(SourceSentence(said),),
        language="en",
    )
    link = Link("Harbour Post", f"https://harbour.example/{mark}/{number}")
    return DigestItem(story_id=0, version=1, brief=brief, links=(link,))
