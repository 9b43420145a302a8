"""The parts a desk is made of: what fetches, reads, extracts and summarizes, its workers, its jobs, its meter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from digests.model import Article, Brief, BriefRequest, Entry, Failure, Feed, Page, PollState, Source


class Fetcher(Protocol):
    """Gets documents over HTTP. Every outgoing request of the engine goes through one of these.

    Contract: no address the guard refuses is ever connected to, redirects included; the body
    is bounded after decompression by ``limit`` bytes; the whole call ends within its deadline.
    ``etag``/``last_modified`` make it conditional: then ``Page.not_modified`` may be true with
    an empty body. A status of 400 or more is a ``Failure``.
    """

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        limit: int | None = None,
        accept: str | None = None,
    ) -> Page | Failure: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One reading of a source. ``feed`` is None when nothing changed since last time.

    A reader may leave out entries that it gave before and that have not changed since. Then
    ``whole`` reads all of them, for where what is new can't be told without, and ``older`` says
    when the newest of those left out were published. ``marks`` are its notes for next time.
    """

    feed: Feed | None
    page: Page
    marks: str | None = None
    older: tuple[datetime, ...] = ()
    whole: Callable[[], Awaitable[Feed | Failure]] | None = None


class SourceReader(Protocol):
    """Reads one kind of source. ``kind`` is the name ``Source.kind`` refers to.

    Contract: never raises for what a source may do; bounded in time and memory; entries in
    document order with absolute URLs; uses ``state`` only to leave out what has not changed.
    """

    kind: str

    async def read(self, source: Source, state: PollState, now: datetime) -> Polled | Failure: ...


class Extractor(Protocol):
    """Turns an entry and its page (None: could not be fetched) into an ``Article``.

    Contract: a pure function of its arguments, picklable, so that it can run in another
    process; ``Failure`` only when neither the page nor the entry holds any text.
    """

    def __call__(self, entry: Entry, page: Page | None) -> Article | Failure: ...


class Summarizer(Protocol):
    """Writes a brief for one story.

    Contract: ``source_sentences`` are the articles' own sentences; every sentence's
    ``support`` is a non-empty tuple of indexes into them; within the request's bounds;
    ends by ``deadline`` (a moment, None: no limit); ``Failure`` instead of an empty brief.

    ``cache_key`` names all that its briefs depend on beside the articles: a changed model or prompt is
    another key. One that ``writes_with_a_model`` may be away today and back tomorrow: what another
    wrote in its place is not kept for good, and it is not asked for headlines.
    """

    name: str

    @property
    def cache_key(self) -> str: ...

    @property
    def writes_with_a_model(self) -> bool: ...

    async def brief(self, request: BriefRequest, deadline: datetime | None) -> Brief | Failure: ...


class Meter(Protocol):
    """Counts what the desk does, for whoever watches it from outside.

    Contract: returns at once and never raises. An ``outcome`` is one of a few fixed words.
    """

    def polled(self, outcome: str, late: timedelta) -> None:
        """A source was asked, so long after its time."""
        ...

    def found(self, entries: int) -> None: ...

    def read(self, outcome: str) -> None:
        """A page was read, or could not be."""
        ...

    def briefed(self, writer: str, outcome: str) -> None: ...

    def cut(self, kind: str) -> None:
        """A sentence was cut, as nothing in the sources supports it."""
        ...

    def edited(self, stories: int) -> None:
        """A digest was composed."""
        ...

    def sent(self, platform: str, outcome: str, seconds: float) -> None:
        """A message was sent or tried to be; how long the platform took."""
        ...

    def posted(self, cadence: str, late: timedelta) -> None:
        """News was told to a chat of that cadence, so long after it was published."""
        ...


class NoMeter:
    """Counts nothing."""

    def polled(self, outcome: str, late: timedelta) -> None: ...

    def found(self, entries: int) -> None: ...

    def read(self, outcome: str) -> None: ...

    def briefed(self, writer: str, outcome: str) -> None: ...

    def cut(self, kind: str) -> None: ...

    def edited(self, stories: int) -> None: ...

    def sent(self, platform: str, outcome: str, seconds: float) -> None: ...

    def posted(self, cadence: str, late: timedelta) -> None: ...


Handler = Callable[[str], Awaitable[None]]
"""Does one piece of work named by its key; safe to run twice and to be forgotten."""


class Jobs(Protocol):
    """Hints that there is work. State lives in the store; a hint may be lost or run twice.

    Contract: ``hint`` returns at once; the same ``(work, key)`` waits at most once;
    a lower ``priority`` number runs first; a handler that raises is logged and stops nothing.
    """

    async def hint(self, work: str, key: str = "", *, priority: int = 10) -> None: ...

    async def run(self, handlers: Mapping[str, Handler], *, grace: timedelta) -> None:
        """Work until cancelled; then let what is in flight finish for ``grace``."""
        ...


Result = TypeVar("Result")


class Workers(Protocol):
    """Processes that do what could hold up the event loop, each call within a deadline."""

    async def run(
        self,
        function: Callable[..., Result],
        *args: Any,
        timeout: float = ...,  # noqa: ASYNC109
    ) -> Result | Failure:
        """What a module-level function makes of picklable arguments; a ``Failure`` where it takes more
        than ``timeout`` seconds or raises."""
        ...
