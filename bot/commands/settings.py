"""/settings: how a chat wants its digests, shown and changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pydantic import ValidationError

from bot.commands.service import Service, refuse, say
from bot.commands.subscriptions import rhythm, title
from bot.config import ChatDefaults
from bot.conversation import Button, Reply, Request
from bot.render.rich import Span, bold
from digests.edit.schedule import next_digest
from digests.model import ChatSettings


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the menu: what it is, how its value reads, and what can be tapped."""

    name: str
    label: str
    choices: tuple[str, ...]
    read: Callable[[str], object] = str


def _switch(value: str) -> bool:
    if value.casefold() in {"on", "yes", "true"}:
        return True
    if value.casefold() in {"off", "no", "false"}:
        return False
    raise ValueError("write on or off")


SETTINGS = (
    Setting("cadence", "Digests", ("instant", "hourly", "daily 08:00", "daily 08:00,18:00", "weekdays 07:30", "weekly")),
    Setting("zone", "Time zone", ("UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai")),
    Setting("quiet", "Quiet hours", ("off", "22:00-07:00", "20:00-08:00"), lambda v: "" if v == "off" else v),
    Setting("sentences", "Sentences a story", ("0", "1", "2", "3", "5"), int),
    Setting("words", "Words a story", ("40", "80", "150"), int),
    Setting("stories", "Stories a digest", ("3", "5", "10", "20"), int),
    Setting("images", "Images", ("on", "off"), _switch),
    Setting("previews", "Link previews", ("on", "off"), _switch),
    Setting("silent", "Silent notifications", ("on", "off"), _switch),
    Setting("updates", "When a story develops", ("edit", "reply", "off")),
)  # fmt: skip


async def settings(service: Service, request: Request) -> Reply:
    """Show the settings; or with a name, what it can be; with a value, change it."""
    chat = await service.target(request, None)
    if isinstance(chat, Reply):
        return chat
    chat = await service.stored(chat)
    name, _, value = request.words.strip().partition(" ")
    if not name:
        return _menu(title(chat), chat.settings)
    setting = next((s for s in SETTINGS if s.name == name.casefold()), None)
    if setting is None:
        return refuse(f"There is no setting “{name}”. There are: {', '.join(s.name for s in SETTINGS)}.")
    if not value.strip():
        buttons = tuple((Button(c, "settings", f"{setting.name} {c}"),) for c in setting.choices)
        return Reply(
            text=(bold(setting.label), Span(f": {_shown(chat.settings, setting)}. Tap another value, or send "),
                  Span(f"/settings {setting.name} {setting.choices[-1]}", code=True)),
            buttons=(*buttons, (Button("« Back", "settings"),)),
        )  # fmt: skip
    changed = _changed(chat.settings, setting, value.strip())
    if isinstance(changed, str):
        return refuse(f"{setting.label}: {changed}. Nothing was changed.")
    await service.store.chats.set_settings(chat.id, changed)
    await service.store.chats.schedule(chat.id, next_digest(changed, service.clock()))
    return say(f"{setting.label}: {_shown(changed, setting)}. {rhythm(changed)}")


def _menu(name: str, current: ChatSettings) -> Reply:
    lines = [bold(f"Settings of {name.lower() if name == 'This chat' else name}")]
    lines += [Span(f"\n{s.label}: {_shown(current, s)}") for s in SETTINGS]
    rows = [(Button(s.label, "settings", s.name),) for s in SETTINGS]
    return Reply(text=tuple(lines), buttons=tuple(rows))


def _shown(current: ChatSettings, setting: Setting) -> str:
    value = getattr(current, setting.name)
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) or "off"


def _changed(current: ChatSettings, setting: Setting, value: str) -> ChatSettings | str:
    """The new settings, or why the value can't be."""
    try:
        read = setting.read(value)
        # the configuration's rules hold for what a person types, too
        ChatDefaults(**{setting.name: read})  # type: ignore[arg-type]
    except ValidationError as error:
        return error.errors()[0]["msg"].removeprefix("Value error, ")
    except ValueError:
        return f"“{value}” can't be read; use one like {', '.join(setting.choices)}"
    return replace(current, **{setting.name: read})  # type: ignore[arg-type]
