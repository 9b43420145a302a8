"""A model behind a server: what it is asked, what it costs, and how every fault ends."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from digests.brief.llm.budget import Budget, Caps, Ledger, MemoryLedger, Price
from digests.brief.llm.model_server import Known, ModelServer
from digests.brief.llm.openai_chat import OpenAiSummarizer
from digests.brief.llm.response_parsing import asked_wait, span
from digests.brief.llm.transport import Breaker
from digests.clock import utc_now
from digests.model import Article, Brief, BriefRequest, Failure, FailureKind
from tests.fakes.openai_server import (
    Cut,
    Drip,
    OpenAiServer,
    Raw,
    Refuses,
    Reply,
    Says,
    answer,
    openai_server,
)

LINES = (
    "The council opened the new bridge on Monday.",
    "It cost 14 million euros and took two years.",
    "Mayor Ana Ruiz did not attend the ceremony.",
)
ARTICLE = Article(source_id=9, title="Bridge opens", sentences=LINES, paragraphs=LINES, language="en")
REQUEST = BriefRequest(articles=(ARTICLE,), chat_id=5)
GOOD = answer(
    "Council opens new bridge",
    ("The council opened the new bridge on Monday.", [1]),
    ("It cost 14 million euros.", [2]),
)
KEY = "sk-very-secret-0123456789"


@dataclass
class Desk:
    server: OpenAiServer
    model: OpenAiSummarizer
    ledger: Ledger
    slept: list[float] = field(default_factory=list)

    async def brief(self, request: BriefRequest = REQUEST, seconds: float | None = None) -> Brief | Failure:
        return await self.model.brief(
            request, None if seconds is None else utc_now() + timedelta(seconds=seconds)
        )

    async def failure(self, seconds: float | None = None) -> Failure:
        result = await self.brief(seconds=seconds)
        assert isinstance(result, Failure), result
        return result

    async def spent(self) -> tuple[int, int]:
        """Calls and cost, in millionths."""
        spends = await self.ledger.spends("")
        assert all(spend.held == 0 for spend in spends)
        return sum(s.calls for s in spends), sum(s.cost for s in spends)


@asynccontextmanager
async def desk(
    *script: Reply, caps: Caps | None = None, server: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[Desk]:
    async with openai_server(script=list(script), **(server or {})) as running:
        ledger = MemoryLedger()
        slept: list[float] = []

        def clock() -> datetime:
            return utc_now() + timedelta(seconds=sum(slept))

        budget = Budget({"tiny": Price(Decimal(1), Decimal(1))}, caps or Caps(), ledger, utc_now)

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        server_of_model = ModelServer(
            **(
                {
                    "model": "tiny",
                    "budget": budget,
                    "clock": clock,
                    "key": KEY,
                    "base_url": running.base_url,
                }
                | options
            ),
            sleep=sleep,
        )
        model = OpenAiSummarizer(server_of_model)
        try:
            yield Desk(running, model, ledger, slept)
        finally:
            await model.server.close()


async def test_a_brief_is_asked_for_read_and_paid() -> None:
    async with desk(GOOD) as d:
        brief = await d.brief()
        assert isinstance(brief, Brief)
        assert brief.headline == "Council opens new bridge"
        assert [(s.text, s.support) for s in brief.sentences] == [
            (LINES[0], (0,)),
            ("It cost 14 million euros.", (1,)),
        ]
        assert [s.text for s in brief.source_sentences] == list(LINES)
        assert brief.summarizer == "openai:tiny"
        (asked,) = d.server.requests
        assert asked["response_format"]["type"] == "json_schema"
        assert "[2] It cost 14 million euros" in asked["messages"][1]["content"]
        assert "at most 3 sentences, together at most 80 words, in English" in asked["messages"][0]["content"]
        assert await d.spent() == (1, d.server.charged)
        (spend,) = await d.ledger.spends("")
        assert (spend.model, spend.chat_id, spend.source_id) == ("tiny", 5, 9)


async def test_a_server_without_schemas_is_asked_in_plain_lines_from_then_on() -> None:
    lines = Says(
        "HEADLINE: Council opens bridge\n- The council opened the new bridge on Monday. [1]\nTOPICS: town\nSCORE: 4"
    )
    async with desk(lines, server={"schemas": False}) as d:
        assert isinstance(await d.brief(), Brief)
        assert isinstance(await d.brief(), Brief)
        assert ["response_format" in r for r in d.server.requests] == [True, False, False]
        assert "HEADLINE" in d.server.requests[1]["messages"][0]["content"]


async def test_a_model_with_another_name_for_the_limit_is_asked_by_it() -> None:
    async with desk(GOOD, server={"completion_tokens_only": True, "schemas": True}) as d:
        assert isinstance(await d.brief(), Brief)
        assert "max_completion_tokens" in d.server.requests[1]


async def test_a_fixed_protocol_is_kept() -> None:
    async with desk(GOOD, server={"schemas": False}, known=Known(protocol="schema")) as d:
        failure = await d.failure()
        assert failure.status == 400
    async with desk(
        Says("- The council opened the new bridge on Monday. [1]"), known=Known(protocol="text")
    ) as d:
        brief = await d.brief()
        assert isinstance(brief, Brief)
        assert brief.headline == "Bridge opens"
        assert "response_format" not in d.server.requests[0]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (Says("{ this is not json"), "could not be read"),
        (Says(""), "was empty"),
        (Says(None), "was empty"),
        (Says("Sorry.", finish="length"), "cut off"),
        (answer("Council opens bridge", (LINES[0], [])), "cites a source sentence"),
        (answer("Council opens bridge", (LINES[0], [99])), "cites a source sentence"),
        (answer("Council opens bridge", ("It cost 40 million euros.", [2])), "does not give the number"),
        (
            answer(
                "Der Rat",
                ("Der Rat hat die neue Brücke am Montag nicht ohne Stolz und mit Musik eröffnet.", [1]),
            ),
            "another language",
        ),
    ],
)
async def test_a_bad_answer_is_asked_for_once_more_with_the_reason(bad: Says, told: str) -> None:
    async with desk(bad, GOOD) as d:
        assert isinstance(await d.brief(), Brief)
        assert told in d.server.requests[1]["messages"][-1]["content"]
        assert d.slept == []
    async with desk(bad) as d:
        failure = await d.failure()
        assert failure.kind is FailureKind.MODEL
        assert told in failure.reason
        assert len(d.server.requests) == 2


async def test_what_is_too_long_is_left_out() -> None:
    script = answer("Bridge", (LINES[0], [1]), (LINES[1], [2]), (LINES[2], [3]))
    async with desk(script) as d:
        brief = await d.brief(BriefRequest(articles=(ARTICLE,), sentences=2, words=15))
        assert isinstance(brief, Brief)
        assert [s.text for s in brief.sentences] == [LINES[0]]
        headline = await d.brief(BriefRequest(articles=(ARTICLE,), sentences=0))
        assert isinstance(headline, Brief)
        assert headline.sentences == ()


@pytest.mark.parametrize("refusal", [Says(None, refusal="I can't."), Says("x", finish="content_filter")])
async def test_a_refusal_is_not_asked_again(refusal: Says) -> None:
    async with desk(refusal) as d:
        assert "refused" in (await d.failure()).reason
        assert len(d.server.requests) == 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
async def test_a_passing_error_is_tried_again_and_costs_nothing(status: int) -> None:
    async with desk(Refuses(status), GOOD) as d:
        assert isinstance(await d.brief(), Brief)
        assert d.slept == [1.0]
        assert (await d.spent())[1] == d.server.charged
    async with desk(Refuses(status)) as d:
        failure = await d.failure()
        assert (failure.kind, failure.status) == (FailureKind.HTTP_STATUS, status)
        assert sum(d.slept) <= 60
        assert len(d.server.requests) == (2 if status == 500 else 8)
        assert (await d.spent())[1] == 0


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Refuses(401, "invalid_api_key"), "does not accept the key"),
        (Refuses(403), "does not accept the key"),
        (Refuses(404, "model_not_found"), "does not know the model tiny"),
        (Refuses(410), "was retired"),
        (Refuses(400), "status 400"),
        (Refuses(429, "insufficient_quota"), "no money left"),
    ],
)
async def test_a_lasting_error_is_not_tried_again(reply: Refuses, said: str) -> None:
    async with desk(reply) as d:
        assert said in (await d.failure()).reason
        assert len(d.server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"}, 360),
        ({"x-ratelimit-reset-requests": "120ms"}, 0.12),
        ({"retry-after": "99999999999"}, 86400),
        ({"retry-after": "999999999"}, 86400),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30),
        ({"retry-after": "Wed, 21 Oct 2026 07:20:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"X-RateLimit-Reset": "1792567690"}, 40),
        ({"x-ratelimit-reset": "1792567690000"}, 40),
        ({}, None),
    ],
)
def test_waiting_is_as_long_as_the_server_asks(headers: dict[str, str], seconds: float | None) -> None:
    now = datetime(2026, 10, 21, 7, 27, 30, tzinfo=UTC)
    wait = None if seconds is None else timedelta(seconds=seconds)
    assert asked_wait(headers, None, now) == wait
    if headers and "retry-after-ms" not in headers:  # as OpenRouter hands on what its servers said
        assert asked_wait({}, {"error": {"metadata": {"headers": headers}}}, now) == wait
    assert span("1h1m", 1) == 3660


async def test_a_wait_that_leads_past_the_deadline_is_not_waited() -> None:
    async with desk(Refuses(429, headers={"retry-after": "60"})) as d:
        failure = await d.failure(seconds=5)
        assert failure.retry_after == timedelta(seconds=60)
        assert d.slept == []
    async with desk(Refuses(429, headers={"retry-after": "2"}), GOOD) as d:
        assert isinstance(await d.brief(seconds=20), Brief)
        assert d.slept == [2.0]


@pytest.mark.parametrize(
    "broken",
    [
        Cut(),
        Cut(b""),
        Raw(b"<html>gateway</html>", content_type="text/html"),
        Raw(b"[]"),
        Raw(b"{}"),
        Raw(b'{"choices": []}'),
        Raw(b'{"choices": 7}'),
        Raw(b"nonsense"),
    ],
)
async def test_an_answer_that_is_none_is_tried_again_and_costs_what_was_held(broken: Reply) -> None:
    async with desk(broken) as d:
        failure = await d.failure()
        assert failure.kind in {FailureKind.CONNECT, FailureKind.MODEL}
        calls, cost = await d.spent()
        assert calls == len(d.server.requests) == 2
        assert cost > 2000


async def test_a_drip_ends_with_its_time() -> None:
    async with desk(Drip(), attempts=1, known=Known(timeout=timedelta(seconds=0.2))) as d:
        began = utc_now()
        assert (await d.failure()).kind is FailureKind.TIMEOUT
        assert utc_now() - began < timedelta(seconds=1)
        assert (await d.spent())[1] > 1000


async def test_the_deadline_bounds_a_call() -> None:
    async with desk(Says("x", delay=5)) as d:
        began = utc_now()
        assert (await d.failure(seconds=0.2)).kind is FailureKind.TIMEOUT
        assert utc_now() - began < timedelta(seconds=1)
        assert (await d.failure(seconds=-1)).kind is FailureKind.TIMEOUT
        assert len(d.server.requests) == 1


async def test_a_call_stopped_from_outside_is_paid() -> None:
    async with desk(Says("x", delay=5)) as d:
        task = asyncio.create_task(d.brief())
        await d.server.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await d.spent())[1] > 1000


async def test_a_server_that_is_not_there_costs_nothing() -> None:
    async with desk(GOOD, base_url="http://127.0.0.1:1/v1") as d:
        failure = await d.failure()
        assert failure.kind is FailureKind.CONNECT
        assert (await d.spent())[1] == 0


async def test_the_cap_stops_the_call() -> None:
    async with desk(GOOD, caps=Caps(chat_daily=10)) as d:
        assert (await d.failure()).kind is FailureKind.BUDGET
        assert d.server.requests == []
    async with desk(GOOD, model="unpriced") as d:
        assert (await d.failure()).kind is FailureKind.BUDGET


async def test_parallel_calls_stay_within_the_cap() -> None:
    async with desk(GOOD, caps=Caps(daily=20_000)) as d:
        results = await asyncio.gather(*(d.brief() for _ in range(20)))
        assert any(isinstance(r, Failure) and r.kind is FailureKind.BUDGET for r in results)
        assert any(isinstance(r, Brief) for r in results)
        assert (await d.spent())[1] <= 20_000


async def test_a_server_without_a_count_costs_what_was_held() -> None:
    async with desk(Says(GOOD.content, usage="none")) as d:
        assert isinstance(await d.brief(), Brief)
        assert (await d.spent())[1] > 2000


async def test_a_failing_server_is_left_alone() -> None:
    async with desk(Refuses(500), breaker=Breaker(limit=2)) as d:
        await d.failure()
        await d.failure()
        assert "left alone" in (await d.failure()).reason
        assert len(d.server.requests) == 4


def test_the_breaker_rests_longer_each_time_and_lets_one_try() -> None:
    now = utc_now()
    breaker = Breaker(limit=2, rest=timedelta(minutes=1), longest=timedelta(minutes=3))
    breaker.bad(now, now)
    assert breaker.closed(now)
    breaker.bad(now, now)
    assert not breaker.closed(now)
    later = now + timedelta(minutes=1)
    assert breaker.closed(later)
    assert not breaker.closed(later)
    breaker.bad(later, later)
    assert not breaker.closed(later + timedelta(minutes=1, seconds=59))
    breaker.bad(later, later)
    assert breaker.closed(later + timedelta(minutes=3))
    breaker.good()
    assert breaker.closed(now)
    breaker.bad(now, now, timedelta(seconds=10))
    assert not breaker.closed(now + timedelta(seconds=9))
    assert breaker.closed(now + timedelta(seconds=10))


@pytest.mark.slow
async def test_the_key_is_nowhere_to_be_read(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    replies: list[Reply] = [
        Refuses(500, message=KEY),
        Refuses(400, message=KEY),
        Cut(KEY.encode()),
        Says(KEY),
        Raw(KEY.encode()),
    ]
    texts = []
    for reply in replies:
        async with desk(reply) as d:
            texts += [str(await d.failure()), repr(d.model), repr(d.model.server), str(d.model.server.client)]
    async with desk(GOOD, server={"key": "another"}) as d:
        texts.append(str(await d.failure()))
    assert KEY not in "\n".join(texts)
    assert KEY not in caplog.text


async def test_an_article_without_text_is_not_asked_about() -> None:
    async with desk(GOOD) as d:
        result = await d.brief(BriefRequest(articles=(Article(title="x"),)))
        assert isinstance(result, Failure)
        assert result.kind is FailureKind.EMPTY


@pytest.mark.slow
async def test_long_articles_are_shortened_and_every_source_is_heard() -> None:
    long = Article(
        title="a", language="en", sentences=tuple(f"Sentence {i} " + "word " * 50 for i in range(200))
    )
    other = Article(title="b", language="en", sentences=("The other source says so.", "\u200b"))
    async with desk(GOOD) as d:
        await d.brief(BriefRequest(articles=(long, other)))
        asked = d.server.requests[0]["messages"][1]["content"]
        assert len(asked) < 17_000
        assert "The other source says so." in asked


async def test_chinese_is_bounded_in_characters() -> None:
    lines = ("青云市周二宣布新地铁三号线开通。", "工程总投资为一百四十五亿元。")
    article = Article(title="地铁", sentences=lines, language="zh")
    async with desk(answer("新地铁开通", (lines[0], [1]), (lines[1], [2]))) as d:
        brief = await d.brief(BriefRequest(articles=(article,), characters=20))
        assert isinstance(brief, Brief)
        assert [s.text for s in brief.sentences] == [lines[0]]
        assert "20 characters" in d.server.requests[0]["messages"][0]["content"]


@pytest.mark.skipif("NEWSDESK_TEST_OPENAI_URL" not in os.environ, reason="needs a real server")
async def test_a_real_server_writes_a_brief() -> None:
    model = os.environ["NEWSDESK_TEST_OPENAI_MODEL"]
    budget = Budget({model: Price(Decimal(0), Decimal(0))}, Caps(), MemoryLedger(), utc_now)
    real = OpenAiSummarizer(
        ModelServer(
            model=model,
            budget=budget,
            clock=utc_now,
            key=os.environ.get("NEWSDESK_TEST_OPENAI_KEY", ""),
            base_url=os.environ["NEWSDESK_TEST_OPENAI_URL"],
        )
    )
    result = await real.brief(REQUEST, None)
    await real.server.close()
    assert isinstance(result, Brief), result


def test_the_fakes_answers_are_the_schemas() -> None:
    assert set(json.loads(GOOD.content or "")) == {"headline", "sentences", "topics", "score"}
