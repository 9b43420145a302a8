"""How late news is by the benchmark, on feeds made up here."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START = datetime(2026, 1, 5, 6, tzinfo=UTC)
DAY = timedelta(days=1)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "benchmarks" / "fresh.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_news_of_a_source_with_habits_is_found_sooner_than_by_even_polling(tmp_path: Path) -> None:
    """A column each Tuesday at nine, with three parts in a row, and a page that changes once a month."""
    column = [START + week * 7 * DAY + timedelta(days=1, hours=3, minutes=part * 7)
              for week in range(10) for part in range(3)]  # fmt: skip
    seldom = [START + month * 30 * DAY + timedelta(hours=month) for month in range(3)]
    (tmp_path / "traces").mkdir()
    lines = [
        json.dumps({"feed": name, "moments": [one.isoformat() for one in moments]})
        for name, moments in (("column", column), ("seldom", seldom))
    ]
    (tmp_path / "traces" / "feeds.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = run("--data", str(tmp_path), "--json", "-")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["feeds"] == 2
    assert found["items"] == len(column) + len(seldom) - 2  # the first poll's are not counted
    assert found["p50_min"] < found["even_48"]["p50_min"]
    assert 40 < found["polls_per_source_day"] < 55
    assert 20 < found["at_24"]["polls_per_source_day"] < 28
    assert found["digest_missing_min"] <= 10
    assert found["digest_polls_per_source_day"] < 8


def test_without_traces_it_says_where_it_looked(tmp_path: Path) -> None:
    done = run("--data", str(tmp_path))
    assert done.returncode == 2
    assert str(tmp_path / "traces" / "feeds.jsonl") in done.stderr
