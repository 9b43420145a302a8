"""Strangers share the desk: what they do to it, and to the honest people beside them.

    python benchmarks/hostile.py
    python benchmarks/hostile.py --quick --json -

The whole desk runs with Telegram, hubs and SQLite. First an honest feed and an honest person have it to
themselves. Then a dozen people send it all that is known to hurt: feeds and pages made to be slow to
read or never to end, articles of one sentence, hubs that hang or have no address, files of nothing
but brackets, commands as long as a message, forged buttons, bursts of what can't be answered. Sites,
platform and people are a process of their own.

``loop_p99_ms`` and ``loop_worst_ms``: how late the desk's event loop was in the attack; ``idle_…`` how late a process is
that does nothing meanwhile, and ``loop_work_…`` how long the loop's thread worked in one turn: on a machine that
others use too, these tell whose the lateness is. ``honest_delay_ratio``:
the greater of two ratios of the attack to the calm: the time between two polls of the honest feed, and
the wait for an answer to ``/help``, of which a quarter of a second is left to anybody. ``rss_mb``: what the desk and
its workers have in memory at the most, pages that they share counted once. ``db_mb``: its files in the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil
from pydantic import SecretStr

from bot import logs
from bot.app import App, open_app
from bot.config import Settings, SourceSettings
from digests.watch.cadence import Bounds

PACE = timedelta(seconds=2)
BEAT = 0.01  # seconds
FREE = 0.25  # seconds an answer may take before anybody would call it late
WANTED = {
    "loop_p99_ms": 50.0,
    "loop_worst_ms": 250.0,
    "honest_delay_ratio": 2.0,
    "rss_mb": 400.0,
    "db_mb": 50.0,
}


@dataclass
class Watch:
    """How late the loop was at each beat and how long its thread worked between two, seconds; and the
    most memory, bytes."""

    late: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    memory: int = 0

    async def run(self, others: set[int]) -> None:
        me, looked = psutil.Process(), 0.0
        while True:
            began, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(BEAT)
            now = time.perf_counter()
            self.late.append(now - began - BEAT)
            self.work.append(time.thread_time() - worked)
            if now - looked > 1:
                looked = now
                self.memory = max(self.memory, await asyncio.to_thread(_memory, me, others))


def at(times: list[float], share: float) -> float:
    """What so many of the times keep to, ms."""
    return round(sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000, 1)


def metronome(pipe: Connection) -> None:
    """A process that does nothing but beat: how late it is, the machine is for anybody."""
    late: list[float] = []
    while not pipe.poll():
        began = time.perf_counter()
        time.sleep(BEAT)
        late.append(time.perf_counter() - began - BEAT)
    pipe.send(late)


def world(pipe: Connection) -> None:
    """The process of sites, platform and people."""
    from benchmarks import hostile_world  # here, so that the desk's process is not the larger for it

    hostile_world.serve(pipe)


def _memory(me: psutil.Process, others: set[int]) -> int:
    total = _taken(me)
    for child in me.children(recursive=True):
        if child.pid not in others:
            try:
                total += _taken(child)
            except psutil.NoSuchProcess:  # a worker that was just replaced
                continue
    return int(total)


def _taken(process: psutil.Process) -> int:
    """What a process has in memory; what it shares with its workers is divided among them, where the system tells."""
    info = process.memory_full_info()
    return int(getattr(info, "pss", info.rss))


def _size(folder: str) -> int:
    return sum(file.stat().st_size for file in Path(folder).glob("desk.sqlite3*"))


def settings_for(folder: str, base_url: str, token: str, honest: str) -> Settings:
    base = Settings()
    return base.model_copy(
        update={
            "store": base.store.model_copy(update={"url": str(Path(folder) / "desk.sqlite3")}),
            "watch": base.watch.model_copy(update={"allow_private": True, "timeout_seconds": 5.0}),
            "telegram": base.telegram.model_copy(update={"token": SecretStr(token), "base_url": base_url}),
            "discord": base.discord.model_copy(update={"token": None}),
            "console": base.console.model_copy(update={"enabled": False}),
            "chats": base.chats.model_copy(update={"cadence": "instant"}),
            "dashboard": base.dashboard.model_copy(
                update={"listen": "127.0.0.1:0", "public_url": "https://desk.example"}
            ),
            "sources": (SourceSettings(url=f"{honest}/feed", name="Honest"),),
        }
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[App]:
    async with open_app(settings, console=False) as app:
        app.live_settings.bounds = Bounds(shortest=PACE, longest=PACE, unfollowed=PACE)
        await app.start()
        serving = asyncio.create_task(app.run(grace=timedelta(seconds=1)))
        try:
            yield app
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def measure(
    calm: float, attack: float, pipe: Connection, beats: Connection, others: set[int]
) -> dict[str, Any]:
    base_url, token, honest = await asyncio.to_thread(pipe.recv)
    with tempfile.TemporaryDirectory() as folder:
        watch = Watch()
        async with running(settings_for(folder, base_url, token, honest)):
            await asyncio.sleep(3)
            pipe.send("calm")
            await asyncio.sleep(calm)
            watching = asyncio.create_task(watch.run(others))
            pipe.send("attack")
            await asyncio.sleep(attack)
            pipe.send("end")
            beats.send("end")
            watching.cancel()
            met = await asyncio.to_thread(pipe.recv)
            size = await asyncio.to_thread(_size, folder)
        idle = await asyncio.to_thread(beats.recv)
    return {
        "loop_p99_ms": at(watch.late, 0.99),
        "loop_worst_ms": at(watch.late, 1),
        "loop_work_p99_ms": at(watch.work, 0.99),
        "loop_work_worst_ms": at(watch.work, 1),
        "idle_p99_ms": at(idle, 0.99),
        "idle_worst_ms": at(idle, 1),
        "honest_delay_ratio": round(_ratio(met, calm, attack), 2),
        "rss_mb": round(watch.memory / 1e6),
        "db_mb": round(size / 1e6, 1),
        "met": met,
    }


def _ratio(met: dict[str, Any], calm: float, attack: float) -> float:
    """An honest feed that was not polled twice has waited for the whole attack."""
    gap, wait = met["poll_gap"], met["help"]
    polls = gap.get("attack", attack) / gap.get("calm", calm)
    answers = max(wait.get("attack", attack), FREE) / max(wait.get("calm", calm), FREE)
    return float(max(polls, answers))


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--quick", action="store_true", help="half a minute of it, instead of three")
    options.add_argument("--json", metavar="FILE", help="write the figures there; - for standard output")
    asked = options.parse_args()
    logs.set_up("CRITICAL", "json", ())
    calm, attack = (11.0, 22.0) if asked.quick else (30.0, 150.0)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=world, args=(theirs,), daemon=True)
    server.start()
    beats, beating = context.Pipe()
    idle = context.Process(target=metronome, args=(beating,), daemon=True)
    idle.start()
    try:
        others = {server.pid or 0, idle.pid or 0}
        figures = asyncio.run(measure(calm, attack, ours, beats, others))
    finally:
        server.kill()
        idle.kill()
    if asked.json == "-":
        print(json.dumps(figures))
    else:
        if asked.json:
            Path(asked.json).write_text(json.dumps(figures) + "\n")
        for name, wanted in WANTED.items():
            print(f"{name:20} {figures[name]:>10}   wanted: {wanted:g} at most")
        print(json.dumps(figures["met"]))
    return 0 if all(figures[name] <= wanted for name, wanted in WANTED.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
