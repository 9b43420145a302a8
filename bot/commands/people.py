"""/managers, /allow, /limits and /audit: who may do what, how much of it, and who did what."""

from __future__ import annotations

import re

from bot.commands.registry import PEOPLE, THE_DESK, WHERE, command
from bot.commands.service import Service, refuse, say
from bot.commands.subscriptions import split_where, title
from bot.conversation import Button, Option, Reply, Request
from bot.locales import N_, _, _n, moment, number
from bot.platforms import chat_id, person_id
from bot.render.clean import clean
from bot.render.rich import Span, bold, code
from digests.model import Chat

LIMITS = ("subscriptions", "summaries")
PAGE = 10
_ROLE = re.compile(r"<@&(\d{15,20})>")


@command(
    "managers",
    N_("who may manage this chat besides its administrators"),
    topic=PEOPLE,
    place=1,
    example="/managers add 123456",
    options=(
        Option(name="do", help=N_("add or remove"), required=False, choices=("add", "remove")),
        Option(name="person", help=N_("a person's id; /help shows everybody their own"), required=False),
        WHERE,
    ),
    managers_only=True,
)
async def managers(service: Service, request: Request) -> Reply:
    """List, add or remove the people who may manage a chat without being its administrators."""
    words, where = split_where(request.words)
    chat = await service.target(request, where)
    if isinstance(chat, Reply):
        return chat
    verb, _rest, who = words.partition(" ")
    if verb.casefold() in {"add", "remove"}:
        refusal = await service.access.refuses_owner(chat, request.person, request.directory)
        if refusal:
            return refuse(refusal)  # whoever was added may not add others
    chat = await service.stored(chat)
    if verb.casefold() not in {"add", "remove"}:
        return await _managers(service, chat)
    person = person_id(who.strip(), chat.platform)
    if person is None:
        return refuse(
            _("Who? Send /managers {verb} with a person's id; /help shows everybody their own.").format(
                verb=verb
            )
        )
    if verb.casefold() == "add":
        new = await service.store.people.add_manager(chat.id, person, request.person.id, service.clock())
        if not new:
            return say(_("{person} manages this chat already.").format(person=person))
        return say(
            _("{chat}: {person} may now change subscriptions, settings and filters.").format(
                person=person, chat=title(chat)
            )
        )
    if not await service.store.people.remove_manager(chat.id, person):
        return refuse(_("{person} is not on the list. /managers shows it.").format(person=person))
    return say(
        _("{chat}: {person} is no longer one of the managers.").format(person=person, chat=title(chat))
    )


async def _managers(service: Service, chat: Chat) -> Reply:
    listed = await service.store.people.managers(chat.id)
    lines = [Span(_("The chat's own administrators manage it."))]
    if listed:
        lines += [Span("\n"), bold(_("Besides them:"))]
        lines += [span for person in listed for span in (Span("\n• "), code(person))]
    lines.append(Span("\n" + _("/managers add with a person's id adds one.")))
    return say(tuple(lines), private=True)


@command(
    "allow",
    N_("the chats I serve"),
    topic=THE_DESK,
    place=5,
    example="/allow add telegram:-100123",
    options=(
        Option(name="do", help=N_("add or remove"), required=False, choices=("add", "remove")),
        Option(
            name="chat",
            help=N_("like telegram:-100123, or a role to mention; this one if none"),
            required=False,
        ),
    ),
    admins_only=True,
    changes=("add", "remove"),
)
async def allow(service: Service, request: Request) -> Reply:
    """The chats the desk serves, where it does not serve all, and the roles a digest may mention."""
    refusal = await service.access.refuses_admin(request.person)
    if refusal:
        return refuse(refusal)
    verb, _rest, which = request.words.strip().partition(" ")
    people = service.store.people
    if verb.casefold() not in {"add", "remove"}:
        return await _allowed(service)
    role = _ROLE.fullmatch(which.strip())
    if role is not None:
        return await _allow_role(service, request, role[1], add=verb.casefold() == "add")
    name = which.strip() or f"{request.chat.platform}:{request.chat.address}"
    named = chat_id(name)
    if named is None:
        return refuse(
            _("Which chat? Write it like telegram:-100123, or discord:123 with a channel's or a server's id.")
        )
    if verb.casefold() == "add":
        await people.allow(*named, request.person.id, service.clock())
        return say(_("I now serve {chat}.").format(chat=name))
    if not await people.disallow(*named):
        return refuse(
            _("{chat} was not allowed in chat; one in the configuration is taken out there.").format(
                chat=name
            )
        )
    return say(_("I no longer serve {chat}.").format(chat=name))


async def _allowed(service: Service) -> Reply:
    people = service.store.people
    lines: list[Span] = []
    if service.live.allow_chats:
        chats = [*service.live.allow_chats, *(":".join(pair) for pair in await people.allowed())]
        lines += [bold(_("I serve only")), Span("\n"), *(code(f"{one}\n") for one in chats)]
    else:
        lines.append(
            Span(_("I serve every chat. Name chats in allow_chats of [access] to serve only those.") + "\n")
        )
    roles = [*service.live.mentionable(), *await people.allowed_roles()]
    if roles:
        lines += [
            bold(_("A watched story may mention")),
            Span("\n"),
            *(code(f"<@&{one}>\n") for one in roles),
        ]
    return say(tuple(lines), private=True)


async def _allow_role(service: Service, request: Request, role: str, *, add: bool) -> Reply:
    people = service.store.people
    if add:
        await people.allow_role(role, request.person.id, service.clock())
        return say(
            (
                Span(_("A watched story may mention that role now, like this:") + " "),
                code(f"/filter watch earthquake mention:{role}"),
            )
        )
    if not await people.disallow_role(role):
        return refuse(_("That role was not allowed in chat; one in the configuration is taken out there."))
    return say(_("No digest mentions that role any more."))


@command(
    "limits",
    N_("what this chat may have at most"),
    topic=PEOPLE,
    place=3,
    example="/limits subscriptions 50",
    options=(
        Option(name="kind", help=N_("what to limit"), required=False, choices=LIMITS),
        Option(name="most", help=N_("how many"), required=False),
        WHERE,
    ),
    changes=("subscriptions", "summaries"),
)
async def limits(service: Service, request: Request) -> Reply:
    """What a chat may have; only the desk's admins set it."""
    words, where = split_where(request.words)
    chat = request.chat
    if where is not None:
        found = await service.target(request, where)
        if isinstance(found, Reply):
            return found
        chat = found
    chat = await service.stored(chat)
    kind, _rest, most = words.partition(" ")
    if not kind:
        shown = [(one, await service.access.limit(chat, one)) for one in LIMITS]
        return say(
            "\n".join([_("{chat}: limits").format(chat=title(chat)), *(_limit(*one) for one in shown)])
        )
    refusal = await service.access.refuses_admin(request.person)
    if refusal:
        return refuse(refusal)
    if kind not in LIMITS or not re.fullmatch(r"\d{1,6}", most.strip()):
        return refuse(_("Send /limits subscriptions 50 or /limits summaries 20."))
    await service.store.people.set_limit(chat.id, kind, int(most))
    return say(f"{_('{chat}: limits').format(chat=title(chat))}\n{_limit(kind, int(most))}")


def _limit(kind: str, most: int | None) -> str:
    """One limit in words; None: there is none."""
    if kind == "subscriptions":
        if most is None:
            return _("as many subscriptions as it likes")
        return _n("{count} subscription", "{count} subscriptions", most).format(count=number(most))
    if most is None:
        return _("as many summaries as it likes")
    return _n("{count} summary an hour", "{count} summaries an hour", most).format(count=number(most))


@command(
    "audit",
    N_("who changed what"),
    topic=PEOPLE,
    place=2,
    example="/audit",
    options=(Option(name="page", help=N_("older ones, or all for the whole desk"), required=False), WHERE),
    managers_only=True,
)
async def audit(service: Service, request: Request) -> Reply:
    """Who changed what here; an admin of the desk sees everything with “all”."""
    words, where = split_where(request.words)
    everything = "all" in words.casefold().split()
    if everything:
        refusal = await service.access.refuses_admin(request.person)
        if refusal:
            return refuse(refusal)
        chat_id = None
        zone = service.live.chat_defaults.zone
    else:
        chat = await service.target(request, where)
        if isinstance(chat, Reply):
            return chat
        chat = await service.stored(chat)
        chat_id, zone = chat.id, chat.settings.zone
    numbers = [int(word) for word in words.split() if word.isdecimal()]
    page = max(1, min(1000, *numbers)) if numbers else 1
    deeds = await service.store.people.deeds(chat_id, PAGE + 1, (page - 1) * PAGE)
    if not deeds:
        return say(_("Nobody has changed anything yet."), private=True)
    lines = [bold(_("Who changed what"))]
    for deed in deeds[:PAGE]:
        lines += [Span(f"\n{moment(deed.at, zone)} "), code(deed.person), Span(f" {clean(deed.what, 200)}")]
    older = (
        (
            Button(
                _("Older"), "audit", f"{'all ' if everything else ''}{page + 1}{f' {where}' if where else ''}"
            ),
        ),
    )
    return say(tuple(lines), private=True, buttons=older if len(deeds) > PAGE else ())
