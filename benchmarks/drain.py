"""How fast a backlog drains under the platforms' limits, and whether they are ever overstepped.

Two platforms in this process enforce their published limits on every message, by counting what
they accepted in the stretch just past (Telegram: 30 a second, 1 a second a chat, 20 a minute a
group; Discord: 50 a second, 5 in 5 seconds a channel), answer after a round trip of 5 ms or of
100 ms, a run for each, and say 429 to what is over. The outbox, on a SQLite file, delivers a
backlog to both at once, in real time, nothing scaled. The peer sends half as many from memory
through ``aiolimiter``, the leaky bucket python-telegram-bot's own rate limiter is made of, set to
the same limits, at 5 ms; after a 429 it waits as told. The limit is a bare loop with a place for
each message a second allows and nothing else to do: what this machine gives a sender that dates
its sends by their end. All side by side, each in a process of its own.

    ratio_to_allowed   messages accepted a second over the platform's limit, in the steady state
                       (from the third second to the third last); the worse platform's and run's
    throttled          429s in the steady state, both platforms, all runs
    memory_mb          resident before the first send, in the middle and after the last one

The full run drains 10,000 deliveries over 1,000 chats at each round trip (about three minutes);
``--quick`` the same shape in under 50 seconds. ``--jitter`` adds up to so many milliseconds to
each way.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict, deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil
from aiolimiter import AsyncLimiter

sys.path.insert(0, str(Path(__file__).parents[1]))

from digests.clock import utc_now
from digests.deliver.decide import new_nonce
from digests.deliver.outbox import Outbox
from digests.model import Chat, Delivery, Digest, Part
from digests.ports import Absent, Found, Outcome, Sent, Unknown, Wait
from digests.store import open_store

PARTS = 10
LATENCIES = (0.005, 0.1)  # seconds until the platform answers
EDGE = 3.0  # seconds at either end that are not steady state


@dataclass
class Server:
    """Enforces limits: ``{key: (count, seconds)}`` by what it accepted in the last ``seconds``."""

    platform: str
    overall: tuple[int, float]
    chat: tuple[int, float]
    group: tuple[int, float] | None = None
    latency: float = LATENCIES[0]
    jitter: float = 0.0
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    _seen: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        raise NotImplementedError

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        wait = await self.asked(chat)
        return Sent(delivery.nonce) if wait is None else Wait(timedelta(seconds=wait))

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        return Absent()

    async def asked(self, chat: Chat) -> float | None:
        """``take`` at the end of a wire."""
        await asyncio.sleep(self.latency / 2 + random.uniform(0, self.jitter))
        wait = self.take(chat)
        await asyncio.sleep(self.latency / 2 + random.uniform(0, self.jitter))
        return wait

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


def servers(latency: float = LATENCIES[0], jitter: float = 0.0) -> list[Server]:
    return [
        Server("telegram", (30, 1.0), (1, 1.0), (20, 60.0), latency=latency, jitter=jitter),
        Server("discord", (50, 1.0), (5, 5.0), latency=latency, jitter=jitter),
    ]


def chats_of(server: Server, count: int) -> list[Chat]:
    """Every third one a group."""
    return [
        Chat(platform=server.platform, address=f"{server.platform}{n}", kind="private" if n % 3 else "group")
        for n in range(count)
    ]


def resident_mb() -> float:
    return float(round(psutil.Process().memory_info().rss / 1_000_000, 1))


@dataclass
class Run:
    """A backlog drained: the servers after it, and the memory at the start, middle and end."""

    servers: list[Server]
    memory: list[float]

    @property
    def figures(self) -> dict[str, Any]:
        rates = {server.platform: server.steady() for server in self.servers}
        return {
            "latency_ms": round(self.servers[0].latency * 1_000),
            "ratio_to_allowed": round(min(rate for rate, _ in rates.values()), 4),
            "throttled": sum(refused for _, refused in rates.values()),
            "throttled_in_all": sum(len(server.refused) for server in self.servers),
            "ratios": {name: round(rate, 4) for name, (rate, _) in rates.items()},
            "seconds": round(max(s.accepted[-1] - s.accepted[0] for s in self.servers), 1),
            "memory_mb": dict(zip(("start", "middle", "end"), self.memory, strict=True)),
        }


async def drain(folder: Path, counts: dict[str, int], latency: float, jitter: float) -> Run:
    """Deliver with the outbox."""
    platforms = servers(latency, jitter)
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
    return Run(platforms, memory)


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
                wait = await server.asked(chat)
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
            await server.asked(chat)
            await asyncio.sleep(server.overall[1])

    async with asyncio.TaskGroup() as group:
        for server in platforms:
            for number in range(server.overall[0]):
                group.create_task(place(server, number))
                await asyncio.sleep(server.overall[1] / server.overall[0])
    return platforms


def drained(counts: dict[str, int], latency: float, jitter: float) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(drain(Path(folder), counts, latency, jitter))


def peer_drained(counts: dict[str, int]) -> list[Server]:
    return asyncio.run(drain_peer({name: count // 2 for name, count in counts.items()}))


def bare_drained(seconds: float) -> list[Server]:
    return asyncio.run(drain_bare(seconds))


def measure(counts: dict[str, int], seconds: float, jitter: float) -> dict[str, object]:
    """A run for each latency, the peer's and the limit's, each in a process of its own."""
    with ProcessPoolExecutor(len(LATENCIES) + 2, get_context("spawn")) as processes:
        draining = [processes.submit(drained, counts, latency, jitter) for latency in LATENCIES]
        peering = processes.submit(peer_drained, counts)
        baring = processes.submit(bare_drained, seconds)
        runs, peers, bare = [run.result().figures for run in draining], peering.result(), baring.result()
    peer = [server.steady() for server in peers]
    limit = [server.steady() for server in bare]
    return {
        "ratio_to_allowed": min(run["ratio_to_allowed"] for run in runs),
        "throttled": sum(run["throttled"] for run in runs),
        "deliveries": sum(counts.values()) * PARTS,
        "chats": sum(counts.values()),
        "jitter_ms": round(jitter * 1_000),
        "runs": runs,
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
    parser.add_argument("--jitter", type=float, default=0.0, metavar="MS")
    arguments = parser.parse_args()
    counts = {"telegram": 60, "discord": 100} if arguments.quick else {"telegram": 500, "discord": 500}
    figures = measure(counts, 15.0 if arguments.quick else 60.0, arguments.jitter / 1_000)
    text = json.dumps(figures, indent=None if arguments.json == "-" else 2)
    if arguments.json not in (None, "-"):
        Path(arguments.json).write_text(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
