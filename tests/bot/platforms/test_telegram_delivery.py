"""Digests to Telegram: what is posted, what each failure proves, and how a doubt is settled."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.platforms.telegram.chat import TelegramChat
from digests.model import Brief, BriefSentence, ChatSettings, Digest, DigestItem, Link, SourceSentence
from digests.ports import Absent, Doubt, Found, Gone, Moved, NotSent, Refused, Sent, Uneditable, Unknown, Wait
from tests.bot.platforms.telegram_desk import Echo, delivery, place, talking
from tests.fakes.faults import (
    CUT_AFTER,
    CUT_BEFORE,
    FAIL_AFTER,
    FAIL_BEFORE,
    HANG_AFTER,
    THROTTLE,
)

GROUP, CHANNEL, OPS = -10050, -10060, -10090


def story(
    number: int, text: str = "The harbour opened.", headline: str = "Harbour", **more: Any
) -> DigestItem:
    brief = Brief(
        headline=f"{headline} {number}",
        sentences=(BriefSentence(text, (0,)),),
        source_sentences=(SourceSentence(text),),
    )
    links = (Link(site="Coast", url=f"https://coast.example/{number}"),)
    return DigestItem(story_id=number, version=1, brief=brief, links=links, **more)


def digest(*items: DigestItem) -> Digest:
    return Digest(chat_id=1, created=datetime(2026, 3, 1, tzinfo=UTC), items=items)


def payload(words: str = "Hello") -> str:
    return json.dumps({"text": words, "entities": [], "preview": None})


@pytest.mark.slow
async def test_a_digest_is_drawn_sent_and_accepted_whole() -> None:
    async with talking() as (server, _, chat):
        items = [story(n, "All quiet @everyone says /stop. " * 40, "🚢 Ночь") for n in range(1, 9)]
        there = place(CHANNEL, "channel", settings=ChatSettings(silent=True, previews=True))
        parts = chat.parts(digest(*items), there)  # with previews, as texts
        assert len(parts) > 2
        told = [number for part in parts for number in part.stories]
        assert sorted(set(told)) == list(range(1, 9))
        for number, part in enumerate(parts):
            sent = await chat.send(there, delivery(part.payload, text=part.plain, part=number))
            assert isinstance(sent, Sent)
        whole = "".join(m["text"] for m in server.accepted).replace("\n", "").replace(" ", "")
        assert whole == "".join(part.plain for part in parts).replace("\n", "").replace(" ", "")
        assert all(m["pings"] == [] and m["silent"] for m in server.accepted)
        assert all(m["preview"] == {"is_disabled": True} for m in server.accepted[1:])


@pytest.mark.parametrize(
    ("settings", "preview"),
    [
        (ChatSettings(), {"url": "https://img.example/1.png", "show_above_text": True}),
        (ChatSettings(previews=True), {"url": "https://coast.example/1"}),
        (ChatSettings(images=False), None),
    ],
)
async def test_only_the_chosen_preview_shows(settings: ChatSettings, preview: dict[str, Any] | None) -> None:
    async with talking() as (server, _, chat):
        there = place(7, "private", settings=settings)
        (part,) = chat.parts(digest(story(1, image="https://img.example/1.png")), there)
        await chat.send(there, delivery(part.payload))
        shown = server.accepted[0]["preview"]
        assert shown == (preview | {"prefer_large_media": True} if preview else {"is_disabled": True})


async def test_a_picture_is_that_of_the_story_it_stands_over() -> None:
    async with talking() as (_, _, chat):
        chat._delivery._rich = False
        (part,) = chat.parts(
            digest(story(1), story(2, image="https://img.example/2.png")), place(7, "private")
        )
        assert json.loads(part.payload)["preview"] is None


FAULTS: list[tuple[dict[str, Any], object]] = [
    ({"action": THROTTLE, "retry_after": 40}, Wait(timedelta(seconds=40))),
    ({"action": CUT_BEFORE}, Doubt("Telegram's answer was lost")),
    ({"action": CUT_AFTER}, Doubt("Telegram's answer was lost")),
    ({"action": HANG_AFTER}, Doubt("Telegram's answer was lost")),
    ({"action": FAIL_AFTER, "status": 502}, Doubt("Telegram answered with an error of its own")),
    ({"action": FAIL_BEFORE, "status": 500}, Doubt("Telegram answered with an error of its own")),
    *(
        ({"action": FAIL_BEFORE, "status": status, "description": words}, Gone(reason))
        for status, words, reason in [
            (403, "Forbidden: bot was blocked by the user", "the person has blocked the bot"),
            (403, "Forbidden: bot was kicked from the supergroup chat", "the bot was removed from the chat"),
            (403, "Forbidden: user is deactivated", "the person's account was deleted"),
            (403, "Forbidden: the group chat was deleted", "the chat was deleted"),
            (403, "Forbidden: something new", "Telegram says: something new"),
            (400, "Bad Request: chat not found", "the chat does not exist any more, or the bot was never in it"),
            (400, "Bad Request: TOPIC_CLOSED", "the topic is closed"),
            (400, "Bad Request: message thread not found", "the topic was deleted"),
            (400, "Bad Request: not enough rights to send text messages to the chat",
             "the bot has no right to write in the chat"),
            (400, "Bad Request: need administrator rights in the channel chat",
             "the bot is not an administrator of the channel with the right to post"),
        ]
    ),
    ({"action": FAIL_BEFORE, "status": 400, "description": "Bad Request: message is too long"},
     Refused("Telegram says: Message is too long")),
    ({"action": FAIL_BEFORE, "status": 401, "description": "Unauthorized"},
     NotSent("Telegram does not accept the bot's token")),
]  # fmt: skip


async def test_each_failure_is_told_for_what_it_proves_and_nothing_is_sent_twice() -> None:
    async with talking(timeout=timedelta(seconds=0.3)) as (server, _, chat):
        for fault, outcome in FAULTS:
            server.fault("sendMessage", **fault)
            before = server.count("sendMessage")
            got = await chat.send(place(GROUP), delivery(payload()))
            if isinstance(outcome, Gone) and "something new" in outcome.reason:
                assert isinstance(got, Gone)
                assert "something new" in got.reason.lower()
            else:
                assert got == outcome, fault
            assert server.count("sendMessage") == before + 1


async def test_an_unreachable_telegram_is_proven_not_to_have_the_message() -> None:
    nowhere = "http://127.0.0.1:9/bot"  # the discard port: no one listens
    chat = TelegramChat("4242:t", Echo().desk(), base_url=nowhere, clock=lambda: datetime.now(UTC))
    await chat.connect()
    assert await chat.send(place(GROUP), delivery(payload())) == NotSent("Telegram could not be reached")
    await chat.stop()


async def test_a_name_that_is_not_found_proves_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    nowhere = "http://telegram.example/bot"
    chat = TelegramChat("4242:t", Echo().desk(), base_url=nowhere, clock=lambda: datetime.now(UTC))
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    await chat.connect()
    assert await chat.send(place(GROUP), delivery(payload())) == NotSent("Telegram could not be reached")
    await chat.stop()


async def test_a_group_that_moved_says_where() -> None:
    async with talking() as (server, _, chat):
        server.world.add_group(-55, "Old", members=(8,))
        server.world.migrate(-55, -10077)
        assert await chat.send(place(-55), delivery(payload())) == Moved("-10077")


async def test_many_chats_throttled_at_once_means_the_whole_bot() -> None:
    async with talking() as (server, _, chat):
        server.fault("sendMessage", THROTTLE, times=3)
        waits = [await chat.send(place(n), delivery(payload())) for n in (GROUP, CHANNEL, 7)]
        assert [w.whole_platform for w in waits if isinstance(w, Wait)] == [False, False, True]


async def test_an_edit_changes_the_message_and_one_already_made_counts() -> None:
    async with talking() as (server, _, chat):
        sent = await chat.send(place(CHANNEL, "channel"), delivery(payload("old")))
        assert isinstance(sent, Sent)
        edit = delivery(payload("new"), edits=sent.message_id)
        for _ in range(2):
            assert await chat.send(place(CHANNEL, "channel"), edit) == sent
        assert [m["method"] for m in server.accepted] == ["sendMessage", "editMessageText"]
        gone = delivery(payload("x"), edits="999")
        deleted = await chat.send(place(CHANNEL, "channel"), gone)
        assert deleted == Uneditable("the message was deleted", deleted=True)
        assert isinstance(await chat.send(place(CHANNEL, "channel"), delivery(payload(), edits="a")), Refused)
        server.fault("editMessageText", CUT_AFTER)
        lost = delivery(payload("newer"), edits=sent.message_id)
        assert isinstance(
            await chat.send(place(CHANNEL, "channel"), lost), NotSent
        )  # an edit can be repeated
        assert isinstance(await chat.find(place(CHANNEL, "channel"), lost), Absent)


async def test_plain_text_topics_and_replies() -> None:
    async with talking() as (server, _, chat):
        server.world.set_topic(GROUP, 33, "open")
        first = await chat.send(place(GROUP, thread="33"), delivery("{}", plain=True, text="a @b\n"))
        assert isinstance(first, Sent)
        await chat.send(place(GROUP), delivery(payload("answer"), reply_to=first.message_id))
        assert [(m["thread"], m["reply_to"]) for m in server.accepted] == [
            (33, None),
            (None, int(first.message_id)),
        ]
        assert server.accepted[0]["pings"] == []


# ---------------------------------------------------------------- doubts


async def test_without_an_ops_chat_a_doubt_stays() -> None:
    async with talking() as (_, _, chat):
        assert isinstance(await chat.find(place(GROUP), delivery(payload())), Unknown)


@pytest.mark.parametrize("target", [GROUP, CHANNEL])
@pytest.mark.parametrize("arrived", [True, False])
async def test_a_doubt_is_settled_through_the_ops_chat_which_stays_clean(target: int, arrived: bool) -> None:
    async with talking(ops_chat=OPS) as (server, _, chat):
        server.world.add_group(OPS, "Ops", admins=(7,))
        there = place(target, "channel" if target == CHANNEL else "group")
        await chat.send(there, delivery(payload("before")))
        if target == GROUP:
            server.world.say(8, GROUP, "hello all")  # by someone else, with other words
            server.world.say(8, GROUP, "Hello")  # and with the same
        server.fault("sendMessage", CUT_AFTER if arrived else CUT_BEFORE)
        doubtful = delivery(payload("Hello"))
        assert isinstance(await chat.send(there, doubtful), Doubt)
        found = await chat.find(there, doubtful)
        assert isinstance(found, Found if arrived else Absent)
        if isinstance(found, Found):
            assert found.message_id == str(max(server.world.place(target).messages))
        assert server.world.place(OPS).messages == {}
        assert all(m["silent"] for m in server.accepted if m["method"] == "forwardMessage")


@pytest.mark.slow
async def test_after_a_restart_the_look_begins_at_what_the_store_knows() -> None:
    async def last_sent(address: str | None, before: object) -> str | None:
        return "1" if address == str(CHANNEL) else None

    async with talking(ops_chat=OPS, last_sent=last_sent) as (server, _, chat):
        server.world.add_group(OPS, "Ops")
        for words in ("first", "Hello"):
            server.world.add_message(server.world.place(CHANNEL), text=words, sender_chat={})
        assert await chat.find(place(CHANNEL, "channel"), delivery(payload())) == Found("2")
        assert await chat.find(place(CHANNEL, "channel"), delivery(payload("never"))) == Absent()


async def test_what_can_not_be_told_is_not_guessed() -> None:
    known: list[str] = []

    async def last_sent(address: str | None, before: object) -> str | None:
        return known[0] if known else None

    async with talking(ops_chat=OPS, last_sent=last_sent) as (server, _, chat):
        server.world.add_group(OPS, "Ops")
        there = place(CHANNEL, "channel")
        assert isinstance(await chat.find(there, delivery(payload())), Unknown)  # nothing known to begin at
        await chat.send(there, delivery(payload("before")))
        server.world.add_message(server.world.place(CHANNEL), text="Hello")
        known.append("1")
        server.world.place(CHANNEL).protected = True
        assert isinstance(await chat.find(there, delivery(payload())), Unknown)
        server.world.place(CHANNEL).protected = False
        server.fault("forwardMessage", CUT_BEFORE)
        look = await chat.find(there, delivery(payload()))
        assert isinstance(look, Unknown)
        assert look.later
        server.world.places.pop(OPS)
        assert isinstance(await chat.find(there, delivery(payload())), Unknown)


@pytest.mark.slow
async def test_a_look_waits_out_a_flood_limit() -> None:
    async with talking(ops_chat=OPS) as (server, _, chat):
        server.world.add_group(OPS, "Ops")
        there = place(CHANNEL, "channel")
        await chat.send(there, delivery(payload("before")))
        server.fault("sendMessage", CUT_AFTER)
        await chat.send(there, delivery(payload()))
        server.fault("forwardMessage", THROTTLE, retry_after=1)
        assert isinstance(await chat.find(there, delivery(payload())), Found)


@pytest.mark.parametrize(("address", "kind"), [(7, "private"), (-55, "group")])
@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.slow
async def test_with_a_private_ops_chat_a_doubt_in_a_private_chat_or_basic_group_is_settled_too(
    address: int, kind: str, arrived: bool
) -> None:
    async with talking(ops_chat=8) as (server, _, chat):
        server.world.add_private(8)
        server.world.add_group(-55, "Old", members=(8,))
        there = place(address, kind)
        await chat.send(there, delivery(payload("before")))
        server.fault("sendMessage", CUT_AFTER if arrived else CUT_BEFORE)
        assert isinstance(await chat.send(there, delivery(payload())), Doubt)
        for _ in range(40):  # what others wrote since counts in the same row
            server.world.say(8, -55, "hello")
        await chat.send(place(8, "private"), delivery(payload("Hello"), id=2))
        posted = len(server.accepted)
        look = await chat.find(there, delivery(payload()))
        assert isinstance(look, Found if arrived else Absent)
        if isinstance(look, Found):
            assert server.world.place(address).messages[int(look.message_id)]["text"] == "Hello"
        assert all(m["silent"] and m["chat_id"] == 8 for m in server.accepted[posted:])
        assert len(server.world.place(8).messages) == 1  # the looking left nothing behind


async def test_after_a_restart_a_private_row_is_looked_through_from_what_the_store_knows() -> None:
    async def last_sent(address: str | None, before: object) -> str | None:
        return "2" if address is None else None

    async with talking(ops_chat=8, last_sent=last_sent) as (server, _, chat):
        server.world.add_private(8)
        for words in ("a", "b", "c", "Hello"):
            server.world.add_message(server.world.place(7), text=words, **{"from": server.world.bot})
        assert await chat.find(place(7, "private"), delivery(payload())) == Found("4")
        assert await chat.find(place(7, "private"), delivery(payload("never"))) == Absent()
        server.world._box_id += 300
        assert isinstance(await chat.find(place(7, "private"), delivery(payload())), Unknown)


async def test_what_somebody_writes_after_a_lost_answer_does_not_hide_the_message() -> None:
    async with talking(ops_chat=OPS) as (server, echo, chat):
        server.world.add_group(OPS, "Ops")
        await chat.send(place(GROUP), delivery(payload("before")))
        server.fault("sendMessage", CUT_AFTER)
        assert isinstance(await chat.send(place(GROUP), delivery(payload())), Doubt)
        server.world.say(7, GROUP, "/help")
        await server.until(lambda: len(echo.requests) == 1)
        assert isinstance(await chat.find(place(GROUP), delivery(payload())), Found)


async def test_a_refused_preview_is_left_out_and_the_text_keeps_its_styles() -> None:
    async with talking() as (server, _, chat):
        settings = ChatSettings(previews=False, images=True)
        there = place(CHANNEL, "channel", settings=settings)
        (part,) = chat.parts(digest(story(1, image="https://coast.example/a.jpg")), there)
        words = "Bad Request: WEBPAGE_CURL_FAILED"
        server.fault("sendMessage", FAIL_BEFORE, status=400, description=words)
        assert isinstance(await chat.send(there, delivery(part.payload)), Sent)
        (posted,) = server.accepted
        assert posted["preview"] == {"is_disabled": True}
        assert posted["entities"]
        (part,) = chat.parts(digest(story(2, image="https://coast.example/a.jpg")), there)
        server.fault("editMessageText", FAIL_BEFORE, status=400, description=words)
        edit = delivery(part.payload, edits=str(posted["message_id"]))
        assert isinstance(await chat.send(there, edit), Sent)
        assert server.accepted[-1]["preview"] == {"is_disabled": True}


async def test_in_a_private_chat_absence_can_not_be_told() -> None:
    async with talking(ops_chat=OPS) as (server, _, chat):
        server.world.add_group(OPS, "Ops")
        await chat.send(place(7, "private"), delivery(payload("before")))
        assert isinstance(await chat.find(place(7, "private"), delivery(payload("never"))), Unknown)
