"""/token: what lets a program read what this chat may see."""

from __future__ import annotations

import re

from bot.access import hashed, new_token
from bot.commands.registry import PEOPLE, WHERE, command
from bot.commands.service import Service, refuse, say
from bot.commands.subscriptions import split_where, title
from bot.conversation import Button, Option, Reply, Request
from bot.locales import N_, _, moment
from bot.platforms import can
from bot.platforms.platform import Can
from bot.render.rich import Span, bold, code
from digests.model import Chat, Token

MOST = 10
"""Tokens of one chat."""
READ, ASK = "read", "ask"
SCOPES = (READ, ASK)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")


@command(
    "token",
    N_("let a program read what this chat may see"),
    topic=PEOPLE,
    place=2,
    example="/token new laptop",
    options=(
        Option(name="do", help=N_("new or end"), required=False, choices=("new", "end")),
        Option(name="name", help=N_("a word by which you know the program"), required=False),
        Option(name="scope", help=N_("read alone, or ask as well"), required=False, choices=SCOPES),
        WHERE,
    ),
    managers_only=True,
)
async def token(service: Service, request: Request) -> Reply:
    """List, make or end the tokens of a chat. A new one is shown once, where only the asker reads it."""
    words, where = split_where(request.words)
    chat = await service.target(request, where)
    if isinstance(chat, Reply):
        return chat
    verb, *rest = words.split() or [""]
    name = rest[0].casefold() if rest else ""
    if verb.casefold() == "new":
        return await _new(service, request, chat, name, rest[1].casefold() if len(rest) > 1 else READ)
    stored = await service.stored(chat)
    if verb.casefold() == "end":
        if not name or not await service.store.tokens.end(stored.id, name):
            return refuse(_("There is no such token. /token lists those of this chat."))
        return say(_("The token “{name}” serves no more.").format(name=name), private=True)
    return await _listed(service, stored, where)


async def _new(service: Service, request: Request, chat: Chat, name: str, scope: str) -> Reply:
    if not service.web:
        return refuse(
            _(
                "My web server is off, so no program can ask me. Write listen below [dashboard] in the "
                "configuration and start me again."
            )
        )
    if not _NAME.fullmatch(name) or scope not in SCOPES:
        return refuse(
            _(
                "Send /token new with a name of small letters, digits and hyphens, and “ask” behind it where "
                "the program may also ask questions, like /token new laptop ask."
            )
        )
    if request.chat.kind != "private" and not can(request.chat.platform, Can.WHISPER):
        return refuse(
            _(
                "Whoever has a token reads what this chat may see. Ask me in our private chat, with this "
                "chat's name at the end."
            )
        )
    secret = f"desk_{new_token()}"
    stored = await service.stored(chat)
    made = Token(
        key=hashed(secret),
        chat_id=stored.id,
        name=name,
        scope=scope,
        created=service.clock(),
        created_by=request.person.id,
    )
    if not await service.store.tokens.add_within(made, MOST):
        return refuse(
            _(
                "There is a token “{name}” already, or there are {most} of them. End one with /token end."
            ).format(name=name, most=MOST)
        )
    told = _(
        "This is the token “{name}”. I show it this once and keep only a hash of it. A program sends it as "
        "Authorization: Bearer. /token end {name} ends it."
    ).format(name=name)
    return say(
        (code(secret), Span("\n\n" + told + f"\n\n{service.web}/api/openapi.json\n{service.web}/mcp")),
        private=True,
    )


async def _listed(service: Service, chat: Chat, where: str | None) -> Reply:
    there = await service.store.tokens.of_chat(chat.id)
    if not there:
        return say(
            _("{chat} has no token. /token new with a name makes one.").format(chat=title(chat)),
            private=True,
        )
    lines = [bold(_("Programs that may read {chat}").format(chat=title(chat)))]
    for one in there:
        lines.append(Span(f"\n{one.name} · {one.scope} · {moment(one.created, chat.settings.zone)}"))
    suffix = f" {where}" if where else ""
    rows = tuple(
        (Button(_("End {name}").format(name=one.name), "token", f"end {one.name}{suffix}"),) for one in there
    )
    return say(tuple(lines), buttons=rows, private=True)
