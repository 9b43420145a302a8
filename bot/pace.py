"""How late a source's news is and why it is asked when it is, in the language being spoken."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.locales import _, lasting, moment
from digests.edit.schedule import parse_zone
from digests.model import Demand, PollState, Source
from digests.watch.cadence import lateness

_DAY = timedelta(days=1)


def pace(source: Source, state: PollState, demand: Demand, now: datetime, zone: str) -> str:
    """Both, with times on the clocks of ``zone``; "" where neither can be said: it is not asked, fails, or
    was not read yet."""
    if source.paused or state.ended or state.failure is not None or state.last_ok is None:
        return ""
    found = lateness(state.rhythm.late)
    said = ("" if found is None else late(found), _why(state, demand, now, zone))
    return " · ".join(part for part in said if part)


def late(found: timedelta) -> str:
    """How late news is found."""
    return _("news found {time} after it is published").format(time=lasting(found))


def _why(state: PollState, demand: Demand, now: datetime, zone: str) -> str:
    if state.pushed_until is not None and state.pushed_until > now:
        return _("its hub says what is new")
    if demand.at_once:
        said = _("asked about every {time}: followed at once")
        return said.format(time=lasting(state.interval))
    if demand.digest is None:
        return _("asked once a day: nobody follows it")
    if state.next_poll is None or state.next_poll <= now:
        return ""
    said = _("next asked {time}, for the digest at {digest}")
    return said.format(time=_clock(state.next_poll, now, zone), digest=_clock(demand.digest, now, zone))


def _clock(when: datetime, now: datetime, zone: str) -> str:
    """The time of a moment within a day; of any other its date too."""
    return f"{when.astimezone(parse_zone(zone)):%H:%M}" if when - now < _DAY else moment(when, zone)
