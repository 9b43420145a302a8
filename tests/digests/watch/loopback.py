"""A server on loopback, a fetcher that may ask it, and name servers that follow a script."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from digests.watch.http import HttpFetcher

Handler = Callable[[web.Request], Any]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    async def caught(request: web.BaseRequest) -> web.StreamResponse:
        return await handler(request)  # type: ignore[arg-type, no-any-return]

    runner = web.ServerRunner(web.Server(caught), shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def open_fetcher(**changes: Any) -> HttpFetcher:
    options: dict[str, Any] = {"allow_private": True, "ports": None, "spacing": 0, "deadline": 5.0}
    return HttpFetcher(**{**options, **changes})


class Scripted(AbstractResolver):
    """Answers each look-up with the next list of addresses of a script, the last one for ever."""

    def __init__(self, *script: list[str]) -> None:
        self.script = list(script)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        answers = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return [
            ResolveResult(
                hostname=host,
                host=ip,
                port=port,
                family=socket.AF_INET6 if ":" in ip else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for ip in answers
        ]

    async def close(self) -> None: ...
