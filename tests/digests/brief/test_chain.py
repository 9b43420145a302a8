"""The chain: what takes the place of a summarizer that fails, and when."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digests.brief.chain import ARTICLES, Chain, with_sources_within
from digests.brief.extractive.summarizer import ExtractiveSummarizer
from digests.clock import utc_now
from digests.model import Article, Brief, BriefRequest, BriefSentence, Failure, FailureKind, SourceSentence

LINE = "The council opened the bridge on Monday."
ARTICLE = Article(title="Bridge opens", sentences=(LINE,), language="en")
REQUEST = BriefRequest(articles=(ARTICLE,))


def brief(text: str = LINE, by: str = "") -> Brief:
    return Brief(
        headline="Bridge opens",
        sentences=(BriefSentence(text, (0,)),),
        source_sentences=(SourceSentence(LINE),),
        language="en",
        summarizer=by,
    )


@dataclass
class Fake:
    name: str
    result: Brief | Failure | Exception
    takes: float = 0.0
    writes_with_a_model: bool = False
    deadlines: list[datetime | None] = field(default_factory=list)

    @property
    def cache_key(self) -> str:
        return self.name

    async def brief(self, request: BriefRequest, deadline: datetime | None) -> Brief | Failure:
        self.deadlines.append(deadline)
        if self.takes:
            await asyncio.sleep(self.takes)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


FAILS = Failure(FailureKind.BUDGET, "The daily cap is used up.")


async def test_the_first_that_stands_is_taken() -> None:
    first, second = Fake("a", brief()), Fake("b", brief())
    assert await Chain([first, second], utc_now).brief(REQUEST, None) == brief(by="a")
    assert second.deadlines == []


async def test_a_failure_hands_on_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    result = await Chain([Fake("a", FAILS), Fake("b", brief(by="b"))], utc_now).brief(REQUEST, None)
    assert isinstance(result, Brief)
    assert result.summarizer == "b"
    assert result.warnings == ("a wrote no brief: The daily cap is used up.",)
    assert "a wrote no brief: The daily cap is used up." in caplog.text


async def test_what_the_source_does_not_say_hands_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    wrong = Fake("a", brief("The council opened the bridge on Friday."))
    result = await Chain([wrong, Fake("b", brief())], utc_now).brief(REQUEST, None)
    assert isinstance(result, Brief)
    assert result.sentences == brief().sentences
    assert "a: cut for its date" in caplog.text


async def test_an_empty_brief_is_none() -> None:
    nothing = Brief(headline="", sentences=(), source_sentences=())
    result = await Chain([Fake("a", nothing)], utc_now).brief(BriefRequest(articles=()), None)
    assert result == Failure(FailureKind.MODEL, "Nothing it wrote stands in the sources. It wrote nothing.")


async def test_a_bug_in_one_does_not_cost_the_brief(caplog: pytest.LogCaptureFixture) -> None:
    result = await Chain([Fake("a", RuntimeError("boom")), Fake("b", brief())], utc_now).brief(REQUEST, None)
    assert isinstance(result, Brief)
    assert "boom" in caplog.text
    assert "boom" not in " ".join(result.warnings)


async def test_the_last_failure_is_the_answer_when_all_fail() -> None:
    last = Failure(FailureKind.EMPTY, "No text.")
    assert await Chain([Fake("a", FAILS), Fake("b", last)], utc_now).brief(REQUEST, None) == last


async def test_a_slow_one_is_stopped_in_time_for_the_last() -> None:
    slow, last = Fake("a", brief(), takes=30), Fake("b", brief())
    deadline = utc_now() + timedelta(seconds=0.3)
    result = await Chain([slow, last], utc_now, kept=timedelta(seconds=0.2)).brief(REQUEST, deadline)
    assert isinstance(result, Brief)
    assert result.warnings == ("a wrote no brief: It did not answer in time.",)
    assert utc_now() < deadline
    assert slow.deadlines == [deadline - timedelta(seconds=0.2)]
    assert last.deadlines == [deadline]


async def test_past_the_deadline_only_the_last_has_its_moments() -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    model, last = Fake("a", brief()), Fake("b", brief())
    chain = Chain([model, last], lambda: now)
    assert isinstance(await chain.brief(REQUEST, now + timedelta(seconds=2)), Brief)
    assert model.deadlines == []
    late = await chain.brief(REQUEST, now - timedelta(seconds=9))
    assert isinstance(late, Brief)
    assert late.warnings == ("a wrote no brief: There was no time left for it.",)
    assert model.deadlines == []
    assert last.deadlines[-1] == now + timedelta(seconds=2)
    hangs = Chain([Fake("c", brief(), takes=30)], lambda: now, kept=timedelta(seconds=0.05))
    stopped = await hangs.brief(REQUEST, now)
    assert isinstance(stopped, Failure)
    assert stopped.kind is FailureKind.TIMEOUT


async def test_being_stopped_from_outside_stops() -> None:
    task = asyncio.create_task(Chain([Fake("a", brief(), takes=30)], utc_now).brief(REQUEST, None))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_chain_needs_a_link() -> None:
    with pytest.raises(ValueError, match="needs a summarizer"):
        Chain([], utc_now)


class Workers:
    """Does the work here, and keeps which it was; ``failure`` stands for one that takes too long."""

    def __init__(self, failure: Failure | None = None) -> None:
        self.failure = failure
        self.asked: list[str] = []

    async def run(self, function: Any, *args: Any, timeout: float = 5.0) -> Any:  # noqa: ASYNC109
        self.asked.append(function.__name__)
        return self.failure or function(*args)


async def test_what_depends_on_the_articles_texts_is_done_in_the_workers() -> None:
    workers = Workers()
    chain = Chain([ExtractiveSummarizer()], utc_now, workers=workers)
    assert isinstance(await chain.brief(REQUEST, None), Brief)
    result = await Chain([Fake("a", brief())], utc_now, workers=workers).brief(REQUEST, None)
    assert isinstance(result, Brief)
    assert workers.asked == ["extract_and_ground", "ground"]
    assert isinstance(await chain.brief(BriefRequest(articles=()), None), Failure)


async def test_a_gate_that_takes_too_long_lets_nothing_through() -> None:
    late = Failure(FailureKind.TIMEOUT, "the document could not be read within 5 seconds")
    chain = Chain([Fake("a", brief()), ExtractiveSummarizer()], utc_now, workers=Workers(late))
    assert await chain.brief(REQUEST, None) == late


async def test_a_story_of_hundreds_of_reports_is_briefed_from_the_first() -> None:
    asked: list[int] = []

    class Counts(Fake):
        async def brief(self, request: BriefRequest, deadline: datetime | None) -> Brief | Failure:
            asked.append(len(request.articles))
            return brief()

    await Chain([Counts("a", FAILS)], utc_now).brief(BriefRequest(articles=(ARTICLE,) * 300), None)
    assert asked == [ARTICLES]


async def test_a_plug_ins_model_is_a_model_like_the_built_in_one() -> None:
    """What stands in for it says so, no headline is sent to it, and its key is part of the chain's."""
    model = Fake("theirs", Failure(FailureKind.TIMEOUT, "It did not answer."), writes_with_a_model=True)
    plain = Fake("plain", brief())
    chain = Chain([model, plain], utc_now)
    result = await chain.brief(REQUEST, None)
    assert isinstance(result, Brief)
    assert result.instead is FailureKind.TIMEOUT
    assert (chain.cache_key, chain.writes_with_a_model) == ("theirs+plain", True)
    assert not Chain([plain], utc_now).writes_with_a_model
    model.deadlines.clear()
    assert isinstance(await chain.brief(replace(REQUEST, sentences=0), None), Brief)
    assert model.deadlines == []
    only_plain = await Chain([Fake("plain", FAILS), Fake("last", brief())], utc_now).brief(REQUEST, None)
    assert isinstance(only_plain, Brief)
    assert only_plain.instead is None


def test_a_brief_of_a_long_story_keeps_what_it_cites_and_the_first_of_the_rest() -> None:
    texts = [f"Sentence {n}." for n in range(100)]
    whole = replace(
        brief(),
        source_sentences=tuple(SourceSentence(text) for text in texts),
        sentences=(BriefSentence("a", (90, 2)), BriefSentence("b", (5,))),
    )
    assert with_sources_within(whole, 10_000) is whole
    kept = with_sources_within(whole, 50)
    assert [source.text for source in kept.source_sentences] == [*texts[:4], texts[5], texts[90]]
    for before, after in zip(whole.sentences, kept.sentences, strict=True):
        assert [texts[i] for i in before.support] == [kept.source_sentences[i].text for i in after.support]
