"""Answers that come piece by piece: whole ones are read and paid like any other, cut ones count for nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from digests.brief.llm.budget import Budget, Caps, MemoryLedger, Price
from digests.brief.llm.model_server import Known, ModelServer
from digests.brief.llm.openai_chat import OpenAiSummarizer
from digests.clock import utc_now
from digests.model import Article, Brief, BriefRequest, Failure, FailureKind
from tests.fakes.openai_server import Cut, Ends, OpenAiServer, Raw, Reply, Says, answer, openai_server

pytestmark = pytest.mark.slow

LINES = ("The council opened the new bridge on Monday.", "It cost 14 million euros and took two years.")
ARTICLE = Article(source_id=9, title="Bridge opens", sentences=LINES, paragraphs=LINES, language="en")
REQUEST = BriefRequest(articles=(ARTICLE,), chat_id=5)
GOOD = answer("Bridge opens", (LINES[0], [1]))
BEGUN = b'data: {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "tiny", "choices": []}'


async def asked(server: OpenAiServer, attempts: int = 1) -> tuple[Brief | Failure, int, MemoryLedger]:
    """A brief from the server, how many calls it took, and what was paid."""
    ledger = MemoryLedger()
    budget = Budget({"tiny": Price(Decimal(1), Decimal(1))}, Caps(), ledger, utc_now)
    model = ModelServer(
        model="tiny",
        budget=budget,
        clock=utc_now,
        base_url=server.base_url,
        known=Known(stream=True),
        attempts=attempts,
    )
    try:
        return await OpenAiSummarizer(model).brief(REQUEST, None), len(server.requests), ledger
    finally:
        await model.close()


async def spent(ledger: MemoryLedger) -> int:
    return sum(one.cost for one in await ledger.spends(f"{utc_now():%Y-%m}"))


async def test_the_pieces_are_the_answer_and_are_paid_by_the_servers_count() -> None:
    async with openai_server(script=[GOOD]) as server:
        found, calls, ledger = await asked(server)
        assert isinstance(found, Brief)
        assert found.headline == "Bridge opens"
        assert (calls, server.requests[0]["stream"]) == (1, True)
        assert await spent(ledger) == server.charged > 0


@pytest.mark.parametrize(
    "reply",
    [
        Ends(GOOD, 3),  # a stream that just ends
        Ends(GOOD, 0),
        Cut(BEGUN + b"\n\n"),  # the connection breaks
        Cut(BEGUN[:40]),
    ],
)
async def test_an_answer_that_breaks_off_is_none_and_costs_what_was_held(reply: Reply) -> None:
    async with openai_server(script=[reply]) as server:
        found, _, ledger = await asked(server)
        assert isinstance(found, Failure)
        assert found.kind is FailureKind.CONNECT
        assert await spent(ledger) > 100


async def test_after_a_cut_it_is_asked_once_more() -> None:
    async with openai_server(script=[Ends(GOOD, 3), GOOD]) as server:
        found, calls, _ = await asked(server, attempts=2)
        assert isinstance(found, Brief)
        assert calls == 2


async def test_a_refusal_and_a_cut_by_length_are_told_apart() -> None:
    async with openai_server(script=[Says(None, refusal="I won't")]) as server:
        found, _, _ = await asked(server)
        assert isinstance(found, Failure)
        assert found.kind is FailureKind.UNSUPPORTED
    async with openai_server(script=[Says(GOOD.content, finish="length")]) as server:
        found, _, _ = await asked(server)
        assert isinstance(found, Failure)
        assert "cut off" in found.reason


async def test_a_server_that_can_not_is_asked_for_the_whole() -> None:
    async with openai_server(script=[GOOD], streams=False) as server:
        found, calls, _ = await asked(server)
        assert isinstance(found, Brief)
        assert calls == 3
        assert "stream_options" not in server.requests[1]
        assert "stream" not in server.requests[2]


async def test_an_answer_without_end_is_not_read_to_the_end() -> None:
    piece = b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"t","choices":[]}\n\n'
    async with openai_server(script=[Raw(piece * 120_000, content_type="text/event-stream")]) as server:
        found, _, _ = await asked(server)
        assert isinstance(found, Failure)
        assert found.kind is FailureKind.TOO_LARGE
