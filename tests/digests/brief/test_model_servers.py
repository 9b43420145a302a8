"""Every kind of server writes a brief, whole and streamed, is paid by its own count, and is remembered.

Each row of the table of docs/how-to/models.md is imitated here.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from digests.brief.llm.budget import Budget, Caps, MemoryLedger, Price
from digests.brief.llm.model_server import Known, ModelServer
from digests.brief.llm.openai_chat import OpenAiSummarizer
from digests.clock import utc_now
from digests.model import Article, Brief, BriefRequest, Failure
from tests.fakes.model_servers import KINDS, LINES, READ
from tests.fakes.openai_server import OpenAiServer, Reply, openai_server

ARTICLE = Article(source_id=9, title="Bridge opens", sentences=LINES, paragraphs=LINES, language="en")
REQUEST = BriefRequest(articles=(ARTICLE,), chat_id=5)
TABLE = Path(__file__).parents[3] / "docs/how-to/models.md"


@dataclass
class Asked:
    fake: OpenAiServer
    server: ModelServer
    ledger: MemoryLedger
    slept: list[float]

    async def brief(self, seconds: float | None = None) -> Brief | Failure:
        until = None if seconds is None else utc_now() + timedelta(seconds=seconds)
        return await OpenAiSummarizer(self.server, together=False).brief(REQUEST, until)

    async def paid(self) -> tuple[int, int]:
        """Tokens in and out, and money, at a millionth each."""
        spends = await self.ledger.spends("")
        return sum(s.input_tokens + s.output_tokens for s in spends), sum(s.cost for s in spends)


@asynccontextmanager
async def asking(*script: Reply, known: Known | None = None, **options: Any) -> AsyncIterator[Asked]:
    async with openai_server(script=list(script)) as fake:
        ledger = MemoryLedger()
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        budget = Budget({"tiny": Price(Decimal(1), Decimal(1))}, Caps(), ledger, utc_now)
        server = ModelServer(
            model="tiny", budget=budget, clock=utc_now, base_url=fake.base_url, known=known or Known(),
            sleep=sleep, **options,
        )  # fmt: skip
        try:
            yield Asked(fake, server, ledger, slept)
        finally:
            await server.close()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", KINDS)
async def test_a_kind_of_server_writes_a_brief_and_is_paid_by_its_count(name: str, stream: bool) -> None:
    row = KINDS[name]
    async with asking(row.kind, known=Known(stream=stream)) as asked:
        for calls in (row.calls[stream], row.calls[stream] + 1):  # what it lacks is asked for once
            brief = await asked.brief()
            assert isinstance(brief, Brief), brief
            assert [s.text for s in brief.sentences] == [LINES[0], "It cost 14 million euros."]
            assert brief.headline == "Council opens new bridge"
            assert len(asked.fake.requests) == calls
        tokens, cost = await asked.paid()
        if row.told_streamed or not stream:
            assert tokens == cost == 2 * (READ + row.written)
        else:
            assert cost > 2 * (READ + row.written)  # all that was held
        assert asked.server.state.resting is None


def test_the_documents_table_has_these_kinds() -> None:
    named = re.findall(r"^\| \*\*(.+?)\*\* \|", TABLE.read_text(encoding="utf-8"), re.M)
    assert sorted(named) == sorted(KINDS)
