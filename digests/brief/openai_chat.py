"""A language model behind any OpenAI-compatible server as a summarizer.

The model sees numbered source sentences and may only cite them; what it writes is a draft until
the gate has held it against what it cites. Every call is paid for from the budget before it is
made. Whatever the server does comes back as a ``Failure``; the key stands in none of them.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, cast

import openai
from openai import AsyncOpenAI

from digests.brief.breaker import Breaker
from digests.brief.budget import Budget, Hold, Usage
from digests.brief.grounding import ground
from digests.brief.length import Room
from digests.brief.orders import gives_orders
from digests.brief.prompt import Prompt, newest, one_line
from digests.brief.replies import SCHEMA, Draft, in_language, read_draft
from digests.clock import Clock
from digests.model import Brief, BriefRequest, BriefSentence, Failure, FailureKind, SourceSentence

_SOURCE_CHARACTERS = 16_000  # of source sentences in one call, about 4,000 English tokens
_OUTPUT_TOKENS = 800  # the most a brief's answer may cost
_MESSAGE_TOKENS = 64  # what a server may add to each message
_PER_CALL = timedelta(seconds=30)
_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = 24 * 3600.0  # seconds; a server's word is taken up to here
_PASSING = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
_NEVER_SENT = frozenset({"ConnectError", "ConnectTimeout"})  # the client's errors before a byte went out
_NOTHING = Usage(0, 0)
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}

Sleep = Callable[[float], Awaitable[None]]


class _Next(Enum):
    GIVE_UP = 1
    WAIT = 2  # the same call may work in a while
    ASK_AGAIN = 3  # the answer was no good: say why
    OTHER_WAY = 4  # the server lacks a feature: leave it out


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str


@dataclass(frozen=True, slots=True)
class _Fault:
    """A call without an answer that can be used. ``dead``: the server's fault, so the breaker counts it."""

    failure: Failure
    next: _Next
    dead: bool = False


class OpenAiSummarizer:
    """Writes briefs with a chat model. One object for one model on one server, for many calls at once.

    ``base_url`` None is OpenAI's own. ``key`` may be empty for servers that ask for none.
    ``protocol``: "schema" asks for JSON by schema, "text" for plain lines, "auto" begins with the
    first and remembers when the server does not know it. The client's own retries are off: this
    class makes at most ``attempts`` calls for a brief, each within ``per_call``.
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
        prompt: Prompt | None = None,
        protocol: str = "auto",
        attempts: int = 2,
        per_call: timedelta = _PER_CALL,
        breaker: Breaker | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.name = name or f"openai:{model}"
        self.model = model
        self.prompt = prompt or newest()
        self._client = AsyncOpenAI(api_key=key or "none", base_url=base_url, max_retries=0)
        self._budget = budget
        self._clock = clock
        self._schema = protocol != "text"
        self._fixed = protocol != "auto"
        self._limit_name = "max_tokens"
        self._attempts = attempts
        self._per_call = per_call
        self._breaker = breaker or Breaker()
        self._sleep = sleep

    def __repr__(self) -> str:
        return f"OpenAiSummarizer({self.name!r}, prompt={self.prompt.version!r})"

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def brief(self, request: BriefRequest, deadline: datetime | None) -> Brief | Failure:
        """A brief in the articles' language, with its citations; it still has to pass the gate."""
        source = _chosen(request)
        if not source:
            return Failure(FailureKind.EMPTY, "The article holds no text to brief.")
        failure = Failure(FailureKind.MODEL, "The model was not asked.")
        pause, tries, again = _FIRST_WAIT, 0, ""
        while tries < self._attempts:
            result = await self._ask(request, source, again, deadline)
            if isinstance(result, _Answer):
                brief = self._read(result.text, request, source)
                if isinstance(brief, Brief):
                    return brief
                result = _Fault(brief, _Next.ASK_AGAIN)
            failure = result.failure
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

    async def _ask(
        self, request: BriefRequest, source: tuple[SourceSentence, ...], again: str, deadline: datetime | None
    ) -> _Answer | _Fault:
        """Pay, call, and keep the breaker's books. ``again`` is what was wrong with the last answer."""
        now = self._clock()
        seconds = self._per_call.total_seconds()
        if deadline is not None:
            seconds = min(seconds, (deadline - now).total_seconds())
        if seconds <= 0:
            return _Fault(
                Failure(FailureKind.TIMEOUT, "There was no time left to ask the model."), _Next.GIVE_UP
            )
        if not self._breaker.closed(now):
            reason = "The model's server keeps failing and is left alone for now."
            return _Fault(Failure(FailureKind.MODEL, reason), _Next.GIVE_UP)
        schema = self._schema
        messages = self.prompt.messages(request, source, schema=schema, again=again)
        most = Usage(_most_tokens(messages, schema), _OUTPUT_TOKENS)
        hold = await self._budget.reserve(
            self.model, most, chat_id=request.chat_id, source_id=request.articles[0].source_id
        )
        if isinstance(hold, Failure):
            return _Fault(hold, _Next.GIVE_UP)
        result = await self._call(messages, hold, seconds, schema)
        if isinstance(result, _Fault) and result.dead:
            self._breaker.bad(self._clock(), result.failure.retry_after)
        else:
            self._breaker.good()
        return result

    async def _call(
        self, messages: list[dict[str, str]], hold: Hold, seconds: float, schema: bool
    ) -> _Answer | _Fault:
        """One request. However it ends, also by cancellation, the hold is settled."""
        options: dict[str, Any] = {self._limit_name: _OUTPUT_TOKENS, "timeout": seconds}
        if schema:
            options["response_format"] = {"type": "json_schema", "json_schema": SCHEMA}
        usage: Usage | None = None  # unknown: the call costs what was held
        try:
            async with asyncio.timeout(seconds):
                completion = await self._client.chat.completions.create(
                    model=self.model, messages=cast(Any, messages), **options
                )
            usage = _usage(completion)
            return _answer(completion)
        except openai.APIStatusError as error:
            usage = _NOTHING
            return self._refused(error, schema)
        except (TimeoutError, openai.APIConnectionError) as error:
            if type(error.__cause__).__name__ in _NEVER_SENT:
                usage = _NOTHING
            if isinstance(error, TimeoutError | openai.APITimeoutError):
                failure = Failure(FailureKind.TIMEOUT, "The model did not answer in time.")
            else:
                failure = Failure(FailureKind.CONNECT, "The connection to the model's server failed.")
            return _Fault(failure, _Next.WAIT, dead=True)
        except (openai.OpenAIError, ValueError, TypeError, AttributeError, KeyError, IndexError):
            # The client trusts a server's shapes and may trip anywhere over others.
            failure = Failure(FailureKind.MODEL, "The server's answer is no chat completion.")
            return _Fault(failure, _Next.WAIT, dead=True)
        finally:
            await asyncio.shield(self._budget.settle(hold, usage))

    def _refused(self, error: openai.APIStatusError, schema: bool) -> _Fault:
        """A status of 400 or more. The server's own words are not passed on: they may hold the key."""
        status, text = error.status_code, str(error.message).casefold()
        unknown = Failure(FailureKind.UNSUPPORTED, "The server does not know an option of the call.", status)
        if status in {400, 422} and schema and not self._fixed and "response_format" in text:
            self._schema = False
            return _Fault(unknown, _Next.OTHER_WAY)
        if status == 400 and self._limit_name == "max_tokens" and "max_completion_tokens" in text:
            self._limit_name = "max_completion_tokens"
            return _Fault(unknown, _Next.OTHER_WAY)
        out_of_money = error.code == "insufficient_quota"
        passing = status in _PASSING and not out_of_money
        wait = _wait(error.response.headers) if passing else None
        failure = Failure(FailureKind.HTTP_STATUS, _said(status, out_of_money, self.model), status, wait)
        dead = passing or out_of_money or status in {401, 403, 404, 410}
        return _Fault(failure, _Next.WAIT if passing else _Next.GIVE_UP, dead=dead)

    # ------------------------------------------------------------ the answer

    def _read(self, text: str, request: BriefRequest, source: tuple[SourceSentence, ...]) -> Brief | Failure:
        draft = read_draft(text)
        if draft is None:
            return Failure(FailureKind.MODEL, "The answer could not be read.")
        language = request.articles[0].language
        if not in_language(" ".join([draft.headline, *(s.text for s in draft.sentences)]), language):
            return Failure(FailureKind.MODEL, "The answer is in another language.")
        brief = Brief(
            headline=draft.headline or request.articles[0].title,
            sentences=_within(draft, request, len(source)),
            source_sentences=source,
            language=language,
            summarizer=self.name,
        )
        if not brief.sentences and request.sentences > 0:
            return Failure(
                FailureKind.MODEL, "No sentence of the answer cites a source sentence within the length."
            )
        grounded = ground(brief, request.articles)
        if grounded.brief is None:
            reasons = " ".join(dict.fromkeys(cut.reason for cut in grounded.cuts))
            return Failure(FailureKind.MODEL, f"Nothing of the answer stands in the sources. {reasons}")
        return brief


def _within(draft: Draft, request: BriefRequest, sources: int) -> tuple[BriefSentence, ...]:
    """The draft's sentences that cite what there is, within the request's bounds."""
    room = Room.asked(request, " ".join(sentence.text for sentence in draft.sentences))
    left = room.limit
    kept: list[BriefSentence] = []
    for sentence in draft.sentences:
        support = tuple(dict.fromkeys(n for n in sentence.cites if 0 <= n < sources))
        size = room.size(sentence.text)
        if support and size <= left and len(kept) < room.sentences:
            kept.append(BriefSentence(sentence.text, support))
            left -= size
    return tuple(kept)


def _chosen(request: BriefRequest) -> tuple[SourceSentence, ...]:
    """What the model sees: the articles' first sentences, by turns until the room is used.

    Sentences that give orders to a machine are left out.
    News put the most important first; a source that joins a story late must still be heard.
    """
    texts = [[s for s in a.sentences if one_line(s) and not gives_orders(s)] for a in request.articles]
    taken: list[tuple[int, int]] = []
    room = _SOURCE_CHARACTERS
    for place in range(max(map(len, texts), default=0)):
        for article, sentences in enumerate(texts):
            if place < len(sentences) and len(sentences[place]) <= room:
                room -= len(sentences[place])
                taken.append((article, place))
    return tuple(SourceSentence(texts[article][place], article) for article, place in sorted(taken))


def _most_tokens(messages: list[dict[str, str]], schema: bool) -> int:
    """The most tokens the messages can be: one a byte, and what servers add around them."""
    asked = sum(len(m["content"].encode()) + _MESSAGE_TOKENS for m in messages)
    return asked + (len(json.dumps(SCHEMA)) if schema else 0)


def _usage(completion: Any) -> Usage | None:
    """The server's own count, None when it gives none that can be read."""
    usage = getattr(completion, "usage", None)
    counts = (getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None))
    if all(isinstance(count, int) and count >= 0 for count in counts):
        return Usage(cast(int, counts[0]), cast(int, counts[1]))
    return None


def _answer(completion: Any) -> _Answer | _Fault:
    choice = completion.choices[0]
    text = choice.message.content
    if getattr(choice.message, "refusal", None) or choice.finish_reason == "content_filter":
        return _Fault(Failure(FailureKind.MODEL, "The model refused to answer."), _Next.GIVE_UP)
    if choice.finish_reason == "length":
        return _Fault(Failure(FailureKind.MODEL, "The answer was too long and cut off."), _Next.ASK_AGAIN)
    if not isinstance(text, str) or not text.strip():
        return _Fault(Failure(FailureKind.MODEL, "The answer was empty."), _Next.ASK_AGAIN)
    return _Answer(text)


def _said(status: int, out_of_money: bool, model: str) -> str:
    if out_of_money:
        return "The model's server says that its account has no money left."
    known = {
        401: "The model's server does not accept the key.",
        403: "The model's server does not accept the key.",
        404: f"The model's server does not know the model {model} (any more).",
        410: f"The model {model} was retired.",
        429: "The model's server asks for fewer calls.",
    }
    return known.get(status, f"The model's server answered with status {status}.")


def _wait(headers: Mapping[str, str]) -> timedelta | None:
    """What the server asks to wait: ``retry-after``, or the latest of its rate limits' resets."""
    spans = [_span(headers.get("retry-after-ms", ""), 0.001), _span(headers.get("retry-after", ""), 1)]
    asked = [span for span in spans if span is not None]
    if not asked:
        resets = (_span(headers.get(f"x-ratelimit-reset-{what}", ""), 1) for what in ("requests", "tokens"))
        asked = [max((span for span in resets if span is not None), default=-1.0)]
    return timedelta(seconds=min(asked[0], _LONGEST_WAIT)) if asked[0] >= 0 else None


def _span(text: str, unit: float) -> float | None:
    """Seconds in "20", "1.5s", "6m0s" or "120ms"; None for anything else, dates included."""
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", text):
        return float(text) * unit
    if re.fullmatch(rf"(?:{_SPAN.pattern})+", text) and len(text) < 40:
        return sum(float(number) * _SECONDS[name] for number, name in _SPAN.findall(text))
    return None
