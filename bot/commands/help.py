"""/start, /help, and the answer to a command there is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from bot.commands.service import Service, refuse, say
from bot.conversation import Command, Reply, Request
from bot.render.rich import Span, bold, code


def help_text(commands: Iterable[Command], service: Service, request: Request) -> Reply:
    """Every command this person may use; or one of them with its options and an example."""
    table = {command.name: command for command in commands}
    wanted = request.words.strip().lstrip("/").casefold()
    if wanted:
        command = table.get(wanted)
        return _one(command) if command else unknown(table.values(), wanted)
    admin = service.access.is_admin(request.person)
    lines: list[Span] = [
        Span("I watch news sources, put reports of one event together, and post short briefs here.\n\n")
    ]
    for command in table.values():
        if command.admins_only and not admin:
            continue
        lines += [bold(f"/{command.name}"), Span(f" {command.help}\n")]
    lines.append(Span("\n/help with a command's name shows an example. Your id is "))
    lines.append(code(request.person.id))
    return say((*lines, Span(".")))


def _one(command: Command) -> Reply:
    lines: list[Span] = [bold(f"/{command.name}"), Span(f" {command.help}")]
    for sub in command.sub or ():
        lines += [Span("\n"), bold(f"/{command.name} {sub.name}"), Span(f" {sub.help}")]
        if sub.example:
            lines += [Span("\n    "), code(sub.example)]
    for option in command.options:
        lines.append(Span(f"\n{option.name}: {option.help}{'' if option.required else ' (optional)'}"))
    if command.example:
        lines += [Span("\nExample: "), code(command.example)]
    return say(tuple(lines))


def unknown(commands: Iterable[Command], name: str) -> Reply:
    """There is no such command; the nearest one is offered."""
    near = difflib.get_close_matches(name, [command.name for command in commands], n=1, cutoff=0.5)
    hint = f"Did you mean /{near[0]}? " if near else ""
    return refuse(f"There is no command /{name[:40]}. {hint}/help lists them all.")
