"""Whether the desk lives and whether it can do its work, for what watches it: /healthz, /readyz, /metrics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.dashboard.security import is_this_machine, same_secret
from bot.metrics import Metrics
from bot.platforms.platform import Reachable
from digests.brief.llm.budget import Caps
from digests.clock import Clock
from digests.errors import NewsdeskError
from digests.ports import Channel, Store

QUEUE_AGE = timedelta(minutes=15)
LOOP_DELAY = 2.0  # seconds
PATIENCE = 5.0  # seconds a dependency may take to answer


@dataclass(frozen=True, slots=True)
class Check:
    """One dependency: ``problem`` is empty when it does its work."""

    name: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """``live`` gives the platforms that are served now. ``proxied``: a web server stands in front, so that
    who asks from this machine may ask for anybody."""

    store: Store
    clock: Clock
    metrics: Metrics
    caps: Callable[[], Caps]
    live: Callable[[], Sequence[Channel]]
    secret: SecretStr | None = field(default=None, repr=False)
    proxied: bool = False

    async def checks(self) -> list[Check]:
        """Every dependency, the database first: what rests on it is left out when it is away."""
        database = await self._database()
        checks = [database]
        if not database.problem:
            checks.append(await self._queue())
        checks += [Check(chat.platform, _problem(chat)) for chat in self.live()]
        return [*checks, self._loop()]

    async def _database(self) -> Check:
        try:
            async with asyncio.timeout(PATIENCE):
                await self.store.deliveries.counts()
        except TimeoutError:
            return Check("database", f"it did not answer within {PATIENCE:.0f} s")
        except NewsdeskError:
            return Check("database", "it can't be used; the log says why")
        return Check("database")

    async def _queue(self) -> Check:
        since = await self.store.looking.waiting_since(self.clock())
        age = self.clock() - since if since else timedelta()
        if age > QUEUE_AGE:
            minutes = age.total_seconds() // 60
            return Check("queue", f"a message waits to be sent since {minutes:.0f} minutes")
        return Check("queue")

    def _loop(self) -> Check:
        delay = self.metrics.last_delay
        if self.metrics.beaten is not None:
            delay = max(delay, time.monotonic() - self.metrics.beaten - 1)
        return Check("loop", f"it is {delay:.1f} s late" if delay > LOOP_DELAY else "")

    # ------------------------------------------------------------ routes

    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self.alive, methods=["GET"]),
            Route("/readyz", self.ready, methods=["GET"]),
            Route("/metrics", self.numbers, methods=["GET"]),
        ]

    async def alive(self, _request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def ready(self, request: Request) -> Response:
        """Anyone may know whether; why not is for this machine and holders of the secret."""
        checks = await self.checks()
        ok = not any(check.problem for check in checks)
        if not self._trusted(request):
            return JSONResponse({"ready": ok}, 200 if ok else 503)
        told = {check.name: check.problem or "ok" for check in checks}
        return JSONResponse({"ready": ok, "checks": told}, 200 if ok else 503)

    async def numbers(self, request: Request) -> Response:
        if not self._trusted(request):
            return PlainTextResponse(
                "Send the secret of [dashboard] as a bearer token.\n", 401, {"WWW-Authenticate": "Bearer"}
            )
        try:
            page = await self.metrics.page(self.store, self.caps(), self.clock())
        except NewsdeskError:
            return PlainTextResponse("The database can't be used; the log says why.\n", 503)
        return Response(page, media_type=CONTENT_TYPE_LATEST)

    def _trusted(self, request: Request) -> bool:
        if not self.proxied and is_this_machine(request):
            return True
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        return (
            self.secret is not None
            and kind.casefold() == "bearer"
            and same_secret(self.secret.get_secret_value(), given.strip())
        )


def _problem(chat: Channel) -> str:
    return (chat.unready() or "") if isinstance(chat, Reachable) else ""
