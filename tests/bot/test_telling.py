"""What the desk's admins are told of a cap, in words that fit what happened."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import pytest

from bot.telling import Telling
from digests.model import Failure, FailureKind, Limit, PollState, Source
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
        telling = Telling({"fake": channel}, lambda: ("fake:5", "other:6"), store.chats)
        await telling.tell_cap(limit, used)
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
    (letter,) = channel.texts("5")
    assert text in letter
    assert " 0% used" not in letter
    assert text in caplog.text


async def test_many_sources_that_fail_hold_nothing_up_and_come_in_few_messages(tmp_path: Path) -> None:
    slow, quick = FakeChannel("slow", delay=0.3), FakeChannel("fake")
    async with open_store(str(tmp_path / "s.sqlite3")) as store:
        telling = Telling({"slow": slow, "fake": quick}, lambda: ("slow:1", "fake:5"), store.chats)
        state = PollState(failures=5, failure=Failure(FailureKind.DNS, "no such name"), told_bad=True)
        began = time.monotonic()
        for number in range(1, 201):
            await telling.tell_source(Source(id=number, url=f"https://s{number}.example/"), state)
        assert time.monotonic() - began < 0.25  # no send was waited for
        await asyncio.gather(*telling._telling)
    (letter,) = quick.texts("5")
    assert slow.texts("1") == [letter]
    assert "(source 1) has failed 5 times" in letter
    assert "(source 10) has failed 5 times" in letter
    assert letter.endswith("There is the same to be said of 190 more sources: see /sources list.")


async def test_an_admin_who_can_not_be_told_keeps_no_other_from_it(tmp_path: Path) -> None:
    broken, quick = FakeChannel("broken"), FakeChannel("fake")
    broken.will(RuntimeError("gone"))
    async with open_store(str(tmp_path / "s.sqlite3")) as store:
        await Telling({"broken": broken, "fake": quick}, lambda: ("broken:1", "fake:5"), store.chats).tell(
            "Look here."
        )
    assert quick.texts("5") == ["Look here."]
