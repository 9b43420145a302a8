"""When a chat's next digest is due. The only place where a chat's own time zone is applied.

Cadences: ``instant``; ``hourly``; ``every N hours``; ``daily HH:MM[,HH:MM…]``;
``weekdays HH:MM`` (Monday to Friday); ``DAY[,DAY…] HH:MM`` with days ``mon`` … ``sun``;
``weekly`` is short for ``mon 08:00``; ``monthly D HH:MM`` (a day the month lacks is its last).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digests.model import ChatSettings

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = frozenset(range(7))
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_QUIET = re.compile(r"\s*(\S+)\s*-\s*(\S+)\s*")


@dataclass(frozen=True, slots=True)
class Cadence:
    """A parsed cadence: a period in hours counted from midnight UTC, or local times on some days.

    Both empty means at once.
    """

    hours: int = 0
    times: tuple[time, ...] = ()
    weekdays: frozenset[int] = _EVERY_DAY
    month_day: int = 0


def parse_cadence(text: str) -> Cadence:
    """Read a cadence as a person types it. ``ValueError`` names what is accepted."""
    words = " ".join(text.casefold().replace(", ", ",").split()).split()
    match words:
        case ["instant"]:
            return Cadence()
        case ["hourly"]:
            return Cadence(hours=1)
        case ["every", "hour"]:
            return Cadence(hours=1)
        case ["every", number, "hours" | "hour"] if number.isdecimal() and 1 <= int(number) <= 24:
            return Cadence(hours=int(number))
        case ["daily", times]:
            return Cadence(times=_times(times))
        case ["daily"]:
            return Cadence(times=(time(8),))
        case ["weekdays", times]:
            return Cadence(times=_times(times), weekdays=frozenset(range(5)))
        case ["weekly"]:
            return Cadence(times=(time(8),), weekdays=frozenset({0}))
        case ["weekly", days, times] | [days, times] if _is_days(days):
            return Cadence(
                times=_times(times), weekdays=frozenset(DAYS.index(d[:3]) for d in days.split(","))
            )
        case ["monthly", day, times] if day.isdecimal() and 1 <= int(day) <= 31:
            return Cadence(times=_times(times), month_day=int(day))
    raise ValueError(
        f"“{text}” is not a cadence; use instant, hourly, every 6 hours, daily 08:00, daily 08:00,18:00, "
        "weekdays 07:30, sat,sun 10:00 or monthly 1 09:00"
    )


def spell_cadence(cadence: Cadence) -> str:
    """A cadence as ``parse_cadence`` reads it."""
    if cadence.hours:
        return "hourly" if cadence.hours == 1 else f"every {cadence.hours} hours"
    if not cadence.times:
        return "instant"
    times = ",".join(f"{at:%H:%M}" for at in cadence.times)
    if cadence.month_day:
        return f"monthly {cadence.month_day} {times}"
    if cadence.weekdays == _EVERY_DAY:
        return f"daily {times}"
    if cadence.weekdays == frozenset(range(5)):
        return f"weekdays {times}"
    return f"{','.join(DAYS[day] for day in sorted(cadence.weekdays))} {times}"


def parse_zone(name: str) -> ZoneInfo:
    """An IANA time zone. ``ValueError`` when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"“{name}” is not a time zone; use a name like Europe/Berlin or UTC") from None


def parse_quiet(text: str) -> tuple[time, time] | None:
    """Quiet hours ``22:00-07:00`` as local start and end; None for an empty text."""
    if not text.strip():
        return None
    match = _QUIET.fullmatch(text)
    start_end = [] if match is None else [_time(match[1]), _time(match[2])]
    if len(start_end) != 2 or start_end[0] is None or start_end[1] is None or start_end[0] == start_end[1]:
        raise ValueError(f"“{text}” are not quiet hours; write them like 22:00-07:00")
    return start_end[0], start_end[1]


def next_digest(settings: ChatSettings, after: datetime) -> datetime:
    """The first moment later than ``after`` (UTC) at which the chat's digest is due.

    ``instant`` gives ``after`` itself: whenever there is something. Quiet hours move a moment
    to their end. A local time that daylight saving skips is taken as if it had not been
    skipped; one that occurs twice counts once, at its first occurrence.
    """
    zone = parse_zone(settings.zone)
    cadence = parse_cadence(settings.cadence)
    if cadence.hours:
        moment = _next_period(cadence.hours, after)
    elif cadence.times:
        moment = _next_local(cadence, after.astimezone(zone).date(), after, zone)
    else:
        moment = after
    return _after_quiet(moment, parse_quiet(settings.quiet), zone)


def is_quiet(settings: ChatSettings, moment: datetime) -> bool:
    """Whether the moment is in the chat's quiet hours."""
    return quiet_end(settings, moment) != moment


def quiet_end(settings: ChatSettings, moment: datetime) -> datetime:
    """When the quiet hours end that the moment is in (UTC); the moment itself outside of them."""
    return _after_quiet(moment, parse_quiet(settings.quiet), parse_zone(settings.zone))


def local(settings: ChatSettings, moment: datetime) -> datetime:
    """A moment on the clocks where the chat is."""
    return moment.astimezone(parse_zone(settings.zone))


def _time(text: str) -> time | None:
    match = _TIME.fullmatch(text)
    return None if match is None else time(int(match[1]), int(match[2]))


def _times(text: str) -> tuple[time, ...]:
    found = sorted({_time(part) or _refuse(part) for part in text.split(",")})
    return tuple(found)


def _refuse(part: str) -> time:
    raise ValueError(f"“{part}” is not a time of day; write it like 08:00")


def _is_days(text: str) -> bool:
    return all(part[:3] in DAYS and calendar.day_name[DAYS.index(part[:3])].casefold().startswith(part)
               for part in text.split(","))  # fmt: skip


def _next_period(hours: int, after: datetime) -> datetime:
    midnight = datetime(1970, 1, 1, tzinfo=UTC)
    period = timedelta(hours=hours)
    return midnight + ((after - midnight) // period + 1) * period


def _next_local(cadence: Cadence, first: date, after: datetime, zone: ZoneInfo) -> datetime:
    # Two months and a day hold at least one of every kind of day; the day before counts too,
    # since a time that daylight saving skipped can fall past midnight.
    for offset in range(-1, 63):
        day = first + timedelta(days=offset)
        if day.weekday() not in cadence.weekdays:
            continue
        if cadence.month_day:
            last = calendar.monthrange(day.year, day.month)[1]
            if day.day != min(cadence.month_day, last):
                continue
        for at in cadence.times:
            # fold=0: the first of two equal local times, and the skipped ones pushed on
            moment = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
            if moment > after:
                return moment
    raise AssertionError("every cadence has a day within two months")


def _after_quiet(moment: datetime, quiet: tuple[time, time] | None, zone: ZoneInfo) -> datetime:
    if quiet is None:
        return moment
    start, end = quiet
    local = moment.astimezone(zone)
    at = local.time()
    inside = start <= at < end if start < end else at >= start or at < end
    if not inside:
        return moment
    day = local.date() + timedelta(days=1 if start > end and at >= start else 0)
    return datetime.combine(day, end, tzinfo=zone).astimezone(UTC)
