"""What every command works with, and the small things they share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.access import Access
from bot.commands.noting import begin
from bot.conversation import Reply, Request
from bot.locales import N_, _
from bot.reasons import reason_of
from bot.render.rich import Rich, text
from digests.brief.llm.budget import Caps
from digests.brief.llm.model_server import ServerState
from digests.clock import Clock
from digests.desk import Desk
from digests.model import Chat, ChatSettings, Failure, FailureKind, Source
from digests.ports import Channel, Store


@dataclass(frozen=True, slots=True)
class Service:
    """The engine, who may use it, and what a new chat starts with."""

    desk: Desk
    access: Access
    channels: Mapping[str, Channel]
    clock: Clock
    defaults: ChatSettings
    highlight_roles: Collection[str] = ()  # Discord's ids of the roles that a watched story may mention
    caps: Caps = field(default_factory=Caps)  # of what language models may cost
    writers: Callable[[], Sequence[ServerState]] = tuple  # how the models of the chain do
    sign_in: Callable[[str], Awaitable[str]] | None = None  # a link into the dashboard for an admin

    @property
    def store(self) -> Store:
        return self.desk.store

    async def stored(self, chat: Chat) -> Chat:
        """The chat as the store knows it, with the desk's defaults if it is new."""
        known = await self.store.chats.find(chat.platform, chat.address, chat.thread)
        if known is not None:
            return known
        return await self.store.chats.ensure(replace(chat, settings=self.defaults), self.clock())

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

    async def named(self, words: str) -> Source | None:
        """A source the desk has, by its number, name or address."""
        wanted = words.strip().casefold()
        sources = await self.store.sources.all()
        for source in sources:
            if wanted in {str(source.id), f"#{source.id}", source.name.casefold(), source.url.casefold()}:
                return source
        near = [source for source in sources if wanted and source.name.casefold().startswith(wanted)]
        return near[0] if len(near) == 1 else None


def say(rich: Rich | str, **fields: object) -> Reply:
    """A plain answer."""
    return replace(Reply(text=text(rich) if isinstance(rich, str) else rich), **fields)  # type: ignore[arg-type]


def refuse(why: str) -> Reply:
    """An answer that something was not done; only the asker needs to see it."""
    return Reply(text=text(why), private=True, ok=False)


def label(source: Source) -> str:
    """How a source is called in a sentence."""
    return source.name or source.url


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
