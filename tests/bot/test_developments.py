"""A story that develops or is corrected: the posted message is edited, answered, or left, as the chat
wishes, on Telegram and on Discord."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from digests.desk import Desk
from digests.model import Article, Chat, Entry, Source, Subscription
from tests.bot.conftest import open_desk
from tests.fakes.discord_server import DiscordServer
from tests.fakes.telegram_server import TelegramServer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]
both = pytest.mark.parametrize("platform", ["telegram", "discord"])
ANN = 7
EARLY = (
    "A barge struck the Quay Bridge in Marrow on Tuesday and four people were hurt, the harbour master said."
)
LATER = (
    "The Quay Bridge in Marrow opens again on Friday, the county said, three weeks after a barge struck it."
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A message or an edit as the platform took it; ``edits`` and ``answers`` name the other one."""

    id: str
    text: str
    edits: bool = False
    answers: str | None = None


@dataclass
class Town:
    desk: Desk
    chat: Chat
    source: Source
    wire: Callable[[], list[Seen]]
    server: Any
    entries: dict[int, Entry] = field(default_factory=dict)

    @property
    def seen(self) -> list[Seen]:
        return self.wire()

    async def tell(self, number: int, text: str, *, story: int | None, develops: bool = False) -> int:
        """Put an article into a story as the intake would."""
        now = datetime.now(UTC)
        url = f"https://town.example/{number}"
        entry = Entry(source_id=self.source.id, guid=url, url=url, title=text[:40])
        ((entry),) = await self.desk.store.entries.add([(entry, (f"g:{url}",))], now)
        self.entries[number] = entry
        article = await self.read(number, text)
        return await self.desk.store.stories.place(article.id, story, develops=develops, now=now)

    async def correct(self, number: int, text: str) -> None:
        """The source edits its entry, which is read again."""
        await self.desk.store.entries.update(self.entries[number], (f"c:{hash(text)}",))
        await self.read(number, text)

    async def read(self, number: int, text: str) -> Article:
        now, entry = datetime.now(UTC), self.entries[number]
        article = Article(
            entry_id=entry.id, source_id=self.source.id, url=entry.url, title=f"Quay Bridge, report {number}",
            paragraphs=(text,), sentences=(text,), language="en", published=now + timedelta(seconds=number),
        )  # fmt: skip
        return await self.desk.store.articles.add(article, now)

    async def deliver(self) -> None:
        await self.desk.editor.edit_due(self.desk.clock())
        await self.desk.outbox.deliver_due()


@asynccontextmanager
async def town(folder: Path, updates: str, platform: str = "telegram") -> AsyncIterator[Town]:
    on = on_telegram if platform == "telegram" else on_discord
    async with on() as (server, tables, address, wire):  # noqa: SIM117 - the server outlives the desk
        async with open_desk(folder, (), console=False, **{platform: tables}) as (app, _):
            await app.start()
            now, store = app.desk.clock(), app.desk.store
            source = await store.sources.add(Source(url="https://town.example/feed", name="Town"), now)
            kind = "private" if platform == "telegram" else "text"
            chat = await store.chats.ensure(Chat(platform=platform, address=address, kind=kind), now)
            settings = replace(chat.settings, cadence="instant", updates=updates)
            await store.chats.set_settings(chat.id, settings)
            await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), now)
            yield Town(app.desk, chat, source, wire, server)


Place = tuple[Any, dict[str, Any], str, Callable[[], list[Seen]]]


@asynccontextmanager
async def on_telegram() -> AsyncIterator[Place]:
    async with TelegramServer() as server:
        server.world.add_private(ANN)

        def wire() -> list[Seen]:
            return [
                Seen(str(m["message_id"]), m["text"], m["method"] == "editMessageText",
                     str(m["reply_to"]) if m["reply_to"] else None)
                for m in server.accepted
            ]  # fmt: skip

        yield server, {"token": SecretStr(server.token), "base_url": server.base_url}, str(ANN), wire


@asynccontextmanager
async def on_discord() -> AsyncIterator[Place]:
    server = DiscordServer()
    channel = server.world.add_channel(server.world.add_guild("Town"), "news")
    async with server:
        first: dict[str, str] = {}  # an accepted message changes in place when it is edited

        def wire() -> list[Seen]:
            found = []
            for m in server.rest.accepted:
                said = json.dumps([m["content"], m["components"]], ensure_ascii=False)
                reference = (m.get("message_reference") or {}).get("message_id")
                answers = str(reference) if reference else None
                found.append(Seen(m["id"], first.setdefault(m["id"], said), answers=answers))
            for m in server.rest.edits:
                found.append(
                    Seen(m["id"], json.dumps([m["content"], m["components"]], ensure_ascii=False), edits=True)
                )
            return found

        tables = {
            "token": SecretStr(server.world.token),
            "api_base": server.api_base,
            "gateway": server.gateway_url,
        }
        yield server, tables, str(channel.id), wire


@both
async def test_a_development_edits_the_message_already_posted(tmp_path: Path, platform: str) -> None:
    async with town(tmp_path, "edit", platform) as at:
        story = await at.tell(1, EARLY, story=None)
        await at.deliver()
        assert "Friday" not in at.seen[0].text
        await at.tell(2, LATER, story=story, develops=True)
        await at.deliver()
        first, edited = at.seen
        assert (first.edits, edited.edits, edited.id) == (False, True, first.id)
        assert "updated" in edited.text
        assert "Friday" in edited.text
        await at.deliver()
        assert len(at.seen) == 2


@both
async def test_a_development_may_answer_the_first_message_instead(tmp_path: Path, platform: str) -> None:
    async with town(tmp_path, "reply", platform) as at:
        story = await at.tell(1, EARLY, story=None)
        await at.deliver()
        await at.tell(2, LATER, story=story, develops=True)
        await at.deliver()
        first, answer = at.seen
        assert not answer.edits
        assert answer.answers == first.id
        assert "Friday" in answer.text


@pytest.mark.parametrize(("updates", "develops"), [("off", True), ("edit", False)])
async def test_what_adds_nothing_or_is_not_wanted_posts_nothing(
    tmp_path: Path, updates: str, develops: bool
) -> None:
    async with town(tmp_path, updates) as at:
        story = await at.tell(1, EARLY, story=None)
        await at.deliver()
        await at.tell(2, LATER, story=story, develops=develops)
        await at.deliver()
        assert len(at.seen) == 1
        assert not await at.desk.store.digests.pending(at.chat.id)


@both
async def test_a_correction_edits_the_message_and_a_change_of_type_does_not(
    tmp_path: Path, platform: str
) -> None:
    async with town(tmp_path, "edit", platform) as at:
        await at.tell(1, EARLY, story=None)
        await at.deliver()
        assert "four people" in at.seen[0].text
        await at.correct(1, EARLY.replace(" on Tuesday", "  on\u00a0Tuesday").replace("said.", "said"))
        await at.deliver()
        assert len(at.seen) == 1
        await at.correct(1, EARLY.replace("four", "five"))
        await at.deliver()
        first, edited = at.seen
        assert (edited.edits, edited.id) == (True, first.id)
        assert "updated" in edited.text
        assert "five people" in edited.text
        await at.deliver()
        assert len(at.seen) == 2
        await at.correct(1, EARLY.replace("four", "six"))  # and once more
        await at.deliver()
        assert "six people" in at.seen[2].text


@both
async def test_a_correction_does_not_wait_for_a_daily_digest(tmp_path: Path, platform: str) -> None:
    """As a development does."""
    async with town(tmp_path, "edit", platform) as at:
        story = await at.tell(1, EARLY, story=None)
        await at.deliver()
        chats, tomorrow = at.desk.store.chats, at.desk.clock() + timedelta(hours=20)
        await chats.set_settings(at.chat.id, replace(at.chat.settings, cadence="daily 08:00", updates="edit"))
        await chats.schedule(at.chat.id, tomorrow)
        await at.tell(2, LATER, story=story, develops=True)
        await at.deliver()
        assert len(at.seen) == 1
        await at.correct(1, EARLY.replace("four", "five"))
        await at.deliver()
        first, edited = at.seen
        assert (edited.edits, edited.id) == (True, first.id)
        assert "five people" in edited.text
        chat = await chats.get(at.chat.id)
        assert chat is not None
        assert chat.next_digest == tomorrow
        assert await at.desk.store.corrections.waiting() == []


async def test_a_chat_hears_nothing_of_a_source_it_does_not_follow(tmp_path: Path) -> None:
    """Neither of its report in a story the chat was told, nor of what it puts right in that."""
    async with town(tmp_path, "edit") as at:
        store, now, told = at.desk.store, at.desk.clock(), at.source
        herald = await store.sources.add(Source(url="https://herald.example/feed", name="Herald"), now)
        await store.subscriptions.add(Subscription(chat_id=at.chat.id, source_id=herald.id), now)
        await store.subscriptions.remove(at.chat.id, told.id)
        story = await at.tell(1, EARLY, story=None)
        at.source = herald
        await at.tell(2, LATER, story=story)
        await at.deliver()
        at.source = told
        await at.correct(1, EARLY.replace("four", "five"))
        await at.deliver()
        (seen,) = at.seen
        assert "opens again on Friday" in seen.text
        assert "four people" not in seen.text
        assert await store.corrections.waiting() == []
        assert not await store.digests.pending(at.chat.id)


@both
@pytest.mark.parametrize("updates", ["reply", "off"])
async def test_a_correction_is_answered_or_left_as_the_chat_wishes(
    tmp_path: Path, platform: str, updates: str
) -> None:
    async with town(tmp_path, updates, platform) as at:
        await at.tell(1, EARLY, story=None)
        await at.deliver()
        await at.correct(1, EARLY.replace("four", "five"))
        await at.deliver()
        await at.deliver()
        assert [seen.answers for seen in at.seen[1:]] == ([at.seen[0].id] if updates == "reply" else [])
        assert not await at.desk.store.digests.pending(at.chat.id)


async def test_two_stories_of_one_message_are_both_corrected(tmp_path: Path) -> None:
    async with town(tmp_path, "edit") as at:
        await at.tell(1, EARLY, story=None)
        await at.tell(2, LATER, story=None)
        await at.deliver()
        await at.correct(1, EARLY.replace("four", "five"))
        await at.correct(2, LATER.replace("Friday", "Sunday"))
        await at.deliver()
        for _ in range(3):
            await at.deliver()
        last = at.seen[-1]
        assert last.edits
        assert "five people" in last.text
        assert "Sunday" in last.text
        assert not any(seen.answers for seen in at.seen)


SYLLABLES = [start + end for start in "bdfgklmnprst" for end in "aeiu"]


def report(number: int, hurt: str = "four", more: int = 0) -> str:
    """A sentence of its own, of some four hundred characters and ``more``."""
    return (
        f"Barge number {number} struck pier {number * 7} of the Quay Bridge in Marrow and {hurt} people were hurt"
        + f", said harbour master {chr(64 + number)}ston" * (1 if more else 14)
        + "".join(f" {one}{two}o" for one in SYLLABLES for two in SYLLABLES)[: more + 300 if more else 0]
        + "."
    )


async def two_messages(at: Town) -> None:
    """A digest that takes two messages of a server that knows no long ones."""
    assert isinstance(at.server, TelegramServer)
    at.server.unknown.add("sendRichMessage")
    settings = replace(at.chat.settings, cadence="instant", stories=30, words=800, characters=6_000)
    await at.desk.store.chats.set_settings(at.chat.id, settings)
    for number in range(1, 13):
        await at.tell(number, report(number), story=None)
    await at.deliver()
    assert len(at.seen) == 2


async def test_of_a_digest_in_two_messages_the_one_that_tells_it_is_edited(tmp_path: Path) -> None:
    async with town(tmp_path, "edit") as at:
        await two_messages(at)
        for told in at.seen:
            number = next(n for n in range(1, 13) if f"Barge number {n} " in told.text)
            await at.correct(number, report(number, "five"))
            await at.deliver()
            edited = at.seen[-1]
            assert (edited.edits, edited.id) == (True, told.id)
            assert edited.text.count("five people") == 1
            assert edited.text.count("four people") == told.text.count("four people") - 1
        assert len(at.seen) == 4


async def test_a_correction_that_would_move_other_stories_is_told_anew(tmp_path: Path) -> None:
    async with town(tmp_path, "edit") as at:
        await two_messages(at)
        number = next(n for n in range(1, 13) if f"Barge number {n} " in at.seen[0].text)
        await at.correct(number, report(number, "five", more=2_400))
        for _ in range(2):
            await at.deliver()
        *_, last = at.seen
        assert not any(seen.edits for seen in at.seen)
        assert "five people" in last.text
        assert len(at.seen) == 3


async def test_a_correction_waits_for_a_message_that_is_on_its_way(tmp_path: Path) -> None:
    async with town(tmp_path, "edit") as at:
        await at.tell(1, EARLY, story=None)
        await at.desk.editor.edit_due(at.desk.clock())
        await at.correct(1, EARLY.replace("four", "five"))
        await at.desk.editor.edit_due(at.desk.clock())
        assert (await at.desk.store.deliveries.counts())["pending"] == 1
        await at.desk.outbox.deliver_due()
        await at.deliver()
        first, edited = at.seen
        assert (edited.edits, edited.id) == (True, first.id)
        assert "five people" in edited.text


@both
async def test_an_edit_of_a_deleted_message_is_dropped_once(tmp_path: Path, platform: str) -> None:
    async with town(tmp_path, "edit", platform) as at:
        await at.tell(1, EARLY, story=None)
        await at.deliver()
        (first,) = at.seen
        if platform == "telegram":
            at.server.world.delete_message(ANN, int(first.id))
        else:
            at.server.world.messages[int(at.chat.address)].clear()
        await at.correct(1, EARLY.replace("four", "five"))
        await at.deliver()
        await at.deliver()
        assert len(at.seen) == 1
        assert (await at.desk.store.deliveries.counts())["failed"] == 1


@both
async def test_an_edit_the_platform_allows_no_more_is_posted_as_an_answer(
    tmp_path: Path, platform: str
) -> None:
    async with town(tmp_path, "edit", platform) as at:
        await at.tell(1, EARLY, story=None)
        await at.deliver()
        if platform == "telegram":
            words = "Bad Request: message can't be edited"
            at.server.fault("editMessageText", "fail_before", status=400, description=words)
        else:
            at.server.fault(r"PATCH /channels/.*", "fail_before", status=400, code=30046)
        await at.correct(1, EARLY.replace("four", "five"))
        await at.deliver()
        await at.deliver()
        first, answer = at.seen
        assert (answer.edits, answer.answers) == (False, first.id)
        assert "five people" in answer.text
