"""What a poll and a delivery may cost the database, in statements."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from desk_values import Desk
from sqlalchemy import event

from digests.deliver.outbox import SHARED, Outbox
from digests.deliver.pacing import Pacer
from digests.desk import Intake
from digests.desk.live import DeskSettings
from digests.model import Page, PollState, Source
from digests.ports import Polled
from digests.testing import FakeChannel, FakeClock
from digests.watch.cadence import Bounds

HOLD = timedelta(minutes=2)


@pytest.fixture
def statements(desk: Desk) -> list[str]:
    """What is sent to the database from here on."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, _v: Any, _x: Any, _many: bool) -> None:
        seen.append(statement)

    for engine in {desk.store.database._reader, desk.store.database._writer}:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
    return seen


class _Unchanged:
    kind = "feed"

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled:
        return Polled(feed=None, page=Page(url=source.url, status=304, body=b"", not_modified=True))


@pytest.mark.parametrize("hold", [None, HOLD])
@pytest.mark.slow
async def test_an_unchanged_source_costs_less_than_a_statement(
    desk: Desk, now: datetime, statements: list[str], hold: timedelta | None
) -> None:
    for _ in range(100):
        await desk.source()
    bounds = Bounds(shortest=timedelta(minutes=5), longest=timedelta(hours=6))
    reader = _Unchanged()
    intake = Intake(desk.store, {"feed": reader}, None, None, DeskSettings(bounds=bounds), hold=hold)  # type: ignore[arg-type]
    statements.clear()
    assert await intake.poll_due(now) == 0
    assert len(statements) <= 10  # for all hundred: given out, and stored in a batch or two
    assert await desk.store.sources.due(now, 100) == []


@pytest.mark.slow
async def test_a_delivery_costs_few_statements(desk: Desk, statements: list[str]) -> None:
    for _ in range(40):
        await desk.compose(await desk.chat())
    channel = FakeChannel("telegram")
    outbox = Outbox(desk.store, {"telegram": channel}, FakeClock(desk.now), pacer=Pacer({}), options=SHARED)
    statements.clear()
    assert await outbox.deliver_due() == 40
    assert len(statements) <= 4 * 40
