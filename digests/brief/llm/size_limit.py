"""The connection to a model's server, which ends an answer that is longer than any of use.

The openai client reads an answer whole before it looks at it: without a bound a server that never
stops sending fills the memory until the call's time is over. None is asked to pack its answer, and
what a proxy packs all the same is unpacked here, a bit at a time, within the same bound.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

import httpx2
import openai

LONGEST = 8 * 1024 * 1024  # bytes; a recording of 4,000 characters, or a day's batch, is a fraction of it
_STEP = 64 * 1024  # bytes unpacked at a time
_PACKED = {"gzip": 31, "x-gzip": 31, "deflate": 47}  # zlib's window bits: 47 takes either header


class TooMuchError(httpx2.TransportError):
    """The answer is longer than any of use."""


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, longest: int, window: int | None) -> None:
        self._stream = stream
        self._left = longest
        self._unpacker = None if window is None else zlib.decompressobj(window)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            if self._unpacker is None:
                yield self._counted(chunk)
                continue
            while chunk:
                try:
                    plain = self._unpacker.decompress(chunk, _STEP)
                except zlib.error as error:
                    raise httpx2.RemoteProtocolError("The answer can't be unpacked.") from error
                chunk = self._unpacker.unconsumed_tail
                yield self._counted(plain)

    def _counted(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise TooMuchError("The answer is too long.")
        return chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx2.Response) -> None:
    packing = response.headers.pop("content-encoding", "identity").strip().casefold()
    if packing != "identity" and packing not in _PACKED:
        raise TooMuchError("The answer is packed in a way that was not asked for.")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream, LONGEST, _PACKED.get(packing))


def bounded_client() -> httpx2.AsyncClient:
    """What the openai client would use, with the bound. Whoever uses it closes it."""
    return openai.DefaultAsyncHttpxClient(
        headers={"Accept-Encoding": "identity"}, event_hooks={"response": [_bound]}
    )
