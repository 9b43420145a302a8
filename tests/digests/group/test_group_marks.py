"""What benchmarks/group.py prints is held here, so that a change that groups worse is seen at once."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
HEADLINES = ROOT / ".." / "shared" / "data" / "stories" / "headlines-en.csv"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    before = list(sys.path)
    spec = spec_from_file_location("benchmark_of_grouping", ROOT / "benchmarks" / "group.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


def test_b_cubed_marks_a_clustering_worked_out_by_hand(benchmark: ModuleType) -> None:
    precision, recall, f1 = benchmark.b_cubed([1, 1, 1, 2], ["a", "a", "b", "b"])
    assert precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert recall == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)
    assert f1 == pytest.approx(2 * precision * recall / (precision + recall))


@pytest.mark.parametrize("seed", [21, 22])
def test_events_of_a_made_up_stream_are_told_apart(benchmark: ModuleType, seed: int) -> None:
    reports = benchmark.stream(seed)
    told = {report.event for report in reports}
    assert len(reports) >= 300
    assert len(told) >= 60
    placed = benchmark.ours([benchmark.as_report(report) for report in reports])
    precision, _, f1 = benchmark.b_cubed(benchmark.stories(placed), [report.event for report in reports])
    assert f1 >= 0.95
    assert precision >= 0.97


def test_the_same_seed_makes_the_same_stream(benchmark: ModuleType) -> None:
    assert benchmark.stream(5) == benchmark.stream(5)
    assert benchmark.stream(5) != benchmark.stream(6)


@pytest.mark.skipif(not HEADLINES.exists(), reason="the headlines are not at hand")
def test_headlines_are_grouped_in_one_pass(benchmark: ModuleType) -> None:
    reports, truth = benchmark.headlines(HEADLINES)
    precision, _, f1 = benchmark.b_cubed(benchmark.stories(benchmark.ours(reports)), truth)
    assert f1 >= 0.70
    assert precision >= 0.70
