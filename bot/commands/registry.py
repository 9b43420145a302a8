"""The commands: each is defined at its handler by ``@command``, with all that the desk needs to know of it.

Every module of this package is loaded once and brings its commands, so that another command is another
file and nothing else. The menus, the help, Discord's slash commands, the audit log, the completion and the
documentation are made from what stands here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from bot.commands.service import Service, refuse
from bot.conversation import Command, Option, Reply, Request
from bot.locales import N_, _
from digests.model import Chat

FIRST_STEPS = N_("first steps")
FOLLOWING = N_("following")
DIGESTS = N_("digests")
READING = N_("reading")
YOUR_SAY = N_("your say")
PEOPLE = N_("people")
THE_DESK = N_("the desk")
TOPICS = (FIRST_STEPS, FOLLOWING, DIGESTS, READING, YOUR_SAY, PEOPLE, THE_DESK)
"""In the order of the help, of the menus and of the documentation."""

WHERE = Option(name="where", help=N_("another chat you manage, like @channel"), required=False)
LAST = 1000  # the place of a command that does not say where in its topic it stands

Handler = Callable[[Service, Request], Awaitable[Reply]]
Complete = Callable[[Service, str, Chat], Awaitable[list[str]]]
"""From what a person has typed of an option to at most 25 values, in that chat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A command, what runs it, and where it stands.

    ``changes`` are the first words with which it changes something of the whole desk: that is noted in the
    audit log. (What changes a chat is noticed there by itself.) ``anywhere``: it is answered in chats that
    the desk does not serve, too.
    """

    command: Command
    handler: Handler
    topic: str
    place: int
    changes: frozenset[str]
    complete: Complete | None
    anywhere: bool

    def completes(self, option: str) -> bool:
        """Whether values are offered for that option, of the command or of one of its subcommands."""
        options = [one for part in (self.command, *self.command.sub) for one in part.options]
        return any(one.completes and one.name == option for one in options)


_registered: dict[str, Registered] = {}


def command(
    name: str,
    help: str,
    *,
    topic: str,
    place: int = LAST,
    example: str = "",
    options: tuple[Option, ...] = (),
    managers_only: bool = False,
    admins_only: bool = False,
    changes: Collection[str] = (),
    complete: Complete | None = None,
    anywhere: bool = False,
) -> Callable[[Handler], Handler]:
    """Define a command at the function that answers it. ``place`` orders it within its topic.

    ``complete`` offers values for its options that say they complete. ``ValueError`` for a name that
    another command has.
    """
    definition = Command(
        name=name,
        help=help,
        example=example,
        options=options,
        managers_only=managers_only,
        admins_only=admins_only,
    )

    def register(handler: Handler) -> Handler:
        _add(
            Registered(
                command=definition,
                handler=handler,
                topic=topic,
                place=place,
                changes=frozenset(changes),
                complete=complete,
                anywhere=anywhere,
            )
        )
        return handler

    return register


class Group:
    """A command of subcommands for the desk's admins, like ``/sources add``; each is defined by ``@group.verb``.

    With no verb, the first one answers.
    """

    def __init__(
        self, name: str, help: str, *, topic: str, place: int = LAST, complete: Complete | None = None
    ) -> None:
        self._name = name
        self._verbs: dict[str, tuple[int, Command, Handler]] = {}
        definition = Command(name=name, help=help, admins_only=True)
        _add(
            Registered(
                command=definition,
                handler=self._handle,
                topic=topic,
                place=place,
                changes=frozenset(),
                complete=complete,
                anywhere=False,
            )
        )

    def verb(
        self,
        name: str,
        help: str,
        *,
        place: int = LAST,
        example: str = "",
        options: tuple[Option, ...] = (),
        changes: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Define a subcommand at the function that answers it. ``changes``: it is noted in the audit log."""

        def register(handler: Handler) -> Handler:
            definition = Command(name=name, help=help, example=example, options=options)
            self._verbs[name] = (place, definition, handler)
            mine = _registered[self._name]
            _registered[self._name] = replace(
                mine,
                command=replace(mine.command, sub=tuple(one for _place, one, _handler in self._in_order())),
                changes=mine.changes | ({name} if changes else frozenset()),
            )
            return handler

        return register

    def _in_order(self) -> list[tuple[int, Command, Handler]]:
        return sorted(self._verbs.values(), key=lambda verb: (verb[0], verb[1].name))

    async def _handle(self, service: Service, request: Request) -> Reply:
        refusal = await service.access.refuses_admin(request.person)
        if refusal:
            return refuse(refusal)
        verb, _space, words = request.words.strip().partition(" ")
        known = [definition.name for _place, definition, _handler in self._in_order()]
        found = self._verbs.get(verb.casefold() or known[0])
        if found is None:
            there = _("There is no /{command} {verb}. There are: {verbs}.")
            return refuse(there.format(command=self._name, verb=verb[:40], verbs=", ".join(known)))
        return await found[2](service, replace(request, words=words))


def changes(request: Request) -> bool:
    """Whether this is one of the requests that change something of the whole desk."""
    found = registered().get(request.command)
    return found is not None and request.words.strip().partition(" ")[0].casefold() in found.changes


@cache
def registered() -> Mapping[str, Registered]:
    """Every command by its name, in the order of the topics."""
    package = __name__.rpartition(".")[0]
    for module in iter_modules(import_module(package).__path__, f"{package}."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    found = sorted(
        _registered.values(), key=lambda one: (TOPICS.index(one.topic), one.place, one.command.name)
    )
    return {one.command.name: one for one in found}


def of_topic(topic: str) -> list[Command]:
    """The definitions of a topic's commands, in their order."""
    return [one.command for one in registered().values() if one.topic == topic]


def _add(one: Registered) -> None:
    if one.command.name in _registered:
        raise ValueError(f"/{one.command.name} is defined twice")
    _registered[one.command.name] = one
