"""Digests to Telegram as rich messages: sent, edited, looked for, and what becomes of them where those are
not taken."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from digests.model import Brief, BriefSentence, Chat, Delivery, Digest, DigestItem, Link
from digests.ports import Absent, Doubt, Found, Gone, Redrawn, Sent, Uneditable, Wait
from tests.bot.platforms.telegram_desk import delivery, place, talking
from tests.fakes.faults import CUT_AFTER, CUT_BEFORE, FAIL_BEFORE, THROTTLE

CHANNEL, OPS = -10060, -10090
THERE = place(CHANNEL, "channel", title="Coast & Co")
PICTURE = "https://img.example/1.png"


def digest(*headlines: str, words: int = 30, image: str | None = PICTURE) -> Digest:
    items = tuple(
        DigestItem(
            story_id=number, version=1, image=image, links=(Link("Coast", f"https://coast.example/{number}"),),
            brief=Brief(
                headline=headline, sentences=(BriefSentence("word " * words, (0,)),), source_sentences=()
            ),
        )
        for number, headline in enumerate(headlines, 1)
    )  # fmt: skip
    created = datetime(2026, 3, 1, 8, tzinfo=UTC)
    return Digest(chat_id=1, created=created, items=items, title="2026-03-01T08:00")


def of(chat: Any, told: Digest, there: Chat = THERE, **more: Any) -> Delivery:
    """The delivery of the digest's only message."""
    (part,) = chat.parts(told, there)
    return replace(delivery("{}", **more), content=part)


async def test_a_digest_is_one_rich_message_however_long_and_its_mentions_are_inert() -> None:
    async with talking() as (server, _, chat):
        long = of(chat, digest(*(f"@everyone /stop {n}" for n in range(1, 11)), words=180))
        assert len(long.content.plain) > 2 * 4096
        assert await chat.send(THERE, long) == Sent("1")
        (posted,) = server.accepted
        assert posted["method"] == "sendRichMessage"
        assert posted["text"].startswith("📰 Coast & Co · Mar 1, 08:00 · 10 stories")
        assert posted["pings"] == []
        assert long.content.stories == tuple(range(1, 11))


async def test_it_goes_to_its_topic_as_an_answer_with_its_buttons_and_without_a_sound() -> None:
    async with talking() as (server, _, chat):
        server.world.set_topic(-10050, 33, "open")
        there = place(-10050, thread="33")
        first = await chat.send(there, delivery("{}", plain=True))
        assert isinstance(first, Sent)
        told = of(chat, digest("One", "Two"), there, reply_to=first.message_id)
        quiet = replace(there, settings=replace(there.settings, silent=True))
        assert isinstance(await chat.send(quiet, told), Sent)
        posted = server.accepted[-1]
        assert (posted["thread"], posted["reply_to"], posted["silent"]) == (33, int(first.message_id), True)
        assert posted["buttons"] == ["👍", "👎", "…"]


async def test_an_edit_keeps_the_form_and_one_already_made_counts() -> None:
    async with talking() as (server, _, chat):
        sent = await chat.send(THERE, of(chat, digest("One", "Two")))
        assert isinstance(sent, Sent)
        edit = of(chat, digest("One", "Two and more"), edits=sent.message_id)
        for _again in range(2):
            assert await chat.send(THERE, edit) == sent
        assert "Two and more" in server.accepted[-1]["text"]
        assert [m["method"] for m in server.accepted] == ["sendRichMessage", "editMessageText"]
        gone = await chat.send(THERE, replace(edit, edits="999"))
        assert gone == Uneditable("the message was deleted", deleted=True)


async def test_a_refused_picture_goes_and_the_document_stays() -> None:
    async with talking() as (server, _, chat):
        broken = of(chat, digest("One", "Two", image="https://img.example/not-an-image"))
        sent = await chat.send(THERE, broken)
        assert isinstance(sent, Sent)
        (posted,) = server.accepted
        assert "<img" not in posted["rich"]
        assert "<h4>" in posted["rich"]
        assert await chat.send(THERE, replace(broken, edits=sent.message_id)) == sent  # as it stands already


async def test_a_server_that_knows_no_rich_messages_gets_texts_from_then_on() -> None:
    async with talking() as (server, _, chat):
        server.unknown.add("sendRichMessage")
        assert isinstance(await chat.send(THERE, of(chat, digest("One", "Two"))), Sent)
        assert [m["method"] for m in server.accepted] == ["sendMessage"]
        assert server.accepted[0]["preview"]["show_above_text"]
        tried = server.count("sendRichMessage")
        (part,) = chat.parts(digest("One", "Two"), THERE)
        assert json.loads(part.payload).get("rich") is None
        await chat.send(THERE, replace(delivery("{}"), content=part))
        assert server.count("sendRichMessage") == tried == 1
        edit = of(chat, digest("One", "Two, changed"), edits="1")
        assert await chat.send(THERE, edit) == Sent("1")
        assert "Two, changed" in server.accepted[-1]["text"]


async def test_where_it_is_refused_a_long_digest_becomes_messages_that_say_the_same() -> None:
    async with talking() as (server, _, chat):
        server.unknown.add("sendRichMessage")
        long = of(chat, digest(*(f"Story {n}" for n in range(1, 11)), words=150), reply_to="7")
        outcome = await chat.send(THERE, long)
        assert isinstance(outcome, Redrawn)
        assert len(outcome.parts) > 1
        assert server.accepted == []
        assert "".join(part.plain for part in outcome.parts) == long.content.plain
        told = [story for part in outcome.parts for story in part.stories]
        assert sorted(set(told)) == list(range(1, 11))
        for part in outcome.parts:
            assert isinstance(await chat.send(THERE, replace(delivery("{}"), content=part)), Sent)
        assert await chat.send(THERE, long) == outcome  # what was drawn before the server was known
        assert server.count("sendRichMessage") == 1
        edit = replace(long, edits="1", reply_to=None)
        assert isinstance(await chat.send(THERE, edit), Uneditable)


async def test_a_message_refused_for_its_form_alone_goes_as_a_text_and_the_next_is_rich_again() -> None:
    async with talking() as (server, _, chat):
        for _ in range(2):
            words = "Bad Request: RICH_MESSAGE_EMAIL_INVALID"
            server.fault("sendRichMessage", FAIL_BEFORE, status=400, description=words)
        assert isinstance(await chat.send(THERE, of(chat, digest("One", "Two"))), Sent)
        assert isinstance(await chat.send(THERE, of(chat, digest("One", "Two"))), Sent)
        assert [m["method"] for m in server.accepted] == ["sendMessage", "sendRichMessage"]


FAULTS: list[tuple[dict[str, Any], type]] = [
    ({"action": THROTTLE, "retry_after": 40}, Wait),
    ({"action": CUT_BEFORE}, Doubt),
    ({"action": CUT_AFTER}, Doubt),
    ({"action": FAIL_BEFORE, "status": 500}, Doubt),
    ({"action": FAIL_BEFORE, "status": 403, "description": "Forbidden: bot was blocked by the user"}, Gone),
]


@pytest.mark.parametrize(("fault", "expected"), FAULTS)
async def test_each_failure_is_told_for_what_it_proves_and_nothing_is_sent_twice(
    fault: dict[str, Any], expected: type
) -> None:
    async with talking() as (server, _, chat):
        server.fault("sendRichMessage", **fault)
        assert isinstance(await chat.send(THERE, of(chat, digest("One", "Two"))), expected)
        assert server.count("sendRichMessage") + server.count("sendMessage") == 1


async def test_a_chat_that_is_gone_is_no_fault_of_the_form() -> None:
    async with talking() as (server, _, chat):
        words = "Bad Request: chat not found"
        server.fault("sendRichMessage", FAIL_BEFORE, status=400, description=words, times=2)
        assert isinstance(await chat.send(THERE, of(chat, digest("One", "Two"))), Gone)
        server.fault("sendRichMessage", FAIL_BEFORE, status=401, description="Unauthorized")
        await chat.send(THERE, of(chat, digest("One", "Two")))
        assert isinstance(await chat.send(THERE, of(chat, digest("One", "Two"))), Sent)
        assert server.accepted[-1]["method"] == "sendRichMessage"  # a wrong token says nothing of the server


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_doubt_about_a_rich_message_is_settled_by_its_words(arrived: bool) -> None:
    async with talking(ops_chat=OPS) as (server, _, chat):
        server.world.add_group(OPS, "Ops", admins=(7,))
        await chat.send(THERE, of(chat, digest("Before", "that")))
        server.fault("sendRichMessage", CUT_AFTER if arrived else CUT_BEFORE)
        doubtful = of(chat, digest("One", "Two"), id=5)
        assert isinstance(await chat.send(THERE, doubtful), Doubt)
        found = await chat.find(THERE, doubtful)
        assert isinstance(found, Found if arrived else Absent)
        assert server.world.place(OPS).messages == {}


async def test_a_rich_message_can_be_read_like_any_other() -> None:
    async with talking() as (server, echo, chat):
        there = place(-10050)
        sent = await chat.send(there, of(chat, digest("One", "Two"), there))
        assert isinstance(sent, Sent)
        server.world.say(7, -10050, "/summarize", reply_to=int(sent.message_id))
        await server.until(lambda: echo.requests)
        (request,) = echo.requests
        assert "Two" in request.reply_text
        assert request.reply_links == ("https://coast.example/1", "https://coast.example/2")
        assert ("-10050", sent.message_id) in request.message
