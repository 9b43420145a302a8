"""What every command works with, and the small things they share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.access import Access
from bot.commands.noting import begin
from bot.commands.zones import city, find_zones
from bot.conversation import Option, Reply, Request
from bot.live import LiveSettings
from bot.locales import N_, _
from bot.packs import Pack
from bot.reasons import reason_of
from bot.render.rich import Rich, Span, link, text
from digests.clock import Clock
from digests.desk import Desk
from digests.desk.selection import sources_of
from digests.model import Chat, Failure, FailureKind, Source
from digests.ports import Channel, Store
from digests.text.links import public, shown


@dataclass(frozen=True, slots=True)
class Service:
    """The engine, who may use it, and the settings at work."""

    desk: Desk
    live: LiveSettings
    access: Access
    channels: Mapping[str, Channel]
    clock: Clock
    sign_in: Callable[[str], Awaitable[str]] | None = None  # a link into the dashboard for an admin
    web: str = ""  # where the desk's web server is reached, "": it is off
    packs: Sequence[Pack] = ()  # sources to begin with, where they are not the usual ones

    @property
    def store(self) -> Store:
        return self.desk.store

    async def stored(self, chat: Chat) -> Chat:
        """The chat as the store knows it, with the desk's defaults if it is new."""
        known = await self.store.chats.find(chat.platform, chat.address, chat.thread)
        if known is not None:
            return known
        return await self.store.chats.ensure(replace(chat, settings=self.live.chat_defaults), self.clock())

    async def target(self, request: Request, where: str | None) -> Chat | Reply:
        """The chat a command is about: the one it was typed in, or the one it names.

        A ``Reply`` is the refusal: no such chat, or this person does not manage it.
        """
        chat = request.chat
        if where is not None:
            found = await request.directory.lookup(where, request.chat)
            if isinstance(found, Failure):
                return refuse(
                    _(
                        "I can't find {chat}: {reason}. Add me to it as an administrator, then try again."
                    ).format(chat=where, reason=_(found.reason).rstrip("."))
                )
            chat = found
        refusal = await self.access.refuses_chat(
            chat, request.person, request.directory
        ) or await self.access.refuses_manager(chat, request.person, request.directory)
        if refusal:
            return refuse(refusal)
        await begin(self.store, chat)
        return chat

    async def named(self, words: str, chat: Chat, *, new: bool = False) -> Source | None:
        """A source by its number, name or address: one the chat follows, or one of the desk's own.

        What somebody else brought is not found: that it is there is no business of this chat. A number
        is the one in /subscriptions; with ``new``, where that is meant to begin, first the desk's.
        """
        wanted = words.strip().casefold()
        stored = await self.store.chats.find(chat.platform, chat.address, chat.thread)
        pairs = await self.store.subscriptions.of_chat(stored.id) if stored else []
        theirs = [(str(one.number), source) for one, source in pairs]
        own = [(str(source.id), source) for source in await self.store.sources.own()]
        known = [*own, *theirs] if new and not wanted.startswith("#") else [*theirs, *own]
        for number, source in known:
            if wanted.removeprefix("#") == number:
                return source
        return _called([source for _, source in (*theirs, *own)], wanted)

    async def named_of_all(self, words: str) -> Source | None:
        """Any source the desk has, for its admins, by its id, name or address."""
        wanted = words.strip().casefold()
        sources = await self.store.sources.all()
        for source in sources:
            if wanted.removeprefix("#") == str(source.id):
                return source
        return _called(sources, wanted)

    async def sources_of(self, chat: Chat) -> dict[int, Source]:
        """The sources a stored chat follows and the desk's own, as they are called there."""
        return await sources_of(self.store, chat.id)


def _called(sources: Sequence[Source], wanted: str) -> Source | None:
    for source in sources:
        if wanted in {source.name.casefold(), source.url.casefold(), label(source).casefold()} - {""}:
            return source
    near = {
        source.id: source
        for source in sources
        if wanted and source.name and source.name.casefold().startswith(wanted)
    }
    return next(iter(near.values())) if len(near) == 1 else None


def say(rich: Rich | str, **fields: object) -> Reply:
    """A plain answer."""
    return replace(Reply(text=text(rich) if isinstance(rich, str) else rich), **fields)  # type: ignore[arg-type]


def refuse(why: str) -> Reply:
    """An answer that something was not done; only the asker needs to see it."""
    return Reply(text=text(why), private=True, ok=False)


def label(source: Source) -> str:
    """How a source is called in a sentence; of its address no more than others may know."""
    return source.name or shown(source.url)


def linked(source: Source) -> Span:
    """A source's name, linked to its address as far as others may know that."""
    return link(label(source), public(source.url))


ADVICE: Mapping[FailureKind, str] = {
    FailureKind.BLOCKED_ADDRESS: N_("Use a public http or https address."),
    FailureKind.BAD_URL: N_("Paste the whole address, beginning with https://."),
    FailureKind.DNS: N_("Check the spelling of its host name."),
    FailureKind.NOT_A_FEED: N_("Paste the address of its feed, or of its front page."),
    FailureKind.EMPTY: N_("Try again when it has published something."),
    FailureKind.GONE: N_("The site says it is gone for good; look for its new address."),
    FailureKind.BOT_PROTECTION: N_("The site keeps programs out; look for a feed of it elsewhere."),
    FailureKind.ROBOTS: N_("The site asks programs to stay away from that page."),
    FailureKind.TOO_LARGE: N_("Try a single article's address."),
    FailureKind.UNREADABLE: N_("Send me the text itself, as a message I can answer or as a file."),
    FailureKind.UNSUPPORTED: N_("Try its feed's address."),
}


_AGAIN = N_("Try again later.")


def because(failure: Failure) -> str:
    """A failure's reason as a sentence, and what to do next."""
    reason = reason_of(failure)
    advice = _(ADVICE.get(failure.kind, _AGAIN))
    return _("{reason}. {advice}").format(reason=reason, advice=advice)


# ------------ What is offered while a person types an option: sources, and places of the clock.

SOURCE = Option(name="source", help=N_("a source's number, name or address"), completes=True)
_MOST = 25


async def offered_sources(service: Service, prefix: str, chat: Chat) -> list[str]:
    """Sources that the chat follows, and the desk's own; never what others brought."""
    return await _sources(service, prefix, chat, desk=True)


async def own_sources(service: Service, prefix: str, chat: Chat) -> list[str]:
    """Sources that the chat follows."""
    return await _sources(service, prefix, chat, desk=False)


async def offered_zones(service: Service, prefix: str, chat: Chat) -> list[str]:
    """Cities whose clocks a chat may go by."""
    return [city(zone) for zone in find_zones(prefix, service.clock())[0]] if prefix.strip() else []


async def _sources(service: Service, prefix: str, chat: Chat, *, desk: bool) -> list[str]:
    store = service.store
    stored = await store.chats.find(chat.platform, chat.address, chat.thread)
    if stored is None and not await service.access.serves(chat):
        return []
    # what others brought is theirs: neither listed here, nor confirmed to who guesses at its address
    pairs = await store.subscriptions.of_chat(stored.id) if stored else []
    known = {source.id: source for _, source in pairs}
    if desk:
        known |= {source.id: source for source in await store.sources.own()}
    wanted = prefix.casefold()
    named = {label(source): shown(source.url) for source in known.values()}
    return [n[:100] for n, url in named.items() if wanted in n.casefold() or wanted in url.casefold()][:_MOST]
