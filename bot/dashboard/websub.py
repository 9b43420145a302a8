"""Where WebSub hubs reach the desk: ``/websub/TOKEN``, GET to ask back and POST to push."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digests.desk.pushing import Pushing
from digests.watch.http import FEED_LIMIT

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
        body = await _body(request)
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


async def _body(request: Request) -> bytes | None:
    """What is sent, None where it is larger than a feed may be or the sender went away."""
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > FEED_LIMIT:
                return None
            pieces.append(piece)
    except ClientDisconnect:
        return None
    return b"".join(pieces)
