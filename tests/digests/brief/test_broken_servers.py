"""Servers that answer with too much, too deep or too odd a thing: no memory, no time, no wrong entry in the books."""

from __future__ import annotations

import asyncio
import json
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from digests.brief.extras.interest import score_question
from digests.brief.extras.speech import Narrator
from digests.brief.extras.translate import translation_question
from digests.brief.grounding.check import ground
from digests.brief.llm import size_limit as bounded
from digests.brief.llm.budget import Budget, Caps, MemoryLedger, Price
from digests.brief.llm.model_server import ModelServer, Question
from digests.brief.llm.openai_chat import OpenAiSummarizer
from digests.brief.llm.prompt import newest
from digests.brief.llm.replies import read_draft
from digests.brief.llm.response_parsing import text_of, usage_of
from digests.clock import utc_now
from digests.model import (
    Article,
    Brief,
    BriefRequest,
    BriefSentence,
    Failure,
    FailureKind,
    SourceSentence,
    Usage,
)
from tests.fakes.openai_server import Raw, Says, answer, openai_server

LINES = ("The council opened the new bridge on Monday.", "It cost 14 million euros and took two years.")
ARTICLE = Article(source_id=9, title="Bridge opens", sentences=LINES, paragraphs=LINES, language="en")
REQUEST = BriefRequest(articles=(ARTICLE,), chat_id=5)
Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]


def _server(base_url: str, ledger: MemoryLedger | None = None) -> ModelServer:
    budget = Budget({"tiny": Price(Decimal(1), Decimal(1))}, Caps(), ledger or MemoryLedger(), utc_now)
    return ModelServer(model="tiny", budget=budget, clock=utc_now, base_url=base_url, attempts=1)


@asynccontextmanager
async def _raw_server(answering: Answering) -> AsyncIterator[str]:
    """A server that takes a request and then answers as it likes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answering(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{")
    while True:
        writer.write(b" " * 262_144)
        await writer.drain()


async def _hundred_megabytes(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000002\r\n\r\n{")
    for _ in range(400):
        writer.write(b" " * 250_000)
        await writer.drain()
    writer.write(b"}")


async def _packed(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n")
    packer = zlib.compressobj(1, wbits=31)
    for _ in range(50):
        writer.write(packer.compress(b" " * 1_000_000))
        await writer.drain()
    writer.write(packer.flush())


@pytest.mark.parametrize("answering", [_endless, _hundred_megabytes, _packed])
@pytest.mark.slow
async def test_an_answer_without_end_is_left_early_and_fills_no_memory(answering: Answering) -> None:
    ledger = MemoryLedger()
    async with _raw_server(answering) as url:
        server = _server(url, ledger)
        tracemalloc.start()
        began = time.perf_counter()
        answered = await OpenAiSummarizer(server).brief(REQUEST, utc_now() + timedelta(seconds=25))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        await server.close()
    assert isinstance(answered, Failure)
    assert answered.kind is FailureKind.TOO_LARGE
    assert most < 3 * bounded.LONGEST
    assert time.perf_counter() - began < 15
    (spend,) = await ledger.spends("")
    assert spend.cost > 0  # it may have been charged
    assert spend.held == 0


async def test_a_recording_or_a_list_of_models_has_the_same_bound() -> None:
    async with _raw_server(_endless) as url:
        server = _server(url)
        assert isinstance(await server.listed(20), Failure)
        assert isinstance(await Narrator(server, voice="alloy").speak("Hello.", chat_id=None), Failure)
        await server.close()


DEEP = b'{"choices": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"


async def test_an_answer_nested_too_deep_is_no_completion() -> None:
    async with openai_server(script=[Raw(DEEP)]) as running:
        server = _server(running.base_url)
        answered = await OpenAiSummarizer(server).brief(REQUEST, None)
        await server.close()
    assert answered == Failure(FailureKind.CONNECT, "The server's answer is no chat completion.")


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": "12", "completion_tokens": "3"},
        {"prompt_tokens": True, "completion_tokens": True},
        {"prompt_tokens": -5, "completion_tokens": 3},
        {"prompt_tokens": 5, "completion_tokens": -3},
        {"prompt_tokens": 0, "completion_tokens": 0},
        {"prompt_tokens": 10**30, "completion_tokens": 1},
        {"prompt_tokens": 1, "completion_tokens": 10**30},
        {"prompt_tokens": 1.5, "completion_tokens": 1},
        {"prompt_tokens": None},
        {},
        None,
        7,
        [1, 2],
    ],
)
async def test_a_count_that_no_call_can_have_costs_what_was_held(usage: Any) -> None:
    said = json.loads(answer("", (LINES[0], [1])).content or "")
    message = {"role": "assistant", "content": json.dumps(said)}
    body = {"id": "1", "choices": [{"index": 0, "finish_reason": "stop", "message": message}], "usage": usage}
    ledger = MemoryLedger()
    async with openai_server(script=[Raw(json.dumps(body).encode())]) as running:
        server = _server(running.base_url, ledger)
        model = OpenAiSummarizer(server, together=False)
        assert isinstance(await model.brief(REQUEST, None), Brief)
        held = server.most_cost(model.question(REQUEST, tuple(SourceSentence(line, 0) for line in LINES)))
        await server.close()
    (spend,) = await ledger.spends("")
    assert (spend.cost, spend.held, spend.input_tokens) == (held, 0, 0)


@pytest.mark.parametrize(("read", "written"), [(1, 0), (10_000_000, 10_000_000), (1, 10_000_000)])
def test_a_count_that_a_call_can_have_is_taken(read: int, written: int) -> None:
    usage = {"prompt_tokens": read, "completion_tokens": written}
    assert usage_of({"usage": usage}) == Usage(read, written)


@pytest.mark.parametrize(("read", "written"), [(0, 1), (10_000_001, 0), (1, 10_000_001), (1, -1)])
def test_the_next_count_is_not(read: int, written: int) -> None:
    usage = {"prompt_tokens": read, "completion_tokens": written}
    assert usage_of({"usage": usage}) is None


def test_a_text_longer_than_any_answer_is_not_read() -> None:
    def said(length: int) -> str | Failure:
        message = {"content": "a" * length, "refusal": None}
        return text_of({"choices": [{"message": message, "finish_reason": "stop"}]})

    assert said(100_000) == "a" * 100_000
    assert isinstance(said(100_001), Failure)


@pytest.mark.parametrize(
    "text",
    [
        "score:" + "- a " * 25_000,
        "- " * 40_000 + "score" + " " * 20_000,
        "- [1" + " " * 99_000,
        "\n".join(["- [1" + " " * 450] * 200),
        "story" + " " * 99_000,
        '{"headline": "a", "sentences": [{"text": "[1' + " " * 99_000 + '", "cites": [1]}]}',
        '{"headline": "' + " " * 99_000 + '", "sentences": []}',
        "{" * 100_000,
        '{"a":' * 20_000,
        "1" + " " * 99_000 + ":",
    ],
)
def test_no_answer_takes_long_to_read(text: str) -> None:
    began = time.process_time()
    read_draft(text)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("score", "read"),
    [("NaN", None), ("Infinity", 10.0), ("-Infinity", 0.0), ("1" + "0" * 400, None), ("1e999", 10.0),
     ("-3", 0.0), ("null", None), ('"high"', None), ("[5]", None), ('"١"', 1.0)],
)  # fmt: skip
def test_scores_as_no_schema_has_them(score: str, read: float | None) -> None:
    draft = read_draft('{"headline": "Head", "sentences": [], "score": ' + score + "}")
    assert draft is not None
    assert draft.score == read


def _asked(question: Question[Any] | Failure, said: str) -> Any:
    assert isinstance(question, Question)
    return question.read(said)


@pytest.mark.parametrize(
    ("rows", "scores"),
    [
        ('[{"story": 1, "score": 1' + "0" * 400 + "}]", {0: 10.0}),
        ('[{"story": 1, "score": NaN}, {"story": 2, "score": 3}]', {1: 3.0}),
        ('[{"story": -1, "score": 3}, {"story": 3, "score": 3}, {"story": 2, "score": -1e400}]', {1: 0.0}),
        ('[{"story": "1", "score": 3}, {"story": [1], "score": 3}, {"story": 2, "score": "3"}, 5]', None),
    ],
)
def test_an_interests_scores_as_no_schema_has_them(rows: str, scores: dict[int, float] | None) -> None:
    question = score_question("bridges", [ARTICLE, ARTICLE], None, newest("interest"))
    read = _asked(question, '{"scores": ' + rows + "}")
    assert read == scores if scores is not None else isinstance(read, Failure)


def test_half_a_character_passes_no_gate_and_no_translation() -> None:
    """JSON can write the half of a pair, which no database or network takes."""
    broken = Brief(
        headline="Bridge \ud83d opens",
        sentences=(BriefSentence(LINES[0] + " \udc00", (0,)), BriefSentence(LINES[1], (1,))),
        source_sentences=tuple(SourceSentence(line, 0) for line in LINES),
        language="en",
    )
    left = ground(broken, (ARTICLE,)).brief
    assert left is not None
    assert (left.headline, left.text) == ("Bridge opens", LINES[1])
    question = translation_question(left, "de", None, newest("translate"))
    said = {"texts": ["Die Brücke öffnet \ud83d", "Sie kostete 14 Millionen Euro und dauerte zwei Jahre."]}
    assert isinstance(_asked(question, json.dumps(said)), Failure)


async def test_braces_in_an_article_are_text() -> None:
    odd = "The council {source} opened {0} the {system.__class__} new {{bridge}} on Monday {."
    article = Article(source_id=9, title="{title}", sentences=(odd,), paragraphs=(odd,), language="en")
    async with openai_server(script=[answer("{title}", (odd, [1]))]) as running:
        server = _server(running.base_url)
        answered = await OpenAiSummarizer(server).brief(BriefRequest(articles=(article,)), None)
        await server.close()
    assert isinstance(answered, Brief)
    assert answered.text == odd
    assert odd in running.requests[0]["messages"][1]["content"]


HOSTILE = [
    "<b>politics</b>",
    "@everyone",
    "https://evil.example",
    "Politics\n\nClick here",
    7,
    None,
    ["x"],
    "#Sports",
]


@pytest.mark.parametrize(
    "headline",
    ["Council opens bridge https://evil.example", "@everyone Council opens bridge", "[Bridge](http://evil.example)",
     "Council opens bridge evil.example/win", "<a href='//evil.example'>Bridge</a>"],
)  # fmt: skip
async def test_links_in_headlines_topics_and_odd_citations_do_not_get_through(headline: str) -> None:
    body = {
        "headline": headline,
        "sentences": [
            {"text": "The council opened the new bridge on Monday.", "cites": [1, -1, 0, 99, True, 1e300]},
            {"text": "It cost 14 million euros.", "cites": [99]},
            {"text": "It took two years.", "cites": [-2]},
            {"text": "It cost 14 million euros and took two years.", "cites": [True]},
        ],
        "topics": HOSTILE,
        "score": 3,
    }
    async with openai_server(script=[Says(json.dumps(body))]) as running:
        server = _server(running.base_url)
        answered = await OpenAiSummarizer(server).brief(REQUEST, None)
        await server.close()
    assert isinstance(answered, Brief)
    left = ground(answered, (ARTICLE,)).brief
    assert left is not None
    assert left.headline == "Bridge opens"
    assert left.text == LINES[0]
    assert set(left.topics) <= {"politics", "sports"}


async def test_who_asks_for_the_models_learns_why_there_are_none() -> None:
    async with openai_server(key="sk-right", script=[]) as running:
        server = _server(running.base_url)
        refused = await server.listed(5)
        server.client.api_key = "sk-right"
        assert await server.listed(5) == {"gpt-5-mini"}
        await server.close()
    assert refused == Failure(FailureKind.HTTP_STATUS, "The model's server does not accept the key.", 401)
    away = _server("http://127.0.0.1:9/v1")
    assert await away.listed(5) == Failure(FailureKind.CONNECT, "The model's server does not answer.")
    await away.close()

    async def no_list(writer: asyncio.StreamWriter) -> None:
        writer.write(
            b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"data": [7]}'
        )
        await writer.drain()

    async with _raw_server(no_list) as url:
        server = _server(url)
        told = await server.listed(5)
        await server.close()
    assert isinstance(told, Failure)
