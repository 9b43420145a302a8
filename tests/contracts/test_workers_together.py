"""Workers over one store: one groups, chats are told once, a desk in parts does what one process does."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from desk_values import Desk as Values

from digests.clock import utc_now
from digests.deliver.outbox import SHARED, Outbox
from digests.deliver.pacing import Pacer
from digests.desk import Asks, Desk, Editor, Intake
from digests.desk.live import DeskSettings
from digests.desk.runner import HOLD, ROLES, Runner, works_of
from digests.jobs.local import LocalJobs, RelayedJobs
from digests.model import Article, Entry, Failure, Feed, Page, PollState, Source, Subscription
from digests.ports import Handler, Polled
from digests.store import sharing
from digests.testing import FakeChannel, FakeFetcher, FakeSummarizer
from digests.watch.cadence import Bounds

BOUNDS = Bounds(shortest=timedelta(minutes=5), longest=timedelta(hours=6))


def _words(seed: str) -> str:
    """A title that is like no other."""
    return " ".join(hashlib.sha256(f"{seed} {n}".encode()).hexdigest()[:9] for n in range(6))


class _Reader:
    """Three entries for each source; counts how often each was read."""

    kind = "feed"

    def __init__(self) -> None:
        self.polls: list[int] = []

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled:
        self.polls.append(source.id)
        await asyncio.sleep(0.01)
        entries = tuple(
            Entry(guid=f"{source.id} {n}", title=_words(f"{source.id} {n}"), url=f"{source.url}{n}")
            for n in range(3)
        )
        return Polled(feed=Feed(entries=entries), page=Page(url=source.url, status=200, body=b""))


async def _extract(entry: Entry, page: Page | None) -> Article | Failure:
    words = (f"{entry.title} said {entry.guid}.",)
    return Article(
        entry_id=entry.id,
        source_id=entry.source_id,
        url=entry.url,
        title=entry.title,
        paragraphs=words,
        sentences=words,
    )


class _Queue:
    """A hint reaches every worker that does the work, and no other, as from a queue they share."""

    def __init__(self, board: list[tuple[frozenset[str], LocalJobs]], works: frozenset[str]) -> None:
        self._board, self._mine = board, LocalJobs()
        board.append((works, self._mine))

    async def hint(self, work: str, key: str = "", *, priority: int = 10) -> None:
        for works, jobs in self._board:
            if work in works:
                await jobs.hint(work, key, priority=priority)

    async def run(self, handlers: Mapping[str, Handler], *, grace: timedelta) -> None:
        await self._mine.run(handlers, grace=grace)


def _desk(
    values: Values,
    queue: list[tuple[frozenset[str], LocalJobs]],
    roles: tuple[str, ...],
    reader: _Reader,
    channel: FakeChannel,
) -> Desk:
    fetcher, summarizer = FakeFetcher({}), FakeSummarizer()
    channels: Mapping[str, FakeChannel] = {"telegram": channel}
    works = works_of(roles)
    jobs = RelayedJobs(_Queue(queue, works), works)
    outbox = Outbox(values.store, channels, utc_now, pacer=Pacer({}), options=SHARED)
    intake = Intake(values.store, {"feed": reader}, fetcher, _extract, DeskSettings(bounds=BOUNDS), hold=HOLD)
    editor = Editor(
        values.store,
        DeskSettings(summarizer=summarizer),
        channels,
        utc_now,
        nudge=lambda: jobs.soon("deliver"),
    )
    asks = Asks({"feed": reader}, fetcher, _extract, DeskSettings(summarizer=summarizer), None, utc_now)  # type: ignore[arg-type]
    return Desk(values.store, intake, editor, outbox, asks, jobs, utc_now)


def links(channel: FakeChannel) -> list[tuple[str, str]]:
    """Which chats were told which items, as often as they were."""
    return [(post.address, link) for post in channel.posted for link in re.findall(r"https://\S+", post.text)]


@pytest.mark.slow
@pytest.mark.parametrize("parts", [(ROLES, ROLES), (("watch",), ("read",), ("brief", "deliver"), ())])
async def test_several_workers_tell_each_chat_each_story_once(
    desk: Values, parts: tuple[tuple[str, ...], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "SETTLED", 0.05)
    sources = [await desk.source() for _ in range(4)]
    for _ in range(3):
        chat = await desk.chat()
        for source in sources:
            await desk.store.subscriptions.add(Subscription(chat_id=chat.id, source_id=source.id), desk.now)
        await desk.store.chats.set_settings(
            chat.id, type(chat.settings)(cadence="instant", stories=20, updates="off")
        )
    queue: list[tuple[frozenset[str], LocalJobs]] = []
    reader, channel = _Reader(), FakeChannel("telegram", limit=100_000)
    second = timedelta(seconds=1)
    running = [
        asyncio.create_task(
            Runner(_desk(desk, queue, roles, reader, channel), roles, alone=False).run(grace=second)
        )
        for roles in parts
    ]
    async with asyncio.timeout(60):
        while len(links(channel)) < 3 * 12:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert sorted(reader.polls) == [source.id for source in sources]
    told = links(channel)
    assert len(told) == len(set(told)) == 3 * 12
