"""The neutral commands: a ``Request`` in, a ``Reply`` out, the same on every platform.

``COMMANDS`` defines them once; menus, help, Discord's slash commands and the documentation
are made from it. ``Commands.handle`` checks who may, and runs one.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.commands import (
    ask,
    budget,
    dashboard,
    filters,
    health,
    library,
    noting,
    opml,
    paging,
    reading,
    settings,
    sources,
    subscriptions,
    summaries,
    welcome,
)
from bot.commands.help import help_text, unknown
from bot.commands.service import Service, label, refuse
from bot.commands.zones import city, find_zones
from bot.conversation import Command, Option, Reply, Request
from bot.locales import LANGUAGES, N_, _, speaking
from digests.fair_slots import Claim, FairSlots, served_for
from digests.model import Chat
from digests.text.door import door
from digests.text.links import shown

log = logging.getLogger(__name__)

Handler = Callable[[Service, Request], Awaitable[Reply]]

_WHERE = Option(name="where", help=N_("another chat you manage, like @channel"), required=False)
_SOURCE = Option(name="source", help=N_("a source's number, name or address"), completes=True)
_ADDRESS = Option(name="address", help=N_("a feed's or site's address"))

COMMANDS: tuple[Command, ...] = (
    Command(name="help", help=N_("what I can do, and how"), example="/help subscribe",
            options=(Option(name="command", help=N_("a command's name"), required=False),)),
    Command(name="start", help=N_("three taps to the first digest"), example="/start"),
    Command(name="subscribe", help=N_("follow a source in this chat"), example="/subscribe https://example.com",
            options=(_SOURCE, Option(name="show", help=N_("what to show at once: none, newest, last 5"), required=False,
                                     choices=("none", "newest", "last 3", "last 5", "last 10")), _WHERE),
            managers_only=True),
    Command(name="unsubscribe", help=N_("stop following a source"), example="/unsubscribe 3",
            options=(Option(name="source", help=N_("its number or name"), required=False, completes=True), _WHERE),
            managers_only=True),
    Command(name="subscriptions", help=N_("what this chat follows"), example="/subscriptions", options=(_WHERE,)),
    Command(name="digest", help=N_("send what is new now"), example="/digest", options=(_WHERE,), managers_only=True),
    Command(name="preview", help=N_("show the next digest without sending it"), example="/preview", options=(_WHERE,)),
    Command(name="summarize", help=N_("a brief of a page, a text or a file"),
            example="/summarize https://example.com/news 5",
            options=(Option(name="what", help=N_("one or more addresses, or a text"), required=False),
                     Option(name="length", help=N_("how long"), required=False, choices=tuple(summaries.LENGTHS)),
                     Option(name="language", help=N_("in which language"), required=False, choices=LANGUAGES,
                            prefix=summaries.LANGUAGE),
                     Option(name="file", help=N_("a text, PDF or HTML file"), required=False, file=True))),
    *library.COMMANDS,
    Command(name="ask", help=N_("a question, answered from what I have read"), example="/ask Why is the bridge closed?",
            options=(Option(name="about", help=N_("the last digest, or all this chat follows"), required=False,
                            choices=ask.SCOPES),
                     Option(name="question", help=N_("what you want to know")))),
    Command(name="settings", help=N_("when and how digests come"), example="/settings cadence daily 08:00",
            options=(Option(name="setting", help=N_("its name"), required=False,
                            choices=settings.NAMES),
                     Option(name="value", help=N_("the new value"), required=False, completes=True), _WHERE),
            managers_only=True),
    Command(name="filter", help=N_("what to leave out, and what comes at once"), example="/filter hide football",
            options=(Option(name="rule", help=N_("hide, only, watch, least or remove"), required=False,
                            choices=("hide", "only", "watch", "least", "remove")),
                     Option(name="pattern", required=False,
                            help=N_("words, a \"phrase\", /expression/, title: author: topic: language:, a number")),
                     Option(name="mention", help=N_("a role a watched story mentions, if the desk's admin allows it"),
                            required=False, prefix="mention:"),
                     Option(name="source", help=N_("only in this source"), required=False, completes=True, prefix="from:"),
                     _WHERE),
            managers_only=True),
    Command(name="why", help=N_("what was left out, and which rule did it"), example="/why digest",
            options=(Option(name="what", help=N_("a source, or digest for the last one"), required=False, completes=True),
                     _WHERE)),
    Command(name="sources", help=N_("what the desk watches"), admins_only=True, sub=(
        Command(name="list", help=N_("every source with its health"), example="/sources list"),
        Command(name="add", help=N_("watch another source"), example="/sources add https://example.com Example #world",
                options=(_ADDRESS, Option(name="name", help=N_("its name, and #topics"), required=False),
                         Option(name="selector", help=N_("for a page without a feed: a CSS selector of its links"),
                                required=False, prefix="css:"))),
        Command(name="remove", help=N_("watch a source no longer"), example="/sources remove 3", options=(_SOURCE,)),
        Command(name="pause", help=N_("stop reading a source for a while"), example="/sources pause 3", options=(_SOURCE,)),
        Command(name="resume", help=N_("read a paused source again"), example="/sources resume 3", options=(_SOURCE,)),
        Command(name="test", help=N_("show what a source would give"), example="/sources test https://example.com",
                options=(_SOURCE,)),
        Command(name="import", help=N_("add the feeds of an OPML file"), example="/sources import",
                options=(Option(name="file", help=N_("an OPML file, as other readers export it"), file=True),)),
        Command(name="export", help=N_("all feeds as an OPML file"), example="/sources export"),
    )),
    Command(name="budget", help=N_("what language models cost today and this month"), example="/budget",
            admins_only=True),
    Command(name="dashboard", help=N_("a link to the desk's web pages"), example="/dashboard", admins_only=True),
    Command(name="health", help=N_("what waits, which sources fail, how the models do"), example="/health",
            admins_only=True),
)  # fmt: skip

_HANDLERS: Mapping[str, Handler] = {
    "subscribe": subscriptions.subscribe,
    "unsubscribe": subscriptions.unsubscribe,
    "subscriptions": subscriptions.subscriptions,
    "digest": reading.digest,
    "preview": reading.preview,
    "summarize": summaries.summarize,
    "start": welcome.start,
    **library.HANDLERS,
    "ask": ask.ask,
    "settings": settings.settings,
    "filter": filters.filters,
    "why": filters.why,
    "budget": budget.budget,
    "health": health.health,
    "dashboard": dashboard.dashboard,
}

_SOURCES: Mapping[str, Handler] = {
    "list": sources.listing,
    "add": sources.add,
    "remove": sources.remove,
    "pause": sources.pause,
    "resume": sources.resume,
    "test": sources.look,
    "import": opml.importing,
    "export": opml.exporting,
}


_TOGETHER = 50  # commands that are answered at once
_PER_PERSON, _PER_CHAT = 4, 16  # of them: who sends more waits for their own, and nobody else does


def _claims(request: Request) -> tuple[Claim, Claim]:
    chat = request.chat
    return (
        (f"person {request.person.id}", _PER_PERSON),
        (f"chat {chat.platform}:{chat.address}", _PER_CHAT),
    )


class Commands:
    """Runs commands for every chat."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._slots = FairSlots(_TOGETHER)

    def change(self, **fields: Any) -> None:
        """Put other values into the service's fields, from the next command on."""
        self._service = replace(self._service, **fields)

    async def handle(self, request: Request) -> Reply:
        """Answer one command, in the chat's language where it has one, else in the person's.

        Never raises: an unexpected error is logged and answered plainly.
        """
        request = door(request)
        with speaking(request.person.language):
            try:
                async with self._slots.turn(*_claims(request)):
                    return await self._answered(request)
            except Exception as error:
                if isinstance(error, OverflowError) or "integer string conversion" in str(error):
                    return refuse(_("No number that I know is so large."))
                log.exception("/%s of %s failed", request.command, request.person.id)
                return refuse(
                    _(
                        "Something went wrong in me with /{command}; it is in my log, and nothing was half done. "
                        "Try again; if it stays, tell the desk's admin."
                    ).format(command=request.command)
                )

    async def _answered(self, request: Request) -> Reply:
        token = served_for.set(f"person {request.person.id}")
        try:
            with speaking(await self._language(request)), noting.watching() as turned:
                request, page = paging.turned(request)
                reply = paging.paged(await self._run(request), request, page)
                await noting.note(self._service.store, turned, request, reply, self._service.clock)
            return reply
        finally:
            served_for.reset(token)

    async def _language(self, request: Request) -> str | None:
        chat = request.chat
        known = await self._service.store.chats.find(chat.platform, chat.address, chat.thread)
        return known.settings.language if known and known.settings.language else request.person.language

    async def _run(self, request: Request) -> Reply:
        service = self._service
        if request.command == "help":
            return help_text(COMMANDS, service, request)
        refusal = await service.access.refuses_chat(request.chat, request.person, request.directory)
        if refusal:
            return refuse(refusal)
        if request.command == "sources":
            refusal = await service.access.refuses_admin(request.person)
            if refusal:
                return refuse(refusal)
            verb, _space, words = request.words.strip().partition(" ")
            handler = _SOURCES.get(verb.casefold() or "list")
            if handler is None:
                return refuse(
                    _("There is no /sources {verb}. There are: {verbs}.").format(
                        verb=verb[:40], verbs=", ".join(_SOURCES)
                    )
                )
            return await handler(service, _with(request, "sources", words))
        handler = _HANDLERS.get(request.command)
        if handler is None:
            return unknown(COMMANDS, request.command)
        return await handler(service, request)

    async def complete(self, command: str, option: str, prefix: str, chat: Chat) -> list[str]:
        """At most 25 values for an option a person is typing."""
        store = self._service.store
        if command == "settings" and option == "value":
            return [city(zone) for zone in find_zones(prefix)[0]] if prefix.strip() else []
        if option not in {"source", "what"}:
            return []
        stored = await store.chats.find(chat.platform, chat.address, chat.thread)
        if stored is None and not await self._service.access.serves(chat):
            return []
        # what others brought is theirs: neither listed here, nor confirmed to who guesses at its address
        pairs = await store.subscriptions.of_chat(stored.id) if stored else []
        known = {source.id: source for _, source in pairs}
        if command not in {"unsubscribe", "filter", "why"}:
            known |= {source.id: source for source in await store.sources.own()}
        wanted = prefix.casefold()
        named = {label(source): shown(source.url) for source in known.values()}
        return [n[:100] for n, url in named.items() if wanted in n.casefold() or wanted in url.casefold()][
            :25
        ]


def _with(request: Request, command: str, words: str) -> Request:
    return replace(request, command=command, words=words)
