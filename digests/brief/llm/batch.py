"""Briefs through a server's batch API: it takes its time, up to a day, and charges less for it.

A batch is a file of calls, uploaded; the server works on it, and gives a file of answers. Money
is held for each call when the batch is submitted and settled when its answer is read.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from digests.brief.grounding.check import ground
from digests.brief.llm.budget import Budget, Hold, Usage
from digests.brief.llm.drafts import ROOM, Sources, account, read_brief, shortened, size, usable
from digests.brief.llm.openai_chat import OpenAiSummarizer
from digests.brief.llm.response_parsing import misshapen, said, text_of, usage_of
from digests.model import Brief, BriefRequest, Failure, FailureKind

log = logging.getLogger(__name__)

_PATIENCE = 20.0  # seconds for one step with the server; a batch can wait for the next look
_NOTHING = Usage(0, 0)
_ENDED = frozenset({"completed", "expired", "cancelled", "failed"})
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A batch the server took: its name there, and the money held for each call by its key."""

    name: str
    holds: dict[str, Hold]


@dataclass(frozen=True, slots=True)
class Collected:
    """The answer to one call, and what it cost; ``usage`` None: the server does not say."""

    text: str | Failure
    usage: Usage | None


class BatchWriter:
    """Asks the summarizer's model for many briefs at once; ``budget`` has the prices of batches."""

    def __init__(self, summarizer: OpenAiSummarizer, budget: Budget) -> None:
        self.name = summarizer.name
        self.budget = budget
        self._summarizer = summarizer
        self._server = summarizer.server
        self._sent: dict[str, Any] = {"messages": []}  # a call of the last batch, as the server got it

    async def submit(self, asked: Sequence[tuple[str, BriefRequest]]) -> Submitted | Failure:
        """Hold the money, upload the calls and start the batch. What does not fit under a cap is left out,
        and headlines alone, which are the articles' own."""
        holds: dict[str, Hold] = {}
        lines: list[str] = []
        refusal = Failure(FailureKind.EMPTY, "There was nothing to ask for.")
        for key, request in asked:
            source = _source(request)
            if not source or request.sentences == 0:
                continue
            question = self._summarizer.question(request, source)
            payer = account(request)
            hold = await self.budget.reserve(
                self._server.model,
                self._server.most(question),
                chat_id=payer.chat_id,
                source_id=payer.source_id,
            )
            if isinstance(hold, Failure):
                refusal = hold
                continue
            holds[key] = hold
            self._sent = self._server.body(question)
            lines.append(_line(key, self._sent))
        name = await _safely(lambda: self._start("\n".join(lines))) if lines else refusal
        if isinstance(name, Failure):
            for hold in holds.values():
                await self.budget.release(hold)
            return name
        return Submitted(name, holds)

    async def collect(self, name: str) -> dict[str, Collected] | Failure | None:
        """The answers by their keys when the batch has ended, whole or not; None while it works."""
        return await _safely(lambda: self._collect(name))

    async def cancel(self, name: str) -> None:
        """Its digest has gone out: what is not written yet is not wanted any more."""
        failure = await _safely(lambda: self._server.client.batches.cancel(name))
        if isinstance(failure, Failure):
            log.info("%s: a batch could not be cancelled: %s", self.name, failure.reason)

    def read(self, text: str, request: BriefRequest) -> Brief | Failure:
        """An answer as a brief that has passed the gate."""
        brief = read_brief(text, request, _source(request), self._server.writer)
        if isinstance(brief, Failure):
            return brief
        return ground(brief, request.articles).brief or Failure(FailureKind.MODEL, "Nothing of it stands.")

    async def _start(self, calls: str) -> str:
        client = self._server.client
        file = await client.files.create(file=("briefs.jsonl", calls.encode()), purpose="batch")
        batch = await client.batches.create(
            input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
        )
        return batch.id

    async def _collect(self, name: str) -> dict[str, Collected] | None:
        client = self._server.client
        batch = await client.batches.retrieve(name)
        if batch.status not in _ENDED:
            return None
        found: dict[str, Collected] = {}
        for file in (batch.output_file_id, batch.error_file_id):
            if file:
                content = await client.files.content(file)
                found.update(self._answer(line) for line in content.text.splitlines() if line.strip())
        return found

    def _answer(self, line: str) -> tuple[str, Collected]:
        """One line of the file of answers: its key, and the answer or why there is none.

        What a refusal tells of the server is learnt, so that the next batch is asked as it can answer.
        """
        found: Any = json.loads(line)
        key, response = str(found["custom_id"]), found.get("response") or {}
        status, body = response.get("status_code", 0), response.get("body")
        if status == 200:
            return key, Collected(text_of(body), usage_of(body))
        self._server.learn(self._sent, status, json.dumps(body))
        return key, Collected(Failure(FailureKind.MODEL, said(status, False, "of the batch")), _NOTHING)


def _source(request: BriefRequest) -> Sources:
    source = usable(request)
    return source if size(source) <= ROOM else shortened(source, request)


def _line(key: str, body: dict[str, Any]) -> str:
    call = {"custom_id": key, "method": "POST", "url": "/v1/chat/completions", "body": body}
    return json.dumps(call, ensure_ascii=False)


async def _safely(call: Callable[[], Awaitable[Value]]) -> Value | Failure:
    """What the call gives; whatever the server or the connection does is a ``Failure``."""
    import httpx2
    import openai

    try:
        async with asyncio.timeout(_PATIENCE):
            return await call()
    except TimeoutError:
        return Failure(FailureKind.TIMEOUT, "The model's server did not answer in time.")
    except openai.APIStatusError as error:
        reason = said(error.status_code, error.code == "insufficient_quota", "of the batch")
        return Failure(FailureKind.HTTP_STATUS, reason, error.status_code)
    except (openai.APIConnectionError, httpx2.TransportError):
        return Failure(FailureKind.CONNECT, "The connection to the model's server failed.")
    except misshapen():
        return Failure(FailureKind.MODEL, "The server's answer on a batch can't be read.")
