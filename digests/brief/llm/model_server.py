"""One chat model on one OpenAI-compatible server: every call to it is made, paid and judged here.

A question brings its own messages and its own reader; this file brings the rest: a place among the
calls the server takes at once, money reserved before a call and settled after it, the few calls
more that make sense, the breaker. Whatever the server does comes back as a ``Failure``; the key
stands in none of them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from digests.brief.llm.budget import Budget, Hold, Usage
from digests.brief.llm.prompt import Messages, without_system
from digests.brief.llm.response_parsing import (
    CUT_OFF,
    EMPTY,
    PASSING,
    Feature,
    Refusal,
    asked_wait,
    misshapen,
    said,
    text_of,
    thinks,
    understood,
    usage_of,
)
from digests.brief.llm.transport import Breaker, Features, Slots, answer_of
from digests.brief.llm.writer import Writer
from digests.clock import Clock
from digests.model import Failure, FailureKind

if TYPE_CHECKING:
    from openai import AsyncOpenAI

log = logging.getLogger(__name__)

LONGEST_CALL = timedelta(minutes=10)
"""What a call may take where neither the configuration nor a deadline says less."""

PARALLEL, PARALLEL_OWN = 8, 1
"""Calls at once where the configuration does not say: at a server that is paid, and at one's own."""

THINKING = 4_000
"""Tokens an answer may take beyond itself, for a model that thinks before it speaks."""

_MESSAGE_TOKENS = 64  # what a server may add to each message
_BYTES_A_TOKEN = 3  # of text: English has more, what a small model's tokens do not know has fewer
_LEAST_SOURCE = 300  # bytes of source under which there is nothing to ask about
_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAITING = timedelta(minutes=1)  # in all, for a fault that costs nothing
_MOST_WAITS = 7
_LONGEST_PAUSE = timedelta(seconds=15)
_MOST_CHANGES = 8  # of how a question is asked; more than there are features
_NEVER_SENT = frozenset({"ConnectError", "ConnectTimeout"})  # the client's errors before a byte went out
_NOTHING = Usage(0, 0)
_NO_TIME = Failure(FailureKind.TIMEOUT, "There was no time left to ask the model.")
_QUEUED = Failure(FailureKind.TIMEOUT, "Other questions to the model took all the time there was.")
_LEFT_ALONE = Failure(FailureKind.CONNECT, "The model's server keeps failing and is left alone for now.")
_UNKNOWN = "The server does not know an option of the call."
_NO_PATH = "The model's server has nothing at that address: check base_url, which mostly ends in /v1."
_NO_SUCH_PLACE = frozenset({_NO_TIME, _QUEUED, _LEFT_ALONE})

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
    ``output_tokens`` is what the answer itself takes. ``size`` is the bytes of source in it, and
    ``fitted`` the same question of so many at most; None: it can't be asked of less. What ``can_wait``
    lets other questions go first.
    """

    messages: Callable[[bool, str], Messages]
    read: Callable[[str], Answer_co | Failure]
    schema: dict[str, Any] | None = None
    output_tokens: int = 800
    accounts: tuple[Account, ...] = (Account(),)
    size: int = 0
    fitted: Callable[[int], Question[Answer_co]] | None = None
    can_wait: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """How a model does: until when it is left alone, and what its last failure was, also in the
    server's own ``words``, keys blacked out."""

    name: str
    resting: datetime | None = None
    reason: str = ""
    words: str = ""
    failed: datetime | None = None


class _Next(Enum):
    GIVE_UP = 1
    WAIT = 2  # the same call may work in a while
    ASK_AGAIN = 3  # the answer was no good: say why
    OTHER_WAY = 4  # the server lacks a feature, or takes less: ask as it can


@dataclass(frozen=True, slots=True)
class _Fault:
    """A call without an answer that can be used.

    ``dead``: the server's fault, so the breaker counts it. ``waits``: how often it is waited for;
    a fault that may have been paid counts as an answer that was no good. ``lacks``, ``too_long`` and
    ``words``: the feature left out, that less must be asked, and what the server said.
    """

    failure: Failure
    next: _Next
    dead: bool = False
    waits: int = 0
    lacks: Feature | None = None
    too_long: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the configuration knows of a server; None: found out, or left to the server.

    ``timeout`` bounds one call, ``output_tokens`` an answer with all its thinking, ``context`` both
    prompt and answer. ``effort`` is sent as ``reasoning_effort``. ``protocol``: "schema" asks for JSON
    by schema, "text" for plain lines, "auto" begins with the first and remembers when the server does
    not know it. ``stream`` takes answers piece by piece, for a proxy that cuts silent connections; a
    server that can't is asked for whole ones from then on. ``extra`` goes into every call as it is.
    """

    timeout: timedelta | None = None
    output_tokens: int | None = None
    effort: str | None = None
    protocol: str = "auto"
    stream: bool = False
    parallel: int | None = None
    context: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class ModelServer:
    """Asks one model. One object for many calls at once, of which so many go out as it takes.

    ``base_url`` None is OpenAI's own. ``key`` may be empty for servers that ask for none.
    The client's own retries are off. A question is answered after at most ``attempts`` answers that
    were no good, or may have been paid; a fault that costs nothing is waited for beside that, up to a
    minute, while the deadline allows.
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
        known: Known = Known(),
        attempts: int = 2,
        breaker: Breaker | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.name = name or f"openai:{model}"
        self.writer = Writer(self.name)
        self.model = model
        self.budget = budget
        self._base_url = base_url
        self.known = known
        self._key = key
        self._clock = clock
        self._attempts = attempts
        self._breaker = breaker or Breaker()
        self._sleep = sleep
        price = budget.prices.get(model)
        own = price is not None and not price.input and not price.output
        self.parallel = known.parallel or (PARALLEL_OWN if own else PARALLEL)
        self._slots = Slots(self.parallel)
        self._features = Features(context=known.context, thinks=known.effort not in {None, "none", "minimal"})
        if base_url is None:  # OpenAI's own takes the new name from every model, and its newer ones think
            self._features.lacking[Feature.MAX_TOKENS] = datetime.max.replace(tzinfo=UTC)
            self._features.thinks = True
        self._state = ServerState(name=self.name)
        self._answered: datetime | None = None
        self._quiet: datetime | None = None  # until when the server asked for no calls
        self._pace: float | None = None  # seconds a call takes, lately

    def __repr__(self) -> str:
        return f"ModelServer({self.name!r})"

    @cached_property
    def client(self) -> AsyncOpenAI:
        """Made when it is first wanted: the package takes half a second and 30 MB."""
        from openai import AsyncOpenAI

        from digests.brief.llm.size_limit import bounded_client

        return AsyncOpenAI(
            api_key=self._key or "none",
            base_url=self._base_url,
            max_retries=0,
            http_client=bounded_client(),
        )

    async def close(self) -> None:
        """Close the connections."""
        if "client" in self.__dict__:
            await self.client.close()

    async def listed(self, seconds: float) -> frozenset[str] | Failure:
        """The models the server says it has. Costs nothing."""
        import httpx2
        import openai

        try:
            async with asyncio.timeout(seconds):
                return frozenset([model.id async for model in self.client.models.list()])
        except openai.APIStatusError as error:
            status = error.status_code
            return Failure(FailureKind.HTTP_STATUS, said(status, False, self.model), status)
        except (TimeoutError, openai.APIConnectionError, httpx2.TransportError):
            return Failure(FailureKind.CONNECT, "The model's server does not answer.")
        except misshapen():
            return Failure(FailureKind.MODEL, "The server's answer is no list of models.")

    @property
    def state(self) -> ServerState:
        """For the people in charge."""
        now = self._clock()
        rests = [until for until in (self._breaker.until, self._quiet) if until is not None and until > now]
        return replace(self._state, resting=max(rests, default=None))

    def missing(self) -> tuple[Feature, ...]:
        """What the server was found to lack."""
        now = self._clock()
        return tuple(feature for feature in Feature if not self._features.has(feature, now))

    def share_of(self, deadline: datetime | None, share: float) -> datetime | None:
        """The moment when that share (0 to 1) of the time up to the deadline is over."""
        now = self._clock()
        return None if deadline is None else now + (deadline - now) * share

    def can_answer(self, questions: int, until: datetime | None) -> bool:
        """Whether so many questions can be answered by then, by the time its calls took lately.

        A server nobody has asked yet is taken for quick where it is paid, and for slow where it is
        one's own.
        """
        if until is None:
            return True
        pace = self._pace or (60.0 if self.parallel == PARALLEL_OWN else 10.0)
        turns = math.ceil(questions / self.parallel)
        return self._clock() + timedelta(seconds=turns * pace) <= until

    def room(self, question: Question[Any]) -> int | None:
        """Bytes of source that fit into one call of the question; None: as far as is known all of it."""
        context = self._features.context_at(self._clock())
        if context is None:
            return None
        return max(0, question.size - _BYTES_A_TOKEN * (self._tokens(question) - context))

    def most_cost(self, question: Question[Any]) -> int | None:
        """What one call for the question can cost at most, in millionths; None without a price."""
        price = self.budget.prices.get(self.model)
        return None if price is None else price.cost(self.most(question))

    def most(self, question: Question[Any], again: str = "") -> Usage:
        """The most tokens one call can be: one a byte, what servers add around it, and the answer's limit."""
        schema = self._by_schema(question)
        asked = sum(len(m["content"].encode()) + _MESSAGE_TOKENS for m in question.messages(schema, again))
        return Usage(asked + (len(json.dumps(question.schema)) if schema else 0), self._limit(question))

    def body(self, question: Question[Any], *, again: str = "") -> dict[str, Any]:
        """The call's body as the server takes it, with what is known of the server by now."""
        has = self._features.has
        now = self._clock()
        schema = self._by_schema(question)
        messages = question.messages(schema, again)
        limit = "max_tokens" if has(Feature.MAX_TOKENS, now) else "max_completion_tokens"
        body: dict[str, Any] = {
            "model": self.model,
            "messages": messages if has(Feature.SYSTEM, now) else without_system(messages),
            limit: self._limit(question),
        }
        if schema:
            body["response_format"] = {"type": "json_schema", "json_schema": question.schema}
        if self.known.effort and has(Feature.EFFORT, now):
            body["reasoning_effort"] = self.known.effort
        return body | dict(self.known.extra)

    def learn(self, question_body: Mapping[str, Any], status: int, error: str) -> None:
        """What a refused call of a batch tells of the server; the next call knows it."""
        limit = question_body.get("max_tokens") or question_body.get("max_completion_tokens") or 0
        self._heed(understood(status, error, self._sent(question_body), limit, self._key), question_body)

    async def ask(self, question: Question[Answer], deadline: datetime | None) -> Answer | Failure:
        """The answer as the question's reader takes it; never later than the deadline."""
        began = self._clock()
        if deadline is not None and deadline <= began:
            return _NO_TIME
        trial = self._breaker.until is not None
        if not self._breaker.closed(began):
            return _LEFT_ALONE
        dropped: _Fault | None = None
        again, pause, waiting = "", _FIRST_WAIT, timedelta()
        tried = waited = changes = 0
        while True:
            fitting = self._fitting(question)
            if isinstance(fitting, Failure):
                return fitting
            question = fitting
            result = await self._ask(question, again, deadline)
            if isinstance(result, str):
                answer = question.read(result)
                if not isinstance(answer, Failure):
                    return answer
                result = _Fault(answer, _Next.ASK_AGAIN)
            self._remember(result)
            failure = result.failure
            if result.next is _Next.OTHER_WAY:
                changes += 1
                dropped = result if result.lacks else dropped
                if changes <= _MOST_CHANGES and (not result.too_long or question.fitted is not None):
                    continue
            elif result.next is _Next.ASK_AGAIN:
                tried += 1
                again = failure.reason
                if tried < self._attempts:
                    continue
            elif result.next is _Next.WAIT:
                wait = failure.retry_after or pause
                pause = min(pause * 2, _LONGEST_PAUSE)
                tried, waited = (tried, waited + 1) if result.waits else (tried + 1, waited)
                more = waited <= result.waits if result.waits else tried < self._attempts
                waiting += wait if failure.retry_after is None else timedelta()
                if more and self._worth(waiting, wait, deadline, trial):
                    await self._sleep(wait.total_seconds())
                    continue
            if dropped is not None and dropped.lacks and dropped.words == result.words:
                self._features.lacking.pop(dropped.lacks, None)  # it was refused without it as well
            if result.dead:
                self._breaker.bad(began, self._clock(), failure.retry_after)
            return failure

    # ------------------------------------------------------------ one call

    def _worth(self, waiting: timedelta, wait: timedelta, deadline: datetime | None, trial: bool) -> bool:
        """Whether there is time to wait, and a server to wait for. ``waiting``: what it was waited for
        unasked; what the server asks for is waited as far as the deadline allows."""
        now = self._clock()
        left_alone = not trial and self._breaker.until is not None and self._breaker.until > now
        end = now + _LONGEST_WAITING if deadline is None else deadline - timedelta(seconds=1)
        return now + wait <= end and waiting <= _LONGEST_WAITING and not left_alone

    def _remember(self, fault: _Fault) -> None:
        if fault.failure in _NO_SUCH_PLACE:  # what is to be known is why
            return
        if fault.words and fault.words != self._state.words:
            log.warning("%s: %s It says: “%s”", self.name, fault.failure.reason, fault.words)
        self._state = replace(
            self._state, reason=fault.failure.reason, words=fault.words, failed=self._clock()
        )

    def _fitting(self, question: Question[Answer]) -> Question[Answer] | Failure:
        """The question, of less where the server takes less."""
        room = self.room(question)
        if room is None or question.fitted is None or room >= question.size:
            return question
        if room < _LEAST_SOURCE:
            context = self._features.context_at(self._clock())
            return Failure(
                FailureKind.UNSUPPORTED,
                f"The model's context of {context} tokens is too small to ask it anything; give it more.",
            )
        return question.fitted(room)

    async def _ask(self, question: Question[Any], again: str, deadline: datetime | None) -> str | _Fault:
        """Wait for a place, pay, and call. ``again`` is what was wrong with the last answer."""
        left = None if deadline is None else (deadline - self._clock()).total_seconds()
        if left is not None and left <= 0:
            return _Fault(_NO_TIME, _Next.GIVE_UP)
        try:
            async with asyncio.timeout(left):
                await self._slots.take(int(question.can_wait))
        except TimeoutError:
            return _Fault(_QUEUED, _Next.GIVE_UP)
        try:
            return await self._in_place(question, again, deadline)
        finally:
            self._slots.give()

    async def _in_place(self, question: Question[Any], again: str, deadline: datetime | None) -> str | _Fault:
        began = self._clock()
        seconds = (self.known.timeout or LONGEST_CALL).total_seconds()
        if deadline is not None:
            seconds = min(seconds, (deadline - began).total_seconds())
        if seconds <= 0:
            return _Fault(_QUEUED, _Next.GIVE_UP)
        if self._quiet is not None and self._quiet > began:  # as another call was told
            asked = Failure(FailureKind.HTTP_STATUS, said(429, False, self.model), 429, self._quiet - began)
            return _Fault(asked, _Next.WAIT, waits=_MOST_WAITS)
        holds = await self._reserve(self.most(question, again), question.accounts)
        if isinstance(holds, Failure):
            return _Fault(holds, _Next.GIVE_UP)
        result = await self._call(question, again, holds, seconds)
        ended = self._clock()
        if isinstance(result, _Fault) and result.dead:
            # one that answers others is not dead, only slow
            alive = self._answered is not None and self._answered > began
            return (
                replace(result, dead=False)
                if alive and result.failure.kind is FailureKind.TIMEOUT
                else result
            )
        self._breaker.good()
        self._answered = ended
        took = (ended - began).total_seconds()
        if isinstance(result, str):
            self._pace = took if self._pace is None else (self._pace + took) / 2
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
        self, question: Question[Any], again: str, holds: list[Hold], seconds: float
    ) -> str | _Fault:
        """One request. However it ends, also by cancellation, the holds are settled."""
        import httpx2
        import openai

        from digests.brief.llm.size_limit import TooMuchError

        usage: Usage | None = None  # unknown: the call costs what was held
        body = self.body(question, again=again)
        if self.known.stream and self._features.has(Feature.STREAM, self._clock()):
            body["stream"] = True
            if self._features.has(Feature.COUNT, self._clock()):
                body["stream_options"] = {"include_usage": True}
        try:
            async with asyncio.timeout(seconds):
                completion = await self._completion(body, seconds)
            usage = usage_of(completion)
            if isinstance(completion, dict) and completion.get("error") and not completion.get("choices"):
                usage = usage or (None if completion.get("begun") else _NOTHING)
                return self._refused_within(completion, body, paid=usage != _NOTHING)
            return self._read(completion)
        except openai.APIStatusError as error:
            usage = _NOTHING
            return self._refused(error.status_code, error.response.text, error.response.headers, body)
        except (TimeoutError, openai.APIConnectionError, httpx2.TransportError) as error:
            cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
            free = type(cause).__name__ in _NEVER_SENT
            if free:
                usage = _NOTHING
            if isinstance(cause, TooMuchError):
                failure = Failure(FailureKind.TOO_LARGE, "The server's answer is too long to be read.")
            elif (
                isinstance(error, TimeoutError | openai.APITimeoutError | httpx2.TimeoutException)
                and not free
            ):
                failure = Failure(FailureKind.TIMEOUT, "The model did not answer in time.")
            else:
                failure = Failure(FailureKind.CONNECT, "The connection to the model's server failed.")
            return _Fault(failure, _Next.WAIT, dead=True, waits=_MOST_WAITS if free else 0)
        except misshapen():
            failure = Failure(FailureKind.CONNECT, "The server's answer is no chat completion.")
            return _Fault(failure, _Next.WAIT, dead=True)
        finally:
            await asyncio.shield(self._settle(holds, usage))

    async def _completion(self, body: dict[str, Any], seconds: float) -> Any:
        """The answer's JSON. What is beyond the model and the messages may be anything, so it goes as it is."""
        rest = {name: value for name, value in body.items() if name not in {"model", "messages"}}
        async with self.client.chat.completions.with_streaming_response.create(
            model=body["model"], messages=cast(Any, body["messages"]), extra_body=rest, timeout=seconds
        ) as response:
            return await answer_of(response)

    def _read(self, completion: Any) -> str | _Fault:
        """The text of an answer, or what makes it none."""
        text = text_of(completion)
        thought = thinks(completion)
        found_out = thought and not self._features.thinks
        self._features.thinks |= thought
        if isinstance(text, str):
            return text
        if text in (CUT_OFF, EMPTY) and found_out and self.known.output_tokens is None:
            return _Fault(text, _Next.OTHER_WAY)  # it thought its room away, and is given more
        if text.kind is FailureKind.CONNECT:
            return _Fault(text, _Next.WAIT, dead=True)
        return _Fault(text, _Next.GIVE_UP if text.kind is FailureKind.UNSUPPORTED else _Next.ASK_AGAIN)

    async def _settle(self, holds: list[Hold], usage: Usage | None) -> None:
        shares = parts(usage, len(holds)) if usage else [None] * len(holds)
        for hold, share in zip(holds, shares, strict=True):
            await self.budget.settle(hold, share)

    # ------------------------------------------------------------ refusals

    def _refused_within(self, completion: dict[str, Any], body: Mapping[str, Any], *, paid: bool) -> _Fault:
        """An error that came under status 200."""
        error = completion["error"]
        code = error.get("code") if isinstance(error, dict) else None
        status = code if isinstance(code, int) and 400 <= code < 600 else 502
        fault = self._refused(status, json.dumps({"error": error}), {}, body)
        return replace(fault, waits=0) if paid else fault

    def _refused(self, status: int, text: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> _Fault:
        """A status of 400 or more."""
        limit = body.get("max_tokens") or body.get("max_completion_tokens") or 0
        refusal = understood(status, text, self._sent(body), limit, self._key)
        words = refusal.words
        if self._heed(refusal, body):
            unknown = Failure(FailureKind.UNSUPPORTED, _UNKNOWN, status)
            return _Fault(unknown, _Next.OTHER_WAY, lacks=refusal.lacks, words=words)
        if refusal.context is not None:
            of = f" of {refusal.context} tokens" if refusal.context else ""
            long = Failure(
                FailureKind.UNSUPPORTED, f"The text is too long for the model's context{of}.", status
            )
            return _Fault(long, _Next.OTHER_WAY, too_long=True, words=words)
        out_of_money = status == 402 or "insufficient_quota" in text
        passing = status in PASSING and not out_of_money
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            parsed = None
        wait = asked_wait(headers, parsed, self._clock()) if passing else None
        if wait is not None:
            self._quiet = max(self._quiet or self._clock(), self._clock() + wait)
        reason = (
            _NO_PATH
            if refusal.no_path
            else said(404 if refusal.no_model else status, out_of_money, self.model)
        )
        failure = Failure(FailureKind.HTTP_STATUS, reason, status, wait)
        dead = passing or out_of_money or refusal.no_model or status in {401, 403, 404, 410}
        waits = 1 if status == 500 else _MOST_WAITS  # a server's own mistake mostly comes again
        return _Fault(failure, _Next.WAIT if passing else _Next.GIVE_UP, dead=dead, waits=waits, words=words)

    def _heed(self, refusal: Refusal, body: Mapping[str, Any]) -> bool:
        """Remember what the refusal tells of the server; whether that changes how it is asked."""
        now = self._clock()
        if refusal.lacks is not None:
            self._features.lacks(refusal.lacks, now)
            if refusal.lacks is Feature.MAX_TOKENS:  # so models do that think
                self._features.thinks = True
        if refusal.most is not None:
            self._features.gives(refusal.most, now)
        if refusal.context is not None:  # by its own count, or by ours where its tokens are smaller
            sent = sum(len(message["content"].encode()) for message in body["messages"]) // _BYTES_A_TOKEN
            counted = (sent + (body.get("max_tokens") or body.get("max_completion_tokens") or 0)) * 3 // 4
            self._features.takes(min(refusal.context or counted, counted), now)
        return refusal.lacks is not None or refusal.most is not None

    def _sent(self, body: Mapping[str, Any]) -> frozenset[Feature]:
        """What the call went with that it may go without."""
        roles = [message["role"] for message in body["messages"]]
        sent = {
            Feature.SCHEMA: "response_format" in body and self.known.protocol == "auto",
            Feature.STREAM: "stream" in body,
            Feature.COUNT: "stream_options" in body,
            Feature.MAX_TOKENS: "max_tokens" in body,
            Feature.EFFORT: "reasoning_effort" in body and "reasoning_effort" not in self.known.extra,
            Feature.SYSTEM: "system" in roles,
        }
        return frozenset(feature for feature, there in sent.items() if there)

    def _by_schema(self, question: Question[Any]) -> bool:
        if question.schema is None or self.known.protocol == "text":
            return False
        return self.known.protocol == "schema" or self._features.has(Feature.SCHEMA, self._clock())

    def _limit(self, question: Question[Any]) -> int:
        """How many tokens the answer may be, with the thinking before it."""
        now = self._clock()
        thinking = THINKING if self._features.thinks else 0
        limit = self.known.output_tokens or question.output_tokens + thinking
        most, context = self._features.most_at(now), self._features.context_at(now)
        share = 2 if self._features.thinks else 3  # of a small context, so that there is room for the text
        return min(limit, most or limit, max(64, context // share) if context else limit)

    def _tokens(self, question: Question[Any]) -> int:
        """About how many tokens a call is with its answer, rather more than less."""
        schema = self._by_schema(question)
        written = sum(len(message["content"].encode()) for message in question.messages(schema, ""))
        form = len(json.dumps(question.schema)) if schema else 0
        return (written + form) // _BYTES_A_TOKEN + self._limit(question)


def parts(usage: Usage, count: int) -> list[Usage]:
    """The tokens in ``count`` parts as equal as whole numbers can be, the first ones the larger."""
    return [
        Usage(*((total + count - 1 - place) // count for total in (usage.input_tokens, usage.output_tokens)))
        for place in range(count)
    ]
