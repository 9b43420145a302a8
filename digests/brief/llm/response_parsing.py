"""What a model's server says beside an answer: its count of tokens, its refusals, how long to wait."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import openai

from digests.model import Failure, FailureKind, Usage

PASSING = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
"""Statuses after which the same call may work in a while."""

MISSHAPEN = (
    openai.OpenAIError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError
)  # fmt: skip
"""The client trusts the shapes of a server's answers, and may trip anywhere over others."""

_MOST_TOKENS = 10_000_000  # no call has so many, in or out
_LONGEST_ANSWER = 100_000  # characters
_LONGEST_WAIT = 24 * 3600.0  # seconds; a server's word is taken up to here
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def usage_of(completion: Any) -> Usage | None:
    """The server's own count, None when it gives none that a call can have; no call reads nothing."""
    usage = getattr(completion, "usage", None)
    read, written = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
    if type(read) is not int or type(written) is not int:
        return None
    return Usage(read, written) if 0 < read <= _MOST_TOKENS and 0 <= written <= _MOST_TOKENS else None


def text_of(completion: Any) -> str | Failure:
    """The answer's text. A refusal is ``UNSUPPORTED``: asking again would be refused again.

    Raises whatever a shape that is no completion makes it raise.
    """
    choice = completion.choices[0]
    text = choice.message.content
    if getattr(choice.message, "refusal", None) or choice.finish_reason == "content_filter":
        return Failure(FailureKind.UNSUPPORTED, "The model refused to answer.")
    if choice.finish_reason == "length" or len(text or "") > _LONGEST_ANSWER:
        return Failure(FailureKind.MODEL, "The answer was too long and cut off.")
    if not isinstance(text, str) or not text.strip():
        return Failure(FailureKind.MODEL, "The answer was empty.")
    return text


def said(status: int, out_of_money: bool, model: str) -> str:
    """A refusing status in a sentence. The server's own words are not used: they may hold the key."""
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


def asked_wait(headers: Mapping[str, str]) -> timedelta | None:
    """What the server asks to wait: ``retry-after``, or the latest of its rate limits' resets."""
    spans = [span(headers.get("retry-after-ms", ""), 0.001), span(headers.get("retry-after", ""), 1)]
    asked = [seconds for seconds in spans if seconds is not None]
    if not asked:
        resets = (span(headers.get(f"x-ratelimit-reset-{what}", ""), 1) for what in ("requests", "tokens"))
        asked = [max((seconds for seconds in resets if seconds is not None), default=-1.0)]
    return timedelta(seconds=min(asked[0], _LONGEST_WAIT)) if asked[0] >= 0 else None


def span(text: str, unit: float) -> float | None:
    """Seconds in "20", "1.5s", "6m0s" or "120ms"; None for anything else, dates included."""
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", text):
        return float(text) * unit
    if re.fullmatch(rf"(?:{_SPAN.pattern})+", text) and len(text) < 40:
        return sum(float(number) * _SECONDS[name] for number, name in _SPAN.findall(text))
    return None
