"""What came of the kills of ``crash.py``: what the servers accepted against what was composed."""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.request
from collections import Counter
from collections.abc import Set
from contextlib import closing
from typing import Any

from benchmarks.crash_desk import World
from digests.deliver.decide import MOST_DOUBTS
from tests.fakes.telegram_rich import read, said


def ask(world: World, path: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{world.control}/{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        answered = answer.read()
        return json.loads(answered) if answered else None


POSTS = ("sendMessage", "sendRichMessage")


def accepted(world: World) -> list[tuple[str, str]]:
    """What the server took, in order: the chat's address, and what tells the part from others."""
    if world.variant == "discord":
        return [(one["channel_id"], one["nonce"]) for one in ask(world, "state")["accepted"]]
    lines = [json.loads(line) for line in (world.folder / "server").read_text().splitlines()]
    return [(str(one["chat_id"]), one["text"].strip()) for one in lines if one["method"] in POSTS]


def judge(world: World) -> Counter[str]:
    """What the server accepted against what the database says was composed."""
    with closing(sqlite3.connect(world.database)) as database:
        database.row_factory = sqlite3.Row
        rows = database.execute(
            "SELECT d.*, c.kind, c.address FROM deliveries d JOIN chats c ON c.id = d.chat_id ORDER BY d.id"
        ).fetchall()
    log = accepted(world)
    times = Counter(log)
    reported = told_of(world)
    counted: Counter[str] = Counter(lost=0, doubled=0, doubtful=0, misordered=0, parts=len(rows))
    counted.update(doubtful_in_private=0, doubtful_posted_twice=0, doubtful_held=0)
    numbers: dict[tuple[str, str], int] = {}
    for row in rows:
        said = row["nonce"] if world.variant == "discord" else telegram_text(row)
        key = (row["address"], said)
        if key in numbers:
            raise RuntimeError("two parts can't be told apart")
        numbers[key] = row["id"]
        seen, state = times[key], row["state"]
        doubtful = (row["digest_id"], row["part"]) in reported
        counted["doubtful"] += doubtful
        counted["doubtful_in_private"] += doubtful and row["kind"] == "private"
        counted["doubtful_posted_twice"] += doubtful and seen > 1
        counted["doubtful_held"] += doubtful and state == "held"
        if seen == 1 and state == "sent":
            continue
        if doubtful and row["kind"] == "private":
            fine = (state == "sent" and seen > 0) or (state == "held" and row["attempts"] >= MOST_DOUBTS)
        else:
            fine = doubtful and state == "held" and seen <= 1
        if not fine:
            counted["doubled" if seen > 1 else "lost"] += 1
    counted["foreign"] = sum(key not in numbers for key in log)
    order: dict[str, list[int]] = {}
    for key in log:
        order.setdefault(key[0], []).append(numbers.get(key, 0))
    counted["misordered"] = sum(ids != sorted(ids) for ids in order.values())
    return counted


def settled(world: World, doubts: Set[int]) -> Counter[str]:
    """What became of the deliveries that kills left in doubt."""
    with closing(sqlite3.connect(world.database)) as database:
        rows = database.execute("SELECT id, digest_id, part FROM deliveries").fetchall()
    looks = re.findall(r"(\d+) (?:Found|Absent)", written(world, "looks"))
    seen = doubts & {int(one) for one in looks}
    reported = told_of(world)
    known = seen | {one for one, digest, part in rows if (digest, part) in reported}
    return Counter(doubts=len(doubts), settled=len(seen), unsettled=len(doubts - known))


def told_of(world: World) -> set[tuple[int, int]]:
    """The digest and the part of each delivery that was reported."""
    said = re.findall(r"Part (\d+) of digest (\d+) for", written(world, "reports"))
    return {(int(digest), int(part) - 1) for part, digest in said}


def written(world: World, name: str) -> str:
    """What the lives wrote down there."""
    path = world.folder / name
    return path.read_text() if path.exists() else ""


def telegram_text(row: sqlite3.Row) -> str:
    payload = json.loads(json.loads(row["content"])["payload"])
    if payload.get("rich"):
        return said(read({"html": payload["rich"][0]})["blocks"]).strip()
    return str(payload["text"]).strip()
