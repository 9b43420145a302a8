"""``newsdesk doctor``: looks at everything the desk depends on, and says what to do.

It changes nothing and sends nothing, so it may run beside a desk at work.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from bot.config import Settings
from bot.findings import Finding, fail, off, ok, warn
from digests.clock import Clock, utc_now
from digests.errors import StoreError
from digests.model import Chat, Failure, FailureKind, Page
from digests.store import open_store
from digests.store.database import database_url
from digests.store.upgrading import plan
from digests.watch.guard import WEB_PORTS
from digests.watch.http import HttpFetcher

LEAST_SPACE = 500_000_000  # bytes free beside the database
MOST_DRIFT = timedelta(seconds=30)
_TELEGRAM, _DISCORD = "https://api.telegram.org", "https://discord.com/api/v10/gateway"


async def examine(settings: Settings, *, clock: Clock = utc_now) -> AsyncIterator[Finding]:
    """One finding after another, as they are made."""
    database = await _database(settings)
    yield database
    chats: list[Chat] = []
    if database.state.value == "ok" and not database.said.startswith("it is made"):
        async with open_store(settings.store.url) as store:
            followed = [
                chat for chat in await store.chats.all() if await store.subscriptions.of_chat(chat.id)
            ]
            chats = [chat for chat in followed if not chat.paused]
            for chat in followed:
                if chat.paused:
                    yield warn(f"{chat.platform}: {chat.title or chat.address}", f"paused: {chat.paused}",
                               "Put that right in the chat; digests go on by themselves then.")  # fmt: skip
    async for finding in _outbound(settings, clock):
        yield finding
    async for finding in _platforms(settings, chats):
        yield finding


async def _database(settings: Settings) -> Finding:
    subject, url = "Database", settings.store.url
    try:
        parsed = database_url(url)
        if parsed.get_backend_name() == "sqlite":
            found = _file(subject, Path(parsed.database or ""))
            if found is not None:
                return found
        steps = await plan(url)
    except StoreError as error:
        return fail(subject, str(error), "Check url in [store], and that nobody changed the file.")
    if steps:
        return ok(subject, f"its schema is upgraded at the next start, to {steps[-1].schema}")
    return ok(subject, "it opens, with this version's schema")


def _file(subject: str, file: Path) -> Finding | None:
    """What can be told of a SQLite database before it is opened."""
    folder = file.absolute().parent
    if not folder.is_dir():
        return fail(subject, f"the folder {folder} does not exist", "Make it, or change url in [store].")
    for place in (folder, file):
        if place.exists() and not os.access(place, os.W_OK):
            return fail(subject, f"{place} can't be written to",
                        "Give this user the right to; SQLite writes its log beside its file.")  # fmt: skip
    free = shutil.disk_usage(folder).free
    if free < LEAST_SPACE:
        return warn(subject, f"{folder} has {free / 1e6:.0f} MB left", "Make room on that disk.")
    if not file.exists():
        return ok(subject, f"it is made at the first run: {file}")
    return None


async def _outbound(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """The way out: DNS, HTTPS, and on the way what time it is elsewhere."""
    wanted = [_TELEGRAM] if settings.telegram.token else []
    wanted += [_DISCORD] if settings.discord.token else []
    wanted += [source.url for source in settings.sources[:1]]
    if not wanted:
        yield off("Outbound", "there is no platform and no source to reach", "Set a token, or add a source.")
        return
    hosts = {urlsplit(url).hostname or "": url for url in wanted}
    drift: timedelta | None = None
    private = settings.watch.allow_private
    async with HttpFetcher(
        allow_private=private, ports=None if private else WEB_PORTS,
        user_agent=settings.watch.user_agent, deadline=15, clock=clock,
    ) as fetcher:  # fmt: skip
        for host, url in hosts.items():
            try:
                socket.getaddrinfo(host, 443)
            except OSError:
                yield fail(f"DNS: {host}", "the name has no address here",
                           "Check this machine's resolver (/etc/resolv.conf) and the spelling of the name.")  # fmt: skip
                continue
            began = clock()
            page = await fetcher.get(url)
            if isinstance(page, Failure) and page.kind not in {FailureKind.HTTP_STATUS, FailureKind.ROBOTS}:
                yield fail(
                    f"Outbound: {host}", page.reason, "Check the firewall, and HTTPS from this machine."
                )
                continue
            yield ok(f"Outbound: {host}", "it answers")
            if isinstance(page, Page) and page.date and drift is None:
                drift = _drift(page.date, began, clock())
    if drift is not None and abs(drift) > MOST_DRIFT:
        yield warn("Clock", f"it is {abs(drift).total_seconds():.0f} s {'ahead' if drift > timedelta() else 'behind'}",
                   "Let the machine keep its time, for example with systemd-timesyncd or chrony.")  # fmt: skip
    elif drift is not None:
        yield ok("Clock", "it agrees with the servers'")


def _drift(date: str, began: datetime, ended: datetime) -> timedelta | None:
    """How far this machine's clock is ahead of a server's; the answer's own time is forgiven."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    if theirs.tzinfo is None:
        return None
    if began <= theirs <= ended:
        return timedelta()
    return began - theirs if began > theirs else ended - theirs


async def _platforms(settings: Settings, chats: list[Chat]) -> AsyncIterator[Finding]:
    telegram, discord = settings.telegram, settings.discord
    if telegram.token is None:
        yield off("Telegram", "no token", "Get one from @BotFather and set NEWSDESK_TELEGRAM__TOKEN.")
    else:
        from bot.chats import telegram_check

        mine = [chat for chat in chats if chat.platform == "telegram"]
        token = telegram.token.get_secret_value()
        async for finding in telegram_check.check(token, telegram.base_url, mine, telegram.ops_chat):
            yield finding
    if discord.token is None:
        yield off(
            "Discord", "no token", "Make a bot in the Developer Portal and set NEWSDESK_DISCORD__TOKEN."
        )
    else:
        from bot.chats import discord_check

        mine = [chat for chat in chats if chat.platform == "discord"]
        async for finding in discord_check.check(discord.token.get_secret_value(), discord.api_base, mine):
            yield finding
