"""Reads a document in a worker of a machine that has neither ``/proc`` nor ``resource``, as macOS and Windows
haven't; prints the words found. A start-up file in ``PYTHONPATH`` takes both away from every process."""

from __future__ import annotations

import asyncio
import sys

from digests.watch.feeds import parse_feed
from digests.watch.offload import Offload

TAKEN_AWAY = """
import builtins, io, sys
sys.modules["resource"] = None  # importing it raises ImportError
sys.modules["fcntl"] = None
def without(opened):
    def open_(file, *more, **named):
        if str(file).startswith("/proc/"):
            raise FileNotFoundError(2, "No such file or directory", str(file))
        return opened(file, *more, **named)
    return open_
builtins.open = io.open = without(io.open)
"""


async def main() -> None:
    body = b"<rss><channel><title>Herald</title><item><title>One</title></item></channel></rss>"
    async with Offload(1) as offload:
        print(await offload.run(parse_feed, body))


if __name__ == "__main__":
    sys.modules.pop("elsewhere", None)
    asyncio.run(main())
