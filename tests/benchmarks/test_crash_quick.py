"""The desk killed again and again against servers at the wire: a short form of the benchmark."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples import ALL

KILLS = 15 if ALL else 6
ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_desk_killed_many_times_loses_and_doubles_nothing() -> None:
    """Where a chat can be looked at nothing stays in doubt; where not, it is reported. No doubt
    that a kill left is neither."""
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "benchmarks" / "crash.py"),
            "--kills",
            str(KILLS),
            "--sources",
            "40",
            "--seed",
            "5",
            "--json",
            "-",
        ],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    counted = json.loads(done.stdout)
    assert counted["kills"] == KILLS
    bad = {
        name: counted[name]
        for name in ("lost", "doubled", "unsettled", "misordered", "corrupt", "foreign", "untold", "retold")
    }
    assert bad == dict.fromkeys(bad, 0), counted
    each = counted["variants"]
    assert all(one["parts"] >= 50 for one in each.values())
    assert each["discord"]["doubtful"] == 0
    assert each["telegram"]["doubtful"] == each["telegram"]["doubtful_in_private"]
