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


async def test_what_is_typed_is_a_path_for_the_two_importing_commands_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("what nobody asked for")
    for typed in ("/summarize notes.txt", "/filter import notes.txt", "/help notes.txt", "/import none.txt"):
        echo = Echo()
        await asyncio.wait_for(
            ConsoleChat(echo.desk(), out=io.StringIO(), lines=io.StringIO(f"{typed}\n")).serve(), 5
        )
        assert [(r.attachments, "nobody asked" in r.words) for r in echo.requests] == [((), False)]
    for typed in ("/import notes.txt", "/sources import notes.txt"):
        echo = Echo()
        await asyncio.wait_for(
            ConsoleChat(echo.desk(), out=io.StringIO(), lines=io.StringIO(f"{typed}\n")).serve(), 5
        )
        assert [one.name for one in echo.requests[0].attachments] == ["notes.txt"]


@pytest.mark.parametrize(
    "typed",
    ["/import ~nobody-of-that-name/x", "/import a\0b", "/import " + "x" * 9000, "9" * 5000, "\u0665" * 4],
)
async def test_no_line_ends_the_terminal(typed: str) -> None:
    echo = Echo()
    lines = io.StringIO(f"{typed}\n/help\n")
    await asyncio.wait_for(ConsoleChat(echo.desk(), out=io.StringIO(), lines=lines).serve(), 5)
    assert echo.requests[-1].command == "help"


async def test_an_answer_that_goes_wrong_is_said_and_the_next_line_is_taken() -> None:
    echo, out = Echo(), io.StringIO()

    def broken(request: Request) -> Reply:
        if request.command == "broken":
            raise OSError(30, "Read-only file system")
        return Reply(text=text("Fine."))

    echo.say = broken
    await asyncio.wait_for(
        ConsoleChat(echo.desk(), out=out, lines=io.StringIO("/broken\n/help\n")).serve(), 5
    )
    assert "That did not work" in out.getvalue()
    assert "Read-only file system" in out.getvalue()
    assert "Fine." in out.getvalue()
