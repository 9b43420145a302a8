"""Contract of Channel, and the other fakes that plug-in authors build on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from desk_values import BRIEF
from hypothesis import given
from hypothesis import strategies as st

from digests.model import (
    Article,
    BriefRequest,
    Chat,
    Delivery,
    Digest,
    DigestItem,
    Failure,
    Feed,
    Link,
    Page,
    Part,
    PollState,
    Source,
)
from digests.ports import Absent, Channel, Doubt, Found, Sent, Uneditable, Unknown
from digests.testing import (
    FakeChannel,
    FakeClock,
    FakeFetcher,
    FakeReader,
    FakeSummarizer,
    check_delivery,
    check_parts,
    digest_text,
)

CHAT = Chat(id=1, platform="fake", address="5")
DELIVERY = Delivery(id=1, digest_id=1, chat_id=1, part=0, content=Part(payload="*p*", plain="p"), nonce="n1")


def digest_of(*headlines: str) -> Digest:
    items = tuple(
        DigestItem(
            story_id=number,
            version=1,
            brief=replace(BRIEF, headline=headline),
            links=(Link(site="s", url="https://s.example/"),),
        )
        for number, headline in enumerate(headlines, 1)
    )
    return Digest(chat_id=1, created=FakeClock().now, items=items[:1], headlines=items[1:], title="Digest")


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=5), st.integers(20, 5_000))
@pytest.mark.slow
def test_parts_hold_the_whole_digest_within_the_limit(headlines: list[str], limit: int) -> None:
    channel: Channel = FakeChannel(limit=limit)
    digest = digest_of(*headlines)
    parts = [part.plain for part in channel.parts(digest, CHAT)]
    assert all(0 < len(part) <= limit for part in parts)
    assert "".join(parts).replace("\n", "") == digest_text(digest).replace("\n", "")


def test_check_parts_sees_what_is_lost() -> None:
    channel = FakeChannel(limit=40)
    digest = digest_of("A bridge opens", "A second headline")
    assert len(check_parts(channel, digest, CHAT)) > 3

    class Forgetful(FakeChannel):
        def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
            return tuple(
                replace(part, plain=part.plain.replace("bridge", "")) for part in super().parts(digest, chat)
            )

    with pytest.raises(AssertionError, match="words lost"):
        check_parts(Forgetful(), digest, CHAT)


async def test_check_delivery_sees_what_is_not_sent_or_found() -> None:
    digest = digest_of("A bridge opens", "A second headline")
    assert len(set(await check_delivery(FakeChannel(limit=40), digest, CHAT))) > 3
    blind = FakeChannel()
    blind.can_look = False
    assert await check_delivery(blind, digest, CHAT)
    blind.will(Sent("x"), Uneditable("too old"), Sent("x"))
    with pytest.raises(AssertionError, match="two messages have one id"):
        await check_delivery(blind, digest, CHAT)
    closed = FakeChannel()
    closed.will(Doubt("cut off"))
    with pytest.raises(AssertionError, match="part 0 came to Doubt"):
        await check_delivery(closed, digest, CHAT)


async def test_a_send_posts_once_and_a_look_finds_it() -> None:
    channel = FakeChannel()
    assert await channel.find(CHAT, DELIVERY) == Absent()
    sent = await channel.send(CHAT, DELIVERY)
    assert isinstance(sent, Sent)
    assert channel.texts("5") == ["*p*"]
    assert await channel.find(CHAT, DELIVERY) == Found(sent.message_id)
    channel.can_look = False
    assert isinstance(await channel.find(CHAT, DELIVERY), Unknown)


async def test_scripted_outcomes_and_edits() -> None:
    channel = FakeChannel()
    channel.will(Doubt("cut off"), posted=True)
    channel.will(OSError("a bug"), address="5")
    with pytest.raises(OSError, match="a bug"):
        await channel.send(CHAT, DELIVERY)
    assert await channel.send(CHAT, DELIVERY) == Doubt("cut off")
    await channel.send(CHAT, replace(DELIVERY, nonce="n2"))
    edit = replace(DELIVERY, nonce="n3", plain=True, edits="m1")
    assert await channel.send(CHAT, edit) == Sent("m1")
    assert channel.texts("5") == ["p", "*p*"]


async def test_the_fake_web_answers_conditional_requests() -> None:
    page = Page(url="u", status=200, body=b"12345", etag='"1"', last_modified="Mon")
    web = FakeFetcher({"u": page, "text": "é", "bad": Failure("timeout", "slow")})  # type: ignore[arg-type]
    assert await web.get("u") == page
    for known in ({"etag": '"1"'}, {"last_modified": "Mon"}):
        same = await web.get("u", **known)
        assert isinstance(same, Page)
        assert (same.not_modified, same.status, same.body) == (True, 304, b"")
    assert await web.get("u", etag='"2"', last_modified="Mon") == page
    too_large = await web.get("u", limit=4)
    assert isinstance(too_large, Failure)
    text = await web.get("text")
    assert isinstance(text, Page)
    assert text.body == b"\xc3\xa9"
    assert isinstance(await web.get("bad"), Failure)
    missing = await web.get("nowhere")
    assert isinstance(missing, Failure)
    assert missing.status == 404
    assert web.requests[0] == "u"


async def test_the_fake_reader_and_summarizer() -> None:
    now: datetime = FakeClock().advance(timedelta(hours=1))
    reader = FakeReader({"u": Feed(title="T"), "same": None})
    read = await reader.read(Source(url="u"), PollState(), now)
    assert not isinstance(read, Failure)
    assert read.feed == Feed(title="T")
    same = await reader.read(Source(url="same"), PollState(), now)
    assert not isinstance(same, Failure)
    assert same.feed is None
    assert isinstance(await reader.read(Source(url="no"), PollState(), now), Failure)
    article = Article(title="T", sentences=("One.", "Two."), language="en")
    brief = await FakeSummarizer().brief(BriefRequest(articles=(article,), sentences=1), None)
    assert not isinstance(brief, Failure)
    assert (brief.text, brief.headline) == ("One.", "T")
    assert isinstance(await FakeSummarizer().brief(BriefRequest(articles=(Article(),)), None), Failure)
