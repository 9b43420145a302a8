"""One chat model on one OpenAI-compatible server: every call to it is made, paid and judged here.

A question brings its own messages and its own reader; this file brings the rest: money reserved
before a call and settled after it, the few calls more that make sense, the breaker. Whatever the
server does comes back as a ``Failure``; the key stands in none of them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Generic, TypeVar

import openai
from openai import AsyncOpenAI

from digests.brief.llm.breaker import Breaker
from digests.brief.llm.budget import Budget, Hold, Usage
from digests.brief.llm.prompt import Messages
from digests.brief.llm.response_parsing import MISSHAPEN, PASSING, asked_wait, said, text_of, usage_of
from digests.brief.llm.size_limit import TooMuchError, bounded_client
from digests.brief.llm.streamed import whole
from digests.clock import Clock
from digests.model import Failure, FailureKind

PER_CALL = timedelta(seconds=30)
_MESSAGE_TOKENS = 64  # what a server may add to each message
_FIRST_WAIT = timedelta(seconds=1)
_NEVER_SENT = frozenset({"ConnectError", "ConnectTimeout"})  # the client's errors before a byte went out
_NOTHING = Usage(0, 0)
_NO_TIME = Failure(FailureKind.TIMEOUT, "There was no time left to ask the model.")
_LEFT_ALONE = Failure(FailureKind.MODEL, "The model's server keeps failing and is left alone for now.")

Sleep = Callable[[float], Awaitable[None]]
Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a call is for. A call for several is paid by them in equal parts."""

    chat_id: int | None = None
    source_id: int = 0


@dataclass(frozen=True, slots=True)
class Question(Generic[Answer_co]):
    """``messages`` takes whether a schema goes along, and what was wrong with the last answer ("": nothing).

    ``read`` gives the answer, or a ``Failure`` whose reason the model is told when it is asked
    once more. ``schema`` is OpenAI's ``json_schema`` object; None asks for plain text.
    """

    messages: Callable[[bool, str], Messages]
    read: Callable[[str], Answer_co | Failure]
    schema: dict[str, Any] | None = None
    output_tokens: int = 800
    accounts: tuple[Account, ...] = (Account(),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """How a model does: until when it is left alone, and what its last failure was."""

    name: str
    resting: datetime | None = None
    reason: str = ""
    failed: datetime | None = None


class _Next(Enum):
    GIVE_UP = 1
    WAIT = 2  # the same call may work in a while
    ASK_AGAIN = 3  # the answer was no good: say why
    OTHER_WAY = 4  # the server lacks a feature: leave it out


@dataclass(frozen=True, slots=True)
class _Fault:
    """A call without an answer that can be used. ``dead``: the server's fault, so the breaker counts it."""

    failure: Failure
    next: _Next
    dead: bool = False


class ModelServer:
    """Asks one model. One object for many calls at once.

    ``base_url`` None is OpenAI's own. ``key`` may be empty for servers that ask for none.
    ``protocol``: "schema" asks for JSON by schema, "text" for plain lines, "auto" begins with the
    first and remembers when the server does not know it. ``stream`` takes answers piece by piece, for a
    proxy that cuts silent connections; a server that can't is asked for whole ones from then on.
    The client's own retries are off: this class makes at most ``attempts`` calls for a question,
    each within ``per_call``.
    """

    def __init__(
        self,
        *,
        model: str,
        budget: Budget,
        clock: Clock,
        key: str = "",
        base_url: str | None = None,
        name: str | None = None,
        protocol: str = "auto",
        stream: bool = False,
        attempts: int = 2,
        per_call: timedelta = PER_CALL,
        breaker: Breaker | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.name = name or f"openai:{model}"
        self.model = model
        self.budget = budget
        self.client = AsyncOpenAI(
            api_key=key or "none", base_url=base_url, max_retries=0, http_client=bounded_client()
        )
        self._clock = clock
        self._schema = protocol != "text"
        self._fixed = protocol != "auto"
        self._stream = stream
        self._limit_name = "max_tokens"
        self._attempts = attempts
        self._per_call = per_call
        self._breaker = breaker or Breaker()
        self._sleep = sleep
        self._state = ServerState(name=self.name)

    def __repr__(self) -> str:
        return f"ModelServer({self.name!r})"

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()

    async def listed(self, seconds: float) -> frozenset[str] | Failure:
        """The models the server says it has. Costs nothing."""
        try:
            async with asyncio.timeout(seconds):
                return frozenset([model.id async for model in self.client.models.list()])
        except openai.APIStatusError as error:
            status = error.status_code
            return Failure(FailureKind.HTTP_STATUS, said(status, False, self.model), status)
        except (TimeoutError, openai.APIConnectionError):
            return Failure(FailureKind.CONNECT, "The model's server does not answer.")
        except MISSHAPEN:
            return Failure(FailureKind.MODEL, "The server's answer is no list of models.")

    @property
    def state(self) -> ServerState:
        """For the people in charge."""
        until = self._breaker.until
        return replace(self._state, resting=until if until is not None and until > self._clock() else None)

    def share_of(self, deadline: datetime | None, share: float) -> datetime | None:
        """The moment when that share (0 to 1) of the time up to the deadline is over."""
        now = self._clock()
        return None if deadline is None else now + (deadline - now) * share

    def most_cost(self, question: Question[Any]) -> int | None:
        """What one call for the question can cost at most, in millionths; None without a price."""
        price = self.budget.prices.get(self.model)
        return None if price is None else price.cost(self.most(question))

    def most(self, question: Question[Any]) -> Usage:
        """The most tokens one call for the question can be."""
        return self._most(question, self._schema and question.schema is not None, "")

    def body(self, question: Question[Any], *, again: str = "") -> dict[str, Any]:
        """The call's body as the server takes it, with what is known of the server by now."""
        schema = self._schema and question.schema is not None
        body: dict[str, Any] = {
            "model": self.model,
            "messages": question.messages(schema, again),
            self._limit_name: question.output_tokens,
        }
        if schema:
            body["response_format"] = {"type": "json_schema", "json_schema": question.schema}
        return body

    async def ask(self, question: Question[Answer], deadline: datetime | None) -> Answer | Failure:
        """The answer as the question's reader takes it; never later than the deadline."""
        failure = Failure(FailureKind.MODEL, "The model was not asked.")
        pause, tries, again = _FIRST_WAIT, 0, ""
        while tries < self._attempts:
            result = await self._ask(question, again, deadline)
            if isinstance(result, str):
                answer = question.read(result)
                if not isinstance(answer, Failure):
                    return answer
                result = _Fault(answer, _Next.ASK_AGAIN)
            failure = result.failure
            if failure not in (_NO_TIME, _LEFT_ALONE):  # what is to be known is why
                self._state = replace(self._state, reason=failure.reason, failed=self._clock())
            if result.next is _Next.GIVE_UP:
                return failure
            if result.next is _Next.OTHER_WAY:  # the server lacks a feature, which it will not do twice
                continue
            tries += 1
            if result.next is _Next.ASK_AGAIN:
                again = failure.reason
            elif tries < self._attempts:
                wait = failure.retry_after or pause
                if deadline is not None and self._clock() + wait + timedelta(seconds=1) > deadline:
                    return failure
                await self._sleep(wait.total_seconds())
                pause *= 2
        return failure

    # ------------------------------------------------------------ one call

    async def _ask(self, question: Question[Any], again: str, deadline: datetime | None) -> str | _Fault:
        """Pay, call, and keep the breaker's books. ``again`` is what was wrong with the last answer."""
        now = self._clock()
        seconds = self._per_call.total_seconds()
        if deadline is not None:
            seconds = min(seconds, (deadline - now).total_seconds())
        if seconds <= 0:
            return _Fault(_NO_TIME, _Next.GIVE_UP)
        if not self._breaker.closed(now):
            return _Fault(_LEFT_ALONE, _Next.GIVE_UP)
        schema = self._schema and question.schema is not None
        holds = await self._reserve(self._most(question, schema, again), question.accounts)
        if isinstance(holds, Failure):
            return _Fault(holds, _Next.GIVE_UP)
        result = await self._call(question, again, holds, seconds, schema)
        if isinstance(result, _Fault) and result.dead:
            self._breaker.bad(self._clock(), result.failure.retry_after)
        else:
            self._breaker.good()
        return result

    async def _reserve(self, most: Usage, accounts: Sequence[Account]) -> list[Hold] | Failure:
        """A hold for each account's part of the call, all or none."""
        holds: list[Hold] = []
        for account, part in zip(accounts, parts(most, len(accounts)), strict=True):
            hold = await self.budget.reserve(
                self.model, part, chat_id=account.chat_id, source_id=account.source_id
            )
            if isinstance(hold, Failure):
                for held in holds:
                    await self.budget.release(held)
                return hold
            holds.append(hold)
        return holds

    async def _call(
        self, question: Question[Any], again: str, holds: list[Hold], seconds: float, schema: bool
    ) -> str | _Fault:
        """One request. However it ends, also by cancellation, the holds are settled."""
        usage: Usage | None = None  # unknown: the call costs what was held
        try:
            async with asyncio.timeout(seconds):
                completion = await self._completion(self.body(question, again=again), seconds)
            usage = usage_of(completion)
            text = text_of(completion)
            if isinstance(text, str):
                return text
            refused = text.kind is FailureKind.UNSUPPORTED
            return _Fault(text, _Next.GIVE_UP if refused else _Next.ASK_AGAIN)
        except openai.APIStatusError as error:
            usage = _NOTHING
            return self._refused(error, schema)
        except (TimeoutError, openai.APIConnectionError) as error:
            if type(error.__cause__).__name__ in _NEVER_SENT:
                usage = _NOTHING
            if isinstance(error.__cause__, TooMuchError):
                failure = Failure(FailureKind.TOO_LARGE, "The server's answer is too long to be read.")
            elif isinstance(error, TimeoutError | openai.APITimeoutError):
                failure = Failure(FailureKind.TIMEOUT, "The model did not answer in time.")
            else:
                failure = Failure(FailureKind.CONNECT, "The connection to the model's server failed.")
            return _Fault(failure, _Next.WAIT, dead=True)
        except MISSHAPEN:
            failure = Failure(FailureKind.MODEL, "The server's answer is no chat completion.")
            return _Fault(failure, _Next.WAIT, dead=True)
        finally:
            await asyncio.shield(self._settle(holds, usage))

    async def _completion(self, body: dict[str, Any], seconds: float) -> Any:
        create = self.client.chat.completions.create
        if not self._stream:
            return await create(**body, timeout=seconds)
        return await whole(
            await create(**body, stream=True, stream_options={"include_usage": True}, timeout=seconds)
        )

    async def _settle(self, holds: list[Hold], usage: Usage | None) -> None:
        shares = parts(usage, len(holds)) if usage else [None] * len(holds)
        for hold, share in zip(holds, shares, strict=True):
            await self.budget.settle(hold, share)

    def _refused(self, error: openai.APIStatusError, schema: bool) -> _Fault:
        """A status of 400 or more."""
        status, text = error.status_code, str(error.message).casefold()
        unknown = Failure(FailureKind.UNSUPPORTED, "The server does not know an option of the call.", status)
        if status in {400, 422} and schema and not self._fixed and "response_format" in text:
            self._schema = False
            return _Fault(unknown, _Next.OTHER_WAY)
        if status in {400, 422} and self._stream and "stream" in text:
            self._stream = False
            return _Fault(unknown, _Next.OTHER_WAY)
        if status == 400 and self._limit_name == "max_tokens" and "max_completion_tokens" in text:
            self._limit_name = "max_completion_tokens"
            return _Fault(unknown, _Next.OTHER_WAY)
        out_of_money = error.code == "insufficient_quota"
        passing = status in PASSING and not out_of_money
        wait = asked_wait(error.response.headers) if passing else None
        failure = Failure(FailureKind.HTTP_STATUS, said(status, out_of_money, self.model), status, wait)
        dead = passing or out_of_money or status in {401, 403, 404, 410}
        return _Fault(failure, _Next.WAIT if passing else _Next.GIVE_UP, dead=dead)

    def _most(self, question: Question[Any], schema: bool, again: str) -> Usage:
        """The most tokens a call can be: one a byte, what servers add around it, and the answer's limit."""
        asked = sum(len(m["content"].encode()) + _MESSAGE_TOKENS for m in question.messages(schema, again))
        return Usage(asked + (len(json.dumps(question.schema)) if schema else 0), question.output_tokens)


def parts(usage: Usage, count: int) -> list[Usage]:
    """The tokens in ``count`` parts as equal as whole numbers can be, the first ones the larger."""
    return [
        Usage(*((total + count - 1 - place) // count for total in (usage.input_tokens, usage.output_tokens)))
        for place in range(count)
    ]
