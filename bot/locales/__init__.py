"""The languages the bot speaks: gettext catalogues for words, Babel for dates, numbers, lists.

    with speaking("de"):
        _("Nothing new from {source}.").format(source=name)
        _n("{count} story", "{count} stories", n).format(count=number(n))

The language is that of the running task, set once where a command or a digest begins, so that
no function between has to hand it on. A catalogue stands at ``<language>/LC_MESSAGES/newsdesk.po``
beside this file with its compiled ``.mo``; English is in the code. What a catalogue does not
have is said in English.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal

HERE = Path(__file__).parent
LANGUAGES = ("en", "zh-Hans", "zh-Hant", "es", "de", "fr", "ru", "pt-BR", "ja", "ar")
"""BCP 47 tags, English first."""

_language: ContextVar[str] = ContextVar("language", default="en")

# What clients say where the tag alone does not show the script.
_REGIONS = {"zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-tw": "zh-Hant", "zh-hk": "zh-Hant",
            "zh-mo": "zh-Hant", "pt": "pt-BR", "pt-pt": "pt-BR"}  # fmt: skip


_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


def nearest(tag: str | None) -> str:
    """The spoken language nearest to a client's tag (``pt_br``, ``zh-TW``, ``de-AT``); else English."""
    wanted = (tag or "").replace("_", "-").casefold()
    by_tag = {language.casefold(): language for language in LANGUAGES}
    while wanted:
        found = by_tag.get(wanted) or _REGIONS.get(wanted)
        if found:
            return found
        wanted = wanted.rpartition("-")[0]
    return "en"


def language_named(words: str) -> str | None:
    """The spoken language that a person names: by its tag, or in any of the languages (Deutsch, german,
    немецкий); None where there is none."""
    wanted = _plainly(words)
    found, rest = language_names().get(wanted), words
    while found is None and "(" in rest:  # “Deutsch (German)”, as a menu says it
        rest = rest.rpartition("(")[0]
        found = language_names().get(_plainly(rest))
    if found is None and _TAG.fullmatch(words.strip()):
        near = nearest(words.strip())
        found = near if near != "en" or wanted.startswith("en") else None
    return found


@cache
def language_names() -> dict[str, str]:
    """Every name of the spoken languages, in small letters without punctuation, with its tag."""
    found: dict[str, str] = {}
    general = {tag: {tag.partition("-")[0], tag.replace("-", "_")} for tag in LANGUAGES if tag != "zh-Hant"}
    for speaker in LANGUAGES:
        locale = _locale(speaker)
        for tag in LANGUAGES:
            names = [str(locale.languages.get(one, "")) for one in general.get(tag, {"zh_Hant"})]
            names.append(str(_locale(tag).get_display_name(speaker.replace("-", "_")) or ""))
            for name in filter(None, map(_plainly, names)):
                found.setdefault(name, tag)
    return found


def _plainly(name: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in name.casefold()).split())


@contextmanager
def speaking(tag: str | None) -> Iterator[str]:
    """Everything said inside is in the language nearest to ``tag``; gives its tag."""
    language = nearest(tag)
    token = _language.set(language)
    try:
        yield language
    finally:
        _language.reset(token)


def spoken() -> str:
    """The tag of the language being spoken."""
    return _language.get()


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    folder = language.replace("-", "_")
    return gettext.translation("newsdesk", HERE, languages=[folder], fallback=True)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


def _(message: str) -> str:
    """The message in the language being spoken; its ``{names}`` are filled in afterwards."""
    return _catalogue(_language.get()).gettext(message) if message else ""  # a catalogue's "" is its header


def N_(message: str) -> str:
    """Marks a message for the catalogues where it is defined; ``_`` says it where it is shown."""
    return message


def in_context(context: str, message: str) -> str:
    """The message as it is said in one place, where it may differ from others."""
    return _catalogue(_language.get()).pgettext(context, message)


def _n(one: str, many: str, count: int) -> str:
    """The plural form for ``count``."""
    return _catalogue(_language.get()).ngettext(one, many, count)


def day(when: date) -> str:
    """A date in words, like “24 November 2026”."""
    return format_date(when, "long", locale=_locale(_language.get()))


def day_and_time(when: datetime) -> str:
    """A date without its year and a time of day, like “Nov 24, 18:00”, on the clock of ``when`` itself."""
    locale = _locale(_language.get())
    return f"{format_skeleton('MMMd', when, locale=locale)}, {format_skeleton('Hm', when, locale=locale)}"


def moment(when: datetime, zone: str) -> str:
    """A date and time on that zone's clocks, short."""
    return format_datetime(when, "short", tzinfo=ZoneInfo(zone), locale=_locale(_language.get()))


def ago(when: datetime, now: datetime) -> str:
    """How long ago, like “3 hours ago”; the current minute is “just now”."""
    if abs(when - now) < timedelta(minutes=1):
        return _("just now") if when <= now else _("in a moment")
    return format_timedelta(when - now, add_direction=True, locale=_locale(_language.get()))


def lasting(time: timedelta) -> str:
    """How long something takes, in short, like “12 min”; at least a minute."""
    return format_timedelta(
        max(time, timedelta(minutes=1)), "minute", format="short", locale=_locale(_language.get())
    )


def number(value: float) -> str:
    return format_decimal(value, locale=_locale(_language.get()))


def listed(items: list[str]) -> str:
    """“a, b and c”."""
    return format_list(items, locale=_locale(_language.get()))
