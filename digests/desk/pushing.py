"""Pushes instead of polls: asks hubs, renews their leases, and takes in what they send.

A hub is a help, never relied on: a source is polled all the time, only more slowly while a
lease holds, and at its old pace as soon as the lease ends or the hub fails.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import urlsplit

from digests.clock import Clock
from digests.desk.intake import Intake
from digests.fair_slots import FairSlots
from digests.model import Failure, FailureKind, Feed, Page, Push, Source
from digests.ports import Store
from digests.watch import websub
from digests.watch.feeds import parse_feed
from digests.watch.offload import Offload

log = logging.getLogger(__name__)

ANSWER: Final = timedelta(minutes=10)  # for a hub to ask back, before it is asked again
TOGETHER: Final = 20  # hubs that are asked at once
PER_HUB: Final = 4  # of them at one host
AGAIN: Final = timedelta(hours=6)  # after a hub refused or could not be reached


class Poster(Protocol):
    """Posts a form; ``digests.watch.http.HttpFetcher`` does."""

    async def post(self, url: str, form: Mapping[str, str]) -> Page | Failure: ...


class Pushing:
    """``public_url`` is where hubs reach this desk, without a slash at its end.

    ``nudge`` is called after a push brought something new.
    """

    def __init__(
        self,
        store: Store,
        intake: Intake,
        poster: Poster,
        offload: Offload,
        clock: Clock,
        public_url: str,
        nudge: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._intake = intake
        self._poster = poster
        self._offload = offload
        self._clock = clock
        self._public_url = public_url.rstrip("/")
        self._nudge = nudge
        self._slots = FairSlots(TOGETHER)

    async def saw(self, source: Source, feed: Feed) -> None:
        """A feed was read: where it names a hub that was not asked yet, it will be."""
        if feed.hub is None:
            return
        topic = feed.self_url or source.url
        known = await self._store.pushes.of_source(source.id)
        if known is None or (known.hub, known.topic) != (feed.hub, topic):
            # one that names another at every reading has it asked at a steady pace all the same
            fresh = Push(
                source_id=source.id,
                hub=feed.hub,
                topic=topic,
                token=secrets.token_urlsafe(24),
                secret=secrets.token_urlsafe(32),
                next_try=self._clock() + (timedelta(0) if known is None else ANSWER),
            )
            await self._store.pushes.save(fresh)

    async def tend(self, now: datetime) -> None:
        """Ask the hubs whose time has come: new ones, and those whose lease is about to end."""
        due = await self._store.pushes.due(now, 100)
        for push in due:  # first, so that nothing a hub does has it asked at every sweep
            await self._store.pushes.try_again(push, now + ANSWER)
        try:
            await asyncio.gather(*(self._ask(replace(push, next_try=now + ANSWER), now) for push in due))
        finally:
            self._intake.leases = await self._store.pushes.leases(now)

    async def _ask(self, push: Push, now: datetime) -> None:
        callback = f"{self._public_url}/websub/{push.token}"
        form = websub.form("subscribe", push.topic, callback, push.secret)
        try:
            host = urlsplit(push.hub).netloc
            async with self._slots.turn((host, PER_HUB)):
                answer = await self._poster.post(push.hub, form)
        except Exception:
            log.exception("The hub of source %s could not be asked", push.source_id)
            answer = Failure(FailureKind.CONNECT, "The desk met an error of its own; see its log")
        if isinstance(answer, Failure):
            log.info("The hub of source %s failed: %s", push.source_id, answer.reason)
            # it may have asked back while it was answering: only the time of the next try is set
            await self._store.pushes.try_again(push, now + AGAIN)

    async def verify(self, token: str, asked: Mapping[str, str]) -> str | None:
        """A hub asks whether this was wanted: the challenge to repeat, None for no."""
        push, now = await self._store.pushes.by_token(token), self._clock()
        if push is None:
            return None
        if websub.denied(asked, push.topic):
            await self._store.pushes.save(replace(push, until=None, next_try=now + AGAIN))
            return ""
        grant = websub.granted(asked, push.topic)
        if grant is None:
            return None
        challenge, lease = grant
        await self._store.pushes.save(replace(push, until=now + lease, next_try=now + lease * 0.9))
        self._intake.leases = await self._store.pushes.leases(now)
        return challenge

    async def waits(self, token: str) -> bool:
        """Whether somebody here waits for what is pushed with that token."""
        return await self._store.pushes.by_token(token) is not None

    async def pushed(
        self, token: str, signature: str, body: bytes, content_type: str, charset: str | None
    ) -> bool:
        """A hub sends a document. False: nobody here waits for it, and the hub may forget us.

        One that is not signed as agreed is thrown away without a word, as the standard has it.
        """
        push, now = await self._store.pushes.by_token(token), self._clock()
        source = None if push is None else await self._store.sources.get(push.source_id)
        if push is None or source is None:
            return False
        if source.paused or not websub.signed(body, signature, push.secret):
            return True
        feed = await self._offload.run(parse_feed, body, content_type, charset, source.url)
        if isinstance(feed, Failure):
            log.info("A push for source %s can't be read: %s", source.id, feed.reason)
            await self._intake.poll(source, now)  # it has changed, whatever was sent
        else:
            await self._intake.take(source, feed, now)
        await self._nudge()
        return True
