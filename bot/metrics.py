"""What Prometheus is told: defined once, here; the reference page and the tests read the same table.

What happens is counted as it happens (``PrometheusMeter`` is a ``ports.Meter``); what is there, such
as the queue, is read from the store when somebody asks (``Metrics.page``).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from bot.config import MILLIONTHS
from digests.brief.llm.budget import Caps
from digests.edit.schedule import parse_cadence
from digests.ports import Store

PREFIX = "newsdesk_"
disable_created_metrics()  # type: ignore[no-untyped-call] # a second series for each counter that nobody asks for
BEAT = 0.5  # seconds between two looks at the event loop


@dataclass(frozen=True, slots=True)
class Metric:
    """``name`` is what Prometheus shows, without what it appends to a counter or histogram."""

    name: str
    kind: str  # counter, gauge or histogram
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def shown(self) -> str:
        """The name a query uses."""
        return PREFIX + self.name + {"counter": "_total", "histogram": "_bucket"}.get(self.kind, "")


METRICS: tuple[Metric, ...] = (
    Metric("polls", "counter", "Sources asked, by what came of it: ok, or the kind of failure.", ("outcome",)),
    Metric("poll_lag_seconds", "histogram", "How long after its time a source was asked.", (),
           (1, 5, 15, 60, 300, 900, 3600)),
    Metric("items", "counter", "New items found in sources."),
    Metric("articles", "counter", "Pages read, by what came of it: ok, or the kind of failure.", ("outcome",)),
    Metric("briefs", "counter", "Briefs asked of a writer, by what came of it.", ("writer", "outcome")),
    Metric("grounding_cuts", "counter", "Sentences cut because no source supports them, by why.", ("kind",)),
    Metric("digests", "counter", "Digests composed."),
    Metric("stories_told", "counter", "Stories in the digests composed."),
    Metric("sends", "counter",
           "Messages sent or tried, by platform and outcome: sent, wait (429), not_sent, doubt, refused, "
           "uneditable, gone, moved.", ("platform", "outcome")),
    Metric("send_seconds", "histogram", "How long a platform took to take a message or refuse it.", ("platform",),
           (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)),
    Metric("news_age_seconds", "histogram",
           "From published to posted, by the chat's rhythm: instant, hourly, hours (every few), daily, weekly "
           "(on some days), monthly.", ("rhythm",),
           (60, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400, 172800)),
    Metric("flood_waits", "counter", "Answers 429 of a platform.", ("platform",)),
    Metric("queue", "gauge", "Deliveries by state: pending, sending, held (doubtful), failed.", ("state",)),
    Metric("queue_age_seconds", "gauge", "Age of the oldest message that should have been sent by now."),
    Metric("sources", "gauge", "Sources by health: ok, failing, paused, ended.", ("health",)),
    Metric("poll_overdue_seconds", "gauge", "How long the source that waits longest is overdue."),
    Metric("chats", "gauge", "Chats: active or paused.", ("state",)),
    Metric("spend", "gauge", "Spent and held for language models, day and month, in the prices' currency.",
           ("period", "model")),
    Metric("spend_cap", "gauge", "The caps of all chats together, day and month.", ("period",)),
    Metric("loop_delay_seconds", "histogram", "How late the event loop wakes up a task.", (),
           (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)),
    Metric("loop_delay_worst_seconds", "gauge", "The worst such delay since the last scrape."),
)  # fmt: skip


@dataclass
class Metrics:
    """All metrics of one desk, in a registry of its own. Is the desk's ``ports.Meter``."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    worst_delay: float = 0.0  # seconds, since the last scrape
    last_delay: float = 0.0
    beaten: float | None = None  # monotonic, of the last look at the loop

    def __post_init__(self) -> None:
        self._counters = {m.name: self._counter(m) for m in METRICS if m.kind == "counter"}
        self._gauges = {
            m.name: Gauge(PREFIX + m.name, m.help, m.labels, registry=self.registry)
            for m in METRICS
            if m.kind == "gauge"
        }
        self._histograms = {
            m.name: Histogram(PREFIX + m.name, m.help, m.labels, registry=self.registry, buckets=m.buckets)
            for m in METRICS
            if m.kind == "histogram"
        }

    def _counter(self, metric: Metric) -> Counter:
        return Counter(PREFIX + metric.name, metric.help, metric.labels, registry=self.registry)

    # ------------------------------------------------------------ ports.Meter

    def polled(self, outcome: str, late: timedelta) -> None:
        self._counters["polls"].labels(outcome).inc()
        self._histograms["poll_lag_seconds"].observe(max(late.total_seconds(), 0.0))

    def found(self, entries: int) -> None:
        self._counters["items"].inc(entries)

    def read(self, outcome: str) -> None:
        self._counters["articles"].labels(outcome).inc()

    def briefed(self, writer: str, outcome: str) -> None:
        self._counters["briefs"].labels(writer, outcome).inc()

    def cut(self, kind: str) -> None:
        self._counters["grounding_cuts"].labels(kind).inc()

    def edited(self, stories: int) -> None:
        self._counters["digests"].inc()
        self._counters["stories_told"].inc(stories)

    def sent(self, platform: str, outcome: str, seconds: float) -> None:
        self._counters["sends"].labels(platform, outcome).inc()
        self._histograms["send_seconds"].labels(platform).observe(max(seconds, 0.0))
        if outcome == "wait":
            self._counters["flood_waits"].labels(platform).inc()

    def posted(self, cadence: str, late: timedelta) -> None:
        self._histograms["news_age_seconds"].labels(_rhythm(cadence)).observe(max(late.total_seconds(), 0.0))

    # ------------------------------------------------------------ the event loop

    async def watch_loop(self) -> None:
        """Notes how late the loop wakes this task up, until cancelled."""
        while True:
            before = time.monotonic()
            self.beaten = before
            await asyncio.sleep(BEAT)
            self.last_delay = max(time.monotonic() - before - BEAT, 0.0)
            self.worst_delay = max(self.worst_delay, self.last_delay)
            self._histograms["loop_delay_seconds"].observe(self.last_delay)

    # ------------------------------------------------------------ what is there

    async def page(self, store: Store, caps: Caps, now: datetime) -> bytes:
        """The text format, with the gauges read anew."""
        await self._read_queue(store, now)
        await self._read_sources(store, now)
        await self._read_spend(store, caps, now)
        self._gauges["loop_delay_worst_seconds"].set(self.worst_delay)
        self.worst_delay = 0.0
        return generate_latest(self.registry)

    async def _read_queue(self, store: Store, now: datetime) -> None:
        counts = await store.deliveries.counts()
        self._set(
            "queue", {state: counts.get(state, 0) for state in ("pending", "sending", "held", "failed")}
        )
        since = await store.looking.waiting_since(now)
        self._gauges["queue_age_seconds"].set((now - since).total_seconds() if since else 0)
        paused = [chat.paused is not None for chat in await store.chats.all()]
        self._set("chats", {"active": paused.count(False), "paused": paused.count(True)})

    async def _read_sources(self, store: Store, now: datetime) -> None:
        states = await store.sources.states()
        health: dict[str, float] = dict.fromkeys(("ok", "failing", "paused", "ended"), 0)
        overdue = 0.0
        for source in await store.sources.all():
            state = states.get(source.id)
            if source.paused:
                health["paused"] += 1
            elif state is not None and state.ended:
                health["ended"] += 1
            else:
                health["ok" if state is None or state.failure is None else "failing"] += 1
                if state is not None and state.next_poll is not None:
                    overdue = max(overdue, (now - state.next_poll).total_seconds())
        self._set("sources", health)
        self._gauges["poll_overdue_seconds"].set(overdue)

    async def _read_spend(self, store: Store, caps: Caps, now: datetime) -> None:
        gauge = self._gauges["spend"]
        gauge.clear()
        for period, key, cap in (
            ("day", f"{now:%Y-%m-%d}", caps.daily),
            ("month", f"{now:%Y-%m}", caps.monthly),
        ):
            models: dict[str, int] = {}
            for spend in await store.spend.spends(key):
                models[spend.model] = models.get(spend.model, 0) + spend.cost + spend.held
            for model, used in models.items():
                gauge.labels(period, model).set(used / MILLIONTHS)
            if cap is not None:
                self._gauges["spend_cap"].labels(period).set(cap / MILLIONTHS)

    def _set(self, name: str, values: Mapping[str, float]) -> None:
        for label, value in values.items():
            self._gauges[name].labels(label).set(value)


@lru_cache(maxsize=256)
def _rhythm(cadence: str) -> str:
    """The kind of a cadence: few enough to be a label."""
    parsed = parse_cadence(cadence)
    if parsed.hours:
        return "hourly" if parsed.hours == 1 else "hours"
    if not parsed.times:
        return "instant"
    if parsed.month_day:
        return "monthly"
    return "daily" if len(parsed.weekdays) == 7 else "weekly"
