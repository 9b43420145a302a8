"""/help by topic, and the answer to a command there is not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from bot.commands.registry import FIRST_STEPS, THE_DESK, TOPICS, command, of_topic, registered
from bot.commands.service import Service, refuse, say
from bot.commands.settings.values import every
from bot.conversation import Button, Command, Option, Reply, Request
from bot.locales import N_, _
from bot.render.rich import Span, bold, code


@command(
    "help",
    N_("what I can do, and how"),
    topic=FIRST_STEPS,
    place=2,
    example="/help subscribe",
    options=(Option(name="command", help=N_("a command's name"), required=False),),
    anywhere=True,
)
async def help(service: Service, request: Request) -> Reply:
    """The topics with their commands; one topic with examples; or one command with its options."""
    table = {name: one.command for name, one in registered().items()}
    wanted = request.words.strip().lstrip("/").casefold()
    topics = {one: one for one in TOPICS} | {_(one).casefold(): one for one in TOPICS}
    if wanted in topics:
        return _topic(topics[wanted])
    if wanted:
        named = table.get(wanted.partition(" ")[0])
        return _one(named) if named else unknown(table.values(), wanted)
    admin = service.access.is_admin(request.person)
    lines: list[Span] = [
        Span(_("I watch news sources, put reports of one event together, and post short briefs here."))
    ]
    for topic in TOPICS:
        shown = [one for one in of_topic(topic) if admin or not one.admins_only]
        if not shown:
            continue
        lines += [Span("\n\n"), bold(_title(topic))]
        for one in shown:
            lines += [Span("\n"), bold(f"/{one.name}"), Span(f" {_(one.help)}")]
    lines.append(Span("\n\n" + _("/help with a command's name or a topic shows examples. Your id is:") + " "))
    lines.append(code(request.person.id))
    buttons = [Button(_title(topic), "help", topic) for topic in TOPICS if topic != THE_DESK]
    rows = tuple(tuple(buttons[start : start + 3]) for start in range(0, len(buttons), 3))
    return say(tuple(lines), buttons=rows)


def _title(topic: str) -> str:
    said = _(topic)
    return said[:1].upper() + said[1:]


def _topic(topic: str) -> Reply:
    lines = [bold(_title(topic))]
    for one in of_topic(topic):
        lines += [Span("\n\n"), bold(f"/{one.name}"), Span(f" {_(one.help)}")]
        examples = [part.example for part in one.sub or (one,) if part.example]
        lines += [span for example in examples for span in (Span("\n    "), code(example))]
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
        if option.choices and command.name != "settings":
            lines.append(Span(f": {', '.join(option.prefix + choice for choice in option.choices)}"))
    if command.name == "settings":
        lines.append(Span("\n"))
        for setting in every():
            lines += [Span("\n"), code(setting.name), Span(f" ({setting.label}): ")]
            lines.append(Span(", ".join((*setting.taps, *filter(None, [setting.example])))))
        lines.append(Span("\n"))
    if command.example:
        lines += [Span("\n" + _("Example:") + " "), code(command.example)]
    return say(tuple(lines))


def unknown(commands: Iterable[Command], name: str) -> Reply:
    """There is no such command; the nearest one is offered."""
    near = difflib.get_close_matches(name, [command.name for command in commands], n=1, cutoff=0.5)
    hint = _("Did you mean /{name}?").format(name=near[0]) + " " if near else ""
    there = _("There is no command /{name}.").format(name=name[:40])
    return refuse(f"{there} {hint}" + _("/help lists them all."))
