"""Servers that bomb, drip and never end: bounded in time and memory, and the loop goes on meanwhile."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import brotli
import pytest
from aiohttp.compression_utils import HAS_ZSTD

from digests.model import Failure, FailureKind, PollState, Source
from digests.watch.feeds import FeedReader
from digests.watch.http import MAX_RATIO, HttpFetcher
from digests.watch.offload import Offload
from tests.digests.watch.measuring import measured

pytestmark = pytest.mark.slow
MIB = 2**20
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@asynccontextmanager
async def raw(*pieces: bytes, again: tuple[bytes, ...] = (), pause: float = 0.0) -> AsyncIterator[str]:
    """A server that writes the pieces, then ``again`` for ever, with a pause after each."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for piece in itertools.chain(pieces, itertools.cycle(again)):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


def fetching(deadline: float = 5.0) -> HttpFetcher:
    return HttpFetcher(allow_private=True, ports=None, spacing=0, deadline=deadline)


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode()


# ---------------------------------------------------------------- bombs

SIZES = (6, 12, 25, 40, 60, 100)  # MiB unpacked
FILLS = {"zeros": b"\0" * MIB, "feed": (b"<item><title>a</title></item>" * 37_000)[:MIB]}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, 6),
    "deflate": lambda data: zlib.compress(data, 6),
    "br": lambda data: brotli.compress(data, quality=1),
}


@pytest.mark.parametrize("encoding", PACKERS)
async def test_twelve_bombs_of_each_encoding(encoding: str) -> None:
    bombs = [
        (fill, size, PACKERS[encoding](FILLS[fill] * size)) for fill, size in itertools.product(FILLS, SIZES)
    ]
    assert len(bombs) == 12
    async with fetching() as fetcher, measured() as cost:
        for fill, size, bomb in bombs:
            answer = head(f"Content-Encoding: {encoding}", f"Content-Length: {len(bomb)}") + bomb
            async with raw(answer) as url:
                start = time.monotonic()
                found = await fetcher.get(url)
            assert isinstance(found, Failure), (fill, size)
            assert found.kind is FailureKind.TOO_LARGE
            assert time.monotonic() - start < 2
    assert cost.grown < 100 * MIB
    assert cost.lag_p99 < 0.05


async def test_a_bomb_within_the_limit_is_known_by_its_ratio_and_a_text_that_repeats_itself_is_none() -> None:
    bomb = gzip.compress(bytes(4 * MIB), 9)
    assert MAX_RATIO * len(bomb) < 4 * MIB
    text = gzip.compress(b"".join(b"<item><title>News %d</title></item>\n" % n for n in range(60_000)))
    lines = "Content-Encoding: gzip"
    async with fetching() as fetcher:
        async with raw(head(lines, f"Content-Length: {len(bomb)}") + bomb) as url:
            bombed = await fetcher.get(url)
        async with raw(head(lines, f"Content-Length: {len(text)}") + text) as url:
            fine = await fetcher.get(url)
    assert isinstance(bombed, Failure)
    assert bombed.kind is FailureKind.TOO_LARGE
    assert not isinstance(fine, Failure)


# ---------------------------------------------------------------- drips

CHUNKED = head("Transfer-Encoding: chunked")
LONG = head("Content-Length: 1000000")
DRIPS: dict[str, tuple[tuple[bytes, ...], tuple[bytes, ...]]] = {
    "status line": ((), (b"H",)),
    "status line, then spaces": ((b"HTTP/1.1 200",), (b" ",)),
    "reason": ((b"HTTP/1.1 200 ",), (b"O",)),
    "headers": ((b"HTTP/1.1 200 OK\r\n",), (b"X: y\r\n",)),
    "a header's name": ((b"HTTP/1.1 200 OK\r\n",), (b"X",)),
    "a header's value": ((b"HTTP/1.1 200 OK\r\nX: ",), (b"y",)),
    "a folded header": ((b"HTTP/1.1 200 OK\r\nX: y\r\n",), (b" z\r\n",)),
    "cookies": ((b"HTTP/1.1 200 OK\r\n",), (b"Set-Cookie: a=b\r\n",)),
    "continue": ((), (head(status="100 Continue"),)),
    "early hints": ((), (head("Link: </x>", status="103 Early Hints"),)),
    "body until the end": ((head(),), (b"a",)),
    "body of a length": ((LONG,), (b"a",)),
    "spaces": ((LONG,), (b" ",)),
    "a feed's items": ((LONG, b"<rss><channel>"), (b"<item/>",)),
    "chunks": ((CHUNKED,), (b"1\r\na\r\n",)),
    "a chunk's size": ((CHUNKED,), (b"0",)),
    "a chunk's body": ((CHUNKED, b"fffff\r\n"), (b"a",)),
    "chunk extensions": ((CHUNKED, b"1;"), (b"a",)),
    "trailers": ((CHUNKED, b"1\r\na\r\n0\r\n"), (b"X: y\r\n",)),
    "an error page": ((head("Content-Length: 1000000", status="503 Busy"),), (b"a",)),
    "a redirect's body": ((head("Location: /x", "Content-Length: 1000000", status="302 Found"),), (b"a",)),
    "packed": ((head("Content-Encoding: gzip", "Content-Length: 100000"), gzip.compress(b"a" * 99)[:12]), (b"\0",)),
}  # fmt: skip


async def test_every_drip_ends_at_the_deadline() -> None:
    async def one(name: str, fetcher: HttpFetcher) -> tuple[str, object, float]:
        first, again = DRIPS[name]
        async with raw(*first, again=again, pause=0.01) as url:
            start = time.monotonic()
            found = await fetcher.get(url)
            return name, found, time.monotonic() - start

    async with (
        HttpFetcher(allow_private=True, ports=None, spacing=0, deadline=0.5, per_host=0) as fetcher,
        measured() as cost,
    ):
        for name, found, took in await asyncio.gather(*(one(name, fetcher) for name in DRIPS)):
            assert isinstance(found, Failure), name
            assert took < 2, name
    assert len(DRIPS) >= 20
    assert cost.grown < 100 * MIB
    assert cost.lag_p99 < 0.05


# ---------------------------------------------------------------- endless bodies

BLOCK = b"a" * 65_536
PACKED = zlib.compressobj(1)
PACKED_HEAD = head("Content-Encoding: deflate", "Transfer-Encoding: chunked") + chunk(
    PACKED.compress(BLOCK) + PACKED.flush(zlib.Z_SYNC_FLUSH)
)
PACKED_CHUNK = chunk(PACKED.compress(BLOCK * 64) + PACKED.flush(zlib.Z_FULL_FLUSH))
ENDLESS: dict[str, tuple[tuple[bytes, ...], tuple[bytes, ...]]] = {
    "until the end": ((head(),), (BLOCK,)),
    "a length of terabytes": ((head("Content-Length: 9999999999999"),), (BLOCK,)),
    "chunks": ((CHUNKED,), (chunk(BLOCK),)),
    "tiny chunks": ((CHUNKED,), (chunk(b"a") * 2000,)),
    "a feed": ((CHUNKED,), (chunk(b"<item><title>t</title></item>" * 900),)),
    "deep": ((CHUNKED,), (chunk(b"<div>" * 9000),)),
    "packed": ((PACKED_HEAD,), (PACKED_CHUNK,)),
    "headers": ((b"HTTP/1.1 200 OK\r\n",), (b"X-A: " + b"y" * 4000 + b"\r\n",)),
    "one header": ((b"HTTP/1.1 200 OK\r\nX: ",), (BLOCK,)),
    "an error page": ((head("Transfer-Encoding: chunked", status="500 No"),), (chunk(BLOCK),)),
}  # fmt: skip


async def test_every_endless_answer_is_cut_off() -> None:
    async with fetching(deadline=0.6) as fetcher, measured() as cost:
        for name, (first, again) in ENDLESS.items():
            async with raw(*first, again=again) as url:
                start = time.monotonic()
                found = await fetcher.get(url)
            assert isinstance(found, Failure), name
            assert time.monotonic() - start < 2, name
        await asyncio.sleep(0.5)
    assert len(ENDLESS) >= 10
    assert cost.grown < 100 * MIB
    assert cost.lag_p99 < 0.05


# ---------------------------------------------------------------- encodings nobody asked for


def zstd(*blocks: bytes) -> bytes:
    """A frame of Zstandard; its blocks are written by hand, as no library for it is needed."""
    *first, last = blocks
    marked = [*first, bytes([last[0] | 1]) + last[1:]]
    return b"\x28\xb5\x2f\xfd\x00\x58" + b"".join(marked)  # a window of 2 MiB, no length told


def verbatim(data: bytes) -> bytes:
    return (len(data) << 3).to_bytes(3, "little") + data


def repeated(byte: bytes, times: int) -> bytes:
    return (times << 3 | 1 << 1).to_bytes(3, "little") + byte


FEED = b"<rss><channel><title>T</title><item><title>One</title></item></channel></rss>"
UNASKED = {
    "zstd": ("zstd", zstd(verbatim(FEED))),
    "a bomb of zstd": ("zstd", zstd(*[repeated(b" ", 128 * 1024)] * 4000)),
    "zstd that is none": ("zstd", FEED),
    "broken br": ("br", b"\xff" * 64),
    "cut br": ("br", brotli.compress(FEED * 1000)[:-9]),
    "broken gzip": ("gzip", FEED),
    "cut gzip": ("gzip", gzip.compress(FEED * 1000)[:-20]),
    "gzip with another checksum": ("gzip", gzip.compress(FEED)[:-8] + b"\0" * 8),
    "broken deflate": ("deflate", b"\xff" * 64),
    "two at once": ("gzip, br", brotli.compress(gzip.compress(FEED))),
    "compress": ("compress", b"\x1f\x9d\x90" + bytes(64)),
    "nonsense": ("nonsense", bytes(range(256))),
}


READ_AS_FAR_AS_IT_GOES = {"cut br", "cut gzip"} | ({"zstd"} if HAS_ZSTD else set())


@pytest.mark.parametrize("name", UNASKED)
async def test_an_encoding_that_cannot_be_undone_is_a_plain_failure(name: str) -> None:
    encoding, body = UNASKED[name]
    start = time.monotonic()
    answer = head(f"Content-Encoding: {encoding}", f"Content-Length: {len(body)}") + body
    async with fetching() as fetcher, Offload(1) as offload, measured() as cost, raw(answer) as url:
        found = await FeedReader(fetcher, offload).read(Source(url=url), PollState(), NOW)
    if name in READ_AS_FAR_AS_IT_GOES and not isinstance(found, Failure):
        assert found.feed is not None
        assert found.feed.title == "T"
        return
    assert isinstance(found, Failure), found
    assert found.kind in (FailureKind.UNREADABLE, FailureKind.NOT_A_FEED, FailureKind.TOO_LARGE)
    assert found.reason.startswith(
        ("127.0.0.1 sent an answer", "the address gives", "the document is larger")
    )
    assert time.monotonic() - start < 5
    assert cost.grown < 100 * MIB


async def test_only_what_can_be_unpacked_is_asked_for() -> None:
    asked: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(head("Content-Length: 0"))
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server, fetching() as fetcher:
        await fetcher.get(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    (line,) = [line for line in asked[0].lower().split(b"\r\n") if line.startswith(b"accept-encoding:")]
    offered = {name.strip() for name in line.decode().partition(":")[2].split(",")}
    known = {"gzip", "deflate", "br"} | ({"zstd"} if HAS_ZSTD else set())
    assert offered <= known
    assert "gzip" in offered
