"""A web server inside the desk's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from digests.errors import ConfigError

# ------------ What a connection to the web server may cost, before and while anything is read of it.

ARRIVE = 15.0  # seconds for a request to be there whole, from its first byte on
ANSWER = 120.0  # seconds for its answer to be taken
MOST = 256  # connections at once; fewer where the process may open few files


def most_connections() -> int:
    """A quarter of the files this process may open at most: the desk itself needs some."""
    try:
        from resource import RLIMIT_NOFILE, getrlimit
    except ImportError:  # Windows counts otherwise, and allows more
        return MOST
    return min(MOST, max(8, getrlimit(RLIMIT_NOFILE)[0] // 4))


class LimitedProtocol(H11Protocol):
    """uvicorn's, with a time for each request and a number of connections. Where there are too many, the one
    that has said nothing whole for longest goes: strangers who hold halves of requests keep nobody out."""

    _deadline: asyncio.TimerHandle | None = None
    _since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()
        self._within(ARRIVE)
        if len(self.connections) > most_connections():
            waiting = [one for one in self.connections if isinstance(one, LimitedProtocol) and one.waits]
            min(waiting, key=lambda one: one._since, default=self).transport.abort()

    @property
    def waits(self) -> bool:
        """Whether nothing is being answered here."""
        return self.cycle is None or self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        if self._deadline is None:  # the next request of a connection
            self._within(ARRIVE)
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE:  # uvicorn's own time between two requests runs
            self._within(None)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._within(None)
        super().connection_lost(exc)

    def _look(self) -> None:
        if self.conn.their_state in (h11.DONE, h11.MUST_CLOSE, h11.CLOSED):
            self._within(ANSWER)

    def _within(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


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
