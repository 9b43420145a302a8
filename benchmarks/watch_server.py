"""The feeds that ``watch.py`` sweeps, in a process of their own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

ITEMS, NEW = 30, 2
START = datetime(2026, 11, 24, 12, tzinfo=UTC)
TEXT = "The council met on Monday to weigh the plan for the harbour, and heard both sides. " * 5


def feed_template(sweep: int) -> bytes:
    """The feed of a sweep, ``@@@@@@`` standing for the feed's number."""
    newest = ITEMS + sweep * NEW
    items = "".join(
        f"<item><title>Report {n} from desk @@@@@@ on the harbour</title>"
        f"<link>https://site@@@@@@.example/news/{n}</link>"
        f'<guid isPermaLink="false">tag:site@@@@@@.example,2026:{n}</guid>'
        f"<pubDate>{(START + timedelta(minutes=n - 4000)).strftime('%a, %d %b %Y %H:%M:%S GMT')}</pubDate>"
        f"<category>World</category><description>{TEXT}</description></item>"
        for n in range(newest, newest - ITEMS, -1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Desk @@@@@@</title>'
        f"<link>https://site@@@@@@.example/</link>{items}</channel></rss>"
    ).encode()


class FeedServer(asyncio.Protocol):
    """``GET /feed/{number}``; ``GET /sweep/{n}`` moves every feed to that sweep."""

    sweep = 0
    template = feed_template(0)

    def __init__(self) -> None:
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head, self.buffer = self.buffer[:end], self.buffer[end + 4 :]
            self.answer(head)

    def answer(self, head: bytes) -> None:
        cls = type(self)
        _, what, number = head.split(b" ", 2)[1].split(b"/")
        if what == b"sweep":
            cls.sweep = int(number)
            cls.template = feed_template(cls.sweep)
        tag = b'"%d"' % cls.sweep
        if b"If-None-Match: " + tag in head:
            self.transport.write(b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\n\r\n")
            return
        body = cls.template.replace(b"@@@@@@", number.rjust(6, b"0")) if what == b"feed" else b"ok"
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: %s\r\nContent-Length: %d\r\n\r\n%s"
            % (tag, len(body), body)
        )


def serve(port: Any) -> None:
    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(FeedServer, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())
