"""Where Telegram sends its updates, to any process behind the address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

Take = Callable[[str, bytes], Awaitable[bool]]
"""Takes an update, given the secret it came with; false where that is wrong."""

LARGEST = 1 << 20  # bytes; an update is a message, never a file


def update_routes(webhook_url: str, take: Take) -> list[Route]:
    """The route for ``webhook_url``, which this server is reached at; none without one."""

    async def update(request: Request) -> Response:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST:
                return PlainTextResponse(status_code=413)
        secret = request.headers.get("x-telegram-bot-api-secret-token", "")
        return PlainTextResponse(status_code=200 if await take(secret, bytes(body)) else 403)

    path = urlsplit(webhook_url).path or "/"
    return [Route(path, update, methods=["POST"])] if webhook_url else []
