"""When digests come, in words."""

from __future__ import annotations

from collections.abc import Callable

from babel import Locale

from bot.commands.zones import city
from bot.locales import _, _n, listed, number, spoken
from digests.edit.schedule import Cadence, parse_cadence
from digests.model import ChatSettings


def rhythm(settings: ChatSettings) -> str:
    """When digests come, in a sentence."""
    cadence = parse_cadence(settings.cadence)
    if cadence.hours:
        return _n(
            "Digests come every hour.", "Digests come every {count} hours.", cadence.hours
        ).format(count=number(cadence.hours))  # fmt: skip
    if not cadence.times:
        return _("News comes as it happens.")
    times, where = times_of(cadence), city(settings.zone)
    if cadence.month_day:
        return _("Digests come on day {day} of each month at {times} ({city} time).").format(
            day=number(cadence.month_day), times=times, city=where
        )
    if len(cadence.weekdays) == 7:
        return _("Digests come every day at {times} ({city} time).").format(times=times, city=where)
    return _("Digests come {days} at {times} ({city} time).").format(
        days=days_of(cadence, day_name), times=times, city=where
    )


def in_short(settings: ChatSettings) -> str:
    """A cadence as a menu shows it."""
    cadence = parse_cadence(settings.cadence)
    if cadence.hours:
        return _n("every hour", "every {count} hours", cadence.hours).format(count=number(cadence.hours))
    if not cadence.times:
        return _("as it happens")
    if cadence.month_day:
        return _("monthly on day {day} at {times}").format(
            day=number(cadence.month_day), times=times_of(cadence)
        )
    if len(cadence.weekdays) == 7:
        return _("daily at {times}").format(times=times_of(cadence))
    return _("{days} at {times}").format(days=days_of(cadence, day_in_short), times=times_of(cadence))


def times_of(cadence: Cadence) -> str:
    return listed([f"{at:%H:%M}" for at in cadence.times])


def days_of(cadence: Cadence, named: Callable[[int], str]) -> str:
    """Its weekdays, each as ``named`` calls it."""
    if cadence.weekdays == frozenset(range(5)):
        return _("{first} to {last}").format(first=named(0), last=named(4))
    return listed([named(day) for day in sorted(cadence.weekdays)])


def day_name(day: int) -> str:
    """A weekday's name within a sentence; 0 is Monday."""
    names: dict[int, str] = Locale.parse(spoken(), sep="-").days["format"]["wide"]
    return names[day]


def day_in_short(day: int) -> str:
    """A weekday's short name, as menus show it; 0 is Monday."""
    names: dict[int, str] = Locale.parse(spoken(), sep="-").days["format"]["abbreviated"]
    return names[day]
