"""Workers that die and connections that drop, for a moment: every part is posted once."""

from __future__ import annotations

import pytest
from postgres import postgres_schema
from sqlalchemy import make_url

from benchmarks.scale_kills import torment


@pytest.mark.slow
async def test_every_part_is_posted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with postgres_schema() as url:
        if not make_url(url).query.get("host"):
            pytest.skip("connections are cut in front of a database on a local socket")
        monkeypatch.setenv("NEWSDESK_TEST_POSTGRES", url)
        seen = await torment(8, workers=2, parts=200, restarts=0)
    assert (seen["waiting"], seen["lost"], seen["doubled"]) == (0, 0, 0)
    assert seen["kills"] + seen["cuts"] > 0
    assert seen["recovery_s"] < 60
