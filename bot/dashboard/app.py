"""The desk's web application: the admins' pages, the public archive, what machines ask, what hubs push."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp

from bot.config import DashboardSettings
from bot.dashboard.archive import Archive
from bot.dashboard.health import Health
from bot.dashboard.pages import Pages
from bot.dashboard.security import Guard, body_of
from bot.dashboard.signing_in import SignIn
from bot.dashboard.sources import Look, SourcePages
from bot.dashboard.view import HERE, View
from bot.metrics import Metrics
from digests.brief.llm.budget import Caps
from digests.clock import Clock
from digests.desk.pushing import Pushing
from digests.model import Failure
from digests.ports import Channel, Store
from digests.watch.http import FEED_LIMIT

_STATIC = {"desk.css": "text/css", "live.js": "text/javascript", "icon.svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The application, and how an admin gets a link into it; ``probes`` is its health and metrics alone."""

    app: ASGIApp
    probes: ASGIApp
    sign_in: SignIn
    metrics: Metrics
    router: Router

    def add(self, routes: Sequence[BaseRoute]) -> None:
        """Further routes, before it serves."""
        self.router.routes[:0] = routes


def make_web(
    settings: DashboardSettings,
    admins: Callable[[], Collection[str]],
    store: Store,
    clock: Clock,
    *,
    metrics: Metrics,
    caps: Callable[[], Caps],
    look: Look,
    because: Callable[[Failure], str],
    live: Callable[[], Sequence[Channel]],
    routes: Sequence[BaseRoute] = (),
) -> Web:
    """Everything over HTTP; ``routes`` are further ones. ``live`` gives the platforms served."""
    base = settings.public_url.rstrip("/") or f"http://{settings.listen}"
    view = View(clock)
    sign_in = SignIn(store, clock, admins, base, view)
    health = Health(store, clock, metrics, caps, live, settings.secret, proxied=bool(settings.public_url))
    pages = Pages(store, clock, view, sign_in, health, caps)
    sources = SourcePages(store, clock, view, sign_in, look, because)
    parts: list[BaseRoute] = [
        *routes,
        *health.routes(),
        *sign_in.routes(),
        *pages.routes(),
        *sources.routes(),
        Route("/static/{name}", _static, methods=["GET"]),
    ]
    if settings.public:
        parts += Archive(store, clock, view, frozenset(settings.public_chats), base).routes()

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        title = {404: "There is no such page", 405: "That can't be done here"}.get(
            status, "That did not work"
        )
        todo = "The log says why." if status >= 500 else "Go back, or begin at the overview."
        return view.problem(request, status, title, todo)

    hosts = {urlsplit(base).hostname or "", urlsplit(f"http://{settings.listen}").hostname or ""} - {""}
    app = Starlette(routes=parts, exception_handlers={HTTPException: refused, Exception: refused})
    # outermost, so that what goes wrong within is answered with its headers too
    guard = Guard(app, hosts, https=base.startswith("https://"))
    return Web(
        app=guard,
        probes=Starlette(routes=health.routes()),
        sign_in=sign_in,
        metrics=metrics,
        router=app.router,
    )


async def _static(request: Request) -> Response:
    kind = _STATIC.get(request.path_params["name"])
    if kind is None:
        raise HTTPException(404)
    return FileResponse(HERE / "static" / request.path_params["name"], media_type=kind,
                        headers={"Cache-Control": "max-age=3600"})  # fmt: skip


# ------------ Where WebSub hubs reach the desk: ``/websub/TOKEN``, GET to ask back and POST to push.

_CLOSE = {"Connection": "close"}  # the rest of it is not wanted
_TOGETHER = 4  # documents read at once, each as large as a feed may be


def websub_routes(pushing: Pushing) -> list[Route]:
    """The routes of one desk."""
    together = asyncio.Semaphore(_TOGETHER)

    async def verify(request: Request) -> Response:
        challenge = await pushing.verify(request.path_params["token"], dict(request.query_params))
        return PlainTextResponse(status_code=404) if challenge is None else PlainTextResponse(challenge)

    async def push(request: Request) -> Response:
        if not await pushing.waits(request.path_params["token"]):  # asked before anything is read
            return PlainTextResponse(status_code=410, headers=_CLOSE)
        async with together:
            return await taken(request)

    async def taken(request: Request) -> Response:
        body = await body_of(request, FEED_LIMIT)
        if body is None:
            return PlainTextResponse(status_code=413, headers=_CLOSE)
        content_type, _, rest = request.headers.get("content-type", "").partition(";")
        charset = rest.partition("charset=")[2].strip(" \"'") or None
        signature = request.headers.get("x-hub-signature", "")
        known = await pushing.pushed(
            request.path_params["token"], signature, body, content_type.strip(), charset
        )
        return PlainTextResponse(status_code=202 if known else 410)

    path = "/websub/{token}"
    return [Route(path, verify, methods=["GET"]), Route(path, push, methods=["POST"])]
