"""The connection to a model's server, which ends an answer that is longer than any of use.

The openai client reads an answer whole before it looks at it: without a bound a server that never
stops sending fills the memory until the call's time is over. A packed answer could unpack to any
size, so none is asked for, and none is taken.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import openai

LONGEST = 8 * 1024 * 1024  # bytes; a recording of 4,000 characters, or a day's batch, is a fraction of it


class TooMuchError(httpx2.TransportError):
    """The answer is longer than any of use, or packed."""


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, longest: int) -> None:
        self._stream = stream
        self._left = longest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise TooMuchError("The answer is too long.")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise TooMuchError("The answer is packed.")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream, LONGEST)


def bounded_client() -> httpx2.AsyncClient:
    """What the openai client would use, with the bound. Whoever uses it closes it."""
    return openai.DefaultAsyncHttpxClient(
        headers={"Accept-Encoding": "identity"}, event_hooks={"response": [_bound]}
    )
