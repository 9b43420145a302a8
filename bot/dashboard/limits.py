"""What a connection to the web server may cost, before and while anything is read of it."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

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
