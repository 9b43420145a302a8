"""Serves every hostile feed, page and bomb, each at an address of its own, from a process of its own.

Prints its port when it is ready. ``/feed/5``, ``/page/5`` and ``/bomb/5`` are what ``documents`` lists.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable

import brotli

from tests.digests.watch.test_feeds import XML_ATTACKS
from tests.digests.watch.test_hostile_documents import feeds, pages

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, 1),
    "deflate": lambda data: zlib.compress(data, 1),
    "br": lambda data: brotli.compress(data, quality=1),
}
MEBIBYTES = (6, 12, 20, 30)  # unpacked


def documents() -> dict[str, list[tuple[str, bytes]]]:
    """By kind: each document's encoding ("": as it is) and bytes."""
    attacks = (text.encode("utf-8", "surrogatepass") for text in XML_ATTACKS.values())
    bombs = [(name, pack(bytes(size * 2**20))) for name, pack in PACKERS.items() for size in MEBIBYTES]
    return {
        "feed": [("", body) for _name, body in feeds()] + [("", body) for body in attacks],
        "page": [("", body) for _name, body in pages()],
        "bomb": bombs,
    }


async def serve() -> None:
    served = documents()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
            kind, _, number = path.strip("/").partition("/")
            encoding, body = served[kind][int(number)] if kind in served else ("", b"")
            head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
            writer.write(
                (head + (f"Content-Encoding: {encoding}\r\n" if encoding else "") + "\r\n").encode() + body
            )
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # whoever asked has seen enough
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "0.0.0.0", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
