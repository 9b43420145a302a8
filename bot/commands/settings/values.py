"""The settings of a chat in words: how a value is read, checked and shown. The table of them is
``digests.model.chats``."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import replace

from babel import Locale
from pydantic import ValidationError

from bot.commands.rhythm import in_short
from bot.commands.settings.typed import typed_cadence, typed_quiet
from bot.commands.zones import place
from bot.config import ChatDefaults
from bot.locales import LANGUAGES, _, language_named, language_names, spoken
from digests.model import ChatSettings
from digests.model.chats import Setting, chat_settings


def every() -> tuple[Setting, ...]:
    """The settings, in the menu's order and in the language being spoken."""
    return tuple(
        replace(
            row,
            label=_(row.label),
            ask=row.ask and _(row.ask),
            taps=("auto", *LANGUAGES) if row.kind == "language" else row.taps,
        )
        for row in chat_settings().values()
    )


def named(name: str) -> Setting:
    """The setting of that name, in the language being spoken."""
    return next(setting for setting in every() if setting.name == name)


def read(setting: Setting, value: str) -> object:
    """A typed value as it is stored. ``ValueError`` says why it can't be, or nothing where no word explains it."""
    return _READERS[setting.kind](setting, value)


def shown(setting: Setting, value: object) -> str:
    """A value of a chat's settings in words."""
    if setting.kind == "switch":
        return _("on") if value else _("off")
    if isinstance(value, tuple):
        return ", ".join(value) or _("off")
    if setting.kind == "cadence":
        return in_short(ChatSettings(cadence=str(value)))
    if setting.kind == "zone":
        return place(str(value))
    if setting.kind == "language":
        return language_name(str(value)) if value else _("as your client says")
    words = setting.words.get(str(value))
    return _(words) if words else str(value) or _("off")


def tapped(setting: Setting, value: str) -> str:
    """What the button for a value says."""
    try:
        return shown(setting, read(setting, value))
    except ValueError:
        return value


def language_name(tag: str) -> str:
    """A language in its own words, where they are known, and in the language being spoken."""
    locale = Locale.parse(tag, sep="-")
    own, here = (
        locale.get_display_name(tag.replace("-", "_")),
        locale.get_display_name(spoken().replace("-", "_")),
    )
    same = tag.partition("-")[0] == spoken().partition("-")[0]  # its own words say it already
    return f"{own} ({here})" if own and here and not same and own != here else str(own or here or tag)


def changed(current: ChatSettings, setting: Setting, value: str) -> ChatSettings | str:
    """The new settings, or a sentence on why the value can't be."""
    try:
        new = read(setting, value)
        if setting.configured:  # the configuration's rules hold for what a person types, too
            ChatDefaults(**{setting.name: new})
    except ValidationError:
        return _("“{value}” is not possible. {question}").format(value=value, question=setting.ask).strip()
    except ValueError as error:
        return str(error) or _one_of(setting, value)
    return replace(current, **{setting.name: new})  # type: ignore[arg-type]


def _one_of(setting: Setting, value: str) -> str:
    return _("“{value}” can't be read; use one like {values}.").format(
        value=value, values=", ".join(setting.taps)
    )


def _off(value: str) -> bool:
    return value.casefold() in {"off", _("off").casefold()}


def _switch(_setting: Setting, value: str) -> bool:
    if value.casefold() in {"on", "yes", "true", _("on").casefold()}:
        return True
    if _off(value) or value.casefold() in {"no", "false"}:
        return False
    raise ValueError(_("Write on or off."))


def _number(_setting: Setting, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError from None


def _cadence(_setting: Setting, value: str) -> str:
    read = typed_cadence(value)
    if read is None:
        raise ValueError(
            _(
                "“{value}” is not a cadence; use instant, hourly, every 6 hours, daily 08:00, "
                "daily 08:00,18:00, weekdays 07:30, sat,sun 10:00 or monthly 1 09:00."
            ).format(value=value)
        )
    return read


def _quiet(_setting: Setting, value: str) -> str:
    read = typed_quiet(value)
    if read is None:
        raise ValueError(
            _("“{value}” are not quiet hours; write them like 22:00-07:00, or off.").format(value=value)
        )
    return read


def _topics(setting: Setting, value: str) -> tuple[str, ...]:
    if _off(value):
        return ()
    topics = tuple(dict.fromkeys(topic.strip().lstrip("#")[:40] for topic in value.split(",")))
    return tuple(topic for topic in topics if topic)[: setting.most]


def _language(_setting: Setting, value: str) -> str | None:
    if value.casefold() in {"auto", "default", _("as your client says").casefold()}:
        return None
    found = language_named(value)
    if found is None:
        said = _("I don't speak “{value}”; I speak {languages}.").format(
            value=value, languages=", ".join(language_name(one) for one in LANGUAGES)
        )
        raise ValueError(f"{said} {did_you_mean(value, {name: name for name in language_names()})}".strip())
    return found


def _choice(setting: Setting, value: str) -> str:
    """One of a few words, as it is or as the menu calls it."""
    called = {shown(setting, one).casefold(): one for one in setting.words} | {
        one: one for one in setting.words
    }
    if value.casefold() not in called:
        raise ValueError(f"{_one_of(setting, value)} {did_you_mean(value, called)}".strip())
    return called[value.casefold()]


_READERS: Mapping[str, Callable[[Setting, str], object]] = {
    "switch": _switch,
    "number": _number,
    "choice": _choice,
    "text": lambda _setting, value: "" if _off(value) else value,
    "cadence": _cadence,
    "zone": lambda _setting, value: value,
    "quiet": _quiet,
    "topics": _topics,
    "language": _language,
}


def did_you_mean(typed: str, names: Mapping[str, str]) -> str:
    """A question with what the name nearest to the typed one stands for; “” where none is near."""
    near = difflib.get_close_matches(typed.casefold(), names, n=1, cutoff=0.6)
    return _("Did you mean “{name}”?").format(name=names[near[0]]) if near else ""
