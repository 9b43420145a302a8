"""A chat in the terminal: digests are printed, typed lines are commands."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from typing import TextIO

from rich.console import Console

from bot.access import CONSOLE_PERSON
from bot.conversation import Attachment, Button, Desk, File, Person, Reply, Request
from bot.locales import _, speaking
from bot.render.digest_text import digest_text
from bot.render.rich import Rich, Span, plain
from bot.render.terminal import terminal
from digests.model import Chat, Delivery, Digest, Failure, FailureKind, Part
from digests.ports import Absent, Found, Outcome, Sent, Unknown

PERSON = Person(id=CONSOLE_PERSON, name="you")
CHAT = Chat(platform="console", address="terminal", title="this terminal")


class ConsoleChat:
    """The channel ``console`` with one chat, whose only person is the desk's admin."""

    platform = "console"

    def __init__(self, desk: Desk, *, out: TextIO | None = None, lines: TextIO | None = None) -> None:
        self._desk = desk
        self._console = Console(file=out, highlight=False)
        self._console.soft_wrap = not self._console.is_terminal
        self._lines = lines or sys.stdin
        self._buttons: list[Button] = []
        self._asking: Button | None = None

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        with speaking(chat.settings.language):
            rich = digest_text(digest)
        payload = json.dumps([asdict(span) for span in rich], ensure_ascii=False)
        return (Part(payload=payload, plain=plain(rich), stories=tuple(i.story_id for i in digest.items)),)

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        if delivery.plain:
            self._console.rule("note", style="dim")
            self.show((Span(delivery.content.plain),))
            return Sent(f"console-{delivery.id}")
        rich: Rich = tuple(Span(**span) for span in json.loads(delivery.content.payload))
        self._console.rule("updated" if delivery.edits else "digest", style="dim")
        self.show(rich)
        return Sent(f"console-{delivery.id}")

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        return Unknown("a terminal keeps no history")

    def show(self, rich: Rich) -> None:
        """Print text and a blank line."""
        self._console.print(terminal(rich), end="\n\n")
        self._console.file.flush()

    async def lookup(self, name: str, here: Chat) -> Chat | Failure:
        return Failure(FailureKind.UNSUPPORTED, _("a terminal has no other chats"))

    async def manages(self, chat: Chat, person: Person) -> bool | Failure:
        return chat.platform == self.platform

    async def present(self, chat: Chat, person: Person) -> bool | Failure:
        return chat.platform == self.platform

    def within(self, chat: Chat) -> tuple[str, ...]:
        return ()

    async def can_post(self, chat: Chat) -> Failure | None:
        return None

    @property
    def typed_into(self) -> bool:
        """Whether a person sits at it."""
        return self._lines.isatty()

    async def serve(self) -> None:
        """Answer typed lines until the input ends or ``/quit`` is typed."""
        loop = asyncio.get_running_loop()
        typed: asyncio.Queue[str] = asyncio.Queue()

        def read() -> None:
            # a blocking read can't be cancelled: a daemon thread ends with the process
            for line in iter(self._lines.readline, ""):
                loop.call_soon_threadsafe(typed.put_nowait, line)
            loop.call_soon_threadsafe(typed.put_nowait, "/quit")

        threading.Thread(target=read, name="console", daemon=True).start()
        while (line := (await typed.get()).strip()) not in {"/quit", "/exit"}:
            if line:
                await self._take(line)

    async def _take(self, line: str) -> None:
        asking, self._asking = self._asking, None
        button: Button | None = None
        if asking is not None and not line.startswith("/"):
            request = self._ask(asking.command, f"{asking.words} {line}".strip())
        elif line.isdecimal() and 0 < int(line) <= len(self._buttons):
            button = self._buttons[int(line) - 1]
            request = self._ask(button.command, button.words)
        else:
            request = self._request(line)
        if button is not None and button.asks:
            self._asking = button
            self.show((Span(button.asks),))
            return
        self._answer(await self._desk.handle(request))

    def _request(self, line: str) -> Request:
        if not line.startswith("/"):
            return self._ask("help", "")
        command, _space, words = line[1:].partition(" ")
        path = Path(words.strip()) if command == "summarize" else None
        if path is not None and words.strip() and path.is_file():
            return self._ask(command, path.read_text(encoding="utf-8", errors="replace"))
        verb, _gap, name = words.strip().partition(" ")
        file = Path(name.strip()).expanduser()
        if verb == "import" and name and file.is_file():
            return replace(self._ask(command.casefold(), verb), attachments=(_attached(file),))
        return self._ask(command.casefold(), words.strip())

    def _ask(self, command: str, words: str) -> Request:
        return Request(command=command, words=words, chat=CHAT, person=PERSON, directory=self)

    def _answer(self, reply: Reply) -> None:
        self._buttons = [*reply.choices, *(button for row in reply.buttons for button in row)]
        offered = "".join(f"\n  {number}) {button.label}" for number, button in enumerate(self._buttons, 1))
        hint = "\n" + _("Type a number to choose.") if offered else ""
        self.show((*reply.text, Span(offered + hint)) if offered else reply.text)
        for file in reply.files:
            self.show((Span(_("Saved as {path}.").format(path=save(file, Path()))),))


def save(file: File, folder: Path) -> Path:
    """Write a file there under its name, or one like it where that is taken."""
    path = folder / file.name
    for number in count(2):
        try:
            with path.open("xb") as out:
                out.write(file.content)
        except FileExistsError:
            path = folder / f"{Path(file.name).stem}-{number}{Path(file.name).suffix}"
        else:
            break
    return path


def _attached(path: Path) -> Attachment:
    async def read() -> bytes | Failure:
        try:
            return await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            return Failure(FailureKind.UNREADABLE, f"{path.name} can't be read: {error.strerror}")

    return Attachment(name=path.name, size=path.stat().st_size, content_type="", read=read)
