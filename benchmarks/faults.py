"""Lets the platforms, the clock and the disk misbehave while the desk delivers, and counts the harm.

    python benchmarks/faults.py
    python benchmarks/faults.py --quick --json -

Each scenario is a desk of its own as a real process (store, outbox, chat and client library are
the real ones), 50 chats on a wire-level fake server in another process, digests composed all the
while. After a second the trouble begins; some seconds later, once a request has met it, it ends;
the desk is told neither, and is left alone until nothing waits any more. Then what the server
accepted is compared with what was composed, as ``crash.py`` does: what is doubtful must have been
reported and have gone as the policy says, else it counts as lost or doubled. Each scenario runs on
each platform, ``--quick`` a third of them on one platform each.

    lost, doubled, doubtful, misordered, foreign   as in ``crash.py``
    corrupt      databases in which PRAGMA integrity_check found fault
    stuck        desks that did not get everything out within ``PATIENCE`` after the trouble's end
    met          requests that met the fault (0: the trouble is not at the server)
    unmet        faults of a server that no request met
    seconds      from the trouble's end until nothing waited
    io_calls     statements and commits of a small desk, each of which failed once, before and
                 after it was carried out, in a run of its own (``--quick``: every twelfth)
    invalid      the most answers of 401, 403 and 429 that Discord gave in an hour's outage of each
                 kind (``--quick``: of two), on a clock that is set on where the desk waits; it bans
                 at 10,000 in 10 minutes
    doubtful_by_variant   the doubtful parts of each set-up, and what became of them
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import resource
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.crash import serve
from benchmarks.crash_desk import World
from benchmarks.crash_judge import ask, judge
from benchmarks.faults_desk import live_through
from benchmarks.faults_io import every_call_once
from benchmarks.faults_outage import OUTAGES, QUICK_OUTAGES, invalid_in_an_hour
from tests.fakes.faults import (
    CUT_AFTER,
    CUT_BEFORE,
    FAIL_AFTER,
    FAIL_BEFORE,
    HANG_AFTER,
    HANG_BEFORE,
    SLOW,
    THROTTLE,
)

VARIANTS = ("discord", "telegram", "blind")
COMPOSED = 4.0  # seconds in which digests are composed at least
CALM = 1.0  # seconds before the trouble begins
UNMET = 20.0  # seconds the trouble lasts at most for a request to meet it
PATIENCE = 120.0
TOGETHER = 6  # scenarios side by side
COUNTED = ("lost", "doubled", "doubtful", "misordered", "foreign", "corrupt", "stuck")


@dataclass(frozen=True)
class Scenario:
    """``fault``: what the server does to sends, in its own words; ``drop``: how its gateway goes."""

    name: str
    seconds: float = 4.0
    fault: dict[str, Any] = field(default_factory=dict)
    drop: dict[str, bool] | None = None
    quick: str = ""  # the set-up it has in a quick run; none: it is left out

    @property
    def variants(self) -> tuple[str, ...]:
        return VARIANTS if self.drop is None else ("discord",)


SCENARIOS = (
    Scenario("429, a chat at a time", fault={"action": THROTTLE, "wait": 1}),
    Scenario("429 for the whole bot", fault={"action": THROTTLE, "wait": 2, "whole": True}, quick="discord"),
    Scenario("502, nothing done", fault={"action": FAIL_BEFORE, "status": 502}),
    Scenario("502, yet done", fault={"action": FAIL_AFTER, "status": 502}, quick="telegram"),
    Scenario("cut before it was done", fault={"action": CUT_BEFORE}),
    Scenario("cut after it was done", fault={"action": CUT_AFTER}),
    Scenario("no answer, nothing done", fault={"action": HANG_BEFORE}),
    Scenario("no answer, yet done", fault={"action": HANG_AFTER}, quick="blind"),
    Scenario("slow", fault={"action": SLOW, "delay": 1.5}),
    Scenario("gateway closed, resumed", drop={}),
    Scenario("gateway closed, session gone", drop={"resumable": False}, quick="discord"),
    Scenario("gateway asks to reconnect", drop={"ask": True}),
    Scenario("clock an hour forward"),
    Scenario("clock an hour back", quick="telegram"),
    Scenario("disk full", quick="blind"),
    Scenario("read-only file"),
    Scenario("locked by another process", seconds=12.0),
)


# ---------------------------------------------------------------- one scenario


def run(scenario: Scenario, variant: str, folder: Path) -> dict[str, Any]:
    """A scenario from start to judgement."""
    server, world = serve(variant, folder)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            logging.basicConfig(filename=folder / "log", level=logging.WARNING)
            asyncio.run(live_through(world, scenario.name, COMPOSED, 1))
            code = 0
        except BaseException:
            logging.exception("the desk ended by itself")
        finally:
            os._exit(code)
    try:
        wait_until((folder / "ready").exists)
        time.sleep(CALM)
        with trouble(scenario, world, child) as met:
            time.sleep(scenario.seconds)
            wait_until_met(scenario, world, met)
        ended = time.monotonic()
        status = ended_within(child, PATIENCE)
        seconds = time.monotonic() - ended
        child = 0
        counted = judge(world)
    finally:
        if child:
            os.kill(child, signal.SIGKILL)
        server.terminate()
        server.wait()
    return {
        **counted,
        "corrupt": not sound(world.database),
        "stuck": int(status != 0),
        "met": sum(met),
        "seconds": round(seconds, 1),
        "scenario": scenario.name,
        "variant": variant,
    }


@contextmanager
def trouble(scenario: Scenario, world: World, desk: int) -> Iterator[list[int]]:
    """In force inside the block; in the end how many requests met it."""
    met: list[int] = []
    os.kill(desk, signal.SIGUSR1)
    if scenario.fault:
        tell_fault(world, scenario.fault)
    if scenario.drop is not None:
        ask(world, "drop", scenario.drop)
    if scenario.name == "disk full":
        resource.prlimit(desk, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    holder = sqlite3.connect(world.database, isolation_level=None, timeout=10)
    if scenario.name == "locked by another process":
        holder.execute("BEGIN EXCLUSIVE")
    try:
        yield met
    finally:
        holder.close()
        if scenario.name == "disk full":
            resource.prlimit(desk, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        if scenario.fault:
            met.append(heal(world))
        os.kill(desk, signal.SIGUSR2)


def wait_until_met(scenario: Scenario, world: World, met: list[int]) -> None:
    """A trouble that nobody had would prove nothing."""
    until = time.monotonic() + UNMET
    while scenario.fault and time.monotonic() < until:
        met.append(heal(world))
        tell_fault(world, scenario.fault)
        if sum(met):
            return
        time.sleep(0.5)


def tell_fault(world: World, fault: dict[str, Any]) -> None:
    fault = {"times": 1_000_000, **fault}
    wait, whole = fault.pop("wait", None), fault.pop("whole", False)
    if world.platform == "discord":
        more = {} if wait is None else {"delay": wait, "whole": whole}
        ask(world, "fault", {"pattern": "POST /channels/.*/messages", **fault, **more})
    else:  # Telegram says 429 in one way only
        more = {} if wait is None else {"retry_after": wait}
        ask(world, "do", {"call": "fault", "more": {"method": "send(Rich)?Message", **fault, **more}})


def heal(world: World) -> int:
    if world.platform == "discord":
        return int(ask(world, "heal", {})["met"])
    return int(ask(world, "do", {"call": "heal"})["met"])


def ended_within(child: int, seconds: float) -> int:
    """The child's exit status; killed when it takes longer."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def wait_until(true: Any, seconds: float = 180.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise RuntimeError("the desk did not come up")
        time.sleep(0.02)


def sound(database: Path) -> bool:
    with closing(sqlite3.connect(database)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


# ---------------------------------------------------------------- all of them


def measure(chosen: list[tuple[Scenario, str]], together: int) -> list[dict[str, Any]]:
    """Each in a process of its own, some side by side."""
    rows: list[dict[str, Any]] = []
    waiting = list(chosen)
    running: dict[int, Path] = {}
    with tempfile.TemporaryDirectory() as base:
        while waiting or running:
            while waiting and len(running) < together:
                scenario, variant = waiting.pop(0)
                folder = Path(base) / str(len(waiting))
                folder.mkdir()
                running[forked(scenario, variant, folder)] = folder
            child, status = os.wait()
            folder = running.pop(child)
            if status:
                raise SystemExit(f"a scenario could not be measured:\n{(folder / 'error').read_text()}")
            rows.append(json.loads((folder / "row").read_text()))
    return rows


def forked(scenario: Scenario, variant: str, folder: Path) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        (folder / "row").write_text(json.dumps(run(scenario, variant, folder)))
        code = 0
    except BaseException:
        (folder / "error").write_text(f"{scenario.name}, {variant}\n{traceback.format_exc()}")
    finally:
        os._exit(code)


def choose(quick: bool, names: list[str]) -> list[tuple[Scenario, str]]:
    scenarios = [one for one in SCENARIOS if not names or one.name in names]
    if quick and not names:
        return [(one, one.quick) for one in scenarios if one.quick]
    if quick:
        return [(one, one.variants[turn % len(one.variants)]) for turn, one in enumerate(scenarios)]
    return [(one, variant) for one in scenarios for variant in one.variants]


def doubts(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Of each set-up: the doubtful parts, of them in private chats, standing there twice, held."""
    names = ("doubtful", "doubtful_in_private", "doubtful_posted_twice", "doubtful_held")
    return {
        variant: {name: sum(row[name] for row in rows if row["variant"] == variant) for name in names}
        for variant in VARIANTS
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="under 50 seconds")
    parser.add_argument("--only", metavar="SCENARIO", action="append", default=[], help="by its name")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON; - for standard output")
    options = parser.parse_args()
    started = time.monotonic()
    chosen = choose(options.quick, options.only)
    if options.quick:
        chosen = [(replace(one, seconds=min(one.seconds, 2.5)), variant) for one, variant in chosen]
    with ProcessPoolExecutor(2, get_context("spawn")) as beside:
        if not options.only:
            calls = beside.submit(every_call_once, 12 if options.quick else 1)
            outage = beside.submit(invalid_in_an_hour, QUICK_OUTAGES if options.quick else OUTAGES)
        rows = measure(chosen, len(chosen) if options.quick else TOGETHER)
        figures: dict[str, Any] = {name: sum(row[name] for row in rows) for name in COUNTED}
        figures |= {"unmet": sum(one.fault != {} for one, _ in chosen) - sum(row["met"] > 0 for row in rows)}
        if not options.only:
            io, outages = calls.result(), outage.result()
            figures |= {"io_calls": io.pop("calls"), "io": io}
            for name in ("lost", "doubled", "misordered", "corrupt"):
                figures[name] += io[name]
            figures |= {"invalid": max(outages.values()), "outages": outages}
    figures |= {"doubtful_by_variant": doubts(rows), "scenarios": rows}
    figures |= {"seconds": round(time.monotonic() - started, 1)}
    words = json.dumps(figures, indent=None if options.json == "-" else 2)
    if options.json in (None, "-"):
        print(words)
    else:
        Path(options.json).write_text(words + "\n")


if __name__ == "__main__":
    main()
