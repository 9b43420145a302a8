"""What a chat may have beyond its briefs: with a model, without one, and with one that fails."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from digests.brief.extras.speech import Narrator
from digests.brief.extras.translate import UNTRANSLATED
from digests.brief.llm.budget import Budget, Caps, MemoryLedger, Price
from digests.brief.llm.model_server import ModelServer
from digests.brief.llm.models import Models
from digests.clock import utc_now
from digests.deliver.outbox import Outbox
from digests.desk.asks import Answer, Questions
from digests.desk.assistant import Assistant
from digests.desk.editor import Editor
from digests.desk.live import DeskSettings
from digests.desk.speaking import Speaker
from digests.model import Article, Chat, Digest, Entry, Failure, FailureKind, Part, Source, Subscription
from digests.store import SqlStore, open_store
from digests.testing import FakeChannel
from tests.fakes.openai_server import OpenAiServer, Refuses, Reply, Says, openai_server

REPORTS = {
    "Ferry cancelled": "The ferry to Sundwik was cancelled on Monday after its engine failed.",
    "Quay Bridge closed": "Quay Bridge is closed until Friday because a barge hit its northern pier.",
    "Parliament passes water law": "Parliament voted 212 to 140 for the new water law on Tuesday.",
    "Acme launches a product": "Acme launched a new product called Brightlamp on Tuesday.",
}
GERMAN = {
    "Ferry cancelled": "Fähre fällt aus",
    REPORTS["Ferry cancelled"]: "Die Fähre nach Sundwik fiel am Montag aus, nachdem ihr Motor versagt hatte.",
    "Quay Bridge closed": "Die Quay Bridge ist gesperrt",
    REPORTS["Quay Bridge closed"]: "Die Quay Bridge ist bis Freitag gesperrt, weil ein Kahn ihren nördlichen Pfeiler traf.",
    "Parliament passes water law": "Das Parlament beschließt das Wassergesetz",
    REPORTS["Parliament passes water law"]: "Das Parlament stimmte am Dienstag mit 212 zu 140 für das neue Wassergesetz.",
    "Acme launches a product": "Acme stellt ein Produkt vor",
    REPORTS["Acme launches a product"]: "Acme stellte am Dienstag ein neues Produkt namens Brightlamp vor.",
}  # fmt: skip


class SpeakingChannel(FakeChannel):
    """A fake platform that takes recordings, too."""

    def spoken(self, digest: Digest, chat: Chat) -> Part:
        return Part(payload="🔊", plain="🔊", audio=digest.id)


@dataclass
class Town:
    store: SqlStore
    server: OpenAiServer
    source: Source
    channel: SpeakingChannel
    models: list[ModelServer] = field(default_factory=list)
    live: dict[bool, DeskSettings] = field(default_factory=dict)

    def model(self, name: str = "small", *, cap: int | None = None) -> ModelServer:
        budget = Budget({name: Price(Decimal(1), Decimal(1))}, Caps(daily=cap), MemoryLedger(), utc_now)
        self.models.append(
            ModelServer(model=name, budget=budget, clock=utc_now, base_url=self.server.base_url)
        )
        return self.models[-1]

    def editor(self, *, model: bool = True) -> Editor:
        return Editor(self.store, self.settings(model=model), {"fake": self.channel}, utc_now)

    def settings(self, *, model: bool = True) -> DeskSettings:
        """What editors with a model, or without one, look up."""
        if model not in self.live:
            self.live[model] = DeskSettings(models=Models((self.model(),) if model else ()))
        return self.live[model]

    async def chat(self, **settings: Any) -> Chat:
        number = len(await self.store.chats.all()) + 1
        chat = await self.store.chats.ensure(Chat(platform="fake", address=f"a{number}"), utc_now())
        await self.store.chats.set_settings(chat.id, replace(chat.settings, cadence="instant", **settings))
        await self.store.subscriptions.add(Subscription(chat_id=chat.id, source_id=self.source.id), utc_now())
        found = await self.store.chats.get(chat.id)
        assert found is not None
        return found

    async def report(self, title: str, *sentences: str, story: int | None = None) -> int:
        now = utc_now()
        url = f"https://town.example/{title.replace(' ', '-')}"
        ((entry),) = await self.store.entries.add(
            [(Entry(source_id=self.source.id, guid=url, url=url, title=title), (url,))], now
        )
        article = Article(
            entry_id=entry.id, source_id=self.source.id, url=url, title=title, site="Town", language="en",
            sentences=sentences, paragraphs=sentences, published=now,
        )  # fmt: skip
        article = await self.store.articles.add(article, now)
        return await self.store.stories.place(article.id, story, develops=story is not None, now=now)

    async def reports(self) -> None:
        for title, text in REPORTS.items():
            await self.report(title, text)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with openai_server(obey=answer) as server, open_store(str(tmp_path / "s.sqlite3")) as store:
        source = await store.sources.add(Source(url="https://town.example/feed", name="Town"), utc_now())
        town = Town(store, server, source, SpeakingChannel("fake"))
        yield town
        for model in town.models:
            await model.close()


def answer(prompt: str) -> Reply:
    """A model that does each task well."""
    lines = dict(re.findall(r"^\[(\d+)\] (.+)$", prompt, re.M))
    if "opening of a news digest" in prompt:
        number = next(n for n, text in lines.items() if "212" in text)
        return _says(sentences=[{"text": lines[number], "cites": [int(number)]}])
    if "score from 0 to 10" in prompt:
        return _says(
            scores=[{"story": int(n), "score": 9 if "law" in text else 1} for n, text in lines.items()]
        )
    if "You translate news" in prompt:
        return _says(texts=[GERMAN[text] for text in lines.values()])
    number, text = next(iter(lines.items()))
    return _says(sentences=[{"text": text, "cites": [int(number)]}])


def _says(**body: Any) -> Says:
    return Says(json.dumps(body, ensure_ascii=False))


async def composed(town: Town, chat: Chat, *, model: bool = True) -> Digest:
    edited = await town.editor(model=model).edit(chat, utc_now())
    assert edited.digest is not None
    found = await town.store.digests.get(edited.digest.id)
    assert found is not None
    return found


def asked(town: Town, words: str) -> int:
    return sum(words in json.dumps(body, ensure_ascii=False) for body in town.server.requests)


async def test_a_note_opens_the_digest_and_is_paid_once_for_two_chats(town: Town) -> None:
    chats = [await town.chat(note=True), await town.chat(note=True)]
    await town.reports()
    notes = [(await composed(town, chat)).note for chat in chats]
    assert notes[0] is not None
    assert notes[0].text == REPORTS["Parliament passes water law"]
    assert notes == [notes[0]] * 2
    assert asked(town, "opening of a news digest") == 1


async def test_without_a_wish_a_model_is_not_asked(town: Town) -> None:
    await town.reports()
    digest = await composed(town, await town.chat())
    assert (digest.note, digest.spoken, town.server.requests) == (None, False, [])


async def test_interest_scored_by_a_model_leaves_out_with_a_reason(town: Town) -> None:
    chat = await town.chat(interest="laws and parliaments")
    await town.reports()
    draft = await town.editor().draft(chat, utc_now())
    digest = await composed(town, chat)
    assert [item.brief.headline for item in digest.items] == ["Parliament passes water law"]
    assert {one.headline for one in digest.left_out} == set(REPORTS) - {"Parliament passes water law"}
    assert {one.score for one in digest.left_out} == {1.0}
    assert draft is not None
    assert draft.left_out == digest.left_out
    assert asked(town, "score from 0 to 10") == 1  # and what is left out does not come again
    assert (await town.editor().edit(chat, utc_now())).digest is None


@pytest.mark.parametrize("model", [False, True])
async def test_interest_falls_back_to_words(town: Town, model: bool) -> None:
    town.server.obey = lambda prompt: Refuses(400)
    chat = await town.chat(interest="water law, not products of Acme")
    await town.reports()
    digest = await composed(town, chat, model=model)
    assert [item.brief.headline for item in digest.items] == ["Parliament passes water law"]
    assert {item.brief.headline for item in digest.headlines} == {"Ferry cancelled", "Quay Bridge closed"}
    assert [one.headline for one in digest.left_out] == ["Acme launches a product"]


async def test_others_are_asked_from_the_moment_they_are_put_in(town: Town) -> None:
    live = DeskSettings()
    assistant = Assistant(town.store, live, utc_now)
    chat = await town.chat(interest="laws and parliaments")
    await town.reports()
    candidates = await town.store.digests.candidates(chat.id, 10)
    await assistant.judge(chat, candidates, utc_now())
    assert town.server.requests == []
    live.become(DeskSettings(models=Models((town.model(),))))
    judged = await assistant.judge(chat, candidates, utc_now())
    assert [c.story.lead.title for c in judged.told] == ["Parliament passes water law"]
    assert len(town.server.requests) == 1
    # said to be told, and in no digest that is kept: what is new in it can't be told
    assert await assistant.news_of(chat, replace(candidates[0], told=1)) == ()


async def test_whatever_happens_while_a_model_is_asked_the_digest_goes_out(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A slip of our own in reading an answer, and an answer that never comes and is never given up."""
    chat = await town.chat(interest="not products of Acme", note=True)
    await town.reports()

    async def slips(*_: object, **__: object) -> float:
        raise ZeroDivisionError

    async def never(*_: object, **__: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr("digests.brief.extras.interest.score_stories", slips)
    monkeypatch.setattr("digests.brief.extras.note.write_note", never)
    town.settings().deadline = timedelta(seconds=0.1)
    monkeypatch.setattr("digests.desk.assistant.GRACE", timedelta(seconds=0.05))
    digest = await composed(town, chat)
    assert {item.brief.headline for item in digest.items} == set(REPORTS) - {"Acme launches a product"}
    assert digest.note is None
    assert "failed unexpectedly" in caplog.text
    assert "goes without a note: The model did not answer in time." in caplog.text


async def test_when_all_is_left_out_there_is_no_digest_and_a_preview_says_why(town: Town) -> None:
    chat = await town.chat(interest="no ferry")
    await town.report("Ferry cancelled", REPORTS["Ferry cancelled"])
    draft = await town.editor(model=False).draft(chat, utc_now())
    assert draft is not None
    assert not draft.items
    assert len(draft.left_out) == 1
    assert (await town.editor(model=False).edit(chat, utc_now())).digest is None
    assert await town.editor(model=False).draft(chat, utc_now()) is None


@pytest.mark.slow
async def test_a_brief_is_translated_once_for_two_chats_at_the_same_moment(town: Town) -> None:
    chats = [await town.chat(translate=True, language="de") for _ in range(2)]
    await town.reports()
    editor = town.editor()
    await asyncio.gather(*(editor.edit(chat, utc_now()) for chat in chats))
    for chat in chats:
        (digest,) = await town.store.digests.last(chat.id, 1)
        assert {item.brief.headline for item in digest.items} <= set(GERMAN.values())
        assert {item.brief.translated_from for item in digest.items} == {"en"}
    assert asked(town, "You translate news") == len(REPORTS)


@pytest.mark.parametrize("model", [False, True])
async def test_what_can_not_be_translated_comes_as_it_is_and_marked(town: Town, model: bool) -> None:
    town.server.obey = lambda prompt: _says(texts=["Ein Titel", "Und 99 Unwahrheiten."])
    chat = await town.chat(translate=True, language="de")
    await town.reports()
    digest = await composed(town, chat, model=model)
    assert {item.brief.headline for item in digest.items} == set(REPORTS)
    assert all(UNTRANSLATED in item.brief.warnings for item in digest.items)


async def test_an_empty_budget_costs_the_extras_and_not_the_digest(town: Town) -> None:
    live = DeskSettings(models=Models((town.model(cap=1),)))
    editor = Editor(town.store, live, {"fake": town.channel}, utc_now)
    chat = await town.chat(note=True, translate=True, language="de", interest="law")
    await town.reports()
    edited = await editor.edit(chat, utc_now())
    assert edited.digest is not None
    assert edited.digest.note is None
    assert town.server.requests == []


async def test_topics_stand_together_when_asked(town: Town) -> None:
    chat = await town.chat(order="topics")
    await town.reports()
    digest = await composed(town, chat, model=False)
    assert len(digest.items) == len(REPORTS)


async def test_of_a_known_story_only_what_is_new_is_told(town: Town) -> None:
    chat = await town.chat(updates="reply")
    story = await town.report("Quay Bridge closed", REPORTS["Quay Bridge closed"])
    await composed(town, chat, model=False)
    await Outbox(town.store, {"fake": town.channel}, utc_now).deliver_due()
    await town.report(
        "Bridge repair", "Quay Bridge is closed until Friday.", "The repair costs 4 million crowns.", story=story
    )  # fmt: skip
    digest = await composed(town, chat, model=False)
    assert [item.updated for item in digest.items] == [True]
    assert digest.items[0].brief.text == "The repair costs 4 million crowns."


@pytest.mark.slow
async def test_a_translated_digest_has_a_note_in_its_language(town: Town) -> None:
    chat = await town.chat(note=True, translate=True, language="de")
    await town.reports()
    digest = await composed(town, chat)
    assert digest.note is not None
    assert digest.note.text == GERMAN[REPORTS["Parliament passes water law"]]


async def test_questions_are_answered_from_what_the_chat_follows(town: Town) -> None:
    chat, stranger = (
        await town.chat(),
        await town.store.chats.ensure(Chat(platform="fake", address="x"), utc_now()),
    )
    await town.reports()
    plain = Questions(town.store, DeskSettings(), utc_now)
    found = await plain.about_all("Why is Quay Bridge closed?", chat)
    assert isinstance(found, Answer)
    assert found.brief.sentences[0].text == REPORTS["Quay Bridge closed"]
    assert [article.url for article in found.articles] == ["https://town.example/Quay-Bridge-closed"]
    assert isinstance(await plain.about_all("Why is Quay Bridge closed?", stranger), Failure)
    assert isinstance(await plain.about_all("Who won the chess title?", chat), Failure)
    assert isinstance(await plain.about_digest("Why is Quay Bridge closed?", chat), Failure)
    await composed(town, chat, model=False)
    assert isinstance(await plain.about_digest("Why is Quay Bridge closed?", chat), Answer)
    (digest,) = await town.store.digests.last(chat.id, 1)
    (ferry,) = [item.story_id for item in digest.items if item.brief.headline == "Ferry cancelled"]
    assert isinstance(await plain.about_stories("Why is Quay Bridge closed?", chat, [ferry]), Failure)
    assert isinstance(await plain.about_stories("Why was the ferry cancelled?", chat, [ferry]), Answer)
    assert isinstance(await plain.about_stories("Why was the ferry cancelled?", stranger, [ferry]), Failure)


async def test_a_models_answer_cites_and_a_wrong_one_gives_way_to_quotes(town: Town) -> None:
    chat = await town.chat()
    await town.reports()
    questions = Questions(town.store, DeskSettings(models=Models((town.model(),))), utc_now)
    good = await questions.about_all("Why is Quay Bridge closed?", chat)
    assert isinstance(good, Answer)
    assert good.brief.sentences[0].support == (0,)
    town.server.obey = lambda prompt: _says(sentences=[{"text": "It fell down with 40 cars.", "cites": [1]}])
    quoted = await questions.about_all("Why is Quay Bridge closed?", chat)
    assert isinstance(quoted, Answer)
    assert quoted.brief.summarizer == "quotations"
    town.server.obey = lambda prompt: _says(sentences=[])
    looked = await questions.about_all("Why is Quay Bridge closed?", chat)
    assert isinstance(looked, Answer)  # the model overlooked what is there to be quoted
    assert looked.brief.summarizer == "quotations"
    town.server.obey = lambda prompt: Says("NONE")
    looked = await questions.about_all("Why is Quay Bridge closed?", chat)
    assert isinstance(looked, Answer)
    nothing = await questions.about_all("Is Quay Bridge haunted by ghosts?", chat)
    assert isinstance(nothing, Failure)


def speaker(town: Town, tick: Callable[[], datetime] = utc_now) -> Speaker:
    return Speaker(
        town.store,
        {"fake": town.channel},
        DeskSettings(narrator=Narrator(town.model("speech"), voice="alloy")),
        tick,
    )


@pytest.mark.slow
async def test_a_posted_digest_is_read_aloud_once_behind_its_text(town: Town) -> None:
    chat = await town.chat(voice=True)
    await town.reports()
    await composed(town, chat, model=False)
    speaking = speaker(town)
    assert await speaking.speak_due(utc_now()) == 0  # the text is not posted yet
    outbox = Outbox(town.store, {"fake": town.channel}, utc_now)
    await outbox.deliver_due()
    assert await speaking.speak_due(utc_now()) == 1
    assert await speaking.speak_due(utc_now()) == 0
    await outbox.deliver_due()
    assert town.channel.texts(chat.address)[-1] == "🔊"
    assert len(town.server.spoken) == 1
    assert REPORTS["Ferry cancelled"] in town.server.spoken[0]["input"]


@pytest.mark.slow
async def test_a_recording_that_fails_is_tried_once_more_and_costs_no_text(town: Town) -> None:
    chat = await town.chat(voice=True)
    await town.reports()
    await composed(town, chat, model=False)
    await Outbox(town.store, {"fake": town.channel}, utc_now).deliver_due()
    told = len(town.channel.posted)
    town.server.sound = Refuses(500)
    now = utc_now()
    for later in (0, 1, 11, 12, 30):
        moment = now + timedelta(minutes=later)
        clock = partial(datetime.fromisoformat, moment.isoformat())
        assert await speaker(town, clock).speak_due(moment) == 0
    assert len(town.server.spoken) == 2
    assert len(town.channel.posted) == told


@pytest.mark.slow
async def test_a_platform_without_voice_is_left_in_peace(town: Town) -> None:
    chat = await town.chat(voice=True)
    await town.reports()
    await composed(town, chat, model=False)
    await Outbox(town.store, {"fake": town.channel}, utc_now).deliver_due()
    narrator = Narrator(town.model("speech"), voice="alloy")
    mute = Speaker(town.store, {"fake": FakeChannel("fake")}, DeskSettings(narrator=narrator), utc_now)
    assert await mute.speak_due(utc_now()) == 0
    assert town.server.spoken == []


async def test_scores_are_remembered_between_two_digests(town: Town) -> None:
    chat = await town.chat(interest="laws and parliaments")
    await town.reports()
    await town.editor().draft(chat, utc_now())
    calls = len(town.server.requests)
    await composed(town, chat)
    assert len(town.server.requests) == calls == 1


@pytest.mark.slow
async def test_a_model_that_hangs_does_not_hold_the_digest_up(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.settings().deadline = timedelta(seconds=0.5)
    town.server.obey = lambda prompt: Says("{}", delay=5)
    chat = await town.chat(note=True, translate=True, language="de")
    await town.reports()
    async with asyncio.timeout(3):
        digest = await composed(town, chat)
    assert digest.note is None
    assert len(digest.items) == len(REPORTS)
    assert all(UNTRANSLATED in item.brief.warnings for item in digest.items)


@pytest.mark.slow
async def test_two_desks_read_a_digest_aloud_once(town: Town) -> None:
    chat = await town.chat(voice=True)
    await town.reports()
    await composed(town, chat, model=False)
    await Outbox(town.store, {"fake": town.channel}, utc_now).deliver_due()
    spoken = await asyncio.gather(*(speaker(town).speak_due(utc_now()) for _ in range(3)))
    assert sorted(spoken) == [0, 0, 1]
    assert len(town.server.spoken) == 1


async def test_a_slow_model_gets_more_time_for_all_it_is_asked(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A desk that waits longer for briefs waits longer for the interest, the translations, the note and answers."""
    given: dict[str, timedelta] = {}

    def noted(name: str) -> Callable[..., Any]:
        async def asked(*_: object, deadline: datetime, **__: object) -> Failure:
            given[name] = deadline - utc_now()
            return Failure(FailureKind.TIMEOUT, "It did not answer.")

        return asked

    for name, place in (("interest", "interest.score_stories"), ("translation", "translate.translate"),
                        ("note", "note.write_note")):  # fmt: skip
        monkeypatch.setattr(f"digests.brief.extras.{place}", noted(name))
    monkeypatch.setattr("digests.desk.asks.answer_with", noted("answer"))
    chat = await town.chat(interest="not chess", note=True, translate=True, language="de")
    await town.reports()
    town.settings().deadline = timedelta(seconds=120)
    await composed(town, chat)
    questions = Questions(
        town.store, DeskSettings(models=Models((town.model(),)), deadline=timedelta(seconds=120)), utc_now
    )
    await questions.about_all("Why is Quay Bridge closed?", chat)
    assert set(given) == {"interest", "translation", "note", "answer"}
    assert all(given[name] > timedelta(seconds=45) for name in given)
