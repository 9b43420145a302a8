"""Why something failed, in the language being spoken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.locales import N_, _, lasting, moment
from digests.edit.schedule import parse_zone
from digests.model import Demand, Failure, FailureKind, PollState, Source
from digests.watch.cadence import lateness

WHY: Mapping[FailureKind, str] = {
    FailureKind.BLOCKED_ADDRESS: N_("that address is not a public one"),
    FailureKind.BAD_URL: N_("that is not an address"),
    FailureKind.DNS: N_("there is no host of that name"),
    FailureKind.CONNECT: N_("the connection failed"),
    FailureKind.TLS: N_("the site's certificate is not valid"),
    FailureKind.TIMEOUT: N_("the answer took too long"),
    FailureKind.TOO_LARGE: N_("that is too large"),
    FailureKind.HTTP_STATUS: N_("the site answered with an error"),
    FailureKind.GONE: N_("the site says it is gone for good"),
    FailureKind.BOT_PROTECTION: N_("the site keeps programs out"),
    FailureKind.ROBOTS: N_("the site asks programs to stay away"),
    FailureKind.NOT_A_FEED: N_("that is not a feed"),
    FailureKind.EMPTY: N_("there is nothing in it"),
    FailureKind.UNREADABLE: N_("no text can be made of it"),
    FailureKind.BUDGET: N_("the budget for language models is used up"),
    FailureKind.MODEL: N_("the language model did not give an answer that can be used"),
    FailureKind.UNSUPPORTED: N_("I can't handle that kind of thing"),
}
"""What went wrong, in general: the engine's own reasons are exact, but English."""


def reason_of(failure: Failure) -> str:
    """What happened, in the language being spoken: exact in English, in general in the others."""
    exact, general = _(failure.reason), _(WHY[failure.kind])
    known = exact != failure.reason or general == WHY[failure.kind]
    return (exact if known else general).rstrip(".")


# ------------ How late a source's news is and why it is asked when it is, in the language being spoken.

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
