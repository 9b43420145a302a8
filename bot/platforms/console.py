"""A chat in the terminal: digests are printed, typed lines are commands."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.style import Style
from rich.text import Text

from bot.conversation import CONSOLE_PERSON, Attachment, Button, Desk, File, Person, Reply, Request
from bot.locales import _, speaking
from bot.render.clean import clean
from bot.render.digest_text import digest_text
from bot.render.rich import Rich, Span, plain
from bot.render.telegram_entities import web_link
from digests.model import Chat, Delivery, Digest, Failure, FailureKind, Part
from digests.ports import Absent, Found, Outcome, Sent, Unknown


def terminal(rich: Rich) -> Text:
    """Styled text; a link is underlined and, where the terminal can, followed by a click.

    Control characters from outside are gone, so no article can move the cursor or recolour.
    """
    drawn = Text()
    for span in rich:
        url = web_link(span.url)
        style = Style(
            bold=span.bold,
            italic=span.italic,
            underline=url is not None,
            color="cyan" if span.code else None,
            link=url,
        )
        drawn.append(clean_lines(span.text), style)
    return drawn


def clean_lines(text: str) -> str:
    """Each line cleaned, line breaks and outer spaces kept."""
    lines = []
    for line in text.split("\n"):
        core = clean(line)
        lead = line[: len(line) - len(line.lstrip(" "))]
        tail = line[len(line.rstrip(" ")) :] if core else ""
        lines.append(f"{lead}{core}{tail}" if core else line if not line.strip(" ") else "")
    return "\n".join(lines)


log = logging.getLogger(__name__)

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
            rich = digest_text(digest, chat=chat)
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
            with suppress(RuntimeError):  # the loop ended
                for line in self._typed():
                    loop.call_soon_threadsafe(typed.put_nowait, line)
                loop.call_soon_threadsafe(typed.put_nowait, "/quit")

        with _as_it_was(self._lines):
            threading.Thread(target=read, name="console", daemon=True).start()
            while (line := (await typed.get()).strip()) not in {"/quit", "/exit"}:
                if line:
                    await self._answered(line)

    def _typed(self) -> Iterator[str]:
        """The lines, at a terminal with line editing and the history of the earlier ones (arrow keys)."""
        ask = self._lines.readline
        if self.typed_into and self._lines is sys.stdin:
            with suppress(ImportError):  # Windows' terminals do it themselves
                import readline  # noqa: F401 - its being there makes input() edit lines

                ask = _input
        while True:
            try:
                line = ask()
            except UnicodeDecodeError:  # half a character: that line is lost
                continue
            except (EOFError, OSError, ValueError):  # closed
                return
            if not line:
                return
            yield line

    async def _answered(self, line: str) -> None:
        """Whatever goes wrong is an answer: what is typed ends nothing but /quit."""
        try:
            await self._take(line)
        except Exception as error:
            log.exception("what was typed could not be answered")
            self.show(
                (Span(_("That did not work: {reason}").format(reason=str(error) or type(error).__name__)),)
            )

    async def _take(self, line: str) -> None:
        asking, self._asking = self._asking, None
        button: Button | None = None
        if asking is not None and not line.startswith("/"):
            request = self._ask(asking.command, f"{asking.words} {line}".strip())
        elif line.isdecimal() and len(line) < 6 and 0 < int(line) <= len(self._buttons):
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
        command, words = command.casefold(), words.strip()
        verb, _gap, name = words.partition(" ")
        # the only two that take a file; nothing else that is typed is looked for on the disk
        if command == "import" and (file := _file(words)):
            return replace(self._ask(command, ""), attachments=(_attached(file),))
        if (command, verb) == ("sources", "import") and (file := _file(name)):
            return replace(self._ask(command, verb), attachments=(_attached(file),))
        return self._ask(command, words)

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


def _input() -> str:
    return input() + "\n"


@contextmanager
def _as_it_was(lines: TextIO) -> Iterator[None]:
    """Leaves the terminal as it was: a line that is being edited when the desk ends has it in a mode of
    its own."""
    try:
        import termios
    except ImportError:  # a system without
        yield
        return
    try:
        number = lines.fileno()
        before = termios.tcgetattr(number)
    except (OSError, ValueError, AttributeError, termios.error):  # no terminal
        yield
        return
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(number, termios.TCSADRAIN, before)


def _file(name: str) -> Path | None:
    """The file of that name, None where there is none or it is no name of a file."""
    try:
        path = Path(name.strip()).expanduser()
        return path if name.strip() and path.is_file() else None
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, the home of nobody
        return None


def _attached(path: Path) -> Attachment:
    async def read() -> bytes | Failure:
        try:
            return await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            return Failure(FailureKind.UNREADABLE, f"{path.name} can't be read: {error.strerror}")

    return Attachment(name=path.name, size=path.stat().st_size, content_type="", read=read)
