"""No title calls anyone on Telegram, wherever it stands on the wire."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from telegram_desk import delivery, place, talking

from bot.conversation import Reply
from bot.render.rich import text
from digests.model import Brief, BriefSentence, Digest, DigestItem, Link, SourceSentence
from digests.ports import Sent
from tests.bot.mention_titles import mention_titles
from tests.fakes.strict_telegram import pings

pytestmark = pytest.mark.slow
VOICE = b"OggS" + bytes(24) + b"OpusHead"


def told(number: int, title: str) -> Digest:
    brief = Brief(
        headline=title,
        sentences=(BriefSentence(title, (0,)),),
        source_sentences=(SourceSentence(title),),
    )
    links = (Link(site=title, url=f"https://coast.example/{number}"),)
    item = DigestItem(story_id=number, version=1, brief=brief, links=links, topics=(title,), heading=title)
    return Digest(chat_id=1, created=datetime(2026, 3, 1, tzinfo=UTC), items=(item,), title=title)


async def test_eighty_mention_titles_ping_no_one_in_message_caption_and_edit() -> None:
    titles = mention_titles(person=7)
    assert len(set(titles)) == 80
    assert all(pings(title, []) for title in titles if "@everyone" in title or "tg://" in title)

    async def sound(_digest: int) -> bytes:
        return VOICE

    async with talking(audio=sound) as (server, echo, chat):
        echo.say = lambda r: Reply(text=text(titles[int(r.words)]), image=f"https://a.example/{r.words}.png")
        there = place(-10060, "channel")
        for number, title in enumerate(titles):
            one = told(number, title)
            (part,) = chat.parts(one, there)
            sent = await chat.send(there, delivery(part.payload, text=part.plain))
            assert isinstance(sent, Sent)
            (changed,) = chat.parts(replace(one, title=f"{title} {title}"), there)
            await chat.send(there, delivery(changed.payload, edits=sent.message_id))
            await chat.send(there, delivery(part.payload, text=part.plain, plain=True))
            spoken = replace(chat.spoken(one, there), audio=1)
            await chat.send(there, replace(delivery(spoken.payload), content=spoken))
            headline = replace(chat.spoken(replace(one, title=""), there), audio=1)
            await chat.send(there, replace(delivery(headline.payload), content=headline))
            server.world.say(7, 7, f"/help {number}")
        await server.until(lambda: Counter(m["method"] for m in server.accepted)["sendPhoto"] == 80)
        methods = Counter(m["method"] for m in server.accepted)
        assert methods == {
            "sendMessage": 80, "sendRichMessage": 80, "editMessageText": 80, "sendVoice": 160, "sendPhoto": 80
        }  # fmt: skip
        assert [m["pings"] for m in server.accepted if m["pings"]] == []
        kinds = {entity["type"] for m in server.accepted for entity in m["entities"]}
        assert kinds.isdisjoint({"mention", "text_mention"})
