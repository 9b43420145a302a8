"""Workers and gateways killed and cut off, their database restarted: a short form of the benchmark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("NEWSDESK_TEST_POSTGRES"), reason="this machine has no PostgreSQL")
def test_a_killed_crew_posts_every_part_once_and_answers_everybody() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "NEWSDESK_TEST_POSTGRES"}
    done = subprocess.run(  # with a database of its own: it will be restarted
        [sys.executable, str(ROOT / "benchmarks" / "scale_kills.py"), "--quick", "--json", "-"],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
        env=environment,
    )
    counted = json.loads(done.stdout)
    assert counted["killed_workers"] >= 1, counted
    assert counted["killed_gateways"] >= 1, counted
    assert counted["cuts"] >= 1, counted
    assert counted["restarts"] == 1, counted
    assert counted["parts"] >= 1_000, counted
    assert counted["commands"] >= 10, counted
    bad = {name: counted[name] for name in ("waiting", "lost", "doubled", "unanswered")}
    assert bad == dict.fromkeys(bad, 0), counted
    # an answer given in the moments before a gateway dies, or loses its election, may be given again
    assert counted["answered_twice"] <= counted["killed_gateways"] + counted["restarts"], counted
