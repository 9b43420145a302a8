"""Files in the terminal: one named on the line goes along, one in an answer is saved."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest

from bot.conversation import File, Reply, Request
from bot.platforms.console import ConsoleChat, save
from bot.render.rich import text
from tests.bot.platforms.telegram_desk import Echo


async def test_a_file_named_after_import_goes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.opml").write_bytes(b"<opml/>")
    echo = Echo()
    echo.say = lambda _: Reply(text=text("Done."), files=(File("out.opml", b"<opml>"),))
    out = io.StringIO()
    chat = ConsoleChat(echo.desk(), out=out, lines=io.StringIO("/sources import in.opml\n"))
    await asyncio.wait_for(chat.serve(), 5)
    asked: Request = echo.requests[0]
    assert (asked.command, asked.words) == ("sources", "import")
    assert await asked.attachments[0].read() == b"<opml/>"
    assert Path("out.opml").read_bytes() == b"<opml>"
    assert "Saved as out.opml." in out.getvalue()


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    assert [save(File("a.txt", b"1"), tmp_path).name for _ in range(3)] == ["a.txt", "a-2.txt", "a-3.txt"]
