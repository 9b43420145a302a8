"""The chain's models one after the other: for notes, interest, translations and answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from decimal import Decimal

import pytest

from digests.brief.llm.budget import Budget, Caps, MemoryLedger, Price
from digests.brief.llm.model_server import ModelServer, Question
from digests.brief.llm.models import Models
from digests.brief.llm.prompt import Prompts
from digests.brief.llm.transport import Breaker
from digests.brief.llm.writer import Writer
from digests.clock import utc_now
from digests.model import Failure, FailureKind
from tests.fakes.openai_server import OpenAiServer, Refuses, Reply, Says, openai_server

Make = Callable[..., ModelServer]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    async with AsyncExitStack() as stack:

        def model(server: OpenAiServer, name: str, *, cap: int | None = None) -> ModelServer:
            budget = Budget({name: Price(Decimal(1), Decimal(1))}, Caps(daily=cap), MemoryLedger(), utc_now)
            made = ModelServer(
                model=name, budget=budget, clock=utc_now, base_url=server.base_url, breaker=Breaker(limit=9)
            )
            stack.push_async_callback(made.close)
            return made

        yield model


def wants(answer: str) -> Callable[[Writer], Question[tuple[str, str]]]:
    """A question that takes this answer alone, and says which model gave it."""

    def question(writer: Writer) -> Question[tuple[str, str]]:
        return Question(
            lambda schema, again: [{"role": "user", "content": "Well?"}],
            lambda text: (
                (writer.name, text) if text == answer else Failure(FailureKind.MODEL, f"Not “{text}”.")
            ),
            output_tokens=10,
        )

    return question


@pytest.mark.parametrize("first", [Refuses(400), Refuses(404, "model_not_found"), Says("no"), Says("")])
async def test_where_one_fails_the_next_is_asked(make: Make, first: Reply) -> None:
    async with openai_server(script=[first]) as bad, openai_server(script=[Says("yes")]) as good:
        models = Models((make(bad, "big"), make(good, "small")))
        until = utc_now() + timedelta(seconds=5)
        assert await models.ask(wants("yes"), until) == ("openai:small", "yes")
        assert bad.requests
        assert len(good.requests) == 1


async def test_the_first_answer_is_enough(make: Make) -> None:
    async with openai_server(script=[Says("yes")]) as server, openai_server() as other:
        models = Models((make(server, "big"), make(other, "small")))
        assert await models.ask(wants("yes"), None) == ("openai:big", "yes")
        assert other.requests == []


async def test_past_the_cap_a_cheaper_one_is_asked(make: Make) -> None:
    async with openai_server(script=[Says("yes")]) as server:
        models = Models((make(server, "big", cap=1), make(server, "small")))
        assert await models.ask(wants("yes"), None) == ("openai:small", "yes")
        assert [request["model"] for request in server.requests] == ["small"]


async def test_one_that_hangs_leaves_the_next_its_time(make: Make) -> None:
    async with (
        openai_server(script=[Says("yes", delay=30)]) as bad,
        openai_server(script=[Says("yes")]) as good,
    ):
        models = Models((make(bad, "big"), make(good, "small")))
        began = time.perf_counter()
        assert await models.ask(wants("yes"), utc_now() + timedelta(seconds=1)) == ("openai:small", "yes")
        assert 0.5 < time.perf_counter() - began < 1


async def test_when_all_fail_the_last_says_why_and_in_time(make: Make) -> None:
    async with openai_server(script=[Says("yes", delay=30)]) as bad:
        models = Models(tuple(make(bad, name) for name in ("big", "small", "tiny")))
        began = time.perf_counter()
        async with asyncio.timeout(3):
            failure = await models.ask(wants("yes"), utc_now() + timedelta(seconds=1.5))
        assert isinstance(failure, Failure)
        assert failure.kind is FailureKind.TIMEOUT
        assert time.perf_counter() - began < 2.5
        assert len(bad.requests) == 3


async def test_what_cannot_be_asked_asks_nobody(make: Make) -> None:
    empty = Failure(FailureKind.EMPTY, "Nothing bears on it.")
    async with openai_server() as server:
        models = Models((make(server, "big"), make(server, "small")))
        assert await models.ask(lambda _: empty, None) is empty
        assert server.requests == []
    none = await Models().ask(lambda _: empty, None)
    assert isinstance(none, Failure)
    assert none.kind is FailureKind.MODEL
    assert not Models()


async def test_an_answer_is_remembered_by_models_and_text(make: Make) -> None:
    prompts = Prompts()
    async with openai_server() as server:
        one, two = make(server, "big"), make(server, "small")
        names = {
            models.remembered_by(kind)
            for models in (Models((one,)), Models((one, two)), Models((two, one)))
            for kind in (prompts.note, prompts.ask)
        }
        assert len(names) == 6
        assert Models((one,)).remembered_by(prompts.note) == f"{prompts.note.print}+openai:big/big"
