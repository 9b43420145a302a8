"""Kills the desk with SIGKILL in the middle of a busy hour, again and again, and counts the harm.

    python benchmarks/crash.py --kills 500
    python benchmarks/crash.py --quick --json -

Each variant has a platform of its own: a wire-level fake server in a process of its own, spoken
to by the real chat on its unmodified client library, with 50 chats. Another process serves 200
feeds (``--quick``: 40) that grow all the while; each chat is subscribed to eight of them.

    discord      text channels
    telegram     channels, supergroups and private chats, with an ops chat to look through
    blind        the same without one: a doubtful part follows the policy, and is reported

A life of the desk is one process: it opens the SQLite store, connects, settles what the last
life left, polls what is due, reads, groups, briefs and edits what is new, and delivers, all with
the real parts. It is forked from a parent that has everything imported, so that a life is short.
It is killed at a random moment, the start included, or at a named step: before or after a commit
(polled, add, place, compose, sending, sent, again, hold), before, after or during a send, before
or after a look. A life whose step does not come within two seconds is killed then. The steps are
wrapped around the methods here; nothing in the desk knows of them.

The pace is that of the platforms' limits made fifty times as fast, and the servers enforce none:
at the real pace a life would be killed while it waits. For the last life the news stands still; it
is left alone until nothing is pending (its clock jumps ahead where something waits); then what the
servers accepted is compared with what was composed, and that with the news.

    kills        lives that ended by SIGKILL
    lost         parts never accepted, or not recorded as sent
    doubled      parts accepted more than once, though a look could tell
    doubts       parts that a kill left in sending
    settled      those of them that a look at the chat found, or found missing
    unsettled    those of them neither settled by a look nor reported
    doubtful     parts reported as in doubt; they follow the policy: posted again in a private
                 chat, held in any other (what strays from that counts as lost or doubled)
    misordered   chats that got a part before an earlier one
    foreign      accepted messages that were never composed
    untold       items that a chat subscribed to and that stand in none of its digests
    retold       items that stand in two of a chat's digests
    corrupt      kills after which PRAGMA integrity_check found fault with the database
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.crash_desk import OPS, Step, World, live
from benchmarks.crash_judge import ask, judge, settled
from benchmarks.crash_news import told

ROOT = Path(__file__).parents[1]
VARIANTS = ("discord", "telegram", "blind")
CHATS = 50
PATIENCE = 2.0  # seconds a named step is waited for
LONGEST = 0.8  # seconds a life delivers at most before a kill at random
COMMON = ("polled", "add", "place", "compose", "sending", "send", "sent", "find")
STEPS = {"discord": COMMON, "telegram": COMMON, "blind": (*COMMON, "again", "hold")}
OFTEN = ("compose", "sending", "send", "sent")  # these come many times in a life


# ---------------------------------------------------------------- killing it


def life(world: World, step: Step | None, after: float | None) -> str:
    """One life: killed at a step, or ``after`` seconds (below zero: of its start, else of its
    first delivery); with neither it ends by itself. Where it was killed."""
    heard, ready = os.pipe()
    last = step is None and after is None
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(heard)
            asyncio.run(live(world, step, None if last else ready))
            code = 0
        except BaseException:
            logging.exception("a life ended by itself")
        finally:
            os._exit(code)
    os.close(ready)
    if after is not None and after < 0:
        time.sleep(-after)
    else:
        select.select([heard], [], [], 180 if last else 20)
        time.sleep(after or 0)
    os.close(heard)
    patience = time.monotonic() + (180 if last else PATIENCE if step else 0)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() >= patience:
            step = None
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            break
        time.sleep(0.002)
    killed = os.WIFSIGNALED(status)
    if last == killed or (not killed and os.WEXITSTATUS(status)):
        raise RuntimeError("a life ended otherwise than it should")
    return f"{step[0]} {step[1]}" if step else "at random"


def plans(variant: str, chance: random.Random) -> list[dict[str, Any]]:
    """Each named step once and as many random moments, in a random order."""
    steps = [(when, name) for name in STEPS[variant] for when in ("before", "after")]
    steps += [("during", "send")] * 3
    found: list[dict[str, Any]] = []
    for when, name in steps:
        count = chance.randint(1, 5) if name in OFTEN else 1
        found.append({"step": (when, name, count), "after": None})
        early = chance.random() < 0.2
        found.append(
            {"step": None, "after": -chance.uniform(0, 0.4) if early else chance.uniform(0, LONGEST)}
        )
    chance.shuffle(found)
    return found


def left(world: World) -> tuple[bool, set[int]]:
    """Whether the database, as the kill left it, passes its check, and the deliveries in doubt; on
    a copy, so that the next life itself has to recover. An edit is no doubt: it is made again."""
    copy = world.folder / "copy.sqlite3"
    for ending in ("", "-wal"):
        with suppress(FileNotFoundError):
            shutil.copy(f"{world.database}{ending}", f"{copy}{ending}")
    with closing(sqlite3.connect(copy)) as database:
        fine = bool(database.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
        in_doubt = "SELECT id FROM deliveries WHERE state = 'sending' AND edits IS NULL"
        doubts = {int(one) for (one,) in database.execute(in_doubt)}
    for ending in ("", "-wal", "-shm"):
        Path(f"{copy}{ending}").unlink(missing_ok=True)
    return fine, doubts


def run(variant: str, kills: int, seconds: float, seed: int, sources: int, folder: Path) -> dict[str, Any]:
    """A variant from start to judgement."""
    logging.basicConfig(filename=folder / "log", level=logging.ERROR)
    chance = random.Random(f"{variant} {seed}")
    server, world = serve(variant, folder)
    news, world = serve_news(world, sources)
    where: Counter[str] = Counter()
    corrupt = 0
    doubts: set[int] = set()
    try:
        life(world, None, None)
        until = time.monotonic() + seconds
        queue: list[dict[str, Any]] = []
        while where.total() < kills and time.monotonic() < until:
            queue = queue or plans(variant, chance)
            where[life(world, **queue.pop())] += 1
            fine, new = left(world)
            corrupt += not fine
            doubts |= new
        with urllib.request.urlopen(f"{world.feeds}/stop", timeout=30) as answer:
            items = json.loads(answer.read())
        life(world, None, None)
        corrupt += not left(world)[0]
        counted = judge(world)
        counted.update(settled(world, doubts))
        with closing(sqlite3.connect(world.database)) as database:
            counted.update(told(database, items))
    finally:
        for process in (server, news):
            process.terminate()
            process.wait()
    return {"kills": where.total(), "corrupt": corrupt, **counted, "killed": dict(sorted(where.items()))}


# ---------------------------------------------------------------- the servers


def serve(variant: str, folder: Path) -> tuple[subprocess.Popen[bytes], World]:
    """Start the variant's server and make its chats."""
    name = "discord" if variant == "discord" else "telegram"
    limits = ["--message-limit", "1000000/1", "--overall-limit", "1000000/1"]
    server = subprocess.Popen(
        [sys.executable, "-m", f"tests.fakes.{name}_server", "--port", str(free_port()), "--state",
         str(folder / "server"), *(limits if name == "discord" else ())],
        cwd=ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert server.stdout is not None
    world = World(variant, folder, json.loads(server.stdout.readline()), ())
    if name == "discord":
        made = ask(world, "channel", {"count": CHATS})["channels"]
        return server, replace(world, addresses=tuple((one, "text") for one in made))
    kinds = [
        ("channel", "add_channel", -100_1000),
        ("group", "add_group", -100_2000),
        ("private", "add_private", 100),
    ]
    addresses = []
    for number in range(CHATS):
        kind, call, base = kinds[number % 3]
        address = base - number if base < 0 else base + number
        ask(world, "do", {"call": call, "args": [address]})
        addresses.append((str(address), kind))
    ask(world, "do", {"call": "add_group", "args": [OPS]})
    return server, replace(world, addresses=tuple(addresses))


def serve_news(world: World, sources: int) -> tuple[subprocess.Popen[bytes], World]:
    """Start the server of the feeds."""
    port = free_port()
    script = str(ROOT / "benchmarks" / "crash_news.py")
    news = subprocess.Popen(
        [sys.executable, script, "--port", str(port), "--sources", str(sources)], cwd=ROOT
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return news, replace(world, feeds=f"http://127.0.0.1:{port}", sources=sources)
        time.sleep(0.05)
    raise RuntimeError("the server of the feeds did not come up")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


# ---------------------------------------------------------------- all three


def measure(kills: int, seconds: float, seed: int, sources: int) -> dict[str, Any]:
    """The variants side by side, each in a process of its own; totals and each one's figures."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        running = {}
        for number, variant in enumerate(VARIANTS):
            share = kills // len(VARIANTS) + (number < kills % len(VARIANTS))
            (Path(folder) / variant).mkdir()
            running[variant] = subprocess.Popen(
                [sys.executable, __file__, "--variant", variant, "--kills", str(share), "--seconds",
                 str(seconds), "--seed", str(seed), "--sources", str(sources),
                 "--folder", str(Path(folder) / variant)],
                stdout=subprocess.PIPE,
            )  # fmt: skip
        outputs = {variant: process.communicate()[0] for variant, process in running.items()}
        for variant, process in running.items():
            if process.returncode:
                with suppress(FileNotFoundError):
                    sys.stderr.write((Path(folder) / variant / "log").read_text()[-4000:])
                raise SystemExit(f"the variant {variant} could not be measured")
    each = {variant: json.loads(output) for variant, output in outputs.items()}
    names = ("kills", "lost", "doubled", "doubts", "settled", "unsettled", "doubtful", "misordered",
             "corrupt", "parts", "foreign", "items", "untold", "retold")  # fmt: skip
    totals: dict[str, Any] = {name: sum(one[name] for one in each.values()) for name in names}
    return totals | {"variants": each, "seconds": round(time.monotonic() - started, 1)}


def outbox_alone(kills: int, seconds: float, seed: int) -> dict[str, Any]:
    """The same harm done to the outbox and its store alone: many more kills in the same time."""
    sys.path.insert(0, str(ROOT / "tests" / "digests" / "deliver"))
    from crash_rounds import many

    logging.disable(logging.CRITICAL)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        counted = many(Path(folder), kills=kills, seconds=seconds, seed=seed)
    return {**counted, "seconds": round(time.monotonic() - started, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="under 50 seconds")
    parser.add_argument("--kills", type=int, help="over all variants; 500, or with --quick what fits")
    parser.add_argument("--seconds", type=float, help="kill no longer than this")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sources", type=int, help="how many feeds; 200, or with --quick 40")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON; - for standard output")
    parser.add_argument(
        "--outbox-only", action="store_true", help="the outbox and its store alone, chats that live in a file"
    )
    parser.add_argument("--variant", choices=VARIANTS, help="this one alone, in --folder")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    kills = options.kills or (10_000 if options.quick else 500)
    sources = options.sources or (40 if options.quick else 200)
    seconds = options.seconds or (25.0 if options.quick else 3600.0)
    if options.variant:
        print(json.dumps(run(options.variant, kills, seconds, options.seed, sources, options.folder)))
        return
    if options.outbox_only:
        figures = outbox_alone(kills, seconds, options.seed)
    else:
        figures = measure(kills, seconds, options.seed, sources)
    words = json.dumps(figures, indent=None if options.json == "-" else 2)
    if options.json in (None, "-"):
        print(words)
    else:
        Path(options.json).write_text(words + "\n")


if __name__ == "__main__":
    main()
