"""How fast a backlog drains under the platforms' limits, and whether they are ever overstepped.

Two platforms in this process enforce their published limits on every message, by counting what
they accepted in the stretch just past (Telegram: 30 a second, 1 a second a chat, 20 a minute a
group; Discord: 50 a second, 5 in 5 seconds a channel), answer after a few milliseconds, and say
429 to what is over. The outbox, on a SQLite file, delivers a backlog to both at once, in real
time, nothing scaled. Then the peer sends half as many from memory through ``aiolimiter``, the
leaky bucket python-telegram-bot's own rate limiter is made of, set to the same limits; after a
429 it waits as told. The limit is a bare loop just after, with a place for each message a second
allows and nothing else to do: what this machine gives a sender that dates its sends by their end.

    ratio_to_allowed   messages accepted a second over the platform's limit, in the steady state
                       (from the third second to the third last); the worse platform's
    throttled          429s in the steady state, both platforms
    memory_mb          resident before the first send, in the middle and after the last one

The full run drains 10,000 deliveries over 1,000 chats (about four minutes); ``--quick`` the same
shape in under 50 seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil
from aiolimiter import AsyncLimiter

sys.path.insert(0, str(Path(__file__).parents[1]))

from digests.clock import utc_now
from digests.deliver.nonce import new_nonce
from digests.deliver.outbox import Outbox
from digests.model import Chat, Delivery, Digest, Part
from digests.ports import Absent, Found, Outcome, Sent, Unknown, Wait
from digests.store import open_store

PARTS = 10
LATENCY = 0.005  # seconds until the platform answers
EDGE = 3.0  # seconds at either end that are not steady state


@dataclass
class Server:
    """Enforces limits: ``{key: (count, seconds)}`` by what it accepted in the last ``seconds``."""

    platform: str
    overall: tuple[int, float]
    chat: tuple[int, float]
    group: tuple[int, float] | None = None
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    _seen: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        raise NotImplementedError

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        await asyncio.sleep(LATENCY / 2)
        wait = self.take(chat)
        await asyncio.sleep(LATENCY / 2)
        return Sent(delivery.nonce) if wait is None else Wait(timedelta(seconds=wait))

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        return Absent()

    def take(self, chat: Chat) -> float | None:
        """Accept a message, or say how long to wait."""
        now = time.monotonic()
        limits = [("", self.overall), (chat.address, self.chat)]
        if self.group is not None and chat.kind == "group":
            limits.append((f"group {chat.address}", self.group))
        wait = 0.0
        for key, (count, seconds) in limits:
            seen = self._seen[key]
            while seen and seen[0] + seconds <= now:
                seen.popleft()
            if len(seen) >= count:
                wait = max(wait, seen[0] + seconds - now)
        if wait > 0:
            self.refused.append(now)
            return wait
        for key, _ in limits:
            self._seen[key].append(now)
        self.accepted.append(now)
        return None

    def steady(self) -> tuple[float, int]:
        """The rate over the limit, and the 429s, between the edges. The rate is the slope of a
        line through all that was accepted: sends come in bursts, and counting whole bursts
        between two moments would round."""
        start, end = self.accepted[0] + EDGE, self.accepted[-1] - EDGE
        times = [at for at in self.accepted if start <= at < end]
        rate = statistics.linear_regression(times, range(len(times))).slope
        return rate * self.overall[1] / self.overall[0], sum(start <= at < end for at in self.refused)


def servers() -> list[Server]:
    return [
        Server("telegram", (30, 1.0), (1, 1.0), (20, 60.0)),
        Server("discord", (50, 1.0), (5, 5.0)),
    ]


def chats_of(server: Server, count: int) -> list[Chat]:
    """Every third one a group."""
    return [
        Chat(platform=server.platform, address=f"{server.platform}{n}", kind="private" if n % 3 else "group")
        for n in range(count)
    ]


def resident_mb() -> float:
    return float(round(psutil.Process().memory_info().rss / 1_000_000, 1))


async def drain(folder: Path, counts: dict[str, int]) -> tuple[list[Server], list[float]]:
    """Deliver with the outbox; the servers after it, and the memory at the start, middle and end."""
    platforms = servers()
    async with open_store(str(folder / "drain.sqlite3")) as store:
        for server in platforms:
            for chat in chats_of(server, counts[server.platform]):
                stored = await store.chats.ensure(chat, utc_now())
                digest = Digest(chat_id=stored.id, created=utc_now(), items=())
                parts = [
                    Delivery(
                        digest_id=0,
                        chat_id=stored.id,
                        part=number,
                        content=Part(payload="x" * 3_000, plain="x" * 3_000),
                        nonce=new_nonce(),
                    )
                    for number in range(PARTS)
                ]
                await store.digests.compose(digest, parts, (), None, utc_now())
        outbox = Outbox(store, {server.platform: server for server in platforms}, utc_now)
        total = sum(counts.values()) * PARTS
        delivering = asyncio.create_task(outbox.deliver_due())
        memory = [resident_mb()]
        while sum(len(s.accepted) for s in platforms) < total // 2 and not delivering.done():
            await asyncio.wait([delivering], timeout=0.1)
        memory.append(resident_mb())
        sent = await delivering
        memory.append(resident_mb())
        if sent != total:
            raise SystemExit(f"{sent} of {total} were delivered")
    return platforms, memory


async def drain_peer(counts: dict[str, int]) -> list[Server]:
    """The same messages through leaky buckets, a task a chat, as fast as they let through."""
    platforms = servers()

    async def one(server: Server, overall: AsyncLimiter, chat: Chat) -> None:
        own = [AsyncLimiter(*server.chat)]
        if server.group is not None and chat.kind == "group":
            own.append(AsyncLimiter(*server.group))
        for _ in range(PARTS):
            while True:
                for limiter in (*own, overall):
                    await limiter.acquire()
                await asyncio.sleep(LATENCY / 2)
                wait = server.take(chat)
                await asyncio.sleep(LATENCY / 2)
                if wait is None:
                    break
                await asyncio.sleep(wait)

    async with asyncio.TaskGroup() as group:
        for server in platforms:
            overall = AsyncLimiter(*server.overall)
            for chat in chats_of(server, counts[server.platform]):
                group.create_task(one(server, overall, chat))
    return platforms


async def drain_bare(seconds: float) -> list[Server]:
    """A loop for each place: send, wait until a second after its end, send again."""
    platforms = servers()
    end = time.monotonic() + seconds

    async def place(server: Server, number: int) -> None:
        turn = 0
        while time.monotonic() < end:
            turn += 1
            chat = Chat(platform=server.platform, address=f"{number} {turn}", kind="private")
            await asyncio.sleep(LATENCY / 2)
            server.take(chat)
            await asyncio.sleep(LATENCY / 2)
            await asyncio.sleep(server.overall[1])

    async with asyncio.TaskGroup() as group:
        for server in platforms:
            for number in range(server.overall[0]):
                group.create_task(place(server, number))
                await asyncio.sleep(server.overall[1] / server.overall[0])
    return platforms


async def measure(counts: dict[str, int]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        platforms, memory = await drain(Path(folder), counts)
    bare = await drain_bare(8.0 if sum(counts.values()) < 500 else 30.0)
    peers = await drain_peer({name: count // 2 for name, count in counts.items()})
    rates = {server.platform: server.steady() for server in platforms}
    peer = [server.steady() for server in peers]
    limit = [server.steady() for server in bare]
    return {
        "ratio_to_allowed": round(min(rate for rate, _ in rates.values()), 4),
        "throttled": sum(refused for _, refused in rates.values()),
        "throttled_in_all": sum(len(server.refused) for server in platforms),
        "ratios": {name: round(rate, 4) for name, (rate, _) in rates.items()},
        "deliveries": sum(counts.values()) * PARTS,
        "chats": sum(counts.values()),
        "seconds": round(max(s.accepted[-1] - s.accepted[0] for s in platforms), 1),
        "memory_mb": dict(zip(("start", "middle", "end"), memory, strict=True)),
        "peer": "aiolimiter, a leaky bucket for each limit",
        "peer_ratio_to_allowed": round(min(rate for rate, _ in peer), 4),
        "peer_throttled": sum(refused for _, refused in peer),
        "limit": "a bare loop",
        "limit_ratio_to_allowed": round(min(rate for rate, _ in limit), 4),
        "wanted": {"ratio_to_allowed": 0.95, "throttled": 0},
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a shorter backlog, under 50 seconds")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON; - for standard output")
    arguments = parser.parse_args()
    counts = {"telegram": 60, "discord": 100} if arguments.quick else {"telegram": 500, "discord": 500}
    figures = asyncio.run(measure(counts))
    text = json.dumps(figures, indent=None if arguments.json == "-" else 2)
    if arguments.json not in (None, "-"):
        Path(arguments.json).write_text(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
