"""Alerts and the Grafana dashboard: they ask for what the desk tells, in a language Prometheus reads.

Prometheus's own tool reads them where it is installed (apt install prometheus).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.metrics import METRICS, Metric, Metrics
from digests.brief.llm.budget import Caps
from digests.store import open_store

DEPLOY = Path(__file__).parents[2] / "deploy"
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed: apt install prometheus"
)


def promtool(*words: str, stdin: bytes = b"") -> str:
    done = subprocess.run(["promtool", *words], input=stdin, capture_output=True, timeout=60)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    return said


def expressions(value: Any) -> Iterator[str]:
    """Every query in a rule file or a dashboard."""
    if isinstance(value, dict):
        if isinstance(value.get("expr"), str):
            yield value["expr"]
        for inner in value.values():
            yield from expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner)


BOARD = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))
ALERTS = yaml.safe_load((DEPLOY / "alerts.yaml").read_text(encoding="utf-8"))
QUERIES = [*expressions(BOARD), *expressions(ALERTS)]


def shown(metric: Metric) -> Iterator[str]:
    """All names a metric has in Prometheus."""
    yield metric.shown
    if metric.kind == "histogram":
        yield from (metric.shown.replace("_bucket", end) for end in ("_sum", "_count"))


KNOWN = {name: metric for metric in METRICS for name in shown(metric)}


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_asks_for_what_there_is(query: str) -> None:
    """The metric, its labels, and the values that its help names."""
    names = re.findall(r"newsdesk_\w+", query)
    assert names
    for name in names:
        assert name in KNOWN
    for name, selector in re.findall(r"(newsdesk_\w+)\{([^}]*)\}", query):
        metric = KNOWN[name]
        for label, values in re.findall(r'(\w+)=~?"([^"]*)"', selector):
            assert label in metric.labels
            for value in values.split("|"):
                assert re.search(rf"\b{value}\b", metric.help), f"{value} is not in: {metric.help}"
    labels = {label for name in names for label in KNOWN[name].labels} | {"le"}
    for group in re.findall(r"\b(?:by|without|on|ignoring) \(([^)]*)\)", query):
        assert {label.strip() for label in group.split(",")} <= labels


def test_nothing_is_counted_that_nobody_shows() -> None:
    used = {name for query in QUERIES for name in re.findall(r"newsdesk_\w+", query)}
    assert {metric.shown for metric in METRICS} - used == set()


def test_a_panel_names_only_labels_its_query_keeps() -> None:
    for panel in BOARD["panels"]:
        for target in panel.get("targets", ()):
            kept = re.search(r"by \(([^)]*)\)", target["expr"])
            (name, *_) = re.findall(r"newsdesk_\w+", target["expr"])
            there = set(re.split(r",\s*", kept[1])) if kept else set(KNOWN[name].labels)
            assert set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", ""))) <= there, target


@needs_promtool
def test_the_alerts_are_rules_that_prometheus_takes() -> None:
    assert "9 rules found" in promtool("check", "rules", str(DEPLOY / "alerts.yaml"))


@needs_promtool
def test_the_alerts_fire_when_they_should_and_only_then() -> None:
    promtool("test", "rules", str(DEPLOY / "alerts_test.yaml"))


def test_each_alert_has_a_test() -> None:
    tested = {
        rule["alertname"]
        for one in yaml.safe_load((DEPLOY / "alerts_test.yaml").read_text(encoding="utf-8"))["tests"]
        for rule in one.get("alert_rule_test", ())
        if rule["exp_alerts"]
    }
    assert tested == {rule["alert"] for group in ALERTS["groups"] for rule in group["rules"]}


@needs_promtool
def test_prometheus_parses_each_query_of_the_dashboard(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{n}", "expr": query} for n, query in enumerate(expressions(BOARD))]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    assert f"{len(rules)} rules found" in promtool("check", "rules", str(file))


@needs_promtool
async def test_prometheus_has_nothing_against_the_metrics(tmp_path: Path) -> None:
    metrics, now = Metrics(), datetime(2026, 3, 1, 12, tzinfo=UTC)
    metrics.polled("ok", timedelta(seconds=3))
    metrics.found(2)
    metrics.read("ok")
    metrics.briefed("extractive", "ok")
    metrics.cut("number")
    metrics.edited(3)
    metrics.sent("telegram", "wait", 0.2)
    async with open_store(str(tmp_path / "desk.sqlite3")) as store:
        page = await metrics.page(store, Caps(), now)
    for metric in METRICS:
        assert f"# HELP {metric.shown.removesuffix('_bucket')} ".encode() in page
    assert promtool("check", "metrics", stdin=page) == ""
