"""What a model's server says: an answer's text without the thinking before it, its count of tokens, how long to wait.

Servers that call themselves compatible differ in all of it, so nothing is taken for granted: an
answer is plain JSON here, read field by field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

from digests.model import Failure, FailureKind, Usage

_LONGEST = 4_000  # characters of an error that are looked at
_SHOWN = 300  # characters of a server's words that a person is shown
_ECHOES = frozenset({"input", "messages", "body", "request", "prompt", "failed_generation"})
_LIKE_A_KEY = re.compile(
    r"(?i)bearer\s+\S+|\b(?:sk|gsk|pk|xai|key|hf|r8|AIza)[-_]?[\w*.…-]{8,}|\b[\w-]{32,}\b|//[^/\s@]+@"
)


class Feature(Enum):
    """What a call may go without."""

    COUNT = "a count of tokens in streams"
    SCHEMA = "answers by a JSON schema"
    EFFORT = "reasoning_effort"
    MAX_TOKENS = "max_tokens"
    STREAM = "streams"
    SYSTEM = "a system message"


_UNKNOWN = (
    r"unsupported|not supported|unrecogni[sz]ed|unknown|unexpected|not permitted|extra|invalid|deprecated"
)
_LACKS = {
    Feature.COUNT: r"stream.?options|include_usage",
    Feature.SCHEMA: r"response.?format|json.?schema|structured.?output|response_?schema|\bgrammar\b|guided"
    r"|handle the requested parameters",
    Feature.EFFORT: r"reasoning|thinking|\beffort\b",
    Feature.MAX_TOKENS: rf"max_completion_tokens|(?:{_UNKNOWN}).{{0,60}}max_tokens|max_tokens.{{0,60}}(?:{_UNKNOWN})",
    Feature.STREAM: r"\bstream(?:ing|ed|s)?\b",
    Feature.SYSTEM: r"\b(?:system|developer).{0,20}(?:role|message|prompt|instruction)|roles? must alternate"
    r"|role.{0,30}\bsystem\b|\bsystem\b.{0,40}(?:not (?:supported|allowed|enabled|permitted)|unsupported)"
    r"|only .{0,12}user.{0,8}and .{0,4}assistant|must start with a user",
}
_FEATURES = {feature: re.compile(words, re.S) for feature, words in _LACKS.items()}
_BY_MISTAKE = frozenset({Feature.COUNT, Feature.SCHEMA, Feature.SYSTEM})  # some servers fall over these
_LACKING = frozenset({400, 404, 405, 415, 422, 500, 501})
_TOO_LONG = re.compile(
    r"context.{0,3}(?:length|size|window)|exceed_context|maximum context|too many tokens|input tokens? (?:count )?exceed"
    r"|input token count|(?:prompt|input|request) (?:is )?too (?:long|large)|reduce the length|token limit|n_ctx",
)
_CONTEXT = re.compile(r"(?:context.{0,3}(?:length|size|window)|n_ctx)(?! by)\D{0,20}(\d{3,8})")
_NO_MODEL = re.compile(
    r"(?:unknown|invalid|no such|unsupported|not a valid) model|model\b.{0,120}?(?:not found|does not exist|not exist"
    r"|is not available|unknown|not supported|not a valid)|model_not_found|not a valid model",
    re.S,
)
_ANSWER_LIMIT = re.compile(r"max_(?:completion_|output_)?tokens|completion tokens|output tokens")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as it is understood. ``words`` are the server's own, keys blacked out, for people.

    ``lacks``: a feature to leave out. ``context``: the text was too long, for a context of so many
    tokens (0: not said). ``most``: an answer may have so many tokens at most.
    """

    words: str
    lacks: Feature | None = None
    context: int | None = None
    most: int | None = None
    no_model: bool = False
    no_path: bool = False


def understood(status: int, body: str, sent: Collection[Feature], limit: int, key: str = "") -> Refusal:
    """``sent``: what the call went with; ``limit``: how many tokens its answer was allowed."""
    parsed = _parsed(body)
    text = "\n".join(_words(parsed))[:_LONGEST]
    low, shown = text.casefold(), blacked_out(text, key)
    if status not in _LACKING and status != 413:
        return Refusal(shown)
    if _TOO_LONG.search(low) or status == 413:
        found = _CONTEXT.search(low)
        return Refusal(shown, context=int(found[1]) if found else 0)
    if _ANSWER_LIMIT.search(low):
        allowed = [int(n) for n in re.findall(r"\d{2,7}", low) if 16 <= int(n) < limit]
        if allowed:
            return Refusal(shown, most=max(allowed))
    for feature in Feature:
        told = status < 500 or feature in _BY_MISTAKE
        if told and feature in sent and _FEATURES[feature].search(low):
            return Refusal(shown, lacks=feature)
    no_model = status < 500 and bool(_NO_MODEL.search(low))
    no_path = status in {404, 405} and not no_model and not (isinstance(parsed, dict) and "error" in parsed)
    return Refusal(shown, no_model=no_model, no_path=no_path)


def blacked_out(text: str, key: str = "") -> str:
    """A server's words on one line and without anything that may be a key."""
    if key:
        text = text.replace(key, "•••")
    return " ".join(_LIKE_A_KEY.sub("•••", text).split())[:_SHOWN]


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body


def _words(value: Any, depth: int = 0) -> list[str]:
    """All that an error says, wherever it says it."""
    if depth > 8:
        return []
    if isinstance(value, dict):
        found: list[str] = []
        for name, inner in value.items():
            if name not in _ECHOES:
                numbered = isinstance(inner, int) and not isinstance(inner, bool)
                found += [f"{name} {inner}"] if numbered else _words(inner, depth + 1)
        return found
    if isinstance(value, list):
        if all(isinstance(part, str) for part in value):
            return [".".join(value)]  # a place: body, response_format, type
        return [words for part in value[:20] for words in _words(part, depth + 1)]
    if not isinstance(value, str):
        return []
    return [re.sub(r"<[^>]*>", " ", value)[:_LONGEST]]


PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Statuses after which the same call may work in a while."""

CUT_OFF = Failure(FailureKind.MODEL, "The answer was too long and cut off.")
EMPTY = Failure(FailureKind.MODEL, "The answer was empty.")

_MOST_TOKENS = 10_000_000  # no call has so many, in or out
_LONGEST_ANSWER = 100_000  # characters
_LONGEST_WAIT = 24 * 3600.0  # seconds; a server's word is taken up to here
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}

_REFUSED = re.compile(r"content.?filter|safety|prohibited|blocklist|recitation|spii|refus")
_CUT = re.compile(r"length|max.*tokens")
_ENDED = re.compile(r"stop|eos|end|done|complete|finish|tool_calls")

_TAG = r"(think|thinking|thoughts?|reasoning|reflection)"
_THOUGHT = re.compile(rf"\A\s*(?:<{_TAG}>.*?</\1>|\[think\].*?\[/think\])", re.S | re.I)
_OPENED = re.compile(rf"\A\s*(?:<{_TAG}>|\[think\]|<\|channel\|>analysis)", re.I)
_CLOSED = re.compile(rf"</{_TAG}>|\[/think\]", re.I)
_FINAL = re.compile(r"<\|channel\|>final[^<]*<\|message\|>")
_CONTROL = re.compile(r"<\|(?:end|return|im_end|eot_id)\|>.*\Z", re.S)


def misshapen() -> tuple[type[Exception], ...]:
    """What an answer of another shape than a server's may raise where it is read."""
    from openai import OpenAIError

    return OpenAIError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError


def usage_of(completion: Any) -> Usage | None:
    """The server's own count, None when it gives none that a call can have; no call reads nothing.

    Where thinking stands beside the answer's tokens and not in them, the total or the details tell.
    """
    usage = completion.get("usage") if isinstance(completion, dict) else None
    if not isinstance(usage, dict):
        return None
    read, written = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    if read is None or written is None or read == 0:
        return None
    thought = thought_tokens(completion)
    total = _count(usage.get("total_tokens"))
    if total is not None:
        written = max(written, total - read)
    elif thought > written:
        written += thought
    return Usage(read, written)


def thought_tokens(completion: Any) -> int:
    """How many tokens the server says were thinking."""
    usage = completion.get("usage") if isinstance(completion, dict) else None
    details = usage.get("completion_tokens_details") if isinstance(usage, dict) else None
    return (_count(details.get("reasoning_tokens")) or 0) if isinstance(details, dict) else 0


def _count(value: Any) -> int | None:
    if type(value) is float and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None


def thinks(completion: Any) -> bool:
    """Whether the answer shows that the model thinks before it speaks, or spent its room on that."""
    choice = completion["choices"][0]
    message = choice.get("message") or {}
    said = message.get("content")
    parts = said if isinstance(said, list) else []
    return bool(
        thought_tokens(completion)
        or any(message.get(name) for name in ("reasoning_content", "reasoning", "thinking"))
        or any(isinstance(part, dict) and part.get("type") in {"thinking", "reasoning"} for part in parts)
        or (isinstance(said, str) and (_OPENED.match(said) or _CLOSED.search(said)))
        or (_CUT.search(str(choice.get("finish_reason")).casefold()) and not _content(said).strip())
    )


def text_of(completion: Any) -> str | Failure:
    """The answer's text. A refusal is ``UNSUPPORTED``: asking again would be refused again; an answer
    that the server itself broke off is ``CONNECT``.

    Raises whatever a shape that is no completion makes it raise.
    """
    choice = completion["choices"][0]
    message = choice.get("message") or {}
    finish = str(choice.get("finish_reason") or "").casefold()
    if message.get("refusal") or _REFUSED.search(finish):
        return Failure(FailureKind.UNSUPPORTED, "The model refused to answer.")
    whole = _content(message.get("content"))
    if _CUT.search(finish) or len(whole) > _LONGEST_ANSWER:
        return CUT_OFF
    if choice.get("error") or (finish and not _ENDED.search(finish)):
        return Failure(FailureKind.CONNECT, "The model's server broke off its answer.")
    text = without_thoughts(whole)
    return text if text.strip() else EMPTY


def _content(said: Any) -> str:
    """Text, or the parts of it that are text."""
    if isinstance(said, list):
        parts = (
            part for part in said if isinstance(part, dict) and part.get("type") in {"text", "output_text"}
        )
        return "".join(str(part.get("text") or "") for part in parts)
    if said is not None and not isinstance(said, str):
        raise TypeError("The content is no text.")
    return said or ""


def without_thoughts(text: str) -> str:
    """What was said after the thinking; "" where nothing was.

    Some servers leave the thinking in the answer: between tags, before a closing tag alone where the
    opening one stood in the prompt, or in a channel of its own.
    """
    if final := list(_FINAL.finditer(text)):
        return _CONTROL.sub("", text[final[-1].end() :])
    while thought := _THOUGHT.match(text):
        text = text[thought.end() :]
    if _OPENED.match(text):
        return ""
    if not text.lstrip().startswith(("{", "```")) and (closed := list(_CLOSED.finditer(text))):
        text = text[closed[-1].end() :]
    return text


def said(status: int, out_of_money: bool, model: str) -> str:
    """A refusing status in a sentence. The server's own words are not used: they may hold the key."""
    if out_of_money or status == 402:
        return "The model's server says that its account has no money left."
    known = {
        401: "The model's server does not accept the key.",
        403: "The model's server does not accept the key.",
        404: f"The model's server does not know the model {model} (any more).",
        410: f"The model {model} was retired.",
        429: "The model's server asks for fewer calls.",
    }
    return known.get(status, f"The model's server answered with status {status}.")


def asked_wait(headers: Mapping[str, str], body: Any, now: datetime) -> timedelta | None:
    """What the server asks to wait: ``retry-after``, else the latest of its rate limits' resets.

    Read in the headers, and in the body where proxies and Google put it: seconds, a span like "6m0s",
    a date, or the moment in seconds or milliseconds since 1970.
    """
    given = {name.casefold(): value for name, value in headers.items()}
    for name, value in _fields(body):
        given.setdefault(name.casefold(), str(value))
    spans = [span(given.get("retry-after-ms", ""), 0.001)]
    spans += [_until(given.get(name, ""), now) for name in ("retry-after", "retry_after", "retrydelay")]
    asked = [seconds for seconds in spans if seconds is not None]
    if not asked:
        names = ("x-ratelimit-reset-requests", "x-ratelimit-reset-tokens", "x-ratelimit-reset")
        resets = (_until(given.get(name, ""), now) for name in names)
        asked = [max((seconds for seconds in resets if seconds is not None), default=-1.0)]
    return timedelta(seconds=min(asked[0], _LONGEST_WAIT)) if asked[0] >= 0 else None


def _until(text: str, now: datetime) -> float | None:
    """Seconds from now on; 0 where the moment has passed."""
    seconds = span(text, 1)
    if seconds is None:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (at - now).total_seconds())
    for unit in (1.0, 0.001):  # a moment, in seconds or milliseconds since 1970
        if 1_000_000_000 <= seconds * unit < 10_000_000_000:
            return max(0.0, seconds * unit - now.timestamp())
    return seconds


def span(text: str, unit: float) -> float | None:
    """Seconds in "20", "1.5s", "6m0s" or "120ms"; None for anything else, dates included."""
    if re.fullmatch(r"\d{1,13}(?:\.\d{1,9})?", text):
        return float(text) * unit
    if re.fullmatch(rf"(?:{_SPAN.pattern})+", text) and len(text) < 40:
        return sum(float(number) * _SECONDS[name] for number, name in _SPAN.findall(text))
    return None


def _fields(body: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every name with its plain value, however deep within reason."""
    if depth > 6:
        return
    if isinstance(body, dict):
        for name, value in body.items():
            if isinstance(value, dict | list):
                yield from _fields(value, depth + 1)
            else:
                yield str(name), value
    elif isinstance(body, list):
        for value in body[:50]:
            yield from _fields(value, depth + 1)
