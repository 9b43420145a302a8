"""Where Telegram sends its updates, to any process behind the address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

Take = Callable[[str, bytes], Awaitable[bool]]
"""Takes an update, given the secret it came with; false where that is wrong."""

_CLOSE = {"Connection": "close"}  # the rest of it is not wanted
LARGEST = 1 << 20  # bytes; an update is a message, never a file


def update_routes(webhook_url: str, knows: Callable[[str], bool], take: Take) -> list[Route]:
    """The route for ``webhook_url``, which this server is reached at; none without one. ``knows`` tells
    whether a secret is that of somebody who takes updates."""

    async def update(request: Request) -> Response:
        secret = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not knows(secret):  # asked before anything is read
            return PlainTextResponse(status_code=403, headers=_CLOSE)
        body = bytearray()
        try:
            async for piece in request.stream():
                body += piece
                if len(body) > LARGEST:
                    return PlainTextResponse(status_code=413, headers=_CLOSE)
        except ClientDisconnect:
            return PlainTextResponse(status_code=400)
        return PlainTextResponse(status_code=200 if await take(secret, bytes(body)) else 403)

    path = urlsplit(webhook_url).path or "/"
    return [Route(path, update, methods=["POST"])] if webhook_url else []
