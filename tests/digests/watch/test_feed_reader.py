"""The reader of feeds, and the processes it hands heavy ones to."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
import time
from datetime import UTC, datetime

import pytest

from digests.model import Failure, FailureKind, Feed, Page, PollState, Source
from digests.ports import Polled
from digests.watch import offload as offloading
from digests.watch.cadence import body_hash
from digests.watch.feeds import FeedReader
from digests.watch.offload import Offload

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SOURCE = Source(url="https://a.example/feed")
FEED = b"<rss><channel><item><title>One</title></item></channel></rss>"


class Canned:
    """A fetcher that gives one answer and notes what it was asked."""

    def __init__(self, answer: Page | Failure) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str | None, str | None]] = []

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        limit: int | None = None,
        accept: str | None = None,
    ) -> Page | Failure:
        self.asked.append((url, etag, last_modified))
        return self.answer


def page(body: bytes, **changes: object) -> Page:
    return Page(url=SOURCE.url, status=200, body=body, **changes)  # type: ignore[arg-type]


async def read(answer: Page | Failure, state: PollState = PollState()) -> Polled | Failure:  # noqa: B008
    async with Offload(1) as offload:
        return await FeedReader(Canned(answer), offload).read(SOURCE, state, NOW)


async def test_a_feed_is_read() -> None:
    polled = await read(page(FEED))
    assert isinstance(polled, Polled)
    assert polled.feed is not None
    assert [e.title for e in polled.feed.entries] == ["One"]


async def test_validators_are_passed_on() -> None:
    fetcher = Canned(page(b"", not_modified=True))
    async with Offload(1) as offload:
        polled = await FeedReader(fetcher, offload).read(SOURCE, PollState(etag="e", last_modified="l"), NOW)
    assert fetcher.asked == [(SOURCE.url, "e", "l")]
    assert isinstance(polled, Polled)
    assert polled.feed is None


async def test_the_same_body_is_not_parsed_again() -> None:
    polled = await read(page(b"not even a feed"), PollState(body_hash=body_hash(b"not even a feed")))
    assert isinstance(polled, Polled)
    assert polled.feed is None


async def test_failures_pass_through() -> None:
    down = Failure(FailureKind.CONNECT, "down")
    assert await read(down) == down
    found = await read(page(b"<html>hello</html>"))
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.NOT_A_FEED


async def test_a_challenge_in_place_of_the_feed_is_called_by_its_name() -> None:
    found = await read(page(b"<html><title>Just a moment...</title></html>"))
    assert isinstance(found, Failure)
    assert (found.kind, found.reason) == (FailureKind.BOT_PROTECTION, "the site blocks bots with Cloudflare")


@pytest.mark.slow
async def test_a_large_feed_is_read_in_a_worker() -> None:
    polled = await read(
        page(FEED.replace(b"</channel>", b"<item><title>Two</title></item>" * 5000 + b"</channel>"))
    )
    assert isinstance(polled, Polled)
    assert polled.feed is not None
    assert len(polled.feed.entries) == 500


def boom() -> None:
    raise KeyError("x")


@pytest.mark.slow
async def test_a_stuck_dying_or_greedy_worker_is_replaced() -> None:
    async with Offload(1, memory=300_000_000) as offload:
        start = time.monotonic()
        stuck = await offload.run(time.sleep, 60, timeout=0.3)
        assert time.monotonic() - start < 2
        died = await offload.run(os._exit, 3)
        greedy = await offload.run(bytes, 2_000_000_000)
        raised = await offload.run(boom)
        with pytest.raises((AttributeError, TypeError)):
            await offload.run(lambda: None)
        fine = await offload.run(len, "four")
    kinds = [f.kind for f in (stuck, died, greedy, raised) if isinstance(f, Failure)]
    assert kinds == [FailureKind.TIMEOUT, *[FailureKind.UNREADABLE] * 3]
    assert fine == 4


@pytest.mark.slow
async def test_a_worker_is_replaced_after_many_calls() -> None:
    async with Offload(1) as offload:
        pids = [await offload.run(os.getpid) for _ in range(501)]
    assert len(set(pids)) == 2  # type: ignore[arg-type]
    assert os.getpid() not in pids


async def test_the_whole_of_a_feed_can_still_be_had_when_only_a_part_was_read() -> None:
    def items(*names: str) -> bytes:
        listed = "".join(f"<item><title>{name}</title></item>" for name in names)
        return f"<rss><channel>{listed}</channel></rss>".encode()

    first = await read(page(items("One", "Two")))
    assert isinstance(first, Polled)
    second = await read(page(items("Three", "One", "Two")), PollState(marks=first.marks))
    assert isinstance(second, Polled)
    assert second.feed is not None
    assert second.whole is not None
    assert [entry.title for entry in second.feed.entries] == ["Three"]
    whole = await second.whole()
    assert isinstance(whole, Feed)
    assert [entry.title for entry in whole.entries] == ["Three", "One", "Two"]


def test_a_worker_answers_until_its_pipe_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda what, to: limits.append((what, to)))
    before = signal.getsignal(signal.SIGINT)
    ours, theirs = multiprocessing.Pipe()
    answers: list[object] = []

    def ask() -> None:
        for call in ((abs, (-3,)), (int, ("x",))):
            ours.send(call)
            answers.extend((ours.recv(), ours.recv()))
        ours.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        offloading._serve(theirs, 1000)
    finally:
        signal.signal(signal.SIGINT, before)
    asking.join()
    theirs.close()
    assert answers == [None, (True, 3, False), None, (False, "ValueError", False)]  # None: the call begins
    ((what, (soft, hard)),) = limits
    assert what == resource.RLIMIT_AS
    assert soft == hard > 1000
