"""Whether it lives and is ready, what Prometheus is told, and what the probe of a container says."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot.dashboard import health
from bot.metrics import Metrics
from digests.clock import utc_now
from digests.desk import Cycle
from digests.errors import StoreError
from digests.model import DeliveryState, Hold
from digests.ports import NoMeter
from tests.bot.dashboard.browsing import browsing

ROOT = Path(__file__).parents[3]
SECRET = "a-secret-of-this-dashboard"


def values(text: str) -> dict[str, float]:
    """Every sample by its name and labels."""
    return {
        f"{sample.name}{sorted(sample.labels.items())}" if sample.labels else sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.slow
async def test_what_a_cycle_does_is_counted(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        done: Cycle = await house.app.desk.cycle()
        await asyncio.sleep(0.6)  # one look at the loop
        found = values((await web.get("/metrics")).html)
        assert found["newsdesk_polls_total[('outcome', 'ok')]"] == 4
        assert found["newsdesk_polls_total[('outcome', 'not_a_feed')]"] == 1
        assert found["newsdesk_poll_lag_seconds_count"] == 5
        assert found["newsdesk_items_total"] == done.entries > 0
        assert found["newsdesk_articles_total[('outcome', 'ok')]"] == done.articles
        briefs = [
            v
            for name, v in found.items()
            if name.startswith("newsdesk_briefs_total") and "extractive" in name
        ]
        assert sum(briefs) >= 6
        assert found["newsdesk_digests_total"] == done.digests == 1
        assert found["newsdesk_stories_told_total"] == 6
        assert found["newsdesk_sends_total[('outcome', 'sent'), ('platform', 'console')]"] == 1
        assert found["newsdesk_news_age_seconds_count[('rhythm', 'instant')]"] == 6
        assert found["newsdesk_queue[('state', 'pending')]"] == 0
        assert found["newsdesk_sources[('health', 'ok')]"] == 4
        assert found["newsdesk_sources[('health', 'failing')]"] == 1
        assert found["newsdesk_chats[('state', 'active')]"] == 1
        assert found["newsdesk_spend_cap[('period', 'day')]"] == 1
        assert found["newsdesk_loop_delay_seconds_count"] >= 1


@pytest.mark.slow
async def test_ready_says_to_this_machine_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard = {"secret": SecretStr(SECRET)}
    async with browsing(tmp_path, dashboard=dashboard) as (house, web):
        assert (await web.get("/healthz")).text == "alive"
        ready = await web.get("/readyz")
        assert (ready.status, json.loads(ready.body)) == (
            200, {"ready": True, "checks": {"database": "ok", "queue": "ok", "loop": "ok"}}
        )  # fmt: skip
        await house.app.desk.cycle()
        store = house.app.desk.store
        (digest, _), *_ = await store.looking.posted(1)
        (sent,) = await store.looking.messages(digest.id)
        old = replace(digest, items=(), created=utc_now() - timedelta(hours=1))
        part = replace(sent, id=0, nonce="n", state=DeliveryState.PENDING, message_id=None)
        await store.digests.compose(old, (part,), (), None, utc_now())
        found = values((await web.get("/metrics")).html)
        assert found["newsdesk_queue[('state', 'pending')]"] == 1
        assert 3600 <= found["newsdesk_queue_age_seconds"] < 3700
        house.app.web.metrics.last_delay = 7.5
        stuck = await web.get("/readyz")
        assert stuck.status == 503
        assert json.loads(stuck.body)["checks"] == {
            "database": "ok", "queue": "a message waits to be sent since 60 minutes", "loop": "it is 7.5 s late"
        }  # fmt: skip
        # on behalf of someone else it says only whether
        outside = await web.get("/readyz", X_Forwarded_For="192.0.2.1")
        assert (outside.status, json.loads(outside.body)) == (503, {"ready": False})
        assert (await web.get("/metrics", X_Forwarded_For="192.0.2.1")).status == 401
        for wrong in ("Bearer x", f"Basic {SECRET}", "Bearer"):
            assert (await web.get("/metrics", X_Forwarded_For="192.0.2.1", Authorization=wrong)).status == 401
        right = await web.get("/metrics", Forwarded="for=192.0.2.1", Authorization=f"Bearer {SECRET}")
        assert right.status == 200
        assert SECRET not in right.html

        async def away() -> dict[str, int]:
            raise StoreError("the database said no: password=hunter2")

        monkeypatch.setattr(store.deliveries, "counts", away)
        gone = await web.get("/readyz")
        assert json.loads(gone.body)["checks"]["database"] == "it can't be used; the log says why"
        assert (await web.get("/metrics")).status == 503

        async def hangs() -> dict[str, int]:
            await asyncio.sleep(60)
            return {}

        monkeypatch.setattr(store.deliveries, "counts", hangs)
        monkeypatch.setattr(health, "PATIENCE", 0.05)
        assert "did not answer within" in json.loads((await web.get("/readyz")).body)["checks"]["database"]


@pytest.mark.slow
async def test_what_is_there_is_told_as_it_stands(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        store, now = house.app.desk.store, house.app.desk.clock()
        hold = Hold(model="m-1", chat_id=1, source_id=1, amount=200_000, day=f"{now:%Y-%m-%d}")
        held = await store.spend.reserve(hold, ())
        assert isinstance(held, Hold)
        late = replace(await store.sources.state(1), next_poll=now - timedelta(minutes=10))
        await store.sources.polled({1: late})
        house.app.web.metrics.worst_delay = 7.5
        found = values((await web.get("/metrics")).html)
        for period in ("day", "month"):
            assert found[f"newsdesk_spend[('model', 'm-1'), ('period', '{period}')]"] == 0.2
        assert 600 <= found["newsdesk_poll_overdue_seconds"] < 700
        assert found["newsdesk_loop_delay_worst_seconds"] == 7.5
        found = values((await web.get("/metrics")).html)
        assert found["newsdesk_loop_delay_worst_seconds"] < 7.5  # since the last scrape


async def newsdesk(*words: str, cwd: Path) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, cwd=cwd, env={"PYTHONPATH": str(ROOT), "PATH": ""},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, error = await process.communicate()
    return process.returncode or 0, out.decode().strip(), error.decode().strip()


@pytest.mark.slow
async def test_the_probe_says_one_line_and_exits_with_what_a_container_understands(tmp_path: Path) -> None:
    async with browsing(tmp_path) as (house, web):
        file = tmp_path / "c.toml"
        file.write_text(f'[dashboard]\nlisten = "{web.base.removeprefix("http://")}"\n', encoding="utf-8")
        assert await newsdesk("healthy", "-c", str(file), cwd=tmp_path) == (0, "alive", "")
        assert await newsdesk("healthy", "--ready", "-c", str(file), cwd=tmp_path) == (0, "ready", "")
        (watch,) = [task for task in asyncio.all_tasks() if task.get_name() == "loop delay"]
        watch.cancel()
        house.app.web.metrics.beaten, house.app.web.metrics.last_delay = None, 9
        code, said, _ = await newsdesk("healthy", "--ready", "-c", str(file), cwd=tmp_path)
        assert (code, said) == (1, "not ready: loop: it is 9.0 s late")
    code, said, _ = await newsdesk("healthy", "-c", str(file), cwd=tmp_path)
    assert code == 1
    assert re.fullmatch(r"not alive: 127.0.0.1:\d+ does not answer \(ConnectionRefusedError\)", said)
    code, _, error = await newsdesk("healthy", cwd=tmp_path)
    assert code == 2
    assert 'set listen = "127.0.0.1:8080" in [dashboard]' in error


async def test_the_loop_is_watched() -> None:
    metrics = Metrics()
    watch = asyncio.create_task(metrics.watch_loop())
    await asyncio.sleep(0)
    time.sleep(0.7)  # noqa: ASYNC251 - it holds the loop
    await asyncio.sleep(0.05)
    watch.cancel()
    assert metrics.worst_delay > 0.1


CADENCES = {
    "instant": "instant",
    "hourly": "hourly",
    "every 6 hours": "hours",
    "daily 08:00,18:00": "daily",
    "weekdays 07:30": "weekly",
    "monthly 1 09:00": "monthly",
}


def test_the_meter_that_counts_nothing_is_a_meter() -> None:
    for meter in (NoMeter(), Metrics()):
        meter.polled("ok", timedelta(seconds=-3))
        meter.found(2)
        meter.read("ok")
        meter.briefed("w", "ok")
        meter.cut("number")
        meter.edited(3)
        meter.sent("telegram", "wait", 0.1)
        for cadence in CADENCES:
            meter.posted(cadence, timedelta(minutes=7))
    sample = metrics_of(meter).registry.get_sample_value
    assert sample("newsdesk_flood_waits_total", {"platform": "telegram"}) == 1
    assert sample("newsdesk_grounding_cuts_total", {"kind": "number"}) == 1
    for rhythm in CADENCES.values():
        assert sample("newsdesk_news_age_seconds_bucket", {"rhythm": rhythm, "le": "300.0"}) == 0
        assert sample("newsdesk_news_age_seconds_bucket", {"rhythm": rhythm, "le": "600.0"}) == 1


def metrics_of(meter: object) -> Metrics:
    assert isinstance(meter, Metrics)
    return meter
