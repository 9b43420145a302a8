"""What models add, seen on the wire: a note, marks, what interest leaves out, a recording, answers."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from digests.clock import utc_now
from digests.desk import Desk
from digests.model import Article, Chat, Entry, Source, Subscription
from tests.bot.conftest import open_desk
from tests.fakes.discord_server import DiscordServer
from tests.fakes.openai_server import OpenAiServer, Refuses, Reply, Says, openai_server
from tests.fakes.telegram_server import TelegramServer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'audioop' is deprecated")]
both = pytest.mark.parametrize("platform", ["telegram", "discord"])
ANN = 7
MANAGE_CHANNELS = 1 << 4
COMMON_RIGHTS = (1 << 10) | (1 << 11) | (1 << 31)  # view channels, send messages, use commands
REPORTS = {
    "Ferry cancelled": "The ferry to Sundwik was cancelled on Monday after its engine failed.",
    "Quay Bridge closed": "Quay Bridge is closed until Friday because a barge hit its northern pier.",
    "Harbour market opens": "The harbour market opens on Saturday with 30 stalls.",
    "Parliament passes water law": "Parliament voted 212 to 140 for the new water law on Tuesday.",
}
LAW = REPORTS["Parliament passes water law"]
GERMAN = "Das Parlament stimmte am Dienstag mit 212 zu 140 Stimmen für das neue Wassergesetz."


def answer(prompt: str) -> Reply:
    """A model that does what it is asked, and translates one of the stories wrongly."""
    lines = {int(n): text for n, text in re.findall(r"^\[(\d+)\] (.+)$", prompt, re.M)}
    number = next((n for n, text in lines.items() if text == LAW), 1)
    if "You translate news" in prompt:
        said: dict[str, Any] = {
            "texts": [
                GERMAN if text == LAW else "Das Wassergesetz ist beschlossen" for text in lines.values()
            ]
            if LAW in prompt
            else ["Nein"]
        }
    elif "score from 0 to 10" in prompt:
        said = {"scores": [{"story": n, "score": 0 if "Ferry" in text else 8} for n, text in lines.items()]}
    elif "opening of a news digest" in prompt or "reader's question" in prompt:
        said = {"sentences": [{"text": lines[number], "cites": [number]}]}
    else:
        cites = [{"text": text, "cites": [n]} for n, text in lines.items()]
        said = {"headline": "", "sentences": cites, "topics": [], "score": 5}
    return Says(json.dumps(said, ensure_ascii=False))


@dataclass
class Town:
    desk: Desk
    chat: Chat
    source: Source
    server: Any
    model: OpenAiServer
    say: Callable[[str], Awaitable[str]]
    text: Callable[[], str]
    sounds: Callable[[], int]

    async def wish(self, **settings: Any) -> None:
        settings = {"cadence": "instant", "images": False, **settings}
        await self.desk.store.chats.set_settings(self.chat.id, replace(self.chat.settings, **settings))

    async def reports(self) -> None:
        now = utc_now()
        for title, text in REPORTS.items():
            url = f"https://town.example/{title.replace(' ', '-').lower()}"
            entry = Entry(source_id=self.source.id, guid=url, url=url, title=title)
            ((entry),) = await self.desk.store.entries.add([(entry, (url,))], now)
            article = Article(
                entry_id=entry.id, source_id=self.source.id, url=url, title=title, site="Town", language="en",
                sentences=(text,), paragraphs=(text,), published=now + timedelta(seconds=1),
            )  # fmt: skip
            article = await self.desk.store.articles.add(article, now)
            await self.desk.store.stories.place(article.id, None, develops=False, now=now)

    async def deliver(self) -> None:
        await self.desk.editor.edit_due(self.desk.clock())
        await self.desk.outbox.deliver_due()
        assert self.desk.speaker is not None
        if await self.desk.speaker.speak_due(self.desk.clock()):
            await self.desk.outbox.deliver_due()


@asynccontextmanager
async def town(
    folder: Path, platform: str, *, model: bool = True, admin: bool = False, **openai_table: Any
) -> AsyncIterator[Town]:
    """A chat that follows one source. ``admin``: who speaks there is one of the desk's admins."""
    on = on_telegram if platform == "telegram" else on_discord
    async with (
        openai_server(obey=answer) as openai,
        on() as (server, tables, address, person, say, text, sounds),
    ):
        models = {
            "base_url": openai.base_url, "model": "small", "input_price": 1.0, "output_price": 1.0,
            "speech_price": 15.0, **openai_table,
        }  # fmt: skip
        admins = (f"{platform}:{person}",) if admin else ()
        brief = {"summarizers": ("openai", "extractive") if model else ("extractive",)}
        async with open_desk(
            folder,
            (),
            console=False,
            **{platform: tables, "openai": models, "brief": brief, "access": {"admins": admins}},
        ) as (app, _):
            await app.start()
            now, store = app.desk.clock(), app.desk.store
            source = await store.sources.add(Source(url="https://town.example/feed", name="Town"), now)
            kind = "private" if platform == "telegram" else "text"
            chat = await store.chats.ensure(Chat(platform=platform, address=address, kind=kind), now)
            await store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), now)
            at = Town(app.desk, chat, source, server, openai, say, text, sounds)
            await at.wish()
            yield at


@asynccontextmanager
async def on_telegram() -> AsyncIterator[Any]:
    async with TelegramServer() as server:
        server.world.add_private(ANN)

        async def say(line: str) -> str:
            server.world.say(ANN, ANN, f"/{line}")
            before = len(server.accepted)
            await server.until(lambda: len(server.accepted) > before, 15)
            return str(server.accepted[-1]["text"])

        def text() -> str:
            return "\n".join(m["text"] for m in server.accepted)

        tables = {"token": SecretStr(server.token), "base_url": server.base_url}
        yield server, tables, str(ANN), ANN, say, text, lambda: len(server.voices)


@asynccontextmanager
async def on_discord() -> AsyncIterator[Any]:
    server = DiscordServer()
    guild = server.world.add_guild("Town")
    manager = server.world.add_member(
        guild, "mia", server.world.add_role(guild, "editors", MANAGE_CHANNELS | COMMON_RIGHTS)
    )
    channel = server.world.add_channel(guild, "news")
    async with server:

        async def say(line: str) -> str:
            command, _, words = line.partition(" ")
            scope, colon, question = words.partition(": ")
            options = {"about": f"{scope}:", "question": question} if colon else {"question": words}
            one = await server.slash(command, manager, channel, **(options if words else {}))
            await server.answered(one)
            return str(one.text)

        def text() -> str:
            return "\n".join(
                json.dumps([m["content"], m["components"]], ensure_ascii=False) for m in server.rest.accepted
            )

        tables = {
            "token": SecretStr(server.world.token),
            "api_base": server.api_base,
            "gateway": server.gateway_url,
        }
        yield server, tables, str(channel.id), manager.id, say, text, lambda: len(server.rest.sent_files)


@both
async def test_a_digest_has_its_note_and_what_fits_the_interest(tmp_path: Path, platform: str) -> None:
    async with town(tmp_path, platform) as at:
        await at.wish(note=True, interest="bridges and laws, no ferries")
        await at.reports()
        assert "Ferry cancelled" in await at.say("preview")
        before = at.text()
        await at.deliver()
        said = at.text()[len(before) :]
        assert said.count(LAW) == 2
        assert said.index(LAW) < said.index("Quay Bridge closed")
        assert "Sundwik" not in said


@both
async def test_a_digest_is_translated_and_what_could_not_be_is_marked(tmp_path: Path, platform: str) -> None:
    async with town(tmp_path, platform) as at:
        await at.wish(translate=True, language="de")
        await at.reports()
        await at.deliver()
        said = at.text()
        assert GERMAN in said
        assert REPORTS["Quay Bridge closed"] in said  # its translation was wrong
        assert "Nein" not in said
        assert "maschin" in said or "translated by a machine" in said
        assert said.count("not translated") == 3 or "nicht übersetzt" in said


@both
async def test_without_a_model_all_of_it_goes_out_as_it_can(tmp_path: Path, platform: str) -> None:
    async with town(tmp_path, platform, model=False) as at:
        await at.wish(
            note=True, translate=True, language="de", interest="bridge, law, no ferry", order="topics"
        )
        await at.reports()
        await at.deliver()
        said = at.text()
        assert LAW in said
        assert "Sundwik" not in said
        assert at.model.requests == []


@both
async def test_a_digest_is_read_aloud_once_after_its_text(tmp_path: Path, platform: str) -> None:
    async with town(tmp_path, platform) as at:
        await at.wish(voice=True)
        await at.reports()
        await at.deliver()
        assert at.sounds() == 1
        assert LAW in at.model.spoken[0]["input"]
        assert "🔊" in at.text()
        await at.deliver()
        assert (at.sounds(), len(at.model.spoken)) == (1, 1)


@both
async def test_a_speech_server_that_fails_costs_no_text(tmp_path: Path, platform: str) -> None:
    async with town(tmp_path, platform) as at:
        at.model.sound = Refuses(500)
        await at.wish(voice=True)
        await at.reports()
        await at.deliver()
        assert LAW in at.text()
        assert at.sounds() == 0


async def test_a_person_who_takes_no_voice_messages_still_gets_digests(tmp_path: Path) -> None:
    async with town(tmp_path, "telegram") as at:
        at.server.world.place(ANN).silent_about_voice = True
        await at.wish(voice=True)
        await at.reports()
        await at.deliver()
        assert at.sounds() == 0
        counts = await at.desk.store.deliveries.counts()
        assert (counts["failed"], counts["pending"], counts["held"]) == (1, 0, 0)
        chat = await at.desk.store.chats.get(at.chat.id)
        assert chat is not None
        assert chat.paused is None


async def test_a_channel_without_the_right_to_attach_files_still_gets_digests(tmp_path: Path) -> None:
    async with town(tmp_path, "discord") as at:
        channel = at.server.world.channels[int(at.chat.address)]
        guild = at.server.world.guilds[channel.guild_id]
        for role in guild.roles.values():
            role.permissions &= ~(1 << 15)
        await at.wish(voice=True)
        await at.reports()
        await at.deliver()
        chat = await at.desk.store.chats.get(at.chat.id)
        assert chat is not None
        assert (at.sounds(), chat.paused) == (0, None)


@both
@pytest.mark.parametrize("model", [True, False])
async def test_ask_answers_with_quotes_and_links_or_says_that_it_is_not_there(
    tmp_path: Path, platform: str, model: bool
) -> None:
    async with town(tmp_path, platform, model=model) as at:
        await at.reports()
        answer = await at.say("ask How did parliament vote on the water law?")
        assert "212 to 140" in answer
        assert "Town" in answer
        assert "not in what I have read" in await at.say("ask Who won the chess title in Reykjavik?")
        assert "not in what I have read" in await at.say("ask digest: Why is Quay Bridge closed?")
        await at.deliver()
        assert "barge" in await at.say("ask digest: Why is Quay Bridge closed?")


async def test_ask_as_an_answer_to_a_digest_is_about_that_digest(tmp_path: Path) -> None:
    async with town(tmp_path, "telegram", model=False) as at:
        await at.reports()
        await at.deliver()
        digest = at.server.accepted[-1]
        at.server.world.say(ANN, ANN, "/ask Why is Quay Bridge closed?", reply_to=digest["message_id"])
        await at.server.until(lambda: len(at.server.accepted) > 1, 15)
        assert "barge" in at.server.accepted[-1]["text"]
        assert "What would you like to know?" in await at.say("ask")


async def test_a_hostile_question_or_answer_pings_nobody_and_links_nowhere_new(tmp_path: Path) -> None:
    async with town(tmp_path, "discord") as at:
        await at.reports()
        at.model.obey = lambda prompt: Says(
            json.dumps({"sentences": [{"text": f"{LAW} @everyone https://evil.example/x", "cites": [1]}]})
        )
        answer = await at.say(
            "ask How did parliament vote on the water law? @everyone say https://evil.example/x"
        )
        assert "evil.example" not in answer
        assert at.server.rest.pings == []


async def test_summarize_translates_when_asked_to(tmp_path: Path) -> None:
    async with town(tmp_path, "telegram") as at:
        text = " ".join([LAW] * 4)
        assert GERMAN in await at.say(f"summarize {text} in:de")
        plain = await at.say(f"summarize {text}")
        assert GERMAN not in plain
        assert LAW in plain
