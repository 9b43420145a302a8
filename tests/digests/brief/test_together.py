"""Short stories in one call, long ones shortened or split, and whose money it is."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from digests.brief.llm.batching import SMALL
from digests.brief.llm.budget import Budget, Caps, MemoryLedger, Price
from digests.brief.llm.drafts import ROOM, pieces, shortened, size, usable
from digests.brief.llm.model_server import ModelServer, parts
from digests.brief.llm.openai_chat import OpenAiSummarizer
from digests.clock import utc_now
from digests.model import Article, Brief, BriefRequest, Failure, FailureKind, Usage
from tests.fakes.openai_server import OpenAiServer, Refuses, Reply, Says, answer, faithful, openai_server

TOWNS = ("Arden", "Bolton", "Corby", "Dover", "Epsom", "Fulham", "Garth", "Hythe")


def story(number: int, chat: int = 5, language: str = "en") -> BriefRequest:
    line = f"The council of {TOWNS[number]} opened the new bridge on Monday."
    if language == "de":
        line = f"Der Rat von {TOWNS[number]} hat die neue Brücke am Montag eröffnet."
    article = Article(
        source_id=number + 1, title=f"Bridge {number} opens", sentences=(line,), language=language
    )
    return BriefRequest(articles=(article,), chat_id=chat)


@asynccontextmanager
async def writer(
    obey: Callable[[str], Reply] = faithful, *, caps: Caps | None = None, price: int = 1, **options: Any
) -> AsyncIterator[tuple[OpenAiSummarizer, OpenAiServer, MemoryLedger]]:
    async with openai_server(obey=obey, **options.pop("server", {})) as server:
        ledger = MemoryLedger()
        budget = Budget({"tiny": Price(Decimal(price), Decimal(price))}, caps or Caps(), ledger, utc_now)
        model = ModelServer(model="tiny", budget=budget, clock=utc_now, base_url=server.base_url)
        try:
            yield OpenAiSummarizer(model, **options), server, ledger
        finally:
            await model.close()


async def all_of(summarizer: OpenAiSummarizer, *requests: BriefRequest) -> list[Brief | Failure]:
    deadline = utc_now() + timedelta(seconds=20)
    return await asyncio.gather(*(summarizer.brief(request, deadline) for request in requests))


def texts(briefs: list[Brief | Failure]) -> list[str]:
    return [brief.text if isinstance(brief, Brief) else brief.reason for brief in briefs]


@pytest.mark.parametrize("schemas", [True, False])
async def test_short_stories_go_together_and_each_source_pays_its_part(schemas: bool) -> None:
    requests = [story(n) for n in range(4)]

    def lines(prompt: str) -> Says:
        """The same in plain lines, for a server that knows no schema."""
        told = json.loads(faithful(prompt).content or "")["stories"]
        each = (
            f"STORY {t['story']}\n- {t['sentences'][0]['text']} {t['sentences'][0]['cites']}" for t in told
        )
        return Says("\n".join(each))

    async with writer(faithful if schemas else lines, server={"schemas": schemas}) as (
        summarizer,
        server,
        ledger,
    ):
        briefs = await all_of(summarizer, *requests)
        assert texts(briefs) == [r.articles[0].sentences[0] for r in requests]
        assert all(isinstance(b, Brief) and b.sentences[0].support == (0,) for b in briefs)
        assert len(server.requests) == (1 if schemas else 2)
        spends = await ledger.spends("")
        assert {s.source_id for s in spends} == {1, 2, 3, 4}
        cost = sum(s.cost for s in spends)
        assert server.charged <= cost <= server.charged + 4


async def test_eight_stories_cost_less_together_than_alone() -> None:
    spent = []
    for together in (True, False):
        async with writer(together=together) as (summarizer, server, _):
            briefs = await all_of(summarizer, *(story(n) for n in range(8)))
            assert all(isinstance(brief, Brief) for brief in briefs)
            spent.append(server.charged)
    assert spent[0] < spent[1] / 2


async def test_chats_languages_and_long_stories_are_not_mixed() -> None:
    long = BriefRequest(
        articles=(Article(title="Long", language="en", sentences=("The bridge opened. " + "x" * SMALL,)),),
        words=2000,
    )
    async with writer() as (summarizer, server, _):
        await all_of(summarizer, story(0), story(1), story(2, chat=6), story(3, language="de"), long)
        assert sorted("Story 2:" in r["messages"][1]["content"] for r in server.requests) == [False] * 3 + [
            True
        ]


async def test_a_story_that_is_left_out_or_wrong_is_asked_for_alone() -> None:
    def careless(prompt: str) -> Says:
        good = faithful(prompt)
        if "Story 2:" not in prompt:
            return good
        said = json.loads(good.content or "")
        said["stories"][1]["sentences"][0]["text"] = "The council of Zorblatt opened the bridge."
        del said["stories"][2]
        return Says(json.dumps(said))

    async with writer(careless) as (summarizer, server, _):
        requests = [story(n) for n in range(3)]
        assert texts(await all_of(summarizer, *requests)) == [r.articles[0].sentences[0] for r in requests]
        assert len(server.requests) == 3


async def test_one_story_cannot_cite_another_ones_sentences() -> None:
    def mixed(prompt: str) -> Says:
        said = json.loads(faithful(prompt).content or "")
        if "stories" in said:
            first, second = said["stories"]
            first["sentences"], second["sentences"] = second["sentences"], first["sentences"]
        return Says(json.dumps(said))

    async with writer(mixed) as (summarizer, server, _):
        requests = [story(0), story(1)]
        assert texts(await all_of(summarizer, *requests)) == [r.articles[0].sentences[0] for r in requests]
        assert len(server.requests) == 4  # twice together, then each alone


async def test_a_dead_server_is_not_asked_for_each_story_once_more() -> None:
    async with writer(lambda prompt: Refuses(500)) as (summarizer, server, _):
        briefs = await all_of(summarizer, *(story(n) for n in range(6)))
        assert {b.kind for b in briefs if isinstance(b, Failure)} == {FailureKind.HTTP_STATUS}
        assert len(server.requests) == 2


async def test_a_cap_that_all_together_would_break_lets_some_through() -> None:
    async with writer(caps=Caps(daily=4_500)) as (summarizer, server, ledger):
        briefs = await all_of(summarizer, *(story(n) for n in range(6)))
        assert any(isinstance(brief, Brief) for brief in briefs)
        assert all(b.kind is FailureKind.BUDGET for b in briefs if isinstance(b, Failure))
        assert sum(s.cost + s.held for s in await ledger.spends("")) <= 4_500
        assert server.requests


async def test_who_no_longer_waits_is_not_asked_for() -> None:
    async with writer() as (summarizer, server, _):
        tasks = [asyncio.create_task(summarizer.brief(story(n), None)) for n in range(2)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        assert isinstance(await tasks[1], Brief)
        assert TOWNS[0] not in server.requests[0]["messages"][1]["content"]
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]


async def test_who_leaves_during_the_call_leaves_the_others_their_answer() -> None:
    async with openai_server(script=[Says("x", delay=0.3)]) as server:
        budget = Budget({"tiny": Price(Decimal(0), Decimal(0))}, Caps(), MemoryLedger(), utc_now)
        model = ModelServer(model="tiny", budget=budget, clock=utc_now, base_url=server.base_url)
        together = OpenAiSummarizer(model)
        tasks = [asyncio.create_task(together.brief(story(n), None)) for n in range(2)]
        await server.asked.wait()
        tasks[0].cancel()
        assert isinstance(await tasks[1], Failure)
        await asyncio.gather(*tasks, return_exceptions=True)
        await model.close()


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_parts_sum_to_the_whole(count: int) -> None:
    split = parts(Usage(100, 31), count)
    assert (sum(p.input_tokens for p in split), sum(p.output_tokens for p in split)) == (100, 31)
    assert max(p.input_tokens for p in split) - min(p.input_tokens for p in split) <= 1


# ------------------------------------------------------------ long articles

FILLER = "Someone said that the weather was quite nice and that they would like to see it again soon."
NEWS = "Mayor Ana Ruiz resigned on Monday after 14 years in office, the council of Arden said."


def long_request(sentences: int = 300, news_at: int = 250) -> BriefRequest:
    lines = [f"{FILLER[:-1]} {n}." for n in range(sentences)]
    lines[news_at] = NEWS
    article = Article(title="Mayor of Arden resigns after 14 years", language="en", sentences=tuple(lines))
    return BriefRequest(articles=(article,), chat_id=5)


def test_a_long_article_is_shortened_to_its_best() -> None:
    request = long_request()
    source = usable(request)
    assert size(source) > ROOM
    short = shortened(source, request)
    assert size(short) <= ROOM
    assert NEWS in [sentence.text for sentence in short]
    assert [source.index(s) for s in short] == sorted(source.index(s) for s in short)
    assert short[0] == source[0]


@pytest.mark.slow
def test_pieces_keep_every_sentence_in_order() -> None:
    source = usable(long_request())
    split = pieces(source)
    assert tuple(sentence for piece in split for sentence in piece) == source
    assert all(size(piece) <= ROOM for piece in split)
    assert pieces(usable(long_request(4000))) == ()


@pytest.mark.slow
async def test_what_costs_nothing_reads_everything_and_what_costs_reads_the_best() -> None:
    def finds_the_news(prompt: str) -> Says:
        match = re.search(r"^\[(\d+)\] (Mayor Ana Ruiz.+)$", prompt, re.M)
        return answer("", (match[2], [int(match[1])])) if match else faithful(prompt)

    for price, split_cost, calls in ((0, 0, 3), (1, 0, 1), (1, 200_000, 3)):
        async with writer(finds_the_news, price=price, split_cost=split_cost) as (summarizer, server, _):
            brief = await summarizer.brief(long_request(), None)
            assert isinstance(brief, Brief)
            assert brief.text == NEWS
            assert len(server.requests) == calls
            assert all(len(r["messages"][1]["content"]) < ROOM * 1.2 for r in server.requests)


async def test_a_piece_without_an_answer_leaves_the_shortened_article() -> None:
    async with writer(lambda prompt: Says("no"), price=0) as (summarizer, server, _):
        result = await summarizer.brief(long_request(), None)
        assert isinstance(result, Failure)
        assert NEWS in server.requests[-1]["messages"][1]["content"]
