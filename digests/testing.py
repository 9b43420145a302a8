"""Fakes of every port, and checks of their contracts: shared by plug-in authors and our own tests.

clock = FakeClock()
channel = FakeChannel()
channel.will(Wait(timedelta(hours=2)), Doubt("cut off"))   # the next two sends
...
assert channel.texts("1001") == ["the morning digest"]
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from digests.model import (
    Brief,
    BriefRequest,
    BriefSentence,
    Chat,
    Delivery,
    Digest,
    DigestItem,
    Failure,
    FailureKind,
    Feed,
    Page,
    Part,
    PollState,
    Source,
    SourceSentence,
)
from digests.ports import Absent, Channel, Found, Outcome, Polled, Sent, Uneditable, Unknown

__all__ = [
    "FakeChannel",
    "FakeClock",
    "FakeFetcher",
    "FakeReader",
    "FakeSummarizer",
    "Posted",
    "check_delivery",
    "check_parts",
    "digest_text",
]


class FakeClock:
    """A ``Clock`` that stands still until it is told to move."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, 8, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> datetime:
        self.now += by
        return self.now


# ---------------------------------------------------------------- reading


class FakeFetcher:
    """A ``Fetcher`` over a table of URL -> page, text or failure; anything else is a 404.

    Answers conditional requests, follows no redirects and keeps what was asked in ``requests``.
    """

    def __init__(self, pages: Mapping[str, Page | Failure | str | bytes]) -> None:
        self.pages = dict(pages)
        self.requests: list[str] = []

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        limit: int | None = None,
        accept: str | None = None,
    ) -> Page | Failure:
        self.requests.append(url)
        page = self.pages.get(url)
        if page is None:
            return Failure(FailureKind.HTTP_STATUS, "the server says 404 Not Found", status=404)
        if isinstance(page, Failure):
            return page
        if isinstance(page, str | bytes):
            body = page.encode() if isinstance(page, str) else page
            page = Page(url=url, status=200, body=body, content_type="text/html", charset="utf-8")
        if limit is not None and len(page.body) > limit:
            return Failure(FailureKind.TOO_LARGE, f"the document is larger than {limit} bytes")
        same = (etag is not None and etag == page.etag) or (
            etag is None and last_modified is not None and last_modified == page.last_modified
        )
        return replace(page, status=304, body=b"", not_modified=True) if same else page


class FakeReader:
    """A ``SourceReader`` over a table of URL -> feed or failure; ``None``: nothing has changed."""

    def __init__(self, feeds: Mapping[str, Feed | Failure | None], kind: str = "feed") -> None:
        self.kind = kind
        self.feeds = dict(feeds)

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled | Failure:
        feed = self.feeds.get(source.url, Failure(FailureKind.HTTP_STATUS, "there is no such feed", 404))
        if isinstance(feed, Failure):
            return feed
        return Polled(feed=feed, page=Page(url=source.url, status=200 if feed else 304, body=b""))


class FakeSummarizer:
    """A ``Summarizer`` that takes the lead article's first sentences; ``failure`` makes it fail.

    ``model``: whether it passes for one that writes with a language model.
    """

    def __init__(self, name: str = "fake", failure: Failure | None = None, *, model: bool = False) -> None:
        self.name = self.cache_key = name
        self.failure = failure
        self.writes_with_a_model = model

    async def brief(self, request: BriefRequest, deadline: datetime | None) -> Brief | Failure:
        lead = request.articles[0]
        if self.failure is not None or not lead.sentences:
            return self.failure or Failure(FailureKind.EMPTY, "the article holds no sentence")
        return Brief(
            headline=lead.title,
            sentences=tuple(
                BriefSentence(text, (i,)) for i, text in enumerate(lead.sentences[: request.sentences])
            ),
            source_sentences=tuple(SourceSentence(text) for text in lead.sentences),
            language=lead.language,
            summarizer=self.name,
        )


# ---------------------------------------------------------------- sending


@dataclass(frozen=True, slots=True)
class Posted:
    """A message the fake platform shows. An edit replaces ``text`` under the same id."""

    id: str
    address: str
    thread: str | None
    text: str
    nonce: str
    plain: bool


@dataclass(frozen=True, slots=True)
class _Scripted:
    outcome: Outcome | Exception
    posted: bool


class FakeChannel:
    """A ``Channel`` that keeps what it accepted.

    Every send is accepted unless ``will`` said otherwise. ``can_look``: whether ``find`` can see
    the chat. ``delay``: seconds a send takes. ``busiest`` is the most sends one chat ever had
    under way at once.
    """

    def __init__(
        self, platform: str = "fake", *, limit: int = 4096, can_look: bool = True, delay: float = 0.0
    ) -> None:
        self.platform = platform
        self.limit = limit
        self.can_look = can_look
        self.delay = delay
        self.posted: list[Posted] = []
        self.attempts: list[Delivery] = []
        self.busiest = 0
        self._under_way: dict[int, int] = defaultdict(int)
        self._scripts: dict[str | None, deque[_Scripted]] = defaultdict(deque)

    def will(self, *outcomes: Outcome | Exception, address: str | None = None, posted: bool = False) -> None:
        """What the next sends (to ``address``, None: any) come to; ``posted``: although the
        outcome says otherwise, the message stands in the chat."""
        self._scripts[address].extend(_Scripted(outcome, posted) for outcome in outcomes)

    def texts(self, address: str) -> list[str]:
        """What a person in the chat reads, in order."""
        return [message.text for message in self.posted if message.address == address]

    def parts(self, digest: Digest, chat: Chat) -> tuple[Part, ...]:
        """A message for each story, cut where it is too long."""
        pieces: list[tuple[str, tuple[int, ...]]] = [(digest.title, ())] if digest.title else []
        pieces += [(_item_text(item), (item.story_id,)) for item in (*digest.items, *digest.headlines)]
        return tuple(
            Part(
                payload=text[start : start + self.limit], plain=text[start : start + self.limit], stories=told
            )
            for text, told in pieces
            for start in range(0, len(text), self.limit)
        )

    async def send(self, chat: Chat, delivery: Delivery) -> Outcome:
        self.attempts.append(delivery)
        self._under_way[chat.id] += 1
        self.busiest = max(self.busiest, self._under_way[chat.id])
        try:
            await asyncio.sleep(self.delay)
            script = self._scripts[chat.address] or self._scripts[None]
            if not script:
                return Sent(self._post(chat, delivery))
            step = script.popleft()
            if step.posted:
                self._post(chat, delivery)
            if isinstance(step.outcome, Exception):
                raise step.outcome
            return step.outcome
        finally:
            self._under_way[chat.id] -= 1

    async def find(self, chat: Chat, delivery: Delivery) -> Found | Absent | Unknown:
        if not self.can_look:
            return Unknown("this platform shows no history")
        for message in reversed(self.posted):
            if message.nonce == delivery.nonce:
                return Found(message.id)
        return Absent()

    def _post(self, chat: Chat, delivery: Delivery) -> str:
        text = delivery.content.plain if delivery.plain else delivery.content.payload
        id_ = delivery.edits or f"m{len(self.posted) + 1}"
        message = Posted(id_, chat.address, chat.thread, text, delivery.nonce, delivery.plain)
        for position, earlier in enumerate(self.posted):
            if delivery.edits is not None and earlier.id == delivery.edits:
                self.posted[position] = message
                break
        else:
            self.posted.append(message)
        return id_


def _item_text(item: DigestItem) -> str:
    lines = [item.brief.headline, item.brief.text, *(f"{link.site} {link.url}" for link in item.links)]
    return "\n".join(line for line in lines if line)


def digest_text(digest: Digest) -> str:
    """All that a digest says: its title, every headline, brief and source."""
    told = (_item_text(item) for item in (*digest.items, *digest.headlines))
    return "\n".join(text for text in (digest.title, *told) if text)


# ---------------------------------------------------------------- contracts


def check_parts(channel: Channel, digest: Digest, chat: Chat) -> tuple[Part, ...]:
    """The parts of a digest, checked against the contract of ``Channel.parts``.

    ``AssertionError`` names what does not hold: the same answer twice, no empty part, every
    story of the digest in a part, no word of a headline or of a brief's first sentence lost. The
    sentences after it may be left to what a press on the message opens.
    """
    parts = channel.parts(digest, chat)
    assert parts == channel.parts(digest, chat), "parts is not pure"
    assert all(part.plain.strip() for part in parts), "a part is empty"
    told = {story for part in parts for story in part.stories}
    wanted = {item.story_id for item in (*digest.items, *digest.headlines)}
    assert told == wanted, f"stories told: {sorted(told)}, in the digest: {sorted(wanted)}"
    text = "".join(part.plain for part in parts)
    said = " ".join(
        piece
        for item in (*digest.items, *digest.headlines)
        for piece in (item.brief.headline, *(one.text for one in item.brief.sentences[:1]))
    )
    letters = re.sub(r"\W", "", text)
    lost = [word for word in said.split() if re.sub(r"\W", "", word) not in letters]
    assert not lost, f"words lost: {lost[:5]}"
    return parts


async def check_delivery(channel: Channel, digest: Digest, chat: Chat) -> tuple[str, ...]:
    """Send a digest's parts to a chat that takes them, checked against the contract of ``Channel``.

    Gives the messages' ids. ``AssertionError`` names what does not hold: a part that was not sent is not
    found, each comes to ``Sent`` with an id of its own, one that was sent is found under it or can't be
    looked for, and an edit keeps the id or is refused as ``Uneditable``.
    """
    ids: list[str] = []
    for number, part in enumerate(check_parts(channel, digest, chat)):
        delivery = Delivery(
            id=number + 1, digest_id=1, chat_id=chat.id, part=number, content=part, nonce=f"nonce{number}"
        )
        before = await channel.find(chat, delivery)
        assert not isinstance(before, Found), f"part {number} is found before it is sent"
        sent = await channel.send(chat, delivery)
        assert isinstance(sent, Sent), f"part {number} came to {sent}"
        found = await channel.find(chat, delivery)
        assert isinstance(found, Unknown) or found == Found(sent.message_id), f"part {number}: {found}"
        edit = replace(delivery, id=number + 1_001, nonce=f"edit{number}", edits=sent.message_id)
        edited = await channel.send(chat, edit)
        assert isinstance(edited, Uneditable) or edited == sent, f"the edit of part {number} came to {edited}"
        ids.append(sent.message_id)
    assert len(set(ids)) == len(ids), "two messages have one id"
    return tuple(ids)
