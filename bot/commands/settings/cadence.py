"""The cadence as buttons: a rhythm, then days and times to tap on and off."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from bot.commands.rhythm import day_in_short, in_short
from bot.conversation import Button
from digests.edit.schedule import Cadence, parse_cadence, spell_cadence
from digests.model import ChatSettings

_HOURS = (1, 3, 6, 12)
_TIMES = tuple(time(hour) for hour in (7, 8, 12, 18, 21))
_MONTH_DAYS = (1, 15, 31)
_ON = "✓ "


def cadence_rows(settings: ChatSettings, suffix: str) -> list[tuple[Button, ...]]:
    """Rows of buttons, each naming the whole cadence its tap would give."""
    now = parse_cadence(settings.cadence)
    times = now.times or (time(8),)
    daily = replace(now, times=times, hours=0)
    rhythms = (Cadence(), *(Cadence(hours=hours) for hours in _HOURS))
    rows = [
        tuple(_button(one, suffix, on=one == now) for one in rhythms),
        tuple(
            _button(one, suffix, on=bool(now.times) and replace(one, times=now.times) == now)
            for one in (
                Cadence(times=times),
                Cadence(times=times, weekdays=frozenset(range(5))),
                *(Cadence(times=times, month_day=day) for day in _MONTH_DAYS[:2]),
            )
        ),
    ]
    if not now.times:
        return rows
    if not now.month_day:
        rows.append(tuple(_day(daily, day, suffix) for day in range(7)))
    rows.append(tuple(_time(daily, at, suffix) for at in sorted({*_TIMES, *now.times})))
    return rows


def _day(now: Cadence, day: int, suffix: str) -> Button:
    """Taking the last day away gives every day."""
    chosen = now.weekdays ^ {day}
    on = day in now.weekdays
    if len(now.weekdays) == 7:  # from every day to that one
        chosen, on = frozenset({day}), False
    then = replace(now, weekdays=chosen or frozenset(range(7)))
    return Button(
        (_ON if on else "") + day_in_short(day), "settings", f"cadence {spell_cadence(then)}{suffix}"
    )


def _time(now: Cadence, at: time, suffix: str) -> Button:
    """The last time can't be taken away."""
    on = at in now.times
    times = tuple(sorted({*now.times} ^ {at})) or now.times
    then = replace(now, times=times)
    return Button((_ON if on else "") + f"{at:%H:%M}", "settings", f"cadence {spell_cadence(then)}{suffix}")


def _button(cadence: Cadence, suffix: str, *, on: bool) -> Button:
    spelled = spell_cadence(cadence)
    label = in_short(ChatSettings(cadence=spelled))
    return Button((_ON if on else "") + label, "settings", f"cadence {spelled}{suffix}")
