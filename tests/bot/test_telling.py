"""What the desk's admins are told of a cap, in words that fit what happened."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from bot.telling import Telling
from digests.model import Limit
from digests.store import open_store
from digests.testing import FakeChannel


@pytest.mark.parametrize(
    ("limit", "used", "text"),
    [
        (Limit(None, "2026-11", 20_000_000), 16_000_000, "cap of 2026-11 for language models is 80% used: 16.0000 of 20.0000"),
        (Limit(7, "2026-11-24", 100), 90, "language models of chat 7 is 90% used: 0.0001 of 0.0001"),
        (Limit(None, "2026-11-24", 0), 0, "is 100% used: 0.0000 of 0.0000"),
        (Limit(None, "2026-11-24", 5_000), 3_999, "did not fit under the cap of 2026-11-24: 0.0040 of 0.0050 are used"),
        (Limit(7, "2026-11", 5_000), 0, "for chat 7 did not fit under its cap of 2026-11: 0.0000 of 0.0050 are used"),
    ],
)  # fmt: skip
async def test_a_cap_that_is_nearly_used_or_too_small_for_a_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, limit: Limit, used: int, text: str
) -> None:
    caplog.set_level(logging.WARNING)
    channel = FakeChannel("fake")
    async with open_store(str(tmp_path / "s.sqlite3")) as store:
        telling = Telling({"fake": channel}, ("fake:5", "other:6"), store.chats)
        await telling.tell_cap(limit, used)
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
    (letter,) = channel.texts("5")
    assert text in letter
    assert " 0% used" not in letter
    assert text in caplog.text
