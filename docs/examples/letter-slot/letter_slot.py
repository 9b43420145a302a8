"""The smallest whole chat platform: a folder. Who puts a command into ``in.txt`` finds the answer in ``out``,
and there digests are, too, a file a message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bot.conversation import Person, Request
from bot.platforms.platform import Finding, Platform, PlatformSettings, Surroundings, fail, ok
from bot.render.digest_text import digest_text
from bot.render.rich import plain
from bot.render.split import split
from digests.deliver.pacing import Limit, Pace
from digests.model import Chat, Delivery, Digest, Failure, FailureKind, Part
from digests.ports import Absent, Found, Gone, Outcome, Sent, Unknown

LONGEST = 2_000  # characters of a message
LOOK = 0.2  # seconds between two looks at in.txt


class SlotSettings(PlatformSettings):
    """``[slot]`` of the configuration."""

    folder: Path | None = None

    @property
    def wanted(self) -> bool:
        return self.folder is not None


class SlotChat:
    """Keeps ``bot.platforms.platform.LiveChat`` and ``bot.conversation.Directory``; its one chat is ``here``."""

    platform = "slot"

    def __init__(self, folder: Path, around: Surroundings) -> None:
        self._in, self._out = folder / "in.txt", folder / "out"
        self._desk = around.desk
        self._listening: asyncio.Task[None] | None = None

    # ---- LiveChat: what the desk says

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        texts = [plain(part) for part in split(digest_text(digest), LONGEST, len)]
        told = tuple(item.story_id for item in (*digest.items, *digest.headlines))
        return tuple(
            Part(payload=text, plain=text, stories=() if number else told)
            for number, text in enumerate(texts)
        )

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        name = delivery.edits or delivery.nonce  # a later version goes where the first one is
        try:
            (self._out / f"{name}.txt").write_text(delivery.content.plain, encoding="utf-8")
        except OSError as error:
            return Gone(f"the folder can't be written to: {error.strerror}")
        return Sent(name)

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        name = delivery.edits or delivery.nonce
        return Found(name) if (self._out / f"{name}.txt").exists() else Absent()

    async def connect(self) -> None:
        self._out.mkdir(parents=True, exist_ok=True)

    async def start(self) -> None:
        await self.connect()
        self._listening = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    # ---- what people say

    async def _listen(self) -> None:
        while True:
            if self._in.exists():
                typed = self._in.read_text("utf-8", "replace")[:4_000].strip()
                self._in.unlink()
                await self._answer(typed)
            await asyncio.sleep(LOOK)

    async def _answer(self, typed: str) -> None:
        command, _space, words = typed.removeprefix("/").partition(" ")
        here = Chat(platform=self.platform, address="here", title="the folder")
        person = Person(id=f"{self.platform}:owner")
        reply = await self._desk.handle(
            Request(command=command.casefold(), words=words, chat=here, person=person, directory=self)
        )
        (self._out / "answer.txt").write_text(plain(reply.text), encoding="utf-8")

    # ---- Directory: whose folder it is may do everything in it

    async def lookup(self, name: str, here: Chat) -> Chat | Failure:
        return Failure(FailureKind.UNSUPPORTED, "a folder has no other chats")

    async def manages(self, chat: Chat, person: Person) -> bool | Failure:
        return chat.platform == self.platform

    async def present(self, chat: Chat, person: Person) -> bool | Failure:
        return chat.platform == self.platform

    def within(self, chat: Chat) -> tuple[str, ...]:
        return ()

    async def can_post(self, chat: Chat) -> Failure | None:
        return None


def _open(settings: SlotSettings, around: Surroundings) -> SlotChat:
    assert settings.folder is not None
    return SlotChat(settings.folder, around)


async def _check(settings: SlotSettings, chats: Sequence[Chat]) -> AsyncIterator[Finding]:
    assert settings.folder is not None
    if settings.folder.is_dir():
        yield ok("Letter slot", f"{settings.folder} is there")
    else:
        yield fail(
            "Letter slot", f"there is no folder {settings.folder}", "Make it, or change folder in [slot]."
        )


SLOT = Platform(
    name="slot",
    title="Letter slot",
    settings=SlotSettings,
    open=_open,
    check=_check,
    pace=Pace(chat=(Limit(10),)),
    person="[a-z]+",
    person_like="owner",
    chat="[a-z]+",
    chat_like="here",
    off="Name a folder in [slot].",
)
