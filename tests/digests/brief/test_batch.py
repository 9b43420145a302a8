"""Briefs through the batch API: what is held, sent, read and paid."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest

from digests.brief.chain import Chain
from digests.brief.extractive.summarizer import ExtractiveSummarizer
from digests.brief.llm import batch as batches
from digests.brief.llm.batch import BatchWriter, Collected, Submitted
from digests.brief.llm.budget import Budget, Caps, MemoryLedger, Price
from digests.brief.llm.model_server import ModelServer
from digests.brief.llm.openai_chat import OpenAiSummarizer
from digests.clock import utc_now
from digests.model import Article, Brief, BriefRequest, Failure, FailureKind, Limit
from tests.fakes.openai_server import OpenAiServer, Refuses, Reply, Says, answer, faithful, openai_server

LINE = "The council opened the new bridge on Monday."
REQUEST = BriefRequest(
    articles=(Article(source_id=9, title="Bridge", sentences=(LINE,), language="en"),), chat_id=5
)
EMPTY = replace(REQUEST, articles=(Article(title="Nothing"),))


@asynccontextmanager
async def writer(
    *script: Reply, caps: Caps | None = None, base_url: str | None = None
) -> AsyncIterator[tuple[BatchWriter, OpenAiServer, MemoryLedger]]:
    async with openai_server(script=list(script), obey=None if script else faithful) as server:
        ledger = MemoryLedger()
        budget = Budget({"tiny": Price(Decimal(2), Decimal(2))}, caps or Caps(), ledger, utc_now)
        model = ModelServer(model="tiny", budget=budget, clock=utc_now, base_url=base_url or server.base_url)
        half = replace(budget, prices={"tiny": Price(Decimal(1), Decimal(1))})
        try:
            yield BatchWriter(OpenAiSummarizer(model), half), server, ledger
        finally:
            await model.close()


async def used(ledger: MemoryLedger) -> int:
    return await ledger.used(Limit(None, f"{utc_now():%Y-%m}", 0))


async def test_a_batch_is_a_file_of_calls_and_comes_back_as_a_file_of_answers() -> None:
    long = replace(REQUEST, articles=(replace(REQUEST.articles[0], sentences=(LINE,) * 500),))
    async with writer() as (desk, server, ledger):
        done = await desk.submit([("a", REQUEST), ("b", EMPTY), ("c", long)])
        assert isinstance(done, Submitted)
        assert set(done.holds) == {"a", "c"}
        assert await used(ledger) == sum(hold.amount for hold in done.holds.values())
        first = json.loads(server.batches.files["file-1"].decode().splitlines()[0])
        assert first["custom_id"] == "a"
        assert first["body"]["response_format"]["type"] == "json_schema"
        assert first["body"]["max_tokens"] == 800
        assert await desk.collect(done.name) is None
        other = await desk.submit([("d", REQUEST)])
        assert isinstance(other, Submitted)
        await desk.cancel(other.name)
        assert server.batches.cancelled == [other.name]
        await desk.budget.release(other.holds["d"])
        await server.batches.finish()
        found = await desk.collect(done.name)
        assert isinstance(found, dict)
        for key, collected in found.items():
            assert isinstance(collected.text, str)
            await desk.budget.settle(done.holds[key], collected.usage)
        assert await used(ledger) == server.charged
        text = found["a"].text
        assert isinstance(text, str)
        brief = desk.read(text, REQUEST)
        assert isinstance(brief, Brief)
        assert (brief.text, brief.summarizer) == (LINE, "openai:tiny")


async def test_an_answer_is_held_against_the_gate_like_any_other() -> None:
    lies = (("It cost 99 million euros.", [1]), (LINE, [1]))
    async with writer() as (desk, _, _):
        brief = desk.read(answer("Bridge", *lies).content or "", REQUEST)
        assert isinstance(brief, Brief)
        assert brief.text == LINE
        for bad in ("nothing", answer("Bridge", lies[0]).content or ""):
            assert isinstance(desk.read(bad, REQUEST), Failure)


async def test_a_call_that_failed_in_the_batch_costs_nothing() -> None:
    async with writer(Refuses(429), Says("")) as (desk, server, _):
        done = await desk.submit([("a", REQUEST), ("b", REQUEST)])
        assert isinstance(done, Submitted)
        await server.batches.finish()
        found = await desk.collect(done.name)
        assert isinstance(found, dict)
        assert isinstance(found["a"], Collected)
        assert isinstance(found["a"].text, Failure)
        assert "fewer calls" in found["a"].text.reason
        assert found["a"].usage is not None
        assert found["a"].usage.input_tokens == 0
        assert isinstance(found["b"].text, Failure)


async def test_what_does_not_fit_under_a_cap_is_left_out() -> None:
    async with writer(caps=Caps(daily=5_000)) as (desk, server, ledger):
        done = await desk.submit([(f"{n}", REQUEST) for n in range(9)])
        assert isinstance(done, Submitted)
        assert 0 < len(done.holds) < 9
        assert len(server.batches.files["file-1"].decode().splitlines()) == len(done.holds)
        assert await used(ledger) <= 5_000
        refused = await desk.submit([("x", REQUEST)])
        assert isinstance(refused, Failure)
        assert refused.kind is FailureKind.BUDGET
        nothing = await desk.submit([("x", EMPTY)])
        assert isinstance(nothing, Failure)
        assert nothing.kind is FailureKind.EMPTY


@pytest.mark.parametrize(("status", "kind"), [(503, FailureKind.HTTP_STATUS), (401, FailureKind.HTTP_STATUS)])
async def test_a_server_that_takes_no_batch_costs_nothing(
    status: int, kind: FailureKind, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with writer() as (desk, server, ledger):
        server.batches.refuses = status
        done = await desk.submit([("a", REQUEST)])
        assert isinstance(done, Failure)
        assert (done.kind, done.status) == (kind, status)
        assert await used(ledger) == 0
        failed = await desk.collect("batch-1")
        assert isinstance(failed, Failure)
        await desk.cancel("batch-9")
        assert "could not be cancelled" in caplog.text


async def test_a_server_that_is_not_there_or_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with writer(base_url="http://127.0.0.1:9/v1") as (desk, _, ledger):
        done = await desk.submit([("a", REQUEST)])
        assert isinstance(done, Failure)
        assert done.kind is FailureKind.CONNECT
        monkeypatch.setattr(batches, "_PATIENCE", 0.0)
        late = await desk.submit([("a", REQUEST)])
        assert isinstance(late, Failure)
        assert late.kind is FailureKind.TIMEOUT
        assert await used(ledger) == 0


async def test_a_file_that_cannot_be_read_is_a_failure() -> None:
    async with writer() as (desk, server, _):
        done = await desk.submit([("a", REQUEST)])
        assert isinstance(done, Submitted)
        await server.batches.finish()
        server.batches.files["file-2"] = b"nonsense\n"
        assert isinstance(await desk.collect(done.name), Failure)


@pytest.mark.slow
async def test_a_chains_models_say_how_they_do_and_what_stands_in_for_one() -> None:
    async with openai_server(script=[Refuses(401)]) as server:
        budget = Budget({"tiny": Price(Decimal(1), Decimal(1))}, Caps(), MemoryLedger(), utc_now)
        broke = replace(budget, caps=Caps(daily=0))
        models = [
            OpenAiSummarizer(
                ModelServer(model="tiny", budget=b, clock=utc_now, base_url=server.base_url, name=name)
            )
            for name, b in (("one", budget), ("two", broke), ("three", budget))
        ]
        chain = Chain([*models, ExtractiveSummarizer()], utc_now)
        brief = await chain.brief(REQUEST, None)
        assert isinstance(brief, Brief)
        assert (brief.summarizer, brief.instead) == ("extractive", FailureKind.BUDGET)
        states = [model.server.state for model in models]
        assert [state.name for state in states] == ["one", "two", "three"]
        assert "does not accept the key" in states[0].reason
        assert "used up" in states[1].reason
        assert states[0].failed is not None
        assert all(state.resting is None for state in states)
        assert "tiny" in models[0].cache_key
        assert "one" in repr(models[0])
        assert "one" in repr(models[0].server)
        for model in models:
            await model.server.close()
