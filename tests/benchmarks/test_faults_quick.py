"""Two of the fault benchmark's scenarios: what the desk must come back from by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_clock_set_back_and_a_full_disk_cost_nothing() -> None:
    """Every part is accepted once and in order, and nothing waits for the old hour to come again."""
    wanted = ("clock an hour back", "disk full")
    chosen = [word for name in wanted for word in ("--only", name)]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "faults.py"), "--quick", *chosen, "--json", "-"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    counted = json.loads(done.stdout)
    assert {row["scenario"] for row in counted["scenarios"]} == set(wanted)
    bad = {name: counted[name] for name in ("lost", "doubled", "misordered", "foreign", "corrupt", "stuck")}
    assert bad == dict.fromkeys(bad, 0), counted
