"""Every setting of a chat: what it is called, what it can be, how a value is read and shown."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from babel import Locale
from pydantic import ValidationError

from bot.commands.rhythm import in_short
from bot.commands.settings.typed import typed_cadence, typed_quiet
from bot.commands.zones import place
from bot.config import ChatDefaults
from bot.locales import LANGUAGES, N_, _, language_named, language_names, spoken
from digests.model import ChatSettings

MOST_TOPICS = 12

GROUPS = (
    (N_("When"), ("cadence", "zone", "quiet", "silent")),
    (N_("What"), ("stories", "topics", "order", "mixed", "interest", "updates", "changes", "feedback")),
    (
        N_("How it looks"),
        ("language", "style", "sentences", "words", "characters", "headings", "images", "previews", "forum"),
    ),
    (N_("With a language model"), ("note", "translate", "voice")),
)
"""The menu's parts with the names of their settings; every setting is in one."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the menu. ``values`` can be tapped, and ``ask`` is the question for any other."""

    name: str
    label: str
    values: tuple[str, ...]
    read: Callable[[str], object] = str
    ask: str = ""
    example: str = ""  # a value to type, where none of ``values`` says enough
    kinds: tuple[str, ...] = ()  # of chats that have it; none: every one


def every() -> tuple[Setting, ...]:
    """The settings, in the language being spoken."""
    return (
        Setting(
            "cadence",
            _("Digests"),
            (
                "instant",
                "hourly",
                "every 3 hours",
                "every 6 hours",
                "every 12 hours",
                "daily 08:00",
                "weekdays 08:00",
                "weekly",
                "monthly 1 08:00",
            ),
            _cadence,
            _(
                "When shall digests come? For example: daily 07:30,18:00, or sat,sun 10:00, or monthly 15 09:00"
            ),
        ),
        Setting(
            "zone",
            _("Time zone"),
            ("UTC",),
            str,
            _("Which city's time? For example: Berlin, São Paulo, Kyiv or New York"),
            "Berlin",
        ),
        Setting(
            "quiet",
            _("Quiet hours"),
            ("off", "22:00-07:00", "20:00-08:00", "23:00-06:00"),
            _quiet,
            _("From when until when shall I be quiet? For example: 22:30-06:30"),
        ),
        Setting("style", _("Style"), ("sentences", "bullets", "headlines"), _choice("style")),
        Setting(
            "sentences",
            _("Sentences a story"),
            ("1", "2", "3", "4", "5"),
            _whole,
            _("How many sentences at most, 0 to 10?"),
        ),
        Setting(
            "words",
            _("Words a story"),
            ("40", "80", "120", "150"),
            _whole,
            _("How many words at most, 10 to 1000?"),
        ),
        Setting(
            "characters",
            _("Characters a story (Chinese, Japanese)"),
            ("80", "160", "240", "320"),
            _whole,
            _("How many characters at most, 20 to 2000?"),
        ),
        Setting(
            "stories",
            _("Stories a digest, the rest as headlines"),
            ("3", "5", "10", "20"),
            _whole,
            _("How many stories at most, 1 to 50?"),
        ),
        Setting(
            "topics",
            _("Topics first"),
            ("off",),
            _topics,
            _("Which topics come first, in which order? For example: local, world, sport"),
            "local, world, sport",
        ),
        Setting("headings", _("Headings by topic"), ("on", "off"), _switch),
        Setting("language", _("Language"), ("auto", *LANGUAGES), _language),
        Setting("images", _("Images"), ("on", "off"), _switch),
        Setting("previews", _("Link previews"), ("on", "off"), _switch),
        Setting("silent", _("Silent notifications"), ("on", "off"), _switch),
        Setting("updates", _("When a story develops"), ("edit", "reply", "off"), _choice("updates")),
        Setting("changes", _("Of a story told before, only what is new"), ("on", "off"), _switch),
        Setting("order", _("Order of stories"), ("rank", "topics"), _choice("order")),
        Setting("mixed", _("A mixture of sources and topics"), ("on", "off"), _switch),
        Setting(
            "interest",
            _("Interest"),
            ("off",),
            _words,
            _("What do you want to read? For example: AI policy in Europe, not product launches"),
            "AI policy in Europe",
        ),
        Setting("note", _("Overview above the stories"), ("on", "off"), _switch),
        Setting("translate", _("Translate briefs"), ("on", "off"), _switch),
        Setting("voice", _("Read aloud"), ("on", "off"), _switch),
        Setting("feedback", _("Thumbs under digests"), ("auto", "on", "off"), _choice("feedback")),
        Setting("forum", _("A forum post holds"), ("digest", "story"), _choice("forum"), kinds=("forum",)),
    )


def shown(setting: Setting, value: object) -> str:
    """A value of a chat's settings in words."""
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if isinstance(value, tuple):
        return ", ".join(value) or _("off")
    if setting.name == "cadence":
        return in_short(ChatSettings(cadence=str(value)))
    if setting.name == "feedback":
        return {"auto": _("where it is no channel"), "on": _("on"), "off": _("off")}[str(value)]
    if setting.name == "interest":
        return str(value) or _("off")
    if setting.name == "zone":
        return place(str(value))
    if setting.name == "language":
        return language_name(str(value)) if value else _("as your client says")
    return _named(str(value))


def _named(value: str) -> str:
    """How a value that is a word is called in the language being spoken."""
    named = {
        "sentences": _("running sentences"),
        "bullets": _("bullets"),
        "headlines": _("headlines alone"),
        "edit": _("edit the message"),
        "reply": _("reply to the message"),
        "off": _("do nothing"),
        "digest": _("a digest"),
        "story": _("a story"),
        "rank": _("the weightiest first"),
        "topics": _("by topic"),
        "": _("off"),
    }
    return named.get(value, value)


def tapped(setting: Setting, value: str) -> str:
    """What the button for a value says."""
    try:
        return shown(setting, setting.read(value))
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
        read = setting.read(value)
        if setting.name != "language":
            # the configuration's rules hold for what a person types, too
            ChatDefaults(**{setting.name: read})  # type: ignore[arg-type]
    except ValidationError:
        return _("“{value}” is not possible. {question}").format(value=value, question=setting.ask).strip()
    except ValueError as error:
        reason = str(error) or _("“{value}” can't be read; use one like {values}.").format(
            value=value, values=", ".join(setting.values)
        )
        return reason
    return replace(current, **{setting.name: read})  # type: ignore[arg-type]


def _words(value: str) -> str:
    return "" if value.casefold() in {"off", _("off").casefold()} else value


def _switch(value: str) -> bool:
    if value.casefold() in {"on", "yes", "true", _("on").casefold()}:
        return True
    if value.casefold() in {"off", "no", "false", _("off").casefold()}:
        return False
    raise ValueError(_("Write on or off."))


def _whole(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError from None


def _cadence(value: str) -> str:
    read = typed_cadence(value)
    if read is None:
        raise ValueError(
            _(
                "“{value}” is not a cadence; use instant, hourly, every 6 hours, daily 08:00, "
                "daily 08:00,18:00, weekdays 07:30, sat,sun 10:00 or monthly 1 09:00."
            ).format(value=value)
        )
    return read


def _quiet(value: str) -> str:
    read = typed_quiet(value)
    if read is None:
        raise ValueError(
            _("“{value}” are not quiet hours; write them like 22:00-07:00, or off.").format(value=value)
        )
    return read


def _topics(value: str) -> tuple[str, ...]:
    if value.casefold() in {"off", _("off").casefold()}:
        return ()
    topics = tuple(dict.fromkeys(topic.strip().lstrip("#")[:40] for topic in value.split(",")))
    return tuple(topic for topic in topics if topic)[:MOST_TOPICS]


def _language(value: str) -> str | None:
    if value.casefold() in {"auto", "default", _("as your client says").casefold()}:
        return None
    found = language_named(value)
    if found is None:
        said = _("I don't speak “{value}”; I speak {languages}.").format(
            value=value, languages=", ".join(language_name(one) for one in LANGUAGES)
        )
        raise ValueError(f"{said} {did_you_mean(value, {name: name for name in language_names()})}".strip())
    return found


def _choice(name: str) -> Callable[[str], str]:
    """Reads one of a few words, as it is or as the menu calls it."""

    def read(value: str) -> str:
        setting = next(one for one in every() if one.name == name)
        called = {shown(setting, one).casefold(): one for one in setting.values}
        called |= {one: one for one in setting.values}
        wanted = value.casefold()
        if wanted not in called:
            said = _("“{value}” can't be read; use one like {values}.").format(
                value=value, values=", ".join(setting.values)
            )
            raise ValueError(f"{said} {did_you_mean(value, called)}".strip())
        return called[wanted]

    return read


def did_you_mean(typed: str, names: Mapping[str, str]) -> str:
    """A question with what the name nearest to the typed one stands for; “” where none is near."""
    near = difflib.get_close_matches(typed.casefold(), names, n=1, cutoff=0.6)
    return _("Did you mean “{name}”?").format(name=names[near[0]]) if near else ""
