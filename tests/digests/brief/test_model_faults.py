"""What servers and models were seen to do wrong, repeated on the wire: none of it is posted or paid twice."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import time
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from digests.brief.chain import Chain
from digests.brief.extractive.summarizer import ExtractiveSummarizer
from digests.brief.llm import transport
from digests.brief.llm.batch import BatchWriter
from digests.brief.llm.budget import Budget, Caps, MemoryLedger, Price
from digests.brief.llm.model_server import Known, ModelServer, Question
from digests.brief.llm.openai_chat import OpenAiSummarizer
from digests.brief.llm.prompt import without_system
from digests.brief.llm.response_parsing import (
    Feature,
    Refusal,
    asked_wait,
    blacked_out,
    text_of,
    thinks,
    understood,
    usage_of,
    without_thoughts,
)
from digests.brief.llm.transport import Breaker, Slots
from digests.clock import utc_now
from digests.model import Article, Brief, Failure, FailureKind, Usage
from tests.digests.brief.test_model_servers import REQUEST, asking
from tests.fakes.model_servers import (
    BRIEF,
    LINES,
    PLAIN,
    READ,
    THOUGHT,
    USAGE,
    WRITTEN,
    chunk,
    completion,
    pieces,
    refusal,
)
from tests.fakes.openai_server import Cut, Events, Plain, Raw, Refuses, Reply, Says, openai_server

GOOD = completion(BRIEF)
END = chunk({}, "stop", usage=USAGE)
NO_SCHEMA = Known(protocol="text")
STREAMED = Known(stream=True)


def sentences(brief: Brief | Failure) -> list[str]:
    assert isinstance(brief, Brief), brief
    return [sentence.text for sentence in brief.sentences]


# ------------------------------------------------------------ answers


@pytest.mark.parametrize("empty", [",", ".", "...", "{}", "👍", "And then.", "—"])
async def test_what_holds_no_word_is_no_sentence_and_no_headline(empty: str) -> None:
    said = {"headline": empty, "sentences": [{"text": empty, "cites": [1]}, {"text": LINES[0], "cites": [1]}]}
    async with asking(Says(json.dumps(said))) as asked:
        brief = await asked.brief()
        assert sentences(brief) == [LINES[0]]
        assert isinstance(brief, Brief)
        assert brief.headline == "Bridge opens"
    only = {"headline": "Bridge", "sentences": [{"text": empty, "cites": [1]}]}
    async with asking(Says(json.dumps(only))) as asked:
        assert isinstance(await asked.brief(), Failure)


@pytest.mark.parametrize(
    "before",
    [
        f"<think>\n{THOUGHT}\n</think>\n\n",
        f"<THINK>{THOUGHT}</THINK>",
        f"<thought>{THOUGHT}</thought>\n<think></think>\n",
        f"[THINK]{THOUGHT}[/THINK]",
        f"{THOUGHT}\n</think>\n",
        f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>",
    ],
)
@pytest.mark.parametrize("said", [BRIEF, PLAIN])
@pytest.mark.parametrize("known", [NO_SCHEMA, replace(NO_SCHEMA, stream=True)])
async def test_thinking_is_not_the_answer(before: str, said: str, known: Known) -> None:
    async with asking(Says(before + said), known=known) as asked:
        assert sentences(await asked.brief()) == [LINES[0], "It cost 14 million euros."]
        assert len(asked.fake.requests) == 1


def test_what_only_speaks_of_thinking_is_kept() -> None:
    quoted = '{"headline": "The tag </think> is read", "sentences": []}'
    assert without_thoughts(quoted) == quoted
    assert without_thoughts("<think> and no end") == ""
    assert without_thoughts("Nothing thought.") == "Nothing thought."


@pytest.mark.parametrize("known", [Known(), STREAMED])
async def test_content_in_parts_is_put_together(known: Known) -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]}
    whole = completion([thinking, {"type": "text", "text": BRIEF[:40]}, {"type": "text", "text": BRIEF[40:]}])
    parts = [chunk({"content": [{"type": "text", "text": BRIEF[:40]}]}), *pieces(BRIEF[40:])]
    streamed = Events((chunk({"content": [thinking]}), *parts, END))
    async with asking(streamed if known.stream else whole, known=known) as asked:
        assert len(sentences(await asked.brief())) == 2


@pytest.mark.parametrize(
    ("finish", "reason", "calls"),
    [
        ("model_length", "cut off", 2),
        ("MAX_TOKENS", "cut off", 2),
        ("error", "broke off", 2),
        ("insufficient_system_resource", "broke off", 2),
        ("abort", "broke off", 2),
        ("SAFETY", "refused", 1),
        ("content_filter: PROHIBITED_CONTENT", "refused", 1),
        ("RECITATION", "refused", 1),
    ],
)
async def test_half_an_answer_is_none_whatever_its_end_is_called(
    finish: str, reason: str, calls: int
) -> None:
    half = completion(PLAIN[: PLAIN.index("[2]")], finish)
    async with asking(half, known=replace(NO_SCHEMA, output_tokens=900)) as asked:
        failure = await asked.brief()
        assert isinstance(failure, Failure)
        assert reason in failure.reason
        assert len(asked.fake.requests) == calls


@pytest.mark.parametrize(
    "finish", [None, "", "STOP", "eos", "end_turn", "stop_sequence", "FINISH_REASON_STOP"]
)
async def test_a_whole_answer_is_one_whatever_its_end_is_called(finish: str | None) -> None:
    async with asking(completion(BRIEF, finish)) as asked:
        assert len(sentences(await asked.brief())) == 2


ODD_STREAMS: dict[str, Events] = {
    "no choices with the count": Events((*pieces(BRIEF), chunk({}, "stop"), {"id": "1", "usage": USAGE})),
    "null choices": Events((*pieces(BRIEF), chunk({}, "stop"), {"id": "1", "choices": None, "usage": USAGE})),
    "null as a sign of life": Events((*pieces(BRIEF)[:2], "data: null", *pieces(BRIEF)[2:], END)),
    "an empty line of data": Events((*pieces(BRIEF), "data:", END)),
    "a comment and an event's name": Events((": alive", *pieces(BRIEF), "event: ping", END)),
    "a null delta": Events((*pieces(BRIEF), chunk(None, "stop", usage=USAGE))),
    "no reason before the end": Events((*pieces(BRIEF), {"id": "1", "choices": [], "usage": USAGE})),
    "a message in place of a delta": Events(
        ({"choices": [{"message": {"content": BRIEF}, "finish_reason": "stop"}], "usage": USAGE},)
    ),
}


@pytest.mark.parametrize("odd", ODD_STREAMS)
async def test_an_odd_stream_is_read_and_paid_by_its_count(odd: str) -> None:
    async with asking(ODD_STREAMS[odd], known=STREAMED) as asked:
        assert len(sentences(await asked.brief())) == 2
        assert await asked.paid() == (READ + WRITTEN, READ + WRITTEN)
        assert len(asked.fake.requests) == 1


async def test_a_whole_answer_to_a_wish_for_pieces_is_read() -> None:
    async with asking(GOOD, known=STREAMED) as asked:
        assert len(sentences(await asked.brief())) == 2
        assert len(asked.fake.requests) == 1


async def test_a_stream_that_holds_an_error_or_nonsense_is_none() -> None:
    broken = Events((*pieces(BRIEF)[:2], {"error": {"code": 502, "message": "Provider disconnected"}}))
    async with asking(broken, GOOD, known=STREAMED) as asked:
        assert len(sentences(await asked.brief())) == 2
        assert (await asked.paid())[1] > READ + WRITTEN  # what came of the first may be charged
    async with asking(Events((*pieces(BRIEF)[:2], "data: {oops", END)), known=STREAMED) as asked:
        assert isinstance(await asked.brief(), Failure)


async def test_a_packed_answer_is_unpacked_within_the_bound() -> None:
    async def serve(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, packing: str, body: bytes
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: {packing}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    packed = gzip.compress(GOOD.body)
    for packing, body, kind in (
        ("gzip", packed, None),
        ("gzip", packed[:40] + b"broken" + packed[46:], FailureKind.CONNECT),
        ("gzip", gzip.compress(b" " * 9_000_000), FailureKind.TOO_LARGE),
        ("br", b"x", FailureKind.TOO_LARGE),
    ):
        server = await asyncio.start_server(lambda r, w, p=packing, b=body: serve(r, w, p, b), "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        async with asking(GOOD, attempts=1) as asked:
            model = ModelServer(
                model="tiny", budget=asked.server.budget, clock=utc_now, base_url=url, attempts=1
            )
            brief = await OpenAiSummarizer(model, together=False).brief(REQUEST, None)
            await model.close()
        server.close()
        assert (brief.kind if isinstance(brief, Failure) else None) == kind


# ------------------------------------------------------------ money


@pytest.mark.parametrize(
    ("usage", "written"),
    [
        (USAGE | {"total_tokens": READ + WRITTEN + 1200}, WRITTEN + 1200),
        ({"prompt_tokens": READ, "completion_tokens": WRITTEN, "completion_tokens_details": {"reasoning_tokens": 1200}},
         WRITTEN + 1200),
        (USAGE | {"completion_tokens": 1290, "total_tokens": 1790, "completion_tokens_details": {"reasoning_tokens": 1200}},
         1290),
        ({"prompt_tokens": 500.0, "completion_tokens": 90.0}, 90),
        (USAGE | {"total_tokens": 3}, WRITTEN),
    ],
)  # fmt: skip
def test_thinking_is_paid_where_it_stands_beside_the_answer(usage: dict[str, Any], written: int) -> None:
    assert usage_of({"usage": usage}) == Usage(READ, written)


async def test_a_model_that_thinks_gets_the_room_it_needs() -> None:
    def thinker(body: dict[str, Any]) -> Plain:
        limit = body["max_tokens"]
        if limit < 1300:
            return completion(
                "", "length", {"prompt_tokens": 500, "completion_tokens": limit}, reasoning_content="hm"
            )
        return GOOD

    async with asking(thinker) as asked:
        assert len(sentences(await asked.brief())) == 2
        assert [r["max_tokens"] for r in asked.fake.requests] == [800, 4800]
        await asked.brief()
        assert len(asked.fake.requests) == 3
    async with asking(thinker, known=Known(output_tokens=1000)) as asked:
        failure = await asked.brief()
        assert isinstance(failure, Failure)
        assert "cut off" in failure.reason
        assert {r["max_tokens"] for r in asked.fake.requests} == {1000}
    async with asking(GOOD, known=Known(effort="low", extra={"top_k": 5})) as asked:
        await asked.brief()
        sent = asked.fake.requests[0]
        assert (sent["reasoning_effort"], sent["top_k"], sent["max_tokens"]) == ("low", 5, 4800)
    assert not thinks(json.loads(GOOD.body))


async def test_openais_own_is_asked_by_its_own_names() -> None:
    budget = Budget({}, Caps(), MemoryLedger(), utc_now)
    own = ModelServer(model="gpt-5-mini", budget=budget, clock=utc_now)
    question = OpenAiSummarizer(own).question(REQUEST, ())
    assert own.body(question)["max_completion_tokens"] == 4800
    await own.close()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"message": "Provider returned error", "code": 429}, "fewer calls"),
        ({"message": "Insufficient credits", "code": 402}, "no money left"),
        ("model overloaded", "status 502"),
    ],
)
async def test_an_error_under_status_200_costs_nothing(error: Any, reason: str) -> None:
    async with asking(refusal(200, {"error": error})) as asked:
        failure = await asked.brief(20)
        assert isinstance(failure, Failure)
        assert reason in failure.reason
        assert (await asked.paid())[1] == 0


async def test_a_server_without_money_is_left_alone() -> None:
    async with asking(Refuses(402, None, "Insufficient Balance"), breaker=Breaker(limit=1)) as asked:
        failure = await asked.brief()
        assert isinstance(failure, Failure)
        assert "no money left" in failure.reason
        failure = await asked.brief()
        assert isinstance(failure, Failure)
        assert "left alone" in failure.reason


async def test_headlines_are_not_sent_to_a_model() -> None:
    async with asking(GOOD) as asked:
        model = OpenAiSummarizer(asked.server)
        for chain in (Chain([model, ExtractiveSummarizer()], utc_now), Chain([model], utc_now)):
            brief = await chain.brief(replace(REQUEST, sentences=0), None)
            assert isinstance(brief, Brief)
            assert (brief.headline, brief.sentences, brief.instead) == ("Bridge opens", (), None)
        assert asked.fake.requests == []
        writer = BatchWriter(model, asked.server.budget)
        assert isinstance(await writer.submit([("k", replace(REQUEST, sentences=0))]), Failure)
        assert asked.fake.batches.files == {}


async def test_time_that_ran_out_on_the_way_is_not_used_for_a_call() -> None:
    """Between two calls, and while it waited for its place."""
    now = utc_now()
    async with asking(GOOD) as asked:
        asked.server._clock = lambda: now
        failure = await asked.server._ask(OpenAiSummarizer(asked.server).question(REQUEST, ()), "", now)
        assert not isinstance(failure, str)
        assert failure.failure.reason == "There was no time left to ask the model."
        until = now + timedelta(seconds=5)
        question = OpenAiSummarizer(asked.server).question(REQUEST, ())
        asked.server._clock = iter([now, now + timedelta(seconds=9)]).__next__
        failure = await asked.server._ask(question, "", until)
        assert not isinstance(failure, str)
        assert failure.failure.reason == "Other questions to the model took all the time there was."
        assert asked.fake.requests == []


async def test_batches_learn_and_know_what_was_learnt() -> None:
    def strict(body: dict[str, Any]) -> Plain:
        if "max_tokens" in body:
            return Refuses(
                400, None, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            )
        return Says(BRIEF)

    async with asking(strict) as asked:
        writer = BatchWriter(OpenAiSummarizer(asked.server), asked.server.budget)
        for batch in ("batch-1", "batch-2"):
            assert not isinstance(await writer.submit([("k", REQUEST)]), Failure)
            await asked.fake.batches.finish()
            found = await writer.collect(batch)
            assert isinstance(found, dict)
            if batch == "batch-1":
                assert isinstance(found["k"].text, Failure)
        assert isinstance(found["k"].text, str)
        assert isinstance(await asked.brief(), Brief)
        assert len(asked.fake.requests) == 1  # the batch has taught the call


# ------------------------------------------------------------ features


@pytest.mark.parametrize(
    ("status", "error", "lacks"),
    [
        (400, {"error": {"message": "Unsupported parameter: 'response_format'"}}, Feature.SCHEMA),
        (400, {"error": {"message": "Structured outputs are not supported by this model"}}, Feature.SCHEMA),
        (422, {"detail": [{"loc": ["body", "response_format", "type"], "msg": "Input should be 'text'"}]}, Feature.SCHEMA),
        (500, {"error": {"message": "response_format json_schema is not implemented"}}, Feature.SCHEMA),
        (400, {"error": "'response_format.type' must be 'text'"}, Feature.SCHEMA),
        (422, {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}, Feature.COUNT),
        (400, {"error": {"message": "Streaming is not supported"}}, Feature.STREAM),
        (400, {"error": {"message": "Unrecognized request argument supplied: max_tokens"}}, Feature.MAX_TOKENS),
        (422, {"error": {"message": "max_tokens: unsupported, use max_completion_tokens"}}, Feature.MAX_TOKENS),
        (400, {"error": {"message": "Unknown parameter: 'reasoning_effort'"}}, Feature.EFFORT),
        (400, {"error": {"message": "Developer instruction is not enabled for models/gemma"}}, Feature.SYSTEM),
        (400, {"object": "error", "message": "Only user and assistant roles are supported!"}, Feature.SYSTEM),
        (400, {"error": {"message": "Error from upstream provider: something odd"}}, None),
        (500, {"error": {"message": "The stream was interrupted"}}, None),
        (429, {"error": {"message": "Too many streams"}}, None),
        (422, {"detail": [{"loc": ["body"], "msg": "odd", "input": "an article on response_format"}]}, None),
    ],
)  # fmt: skip
def test_a_lacking_feature_is_told_by_the_servers_words(
    status: int, error: Any, lacks: Feature | None
) -> None:
    assert understood(status, json.dumps(error), set(Feature), 800).lacks is lacks


async def test_a_feature_is_left_out_for_that_server_alone_and_tried_again_some_day() -> None:
    now = utc_now()
    known = transport.Features()
    known.lacks(Feature.SCHEMA, now)
    known.takes(4096, now)
    known.gives(500, now)
    assert not known.has(Feature.SCHEMA, now)
    assert known.has(Feature.STREAM, now)
    assert (known.context_at(now), known.most_at(now)) == (4096, 500)
    later = now + transport.AGAIN
    assert known.has(Feature.SCHEMA, later)
    assert (known.context_at(later), known.most_at(later)) == (None, None)
    assert transport.Features(context=2048).context_at(later) == 2048


async def test_what_is_refused_without_the_feature_as_well_does_not_cost_it() -> None:
    odd = refusal(400, {"error": {"message": "The grammar of this request is odd."}})
    async with asking(odd) as asked:
        failure = await asked.brief()
        assert isinstance(failure, Failure)
        assert len(asked.fake.requests) == 2
        assert asked.server.missing() == ()


async def test_an_answers_limit_that_is_too_large_is_lowered() -> None:
    def small(body: dict[str, Any]) -> Plain:
        if body["max_tokens"] > 512:
            return Refuses(
                400, None, "`max_tokens` must be less than or equal to `512`, the maximum for this model"
            )
        return GOOD

    async with asking(small) as asked:
        assert isinstance(await asked.brief(), Brief)
        assert [r["max_tokens"] for r in asked.fake.requests] == [800, 512]


def strict_template(body: dict[str, Any]) -> Plain:
    roles = [message["role"] for message in body["messages"]]
    if roles not in (["system", "user"], ["user"]):
        return Refuses(400, None, "Conversation roles must alternate user/assistant/user/assistant/...")
    return Says("I am not sure.") if "could not be used" not in body["messages"][-1]["content"] else GOOD


async def test_asking_again_keeps_a_strict_templates_turns() -> None:
    async with asking(strict_template) as asked:
        assert isinstance(await asked.brief(), Brief)
        assert len(asked.fake.requests) == 2


async def test_a_template_without_a_system_message_gets_it_in_the_users() -> None:
    def gemma(body: dict[str, Any]) -> Plain:
        roles = [message["role"] for message in body["messages"]]
        return GOOD if roles == ["user"] else Refuses(400, None, "System role not supported")

    async with asking(gemma) as asked:
        assert isinstance(await asked.brief(), Brief)
        said = asked.fake.requests[1]["messages"][0]["content"]
        assert said.startswith("You shorten news")
        assert LINES[1] in said
        assert asked.server.missing() == (Feature.SYSTEM,)
    assert without_system([{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]) == [
        {"role": "user", "content": "a\n\nb"}
    ]


LONG = Article(
    source_id=9, title="Bridge opens", language="en",
    sentences=(*LINES, *(f"Speaker {n} of the council praised the bridge at some length that day." for n in range(150))),
)  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [
        "request (5021 tokens) exceeds the available context size (2200 tokens), try increasing it",
        "This model's maximum context length is 2200 tokens. However, you requested 5200 tokens.",
        "prompt too long; exceeded max context length by 1250 tokens",
        "'max_tokens' or 'max_completion_tokens' is too large: 800. This model's maximum context length is 2200 tokens",
    ],
)
async def test_what_is_too_long_for_the_context_is_shortened_and_asked_again(message: str) -> None:
    def narrow(body: dict[str, Any]) -> Plain:
        size = sum(len(m["content"]) for m in body["messages"]) // 4 + body["max_tokens"]
        return GOOD if size <= 2200 else refusal(400, {"error": {"message": message}})

    async with asking(narrow) as asked:
        long = replace(REQUEST, articles=(LONG,))
        brief = await OpenAiSummarizer(asked.server, together=False).brief(long, None)
        assert sentences(brief) == [LINES[0], "It cost 14 million euros."]
        calls = len(asked.fake.requests)
        assert 2 <= calls <= 5
        assert isinstance(await OpenAiSummarizer(asked.server, together=False).brief(long, None), Brief)
        assert len(asked.fake.requests) == calls + 1


async def test_a_context_from_the_configuration_is_kept_to_from_the_start() -> None:
    async with asking(GOOD, known=Known(context=2200)) as asked:
        brief = await OpenAiSummarizer(asked.server, together=False).brief(
            replace(REQUEST, articles=(LONG,)), None
        )
        assert isinstance(brief, Brief)
        (sent,) = asked.fake.requests
        assert sum(len(m["content"]) for m in sent["messages"]) / 3 + sent["max_tokens"] < 2200
    async with asking(GOOD, known=Known(context=512)) as asked:
        failure = await asked.brief()
        assert isinstance(failure, Failure)
        assert "too small" in failure.reason


async def test_a_question_that_can_not_be_shortened_says_why() -> None:
    error = {"error": {"message": "This model's maximum context length is 900 tokens."}}
    async with asking(refusal(400, error)) as asked:
        question = Question(lambda schema, again: [{"role": "user", "content": "x" * 9000}], str)
        failure = await asked.server.ask(question, None)
        assert isinstance(failure, Failure)
        assert failure.reason == "The text is too long for the model's context of 900 tokens."
        assert len(asked.fake.requests) == 1


# ------------------------------------------------------------ time, queues and waiting


async def test_a_call_may_take_as_long_as_the_deadline_allows() -> None:
    """As long as it takes, in the clock's time: half a minute is nothing special."""
    async with asking(Says(BRIEF, delay=0.6)) as asked:
        assert asked.server.known.timeout is None
        assert isinstance(await asked.brief(300), Brief)
    async with asking(
        Says(BRIEF, delay=0.6), known=Known(timeout=timedelta(seconds=0.2)), attempts=1
    ) as asked:
        failure = await asked.brief(300)
        assert isinstance(failure, Failure)
        assert failure.kind is FailureKind.TIMEOUT


async def test_a_server_of_ones_own_is_asked_one_call_at_a_time_and_its_queue_opens_no_breaker() -> None:
    async with openai_server(script=[Says(BRIEF, delay=0.15)]) as fake:
        free = Budget({"tiny": Price(Decimal(0), Decimal(0))}, Caps(), MemoryLedger(), utc_now)
        server = ModelServer(model="tiny", budget=free, clock=utc_now, base_url=fake.base_url)
        model = OpenAiSummarizer(server, together=False)
        until = utc_now() + timedelta(seconds=0.7)
        briefs = await asyncio.gather(*(model.brief(REQUEST, until) for _ in range(8)))
        await server.close()
        assert fake.most_at_once == 1
        assert sum(isinstance(brief, Brief) for brief in briefs) >= 2
        assert server.state.resting is None
        late = {brief.reason for brief in briefs if isinstance(brief, Failure)}
        assert late <= {
            "The model did not answer in time.",
            "Other questions to the model took all the time there was.",
        }


async def test_calls_that_wait_in_a_servers_own_queue_open_no_breaker() -> None:
    """A server with one slot that takes eight calls: the first is answered, the others time out."""
    turn = asyncio.Lock()

    async with openai_server(script=[GOOD]) as fake:
        plain = fake._reply

        async def one_at_a_time(request: Any, body: dict[str, Any]) -> Any:
            async with turn:
                await asyncio.sleep(0.3)
                return await plain(request, body)

        fake._reply = one_at_a_time  # type: ignore[method-assign]
        budget = Budget({"tiny": Price(Decimal(1), Decimal(1))}, Caps(), MemoryLedger(), utc_now)
        server = ModelServer(
            model="tiny",
            budget=budget,
            clock=utc_now,
            base_url=fake.base_url,
            known=Known(parallel=8),
            attempts=1,
        )
        model = OpenAiSummarizer(server, together=False)
        until = utc_now() + timedelta(seconds=0.8)
        briefs = await asyncio.gather(*(model.brief(REQUEST, until) for _ in range(8)))
        await server.close()
    assert sum(isinstance(brief, Failure) for brief in briefs) >= 4
    assert server.state.resting is None


async def test_a_long_article_on_a_server_of_ones_own_holds_no_other_up() -> None:
    long = replace(LONG, sentences=LONG.sentences * 6)
    async with openai_server(script=[Says(BRIEF, delay=0.2)]) as fake:
        free = Budget({"tiny": Price(Decimal(0), Decimal(0))}, Caps(), MemoryLedger(), utc_now)
        server = ModelServer(model="tiny", budget=free, clock=utc_now, base_url=fake.base_url)
        model = OpenAiSummarizer(server, together=False)
        requests = [replace(REQUEST, articles=(long,)), REQUEST, REQUEST]
        briefs = await asyncio.gather(*(model.brief(r, utc_now() + timedelta(seconds=20)) for r in requests))
        assert all(isinstance(brief, Brief) for brief in briefs)
        assert len(fake.requests) == 3  # there is no time for the pieces, so it is shortened
        many = replace(REQUEST, articles=(long,))
        assert isinstance(await model.brief(many, utc_now() + timedelta(seconds=60)), Brief)
        assert len(fake.requests) > 5  # it has shown to be quick: with time all of it is read
        await server.close()


async def test_places_are_given_in_order_and_not_lost() -> None:
    slots, came = Slots(1), []

    async def take(name: str, rank: int = 0) -> None:
        await slots.take(rank)
        came.append(name)

    await slots.take()
    waiting = [
        asyncio.create_task(take(n, r)) for n, r in (("piece", 1), ("one", 0), ("two", 0), ("gone", 0))
    ]
    await asyncio.sleep(0)
    waiting[3].cancel()
    waiting[1].cancel()
    for _ in range(3):
        slots.give()
        await asyncio.sleep(0)
    await asyncio.gather(*waiting, return_exceptions=True)
    assert came == ["two", "piece"]
    await slots.take()
    late = asyncio.create_task(slots.take())
    await asyncio.sleep(0)
    slots.give()
    late.cancel()  # given a place and gone in the same moment
    await asyncio.gather(late, return_exceptions=True)
    async with asyncio.timeout(1):
        await slots.take()


async def test_a_passing_fault_does_not_use_up_the_retry_for_an_answer_that_is_no_good() -> None:
    async with asking(
        Refuses(503, None, "Loading model"), Refuses(503), Says("I am not sure."), Refuses(429), GOOD
    ) as asked:
        assert isinstance(await asked.brief(120), Brief)
        assert asked.slept == [1, 2, 4]


async def test_a_server_that_loads_is_waited_for_while_the_deadline_allows() -> None:
    async with asking(*[Refuses(503, None, "Loading model")] * 5, GOOD) as asked:
        assert isinstance(await asked.brief(300), Brief)
        assert sum(asked.slept) == 30
    async with asking(*[Refuses(503, None, "Loading model")] * 5, GOOD) as asked:
        began = time.perf_counter()
        assert isinstance(await asked.brief(5), Failure)
        assert asked.slept[:2] == [1, 2]
        assert time.perf_counter() - began < 5


async def test_an_answer_that_may_have_been_paid_is_asked_for_once_more_only() -> None:
    async with asking(Cut()) as asked:
        assert isinstance(await asked.brief(300), Failure)
        assert len(asked.fake.requests) == 2


async def test_when_one_call_is_told_to_wait_the_others_wait_as_well() -> None:
    async with asking(Refuses(429, headers={"retry-after": "1"}), GOOD, known=Known(parallel=1)) as asked:
        asked.server._sleep = asyncio.sleep
        briefs = await asyncio.gather(*(asked.brief(20) for _ in range(3)))
        assert all(isinstance(brief, Brief) for brief in briefs)
        assert len(asked.fake.requests) == 4


def test_waiting_is_read_wherever_it_stands() -> None:
    now = utc_now()
    google = [{"error": {"code": 429, "details": [{"@type": "…RetryInfo", "retryDelay": "31s"}]}}]
    assert asked_wait({}, google, now) == timedelta(seconds=31)
    deep: Any = {}
    for _ in range(50):
        deep = [deep]
    assert asked_wait({}, deep, now) is None


def test_what_fails_together_counts_once() -> None:
    now = datetime(2026, 11, 29, tzinfo=utc_now().tzinfo)
    breaker = Breaker(limit=2)
    for _ in range(9):
        breaker.bad(now, now + timedelta(seconds=30))
    assert breaker.closed(now + timedelta(seconds=30))
    breaker.bad(now + timedelta(seconds=31), now + timedelta(seconds=40))
    assert not breaker.closed(now + timedelta(seconds=41))


async def test_a_model_that_hangs_leaves_the_next_its_part() -> None:
    async with asking(Says("x", delay=9)) as hangs, asking(GOOD) as works:
        models = [OpenAiSummarizer(one.server, together=False) for one in (hangs, works)]
        chain = Chain([*models, ExtractiveSummarizer()], utc_now)
        brief = await chain.brief(REQUEST, utc_now() + timedelta(seconds=3.5))
        assert isinstance(brief, Brief)
        assert len(works.fake.requests) == 1
        assert brief.summarizer == "openai:tiny"


# ------------------------------------------------------------ what people are told


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Raw(b"404 page not found", 404, "text/plain"), "ends in /v1"),
        (Raw(b'{"detail": "Not Found"}', 404), "ends in /v1"),
        (Raw(b"<html>nothing here</html>", 405, "text/html"), "ends in /v1"),
        (Refuses(404, None, "model 'tiny' not found, try pulling it first"), "does not know the model tiny"),
        (Refuses(404, "model_not_found", "The model `tiny` does not exist"), "does not know the model tiny"),
        (Refuses(400, None, "Invalid model name passed in model=tiny. Call `/v1/models` to view"), "does not know the model"),
        (Refuses(400, None, "tiny is not a valid model ID"), "does not know the model"),
    ],
)  # fmt: skip
async def test_a_wrong_address_and_an_unknown_model_are_told_apart(reply: Reply, reason: str) -> None:
    async with asking(reply) as asked:
        failure = await asked.brief()
        assert isinstance(failure, Failure)
        assert reason in failure.reason


async def test_the_servers_own_words_are_logged_once_without_any_key(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    error = "Odd <b>thing</b>: key my-own-key-7 or Bearer abc.def or sk-proj-abcdefghijkl or 0123456789abcdef0123456789abcdef"
    async with asking(Refuses(400, None, error), key="my-own-key-7") as asked:
        await asked.brief()
        await asked.brief()
        words = asked.server.state.words
    assert words.startswith("Odd thing : key ••• or ••• or ••• or •••")
    assert caplog.text.count("Odd thing") == 1
    for secret in ("my-own-key", "abc.def", "sk-proj", "0123456789abcdef"):
        assert secret not in caplog.text + words
    assert len(blacked_out("word " * 500)) <= 300


def test_odd_errors_are_looked_at_within_bounds() -> None:
    deep = "[" * 100_000
    assert understood(400, deep, set(), 0) == Refusal("[" * 300)
    nested: Any = "context length"
    for _ in range(20):
        nested = {"a": nested}
    assert understood(400, json.dumps(nested), set(), 0).context is None
    assert understood(413, "", set(), 0).context == 0


def test_a_shape_that_is_no_completion_raises_what_is_expected() -> None:
    for odd in ({"choices": [{"message": {"content": 7}}]}, {}, [], {"choices": [7]}):
        with pytest.raises((TypeError, KeyError, AttributeError)):
            text_of(odd)
    assert usage_of([]) is None
