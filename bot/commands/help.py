"""/help by topic, and the answer to a command there is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from bot.commands.service import Service, refuse, say
from bot.conversation import Button, Command, Reply, Request
from bot.locales import N_, _
from bot.render.rich import Span, bold, code

TOPICS: Mapping[str, tuple[str, ...]] = {
    N_("first steps"): ("start", "help"),
    N_("following"): ("subscribe", "unsubscribe", "subscriptions", "import", "export"),
    N_("digests"): ("digest", "preview", "catchup", "settings", "filter", "why"),
    N_("reading"): ("summarize", "ask", "search", "story", "trending"),
    N_("your say"): ("like", "dislike", "mute", "ranking"),
    N_("people"): ("managers", "audit", "limits"),
    N_("the desk"): ("sources", "budget", "health", "dashboard", "allow"),
}
"""Every command once; a test holds it."""


def help_text(commands: Iterable[Command], service: Service, request: Request) -> Reply:
    """The topics with their commands; one topic with examples; or one command with its options."""
    table = {command.name: command for command in commands}
    wanted = request.words.strip().lstrip("/").casefold()
    topics = {one: one for one in TOPICS} | {_(one).casefold(): one for one in TOPICS}
    if wanted in topics:
        return _topic(topics[wanted], table)
    if wanted:
        command = table.get(wanted.partition(" ")[0])
        return _one(command) if command else unknown(table.values(), wanted)
    admin = service.access.is_admin(request.person)
    lines: list[Span] = [
        Span(_("I watch news sources, put reports of one event together, and post short briefs here."))
    ]
    for topic, names in TOPICS.items():
        shown = [table[name] for name in names if name in table and (admin or not table[name].admins_only)]
        if not shown:
            continue
        lines += [Span("\n\n"), bold(_title(topic))]
        for command in shown:
            lines += [Span("\n"), bold(f"/{command.name}"), Span(f" {_(command.help)}")]
    lines.append(Span("\n\n" + _("/help with a command's name or a topic shows examples. Your id is:") + " "))
    lines.append(code(request.person.id))
    buttons = [Button(_title(topic), "help", topic) for topic in TOPICS if topic != "the desk"]
    rows = tuple(tuple(buttons[start : start + 3]) for start in range(0, len(buttons), 3))
    return say(tuple(lines), buttons=rows)


def _title(topic: str) -> str:
    said = _(topic)
    return said[:1].upper() + said[1:]


def _topic(topic: str, table: Mapping[str, Command]) -> Reply:
    lines = [bold(_title(topic))]
    for command in (table[name] for name in TOPICS[topic] if name in table):
        lines += [Span("\n\n"), bold(f"/{command.name}"), Span(f" {_(command.help)}")]
        for one in command.sub or (command,):
            if one.example:
                lines += [Span("\n    "), code(one.example)]
    return say(tuple(lines), buttons=((Button(_("Back"), "help"),),))


def _one(command: Command) -> Reply:
    lines: list[Span] = [bold(f"/{command.name}"), Span(f" {_(command.help)}")]
    for sub in command.sub or ():
        lines += [Span("\n"), bold(f"/{command.name} {sub.name}"), Span(f" {_(sub.help)}")]
        if sub.example:
            lines += [Span("\n    "), code(sub.example)]
    for option in command.options:
        optional = "" if option.required else " " + _("(optional)")
        lines.append(Span(f"\n{option.name}: {_(option.help)}{optional}"))
    if command.example:
        lines += [Span("\n" + _("Example:") + " "), code(command.example)]
    return say(tuple(lines))


def unknown(commands: Iterable[Command], name: str) -> Reply:
    """There is no such command; the nearest one is offered."""
    near = difflib.get_close_matches(name, [command.name for command in commands], n=1, cutoff=0.5)
    hint = _("Did you mean /{name}?").format(name=near[0]) + " " if near else ""
    there = _("There is no command /{name}.").format(name=name[:40])
    return refuse(f"{there} {hint}" + _("/help lists them all."))
