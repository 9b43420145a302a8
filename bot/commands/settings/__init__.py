"""/settings: how a chat wants its digests, shown and changed by tapping or typing."""

from __future__ import annotations

from bot.commands.registry import DIGESTS, WHERE, command
from bot.commands.rhythm import rhythm
from bot.commands.service import Service, offered_zones, refuse
from bot.commands.settings.cadence import cadence_rows
from bot.commands.settings.values import changed, did_you_mean, every, named, read, shown, tapped
from bot.commands.subscriptions import split_where, title
from bot.commands.zones import find_zones, place
from bot.conversation import Button, Option, Reply, Request
from bot.locales import N_, _, speaking
from bot.render.rich import Rich, Span, bold
from digests.model import Chat
from digests.model.chats import GROUPS, Setting, chat_settings

NAMES = tuple(chat_settings())
_A_ROW = 3


@command(
    "settings",
    N_("when and how digests come"),
    topic=DIGESTS,
    place=4,
    example="/settings cadence daily 08:00",
    options=(
        Option(name="setting", help=N_("its name"), required=False, choices=NAMES),
        Option(name="value", help=N_("the new value"), required=False, completes=True),
        WHERE,
    ),
    managers_only=True,
    complete=offered_zones,
)
async def settings(service: Service, request: Request) -> Reply:
    """Show the settings; or with a name, what it can be; with a value, change it."""
    words, where = split_where(request.words)
    chat = await service.target(request, where)
    if isinstance(chat, Reply):
        return chat
    chat = await service.stored(chat)
    suffix = f" {where}" if where else ""
    table = {s.name: s for s in every() if not s.chats or chat.kind in s.chats}
    if not words:
        return _menu(chat, table, suffix)
    setting, value = _named(words, table)
    if setting is None:
        name = words.split()[0]
        there = _("There is no setting “{name}”. There are: {names}.").format(
            name=name, names=", ".join(table)
        )
        return refuse(f"{there} {did_you_mean(name, _called(table))}".strip())
    if not value:
        return await _one(service, chat, setting, suffix)
    if setting.kind == "zone":
        zones, certain = find_zones(value, service.clock())
        if not zones:
            return refuse(
                _(
                    "“{value}” is not a time zone or a city I know. Name the nearest big city, or your country, "
                    "like Berlin or Brazil. Nothing was changed."
                ).format(value=value)
            )
        if not certain:
            return _which_zone(zones, suffix)
        (value,) = zones
    now_so = changed(chat.settings, setting, value)
    if isinstance(now_so, str):
        return refuse(
            _("{setting}: {reason} Nothing was changed.").format(setting=setting.label, reason=now_so)
        )
    await service.store.chats.set_settings(chat.id, now_so)
    await service.desk.reschedule(chat.id, now_so, service.clock())
    saved = await service.store.chats.get(chat.id)
    with speaking(now_so.language or request.person.language):  # which may have been what was set
        return await _one(service, saved or chat, named(setting.name), suffix, saved=True)


def _menu(chat: Chat, table: dict[str, Setting], suffix: str) -> Reply:
    name = title(chat)
    head = _("Settings of this chat") if name == _("This chat") else _("Settings of {chat}").format(chat=name)
    lines = [bold(head)]
    for group in GROUPS:
        lines += [Span("\n\n"), bold(_(group))]
        for setting in (one for one in table.values() if one.group == group):
            lines.append(Span(f"\n{setting.label}: {shown(setting, getattr(chat.settings, setting.name))}"))
    lines.append(Span("\n\n" + rhythm(chat.settings)))
    return Reply(
        text=tuple(lines),
        choices=tuple(Button(s.label, "settings", f"{s.name}{suffix}") for s in table.values()),
    )


def _called(table: dict[str, Setting]) -> dict[str, str]:
    """The settings' names by what people call them: also the menu's words."""
    labels = {one.label.casefold(): one.name for one in table.values()}
    return {
        **{also: one.name for one in table.values() for also in one.also},
        **labels,
        **{n: n for n in table},
    }


def _named(words: str, table: dict[str, Setting]) -> tuple[Setting | None, str]:
    """The setting that the words begin with, by its name or the menu's label, and the value after it."""
    typed = " ".join(words.split())
    for called, name in sorted(_called(table).items(), key=lambda one: -len(one[0])):
        rest = typed[len(called) :]
        if typed.casefold().startswith(called) and rest[:1] in {"", " ", ":", "="}:
            return table[name], rest.lstrip(" :=").strip()
    return None, ""


async def _one(service: Service, chat: Chat, setting: Setting, suffix: str, *, saved: bool = False) -> Reply:
    """One setting with what it can be; ``saved`` says that it was changed just now."""
    value = shown(setting, getattr(chat.settings, setting.name))
    text: Rich = (bold(setting.label), Span(f": {value}."))
    if saved:
        text = (*text, Span(" " + rhythm(chat.settings)))
    else:
        example = f"/settings {setting.name} {_another(setting, chat)}{suffix}"
        text = (*text, Span(" " + _("Tap another value, or send") + " "), Span(example, code=True))
    rows = _values(setting, chat, suffix)
    choices: tuple[Button, ...] = ()
    if setting.kind == "cadence":
        rows = cadence_rows(chat.settings, suffix)
    elif setting.kind == "topics":
        rows = [*rows, *await _topics(service, chat, suffix)]
    elif setting.kind == "zone":
        rows = [
            _buttons(
                setting,
                (chat.settings.zone, "UTC") if chat.settings.zone != "UTC" else ("UTC",),
                chat,
                suffix,
            )
        ]
    elif setting.kind == "language":
        rows, choices = [], tuple(one for row in rows for one in row)
    last = [Button("« " + _("Back"), "settings", suffix.strip())]
    if setting.ask:
        last.append(Button(_("Other…"), "settings", f"{setting.name}{suffix}", asks=setting.ask))
    return Reply(text=text, choices=choices, buttons=(*rows, tuple(last)))


def _another(setting: Setting, chat: Chat) -> str:
    """A value to type that is not the present one."""
    if setting.example:
        return setting.example
    return next((value for value in setting.taps if not _is(setting, value, chat)), setting.taps[-1])


def _is(setting: Setting, value: str, chat: Chat) -> bool:
    return bool(read(setting, value) == getattr(chat.settings, setting.name))


def _values(setting: Setting, chat: Chat, suffix: str) -> list[tuple[Button, ...]]:
    """What can be tapped; also what is chosen, where somebody typed it."""
    values = setting.taps
    now = getattr(chat.settings, setting.name)
    if setting.kind != "text" and isinstance(now, int | str) and not isinstance(now, bool):
        values = values if any(_is(setting, v, chat) for v in values) else (str(now), *values)
    buttons = _buttons(setting, values, chat, suffix)
    return [buttons[at : at + _A_ROW] for at in range(0, len(buttons), _A_ROW)]


def _buttons(setting: Setting, values: tuple[str, ...], chat: Chat, suffix: str) -> tuple[Button, ...]:
    """A button each, the chosen value marked."""
    return tuple(
        Button(
            ("✓ " if _is(setting, v, chat) else "") + tapped(setting, v),
            "settings",
            f"{setting.name} {v}{suffix}",
        )
        for v in values
    )


async def _topics(service: Service, chat: Chat, suffix: str) -> list[tuple[Button, ...]]:
    """A tap on a topic puts it after those chosen already."""
    pairs = await service.store.subscriptions.of_chat(chat.id)
    chosen = chat.settings.topics
    known = dict.fromkeys(topic for _subscription, source in pairs for topic in source.topics)
    more = [topic for topic in known if topic.casefold() not in {one.casefold() for one in chosen}][:9]
    buttons = tuple(
        Button(f"+ {topic}", "settings", f"topics {','.join((*chosen, topic))}{suffix}") for topic in more
    )
    return [buttons[at : at + _A_ROW] for at in range(0, len(buttons), _A_ROW)]


def _which_zone(zones: tuple[str, ...], suffix: str) -> Reply:
    return Reply(
        text=(Span(_("Which one do you mean?")),),
        choices=tuple(Button(place(zone), "settings", f"zone {zone}{suffix}") for zone in zones),
        buttons=((Button("« " + _("Back"), "settings", f"zone{suffix}"),),),
    )
