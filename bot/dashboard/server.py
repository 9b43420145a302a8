"""A web server inside the desk's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from bot.dashboard.limits import LimitedProtocol
from digests.errors import ConfigError

GRACE = 10  # seconds for requests in flight when it stops


class _Server(uvicorn.Server):
    """Leaves the process's signals to the desk."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp, listen: str) -> AsyncIterator[str]:
    """Serve at ``HOST:PORT`` (port 0: any free one) and give its address; stop cleanly at the end.

    ``ConfigError`` when the place can't be listened at.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, int(port)))
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigError(
            f"The web server can't listen at {listen}: {error}. Change listen in [dashboard], or --listen of a worker."
        ) from error
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=GRACE, ws="none", http=LimitedProtocol,
    )  # fmt: skip
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="web server")
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.005)
        bound = listener.getsockname()
        yield f"http://{f'[{bound[0]}]' if ':' in bound[0] else bound[0]}:{bound[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()
