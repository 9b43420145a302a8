"""What a refused call means: a feature the server lacks, a text too long for it, a model it does not have.

Servers say it under different statuses and in different shapes, so it is told by their words. What
was sent comes back in some errors; those fields are not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any

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
