"""Summarizers in order: the next one takes over when one fails, runs late or says too much."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from digests.brief.extractive.summarizer import ExtractiveSummarizer, write_brief
from digests.brief.grounding.check import Grounded, ground
from digests.clock import Clock
from digests.model import Article, Brief, BriefRequest, Failure, FailureKind
from digests.ports import Meter, NoMeter, Summarizer, Workers

WARNING = "It could not be briefed; this is its headline alone."
_HEADLINE = 200  # characters of a headline made of a text


def headline_brief(articles: tuple[Article, ...], reason: str) -> Brief:
    """A brief without sentences. The lead's title, else its first words, else its site or address."""
    lead = articles[0]
    title = " ".join(lead.title.split()) or " ".join(lead.text[: 2 * _HEADLINE].split())[:_HEADLINE]
    return Brief(
        headline=title or lead.site or lead.url or "…",
        sentences=(),
        source_sentences=(),
        language=lead.language,
        summarizer="headline",
        warnings=tuple(dict.fromkeys((*lead.warnings, WARNING, reason))),
    )


log = logging.getLogger(__name__)

KEPT_FOR_THE_LAST = timedelta(seconds=2)
_SHARE = 0.6  # of the time left, for a model behind which there is another
ARTICLES = 12
"""Articles of a story that a brief is made of, the lead first: hundreds may report one event."""

SOURCES = 100_000
"""Characters of the source sentences that a brief keeps, beside those it cites: what was known when it
was written tells what is new later."""

Result = TypeVar("Result")


class Chain:
    """Tries summarizers by turns and lets only what the gate lets through out.

    All but the last must end ``kept`` before the deadline, so that the last, which should be
    one that cannot fail, still has its time; it has it even where the deadline is over, since a
    digest some moments late is better than none. A model that hangs leaves the next model its part.
    A headline alone is the article's own, and no model is paid for it.
    """

    def __init__(
        self,
        summarizers: Sequence[Summarizer],
        clock: Clock,
        *,
        name: str = "chain",
        kept: timedelta = KEPT_FOR_THE_LAST,
        meter: Meter | None = None,
        workers: Workers | None = None,
    ) -> None:
        if not summarizers:
            raise ValueError("A chain needs a summarizer.")
        self.name = name
        self._summarizers = tuple(summarizers)
        self._clock = clock
        self._kept = kept
        self._meter = meter or NoMeter()
        self._workers = workers

    @property
    def cache_key(self) -> str:
        """What its briefs are remembered by: another model or another prompt writes anew."""
        return "+".join(summarizer.cache_key for summarizer in self._summarizers)

    @property
    def writes_with_a_model(self) -> bool:
        """Whether any of its summarizers does."""
        return any(summarizer.writes_with_a_model for summarizer in self._summarizers)

    async def brief(self, request: BriefRequest, deadline: datetime | None) -> Brief | Failure:
        """The first brief that stands. Its warnings say whose place it took and why."""
        if len(request.articles) > ARTICLES:
            request = replace(request, articles=request.articles[:ARTICLES])
        failed: list[str] = []
        instead: FailureKind | None = None
        failure = Failure(FailureKind.EMPTY, "No summarizer was tried.")
        summarizers: Sequence[Summarizer] = self._summarizers
        if request.sentences == 0:
            plain = [s for s in summarizers if not s.writes_with_a_model]
            summarizers = plain or (ExtractiveSummarizer(),)
        for place, summarizer in enumerate(summarizers):
            last = summarizer is summarizers[-1]
            until = deadline if last or deadline is None else deadline - self._kept
            if until is not None and any(s.writes_with_a_model for s in summarizers[place + 1 :]):
                until = min(until, self._clock() + (until - self._clock()) * _SHARE)
            if last and deadline is not None and deadline <= self._clock():
                until = self._clock() + self._kept
            result = await self._try(summarizer, request, until)
            self._meter.briefed(summarizer.name, "ok" if isinstance(result, Brief) else result.kind.value)
            if isinstance(result, Brief):
                return replace(
                    result,
                    summarizer=result.summarizer or summarizer.name,
                    warnings=(*result.warnings, *failed),
                    instead=None if summarizer.writes_with_a_model else instead,
                )
            failure = result
            if summarizer.writes_with_a_model and instead is not FailureKind.BUDGET:
                instead = result.kind
            log.warning("%s wrote no brief: %s", summarizer.name, result.reason)
            failed.append(f"{summarizer.name} wrote no brief: {result.reason}")
        return failure

    async def _try(
        self, summarizer: Summarizer, request: BriefRequest, deadline: datetime | None
    ) -> Brief | Failure:
        seconds = None if deadline is None else (deadline - self._clock()).total_seconds()
        if seconds is not None and seconds <= 0:
            return Failure(FailureKind.TIMEOUT, "There was no time left for it.")
        if isinstance(summarizer, ExtractiveSummarizer):
            # its bound is the worker's; waiting for one is no reason to have no brief
            grounded = await self._off_loop(extract_and_ground, request)
        else:
            result = await self._written(summarizer, request, deadline, seconds)
            if isinstance(result, Failure):
                return result
            grounded = await self._off_loop(ground, result, request.articles)
        if isinstance(grounded, Failure):
            return grounded
        for cut in grounded.cuts:
            self._meter.cut(cut.kind.value)
            log.info("%s: cut for its %s: %s", summarizer.name, cut.kind.value, cut.reason)
        if grounded.brief is None:
            reason = grounded.cuts[0].reason if grounded.cuts else "It wrote nothing."
            return Failure(FailureKind.MODEL, f"Nothing it wrote stands in the sources. {reason}")
        return with_sources_within(grounded.brief, SOURCES)

    async def _written(
        self, summarizer: Summarizer, request: BriefRequest, deadline: datetime | None, seconds: float | None
    ) -> Brief | Failure:
        try:
            async with asyncio.timeout(seconds):
                return await summarizer.brief(request, deadline)
        except TimeoutError:
            return Failure(FailureKind.TIMEOUT, "It did not answer in time.")
        except Exception:  # a plug-in's bug must not cost the digest
            log.exception("%s failed unexpectedly", summarizer.name)
            return Failure(FailureKind.MODEL, "It failed unexpectedly; the log has the details.")

    async def _off_loop(self, function: Callable[..., Result], *args: Any) -> Result | Failure:
        """What depends on texts from outside is done where it can hold up nobody, where there is such a place."""
        return function(*args) if self._workers is None else await self._workers.run(function, *args)


def extract_and_ground(request: BriefRequest) -> Grounded | Failure:
    """The brief of the summarizer without a model, held against its articles. Pure, picklable."""
    brief = write_brief(request)
    return brief if isinstance(brief, Failure) else ground(brief, request.articles)


def with_sources_within(brief: Brief, most: int) -> Brief:
    """The brief with the source sentences it cites, and of the others the first ``most`` characters."""
    if sum(len(source.text) for source in brief.source_sentences) <= most:
        return brief
    cited = {index for sentence in brief.sentences for index in sentence.support}
    left, kept = most, []
    for index, source in enumerate(brief.source_sentences):
        left -= len(source.text)
        if left >= 0 or index in cited:
            kept.append(index)
    places = {index: place for place, index in enumerate(kept)}
    return replace(
        brief,
        source_sentences=tuple(brief.source_sentences[index] for index in kept),
        sentences=tuple(
            replace(sentence, support=tuple(places[index] for index in sentence.support))
            for sentence in brief.sentences
        ),
    )
