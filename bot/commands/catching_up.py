"""/catchup and “/digest since”: a digest of what came since a moment, without using anything up."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.commands.registry import DIGESTS, command
from bot.commands.service import Service, refuse, say
from bot.conversation import Option, Reply, Request
from bot.locales import N_, _, moment
from bot.render.digest_text import digest_text
from bot.render.rich import Span, bold

LONGEST = timedelta(days=31)
_SPAN = re.compile(r"(?:last\s+)?(\d{1,3})\s*(h|hours?|d|days?|w|weeks?)")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@command(
    "catchup",
    N_("a digest of what came since then"),
    topic=DIGESTS,
    place=3,
    example="/catchup 3d",
    options=(Option(name="since", help=N_("3d, 12h, yesterday, monday or 2026-11-20"), required=False),),
)
async def catchup(service: Service, request: Request) -> Reply:
    """What was read and posted here since then, as one digest, for the one who asks."""
    chat = await service.stored(request.chat)
    now = service.clock()
    words = request.words.strip() or "1d"
    since = parse_since(words, now, chat.settings.zone)
    if since is None:
        return refuse(
            _(
                "Since when? Send /catchup 3d, /catchup 12h, /catchup yesterday, /catchup monday or /catchup 2026-11-20."
            )
        )
    digest = await service.desk.editor.since(chat, since, now)
    when = moment(since, chat.settings.zone)
    if digest is None:
        return say(_("Nothing has come since {when}.").format(when=when), private=True)
    head = bold(_("Since {when}").format(when=when))
    return say((head, Span("\n\n"), *digest_text(digest)), private=True)


def parse_since(words: str, now: datetime, zone: str) -> datetime | None:
    """The moment meant, on that zone's clocks and a month ago at most; None: not understood.

    ``3d``, ``12h``, ``2 weeks``, ``today``, ``yesterday``, ``monday`` (the last one) or a date.
    """
    wanted = words.strip().casefold().removeprefix("since ").strip()
    today = now.astimezone(ZoneInfo(zone)).date()
    span = _SPAN.fullmatch(wanted)
    if span:
        return max(now - LONGEST, now - timedelta(hours=int(span[1]) * _HOURS[span[2][0]]))
    day: date
    if wanted in ("today", "yesterday"):
        day = today - timedelta(days=wanted == "yesterday")
    elif wanted in _DAYS:
        day = today - timedelta(days=(today.weekday() - _DAYS.index(wanted) - 1) % 7 + 1)
    else:
        try:
            day = date.fromisoformat(wanted)
        except ValueError:
            return None
    then = datetime.combine(day, time(), ZoneInfo(zone))
    return None if then > now else max(then, now - LONGEST)
