"""What stands between processes and what they reach, so that the way can be cut, or leads there at all."""

from __future__ import annotations

import asyncio
import contextlib


class Proxy:
    """In front of a socket's path or a port of this machine; ``cut`` drops every connection and lets
    nobody in for a while."""

    def __init__(self, behind: str | int) -> None:
        self._behind = behind
        self._open: set[asyncio.StreamWriter] = set()
        self._shut = False
        self.port = 0

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> asyncio.Server:
        server = await asyncio.start_server(self._through, host, port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def cut(self, seconds: float) -> None:
        self.shut()
        await asyncio.sleep(seconds)
        self._shut = False

    def shut(self) -> None:
        """Drop every connection and let nobody in."""
        self._shut = True
        for writer in list(self._open):
            writer.transport.abort()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            if self._shut:
                return
            behind, to_behind = await (
                asyncio.open_unix_connection(self._behind)
                if isinstance(self._behind, str)
                else asyncio.open_connection("127.0.0.1", self._behind)
            )
            ends.append(to_behind)
            self._open |= set(ends)
            pipes = [
                asyncio.create_task(_copy(reader, to_behind)),
                asyncio.create_task(_copy(behind, writer)),
            ]
            await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
            for pipe in pipes:
                pipe.cancel()
        except OSError:
            pass
        finally:
            self._open -= set(ends)
            for end in ends:
                end.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
