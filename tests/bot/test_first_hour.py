"""The first minutes of a newcomer: the demo, /start in it, and what is left when it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.packs import Pack
from digests.model import Source
from tests.bot.conftest import open_house

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def test_start_works_in_the_demo_and_asks_for_the_clock(tmp_path: Path) -> None:
    typed = "/start\n1\n1\n1\n2\n/dashboard\n/quit\n"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("NEWSDESK")}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo"], input=typed, cwd=tmp_path, capture_output=True, text=True,
        timeout=120, env=plain | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "• Ladd County: Harbour Herald, Vale Post" in done.stdout
    assert "follows 5 sources now" in done.stdout
    assert "Which city's time?" in done.stdout
    assert "Digests come every day at 08:00 (New York time)." in done.stdout
    assert "http://127.0.0.1:" in done.stdout.partition("Open the dashboard")[2]
    digest = done.stdout.partition("This is the demo")[0]
    assert "Harbour Herald" in digest
    assert "127.0.0.1" not in digest


async def test_a_pack_that_fails_changes_nothing_and_offers_the_others_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        gone = Pack("Fern", "de", "world", (Source(url="http://127.0.0.1:1/feed.xml", name="Fern"),))
        house.app.commands.change(packs=(gone,))
        before = [chat.settings for chat in await house.app.desk.store.chats.all()]
        reply = await house.app.ask("start", "pack 0")
        assert "I can't reach these sources" in "".join(span.text for span in reply.text)
        assert [button.label for row in reply.buttons for button in row] == ["Fern", "Back"]
        assert [chat.settings for chat in await house.app.desk.store.chats.all()] == before
